"""Every RPC of the friends' services of logic and repo: right input and its answer, wrong input and its reason."""

from scene import NOWHERE, SINGLE, rpc

LOGIC = "im.logic.v1.FriendService"
REPO = "im.repo.v1.FriendService"
SEND = "im.logic.v1.MessageService/SendMessage"


def asked(scene):
    """A request that waits, who sent it, and who is asked."""
    sender, receiver = scene.user(), scene.user()
    send = scene.rpc(f"{LOGIC}/SendFriendRequest")
    return send(user_id=sender, target_user_id=receiver, message="hello").request, sender, receiver


def friends(scene):
    """Two friends and their SINGLE."""
    request, sender, receiver = asked(scene)
    accept = scene.rpc(f"{LOGIC}/HandleFriendRequest")
    answer = accept(user_id=receiver, request_id=request.id, action="accept")
    return sender, receiver, answer.conversation_id


def ids(users):
    return [user.id for user in users]


@rpc(f"{LOGIC}/SendFriendRequest")
def send_friend_request(call, scene):
    request, sender, receiver = asked(scene)
    shown = (getattr(request, "from").id, request.to.id, request.message, request.status)
    assert shown == (sender, receiver, "hello", "pending"), request
    for one, other in ((sender, receiver), (receiver, sender)):
        call.refused("FRIEND_REQUEST_ALREADY_EXISTS", user_id=one, target_user_id=other)
    call.refused("INVALID_PARAMETER", user_id=sender, target_user_id=sender)
    call.refused("INVALID_PARAMETER", user_id=sender, target_user_id=scene.user(), message="x" * 201)
    call.refused("USER_NOT_FOUND", user_id=sender, target_user_id=NOWHERE)
    call.refused("USER_NOT_FOUND", user_id=sender, target_user_id=scene.guest())
    call.refused("GUEST_NOT_ALLOWED", user_id=scene.guest(), target_user_id=sender)


@rpc(f"{LOGIC}/GetFriendRequests")
def get_friend_requests(call, scene):
    request, sender, receiver = asked(scene)
    assert ids(call(user_id=receiver, type="received").requests) == [request.id]
    assert ids(call(user_id=sender, type="sent").requests) == [request.id]
    assert not call(user_id=sender, type="received").requests
    call.refused("INVALID_PARAMETER", user_id=sender, type="all")


@rpc(f"{LOGIC}/HandleFriendRequest")
def handle_friend_request(call, scene):
    request, sender, receiver = asked(scene)
    answer = {"request_id": request.id, "user_id": receiver}
    call.refused("INVALID_PARAMETER", **answer, action="maybe")
    call.refused("FRIEND_REQUEST_NOT_FOUND", request_id=request.id, user_id=sender, action="accept")
    call.refused("FRIEND_REQUEST_NOT_FOUND", request_id=NOWHERE, user_id=receiver, action="accept")
    accepted = call(**answer, action="accept")
    assert accepted.request.status == "accepted" and accepted.conversation_id, accepted
    assert call(**answer, action="accept") == accepted, "the same answer again"
    call.refused("FRIEND_REQUEST_NOT_FOUND", **answer, action="reject")
    assert scene.conversation(SINGLE, receiver, sender) == accepted.conversation_id


@rpc(f"{LOGIC}/GetFriends")
def get_friends(call, scene):
    one, other, _ = friends(scene)
    assert ids(call(user_id=one).friends) == [other] and ids(call(user_id=other).friends) == [one]
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{LOGIC}/RemoveFriend")
def remove_friend(call, scene):
    one, other, _ = friends(scene)
    assert call(user_id=one, friend_id=other).success
    assert not scene.rpc(f"{LOGIC}/GetFriends")(user_id=other).friends
    call.refused("USER_NOT_FOUND", user_id=one, friend_id=other)
    call.refused("INVALID_PARAMETER", user_id=one, friend_id="")


@rpc(f"{LOGIC}/BlockUser")
def block_user(call, scene):
    one, other, single = friends(scene)
    assert call(user_id=one, target_user_id=other).success and call(user_id=one, target_user_id=other).success
    assert not scene.rpc(f"{LOGIC}/GetFriends")(user_id=one).friends
    scene.rpc(SEND).refused("FORBIDDEN", user_id=other, conversation_id=single, content="hello", type=1)
    scene.rpc(f"{LOGIC}/SendFriendRequest").refused("FORBIDDEN", user_id=other, target_user_id=one)
    call.refused("USER_NOT_FOUND", user_id=one, target_user_id=NOWHERE)
    call.refused("INVALID_PARAMETER", user_id=one, target_user_id=one)


@rpc(f"{LOGIC}/UnblockUser")
def unblock_user(call, scene):
    single, one, other = scene.single()
    scene.rpc(f"{LOGIC}/BlockUser")(user_id=one, target_user_id=other)
    assert call(user_id=one, target_user_id=other).success and call(user_id=one, target_user_id=other).success
    assert scene.send(other, single).seq_id == 1
    call.refused("USER_NOT_FOUND", user_id=one, target_user_id=NOWHERE)


@rpc(f"{LOGIC}/GetBlocked")
def get_blocked(call, scene):
    one, other = scene.user(), scene.user()
    scene.rpc(f"{LOGIC}/BlockUser")(user_id=one, target_user_id=other)
    assert ids(call(user_id=one).users) == [other] and not call(user_id=other).users
    call.refused("INVALID_PARAMETER", user_id="")


def filters_contacts(call, scene):
    friend, user, _ = friends(scene)
    peer = scene.user()
    scene.conversation(SINGLE, peer, user)
    found = list(call(user_id=user, user_ids=[peer, scene.user(), NOWHERE, friend]).user_ids)
    assert found == [peer, friend], found
    assert not call(user_id=user).user_ids
    call.refused("INVALID_PARAMETER", user_id=user, user_ids=[""])


@rpc(f"{LOGIC}/FilterContacts")
def filter_contacts(call, scene):
    filters_contacts(call, scene)
    call.refused("INVALID_PARAMETER", user_id=scene.user(), user_ids=[NOWHERE] * 101)


@rpc(f"{REPO}/FilterContacts")
def stored_contacts(call, scene):
    filters_contacts(call, scene)


@rpc(f"{REPO}/CreateFriendRequest")
def create_friend_request(call, scene):
    one, other = scene.user(), scene.user()
    request = call(from_user_id=one, to_user_id=other, message="hello").request
    assert (request.to.id, request.status) == (other, "pending"), request
    call.refused("FRIEND_REQUEST_ALREADY_EXISTS", from_user_id=other, to_user_id=one)
    call.refused("USER_NOT_FOUND", from_user_id=one, to_user_id=NOWHERE)
    call.refused("INVALID_PARAMETER", from_user_id=one, to_user_id=one)


@rpc(f"{REPO}/GetFriendRequests")
def stored_requests(call, scene):
    request, sender, receiver = asked(scene)
    assert ids(call(user_id=receiver).requests) == ids(call(user_id=sender, sent=True).requests) == [request.id]
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{REPO}/AnswerFriendRequest")
def answer_friend_request(call, scene):
    request, sender, receiver = asked(scene)
    call.refused("FRIEND_REQUEST_NOT_FOUND", request_id=request.id, user_id=sender, accept=True)
    answer = call(request_id=request.id, user_id=receiver, accept=True)
    assert answer.friends and answer.conversation_id and answer.request.status == "accepted", answer
    call.refused("FRIEND_REQUEST_NOT_FOUND", request_id=request.id, user_id=receiver)
    call.refused("INVALID_PARAMETER", request_id="", user_id=receiver)


@rpc(f"{REPO}/GetFriends")
def stored_friends(call, scene):
    one, other, _ = friends(scene)
    assert ids(call(user_id=one).friends) == [other]
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{REPO}/RemoveFriend")
def remove_stored_friend(call, scene):
    one, other, _ = friends(scene)
    assert call(user_id=other, friend_id=one).removed and not call(user_id=one, friend_id=other).removed
    call.refused("USER_NOT_FOUND", user_id=one, friend_id=NOWHERE)


@rpc(f"{REPO}/BlockUser")
def store_block(call, scene):
    one, other = scene.user(), scene.user()
    assert call(blocker_id=one, blocked_id=other).success
    create = scene.rpc("im.repo.v1.ConversationService/CreateConversation")
    create.refused("FORBIDDEN", type=SINGLE, owner_id=other, member_ids=[one])
    create(type=SINGLE, owner_id=one, member_ids=[other])
    call.refused("USER_NOT_FOUND", blocker_id=one, blocked_id=NOWHERE)
    call.refused("INVALID_PARAMETER", blocker_id=one, blocked_id=one)


@rpc(f"{REPO}/UnblockUser")
def remove_block(call, scene):
    one, other = scene.user(), scene.user()
    scene.rpc(f"{REPO}/BlockUser")(blocker_id=one, blocked_id=other)
    assert call(blocker_id=one, blocked_id=other).success
    assert not scene.rpc(f"{REPO}/GetBlocked")(user_id=one).users
    call.refused("INVALID_PARAMETER", blocker_id=one, blocked_id="")


@rpc(f"{REPO}/GetBlocked")
def stored_blocks(call, scene):
    one, other = scene.user(), scene.user()
    scene.rpc(f"{REPO}/BlockUser")(blocker_id=one, blocked_id=other)
    assert ids(call(user_id=one).users) == [other]
    call.refused("INVALID_PARAMETER", user_id="")
