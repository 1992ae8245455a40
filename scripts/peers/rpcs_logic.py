"""Every RPC of im.logic.v1: right input and its answer, wrong input and its reason."""

import time

import grpc
from reflection import PROVOKED, reason_of
from scene import ADMIN, GROUP, IMAGE, MEMBER, NOWHERE, OWNER, PASSWORD, SINGLE, SYSTEM, TEXT, WORLD, rpc

AUTH = "im.logic.v1.AuthService"
USER = "im.logic.v1.UserService"
CONVERSATION = "im.logic.v1.ConversationService"
MESSAGE = "im.logic.v1.MessageService"


@rpc(f"{AUTH}/Register")
def register(call, scene):
    name = scene.name("Anna")
    user = call(username=name, password=PASSWORD, avatar_url="https://example.org/a.png").user
    assert (user.username, user.is_guest, user.status) == (name.lower(), False, 1), user
    assert user.id and user.avatar_url == "https://example.org/a.png", user
    call.refused("USER_ALREADY_EXISTS", username=name.upper(), password=PASSWORD)
    for username in ("", "ab", "x" * 33, "a b c"):
        call.refused("INVALID_USERNAME", username=username, password=PASSWORD)
    for password in ("", "seven77", "x" * 72, "é" * 36):
        call.refused("WEAK_PASSWORD", username=scene.name(), password=password)


@rpc(f"{AUTH}/Login")
def login(call, scene):
    name, user_id = scene.registered()
    answer = call(username=name, password=PASSWORD, client_info="a peer")
    assert answer.user.id == user_id and answer.access_token and answer.refresh_token, answer
    assert 0 < answer.expires_in - time.time() < 3600, answer.expires_in
    call.refused("INVALID_CREDENTIALS", username=name, password="wrong horse")
    call.refused("INVALID_CREDENTIALS", username=scene.name(), password=PASSWORD)
    scene.rpc("im.repo.v1.UserService/UpdateUser")(user_id=user_id, update_mask=["status"], status=2)
    call.refused("USER_DISABLED", username=name, password=PASSWORD)


@rpc(f"{AUTH}/RefreshToken")
def refresh_token(call, scene):
    signed_in = scene.signed_in()
    first = signed_in.refresh_token
    second = call(refresh_token=first)
    assert second.access_token and second.refresh_token not in ("", first) and second.expires_in > time.time()
    # A lost answer: the spent token once more gets another successor, and the first successor is dead.
    third = call(refresh_token=first).refresh_token
    fourth = call(refresh_token=third).refresh_token
    # The successor is used now: the same again is a thief's, and ends the session.
    call.refused("INVALID_TOKEN", refresh_token=first)
    call.refused("INVALID_TOKEN", refresh_token=fourth)
    valid = scene.rpc(f"{AUTH}/ValidateToken")(access_token=second.access_token)
    assert not valid.valid, valid
    for token in ("", "no token", signed_in.access_token):
        call.refused("INVALID_TOKEN", refresh_token=token)


@rpc(f"{AUTH}/Logout")
def logout(call, scene):
    signed_in = scene.signed_in()
    call.refused("INVALID_TOKEN", user_id=signed_in.user.id, access_token="no token")
    assert call(user_id=signed_in.user.id, access_token=signed_in.access_token).success
    assert not scene.rpc(f"{AUTH}/ValidateToken")(access_token=signed_in.access_token).valid
    scene.rpc(f"{AUTH}/RefreshToken").refused("INVALID_TOKEN", refresh_token=signed_in.refresh_token)


@rpc(f"{AUTH}/ValidateToken")
def validate_token(call, scene):
    signed_in = scene.signed_in()
    answer = call(access_token=signed_in.access_token)
    assert answer.valid and answer.user == signed_in.user and answer.expires_at == signed_in.expires_in, answer
    assert answer.sign_in_id and not answer.in_world, answer
    # An invalid token is an answer, not an error.
    for token in ("", "no token", signed_in.refresh_token, signed_in.access_token[:-2]):
        answer = call(access_token=token)
        assert not answer.valid and answer.reason == "INVALID_TOKEN" and not answer.user.id, answer


@rpc(f"{AUTH}/ValidateTokens")
def validate_tokens(call, scene):
    first, second = scene.signed_in(), scene.signed_in()
    good = first.access_token
    tokens = [good, "no token", first.refresh_token, second.access_token, good[:-2], good]
    outcomes = call(access_tokens=tokens).outcomes
    assert [outcome.valid for outcome in outcomes] == [True, False, False, True, False, True], outcomes
    assert [outcomes[index].user.id for index in (0, 3)] == [first.user.id, second.user.id], outcomes
    assert outcomes[0] == scene.rpc(f"{AUTH}/ValidateToken")(access_token=good), outcomes
    assert {outcomes[index].reason for index in (1, 2, 4)} == {"INVALID_TOKEN"}, outcomes
    assert scene.rpc(f"{AUTH}/Logout")(user_id=first.user.id, access_token=good).success
    assert [outcome.valid for outcome in call(access_tokens=[good, second.access_token]).outcomes] == [False, True]
    assert not call(access_tokens=[]).outcomes
    call.refused("INVALID_PARAMETER", access_tokens=["no token"] * 1_001)


@rpc(f"{AUTH}/GuestLogin")
def guest_login(call, scene):
    guest = call(client_info="a peer")
    assert guest.user.is_guest and guest.user.username.startswith("guest-"), guest.user
    validated = scene.rpc(f"{AUTH}/ValidateToken")(access_token=guest.access_token)
    assert validated.user == guest.user and validated.in_world, validated
    listed = scene.rpc(f"{CONVERSATION}/GetConversations")(user_id=guest.user.id).conversations
    assert [conversation.type for conversation in listed] == [WORLD], listed
    scene.rpc(f"{CONVERSATION}/CreateConversation").refused(
        "GUEST_NOT_ALLOWED", creator_id=guest.user.id, type=GROUP, name="g", member_ids=[scene.user()]
    )


@rpc(f"{AUTH}/GetSignIns")
def get_sign_ins(call, scene):
    signed_in = scene.signed_in()
    (listed,) = call(user_id=signed_in.user.id).sign_ins
    assert listed.id and listed.created_at <= listed.last_used_at < listed.expires_at, listed
    valid = scene.rpc(f"{AUTH}/ValidateToken")(access_token=signed_in.access_token)
    assert valid.sign_in_id == listed.id, valid
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{AUTH}/EndSignIn")
def end_sign_in(call, scene):
    signed_in = scene.signed_in()
    (listed,) = scene.rpc(f"{AUTH}/GetSignIns")(user_id=signed_in.user.id).sign_ins
    call.refused("NOT_FOUND", user_id=scene.user(), sign_in_id=listed.id)
    call.refused("NOT_FOUND", user_id=signed_in.user.id, sign_in_id=NOWHERE)
    assert call(user_id=signed_in.user.id, sign_in_id=listed.id).success
    assert not scene.rpc(f"{AUTH}/ValidateToken")(access_token=signed_in.access_token).valid


@rpc(f"{AUTH}/ChangePassword")
def change_password(call, scene):
    signed_in = scene.signed_in()
    user, new = signed_in.user.id, "battery staple"
    (own,) = scene.rpc(f"{AUTH}/GetSignIns")(user_id=user).sign_ins
    other = scene.rpc(f"{AUTH}/Login")(username=signed_in.user.username, password=PASSWORD)
    assert call(user_id=user, old_password=PASSWORD, new_password=new, keep_sign_in_id=own.id).success
    validate = scene.rpc(f"{AUTH}/ValidateToken")
    assert validate(access_token=signed_in.access_token).valid
    assert not validate(access_token=other.access_token).valid
    scene.rpc(f"{AUTH}/Login")(username=signed_in.user.username, password=new)
    call.refused("INVALID_CREDENTIALS", user_id=user, old_password=PASSWORD, new_password=new)
    call.refused("WEAK_PASSWORD", user_id=user, old_password=new, new_password="short")
    call.refused("GUEST_NOT_ALLOWED", user_id=scene.guest(), old_password=new, new_password=new)


@rpc(f"{USER}/UpdateProfile")
def update_profile(call, scene):
    user = scene.user()
    assert call(user_id=user, avatar_url="https://example.org/b.png").user.avatar_url == "https://example.org/b.png"
    assert call(user_id=user, avatar_url="").user.avatar_url == ""
    call.refused("INVALID_PARAMETER", user_id=user, avatar_url="javascript:alert(1)")
    call.refused("GUEST_NOT_ALLOWED", user_id=scene.guest(), avatar_url="")
    call.refused("USER_NOT_FOUND", user_id=NOWHERE, avatar_url="")


@rpc(f"{USER}/GetProfile")
def get_profile(call, scene):
    user_id = scene.user()
    assert call(user_id=user_id).user.id == user_id
    call.refused("USER_NOT_FOUND", user_id=NOWHERE)
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{USER}/SearchUsers")
def search_users(call, scene):
    name, user_id = scene.registered()
    found = call(user_id=scene.user(), query=name.upper()).users
    assert [(user.id, user.username) for user in found] == [(user_id, name)], found
    assert len(call(user_id=user_id, query=f"user-{scene.run}", limit=2).users) == 2
    call.refused("GUEST_NOT_ALLOWED", user_id=scene.guest(), query=name)
    call.refused("INVALID_PARAMETER", user_id=user_id, query=name, limit=-1)


@rpc(f"{CONVERSATION}/CreateConversation")
def create_conversation(call, scene):
    anna, ben, carl = scene.user(), scene.user(), scene.user()
    single = call(creator_id=anna, type=SINGLE, member_ids=[ben]).conversation
    assert (single.type, single.owner_id, single.member_count) == (SINGLE, "", 2), single
    again = call(creator_id=ben, type=SINGLE, member_ids=[anna, ben]).conversation
    assert again.id == single.id, "a second SINGLE is the first"
    group = call(creator_id=anna, type=GROUP, name="g", description="d", member_ids=[ben, carl]).conversation
    assert (group.name, group.description, group.owner_id, group.member_count) == ("g", "d", anna, 3), group
    assert scene.send(anna, group.id).seq_id == 1, "creating stores no message"
    for wrong in (
        {"type": WORLD},
        {"type": 0},
        {"type": 9},
        {"type": GROUP, "name": "", "member_ids": [ben]},
        {"type": GROUP, "name": "x" * 101, "member_ids": [ben]},
        {"type": SINGLE, "member_ids": []},
        {"type": SINGLE, "member_ids": [anna]},
        {"type": SINGLE, "member_ids": [ben, carl]},
    ):
        call.refused("INVALID_PARAMETER", creator_id=anna, **wrong)
    call.refused("INVALID_PARAMETER", creator_id="", type=SINGLE, member_ids=[ben])
    call.refused("USER_NOT_FOUND", creator_id=anna, type=SINGLE, member_ids=[NOWHERE])
    call.refused("USER_NOT_FOUND", creator_id=NOWHERE, type=GROUP, name="g", member_ids=[ben])
    call.refused("GUEST_NOT_ALLOWED", creator_id=scene.guest(), type=GROUP, name="g", member_ids=[ben])
    everybody = [f"u{number}" for number in range(2_000)]
    call.refused("CONVERSATION_FULL", creator_id=anna, type=GROUP, name="g", member_ids=everybody)


@rpc(f"{CONVERSATION}/GetConversation")
def get_conversation(call, scene):
    conversation, anna, ben = scene.single()
    answer = call(user_id=anna, conversation_id=conversation, include_members=True)
    assert answer.conversation.id == conversation and answer.peer.id == ben, answer
    assert answer.conversation.name == answer.peer.username, "a SINGLE bears the other user's name"
    assert {member.user.id for member in answer.members} == {anna, ben}, answer
    assert not call(user_id=anna, conversation_id=conversation).members
    call.refused("CONVERSATION_NOT_FOUND", user_id=anna, conversation_id=NOWHERE)
    call.refused("CONVERSATION_NOT_FOUND", user_id=scene.user(), conversation_id=conversation)
    call.refused("INVALID_PARAMETER", user_id=anna, conversation_id="")


def lists(call, scene):
    """What both lists have in common; returns the newest item."""
    single, anna, ben = scene.single()
    group = scene.conversation(GROUP, anna, ben)
    scene.send(ben, single)
    optimized = call.name.endswith("Optimized")
    wished = {"include_last_message": True, "include_unread_count": True} if optimized else {}
    answer = call(user_id=anna, **wished)
    assert {item.id for item in answer.conversations} == {single, group}, answer
    assert (answer.total, answer.page, answer.page_size, answer.has_more) == (2, 1, 20, False), answer
    first = call(user_id=anna, page=1, page_size=1)
    second = call(user_id=anna, page=2, page_size=1, order_by="updated_at")
    assert first.has_more and not second.has_more and first.total == 2, (first, second)
    assert {first.conversations[0].id, second.conversations[0].id} == {single, group}
    assert [item.id for item in call(user_id=anna, type_filter=GROUP).conversations] == [group]
    for wrong in ({"page": -1}, {"page_size": -1}, {"order_by": "name"}, {"type_filter": 9}):
        call.refused("INVALID_PARAMETER", user_id=anna, **wrong)
    call.refused("INVALID_PARAMETER", user_id="")
    return next(item for item in answer.conversations if item.id == single), ben


@rpc(f"{CONVERSATION}/GetConversations")
def get_conversations(call, scene):
    item, ben = lists(call, scene)
    assert (item.last_message.sender.id, item.unread_count) == (ben, 1), item


@rpc(f"{CONVERSATION}/GetConversationsOptimized")
def get_conversations_optimized(call, scene):
    item, ben = lists(call, scene)
    assert (item.peer.id, item.name, item.owner_id) == (ben, item.peer.username, ""), item
    assert (item.last_message.content, item.unread_count) == ("hello", 1), item
    assert item.my_membership.role == MEMBER and item.last_activity_at > 0, item


@rpc(f"{CONVERSATION}/AddMembers")
def add_members(call, scene):
    group, owner, member = scene.group()
    admin, joiner = scene.admin(group, owner), scene.user()
    answer = call(operator_id=owner, conversation_id=group, user_ids=[joiner, member, NOWHERE])
    assert list(answer.added_user_ids) == [joiner], answer
    assert [(failed.user_id, failed.reason) for failed in answer.failed_users] == [(NOWHERE, "USER_NOT_FOUND")], answer
    last = scene.rpc(f"{CONVERSATION}/GetMessages")(user_id=joiner, conversation_id=group, limit=1).messages[0]
    assert (last.type, last.sender.id) == (SYSTEM, owner), last
    newcomer = {"conversation_id": group, "user_ids": [scene.user()]}
    call.refused("INSUFFICIENT_PERMISSION", operator_id=member, **newcomer)
    call.refused("INSUFFICIENT_PERMISSION", operator_id=admin, role=ADMIN, **newcomer)
    call.refused("INVALID_PARAMETER", operator_id=owner, role=OWNER, **newcomer)
    call.refused("CONVERSATION_NOT_FOUND", operator_id=scene.user(), **newcomer)
    single, anna, _ = scene.single()
    call.refused("FORBIDDEN", operator_id=anna, conversation_id=single, user_ids=[joiner])


@rpc(f"{CONVERSATION}/RemoveMembers")
def remove_members(call, scene):
    group, owner, ben, carl = scene.group(members=2)
    admin = scene.admin(group, owner)
    answer = call(operator_id=admin, conversation_id=group, user_ids=[ben, owner, NOWHERE, admin])
    assert list(answer.removed_user_ids) == [ben], answer
    failed = {user.user_id: user.reason for user in answer.failed_users}
    assert failed == {
        owner: "INSUFFICIENT_PERMISSION",
        NOWHERE: "NOT_CONVERSATION_MEMBER",
        admin: "FORBIDDEN",
    }, failed
    scene.rpc(f"{MESSAGE}/SendMessage").refused(
        "CONVERSATION_NOT_FOUND", user_id=ben, conversation_id=group, content="x", type=TEXT
    )
    call.refused("INSUFFICIENT_PERMISSION", operator_id=carl, conversation_id=group, user_ids=[admin])
    call.refused("CONVERSATION_NOT_FOUND", operator_id=ben, conversation_id=group, user_ids=[carl])
    single, anna, other = scene.single()
    call.refused("FORBIDDEN", operator_id=anna, conversation_id=single, user_ids=[other])


@rpc(f"{CONVERSATION}/GetMembers")
def get_members(call, scene):
    group, owner, ben, carl = scene.group(members=2)
    answer = call(user_id=ben, conversation_id=group)
    roles = {member.user.id: member.role for member in answer.members}
    assert roles == {owner: OWNER, ben: MEMBER, carl: MEMBER}, roles
    assert (answer.total, answer.page, answer.has_more) == (3, 1, False), answer
    owners = call(user_id=ben, conversation_id=group, role_filter=OWNER).members
    assert [member.user.id for member in owners] == [owner], owners
    assert call(user_id=ben, conversation_id=group, page=2, page_size=2).total == 3
    call.refused("CONVERSATION_NOT_FOUND", user_id=scene.user(), conversation_id=group)
    for wrong in ({"page": -1}, {"page_size": -1}, {"role_filter": 9}):
        call.refused("INVALID_PARAMETER", user_id=ben, conversation_id=group, **wrong)


@rpc(f"{CONVERSATION}/GetMessages")
def get_messages(call, scene):
    single, anna, ben = scene.single()
    for number in range(5):
        scene.send(anna, single, f"m{number + 1}")
    asked = {"user_id": ben, "conversation_id": single}
    newest = call(**asked, limit=2)
    assert [message.seq_id for message in newest.messages] == [5, 4], newest
    assert (newest.has_more, newest.next_seq_id) == (True, 3), newest
    rest = call(**asked, limit=9, end_seq_id=newest.next_seq_id)
    assert [message.content for message in rest.messages] == ["m3", "m2", "m1"] and not rest.has_more, rest
    forward = call(**asked, start_seq_id=2, end_seq_id=3, ascending=True)
    assert [message.seq_id for message in forward.messages] == [2, 3], forward
    assert not call(**asked, type_filter=IMAGE).messages
    for wrong in ({"limit": -1}, {"start_seq_id": -1}, {"end_seq_id": -1}):
        call.refused("INVALID_PARAMETER", **asked, **wrong)
    call.refused("CONVERSATION_NOT_FOUND", user_id=scene.user(), conversation_id=single)


@rpc(f"{CONVERSATION}/MarkAsRead")
def mark_as_read(call, scene):
    single, anna, ben = scene.single()
    for _ in range(3):
        scene.send(anna, single)
    asked = {"user_id": ben, "conversation_id": single}
    assert call(**asked, seq_id=2).unread_count == 1
    assert call(**asked, seq_id=1).unread_count == 1, "it never moves back"
    assert call(**asked, seq_id=99).unread_count == 0, "it is clamped to the last message"
    scene.send(anna, single)
    assert call(**asked, seq_id=0).unread_count == 1, "beyond the last message there is nothing to have read"
    assert call(**asked, seq_id=5, origin_session_id="s1").unread_count == 0
    call.refused("INVALID_PARAMETER", **asked, seq_id=-1)
    call.refused("INVALID_PARAMETER", **asked, seq_id=1, origin_session_id="x" * 200)
    call.refused("CONVERSATION_NOT_FOUND", user_id=scene.user(), conversation_id=single, seq_id=1)


@rpc(f"{CONVERSATION}/GetUnreadCount")
def get_unread_count(call, scene):
    single, anna, ben = scene.single()
    scene.send(anna, single)
    assert call(user_id=ben, conversation_id=single).unread_count == 1
    assert call(user_id=anna, conversation_id=single).unread_count == 0, "sending moves the sender's own pointer"
    everywhere = call(user_id=ben)
    counts = [(count.conversation_id, count.unread_count) for count in everywhere.conversation_counts]
    assert (everywhere.unread_count, counts) == (1, [(single, 1)]), everywhere
    call.refused("CONVERSATION_NOT_FOUND", user_id=scene.user(), conversation_id=single)
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{CONVERSATION}/JoinWorldChat")
def join_world_chat(call, scene):
    user = scene.user()
    world = call(user_id=user).conversation
    assert world.type == WORLD and call(user_id=user).conversation.id == world.id
    assert scene.send(user, world.id).seq_id > 0
    sent = {"user_id": user, "conversation_id": world.id, "type": TEXT}
    outcomes = scene.rpc(f"{MESSAGE}/SendMessages")(requests=[{**sent, "content": "!"} for _ in range(100)]).outcomes
    refused = [outcome.failed for outcome in outcomes if outcome.failed.reason]
    assert 50 < len(refused) < 100, len(refused)
    assert all(failed.reason == "RATE_LIMITED" and failed.retry_after_ms > 0 for failed in refused), refused
    call.refused("USER_NOT_FOUND", user_id=NOWHERE)
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{MESSAGE}/SendMessage")
def send_message(call, scene):
    single, anna, ben = scene.single()
    sent = {"user_id": anna, "conversation_id": single, "type": TEXT}
    answer = call(**sent, content="hello", client_msg_id="k1", extra='{"a":1}')
    message = answer.message
    assert (message.seq_id, message.content, message.sender.id, message.extra) == (1, "hello", anna, '{"a":1}'), message
    assert (answer.client_msg_id, message.client_msg_id, message.type) == ("k1", "k1", TEXT), answer
    again = call(**sent, content="something else", client_msg_id="k1")
    assert again.message == message and again.duplicate, "the same key again is the first message"
    assert call(user_id=ben, conversation_id=single, type=TEXT, content="x", client_msg_id="k1").message.seq_id == 2
    made = call(**sent, content="no key")
    assert made.client_msg_id and made.client_msg_id == made.message.client_msg_id, made
    whole = call(**sent, content="x" * (32 * 1024))
    assert whole.message.seq_id == 4, "what was refused or repeated takes no seq"
    call.refused("MESSAGE_TOO_LARGE", **sent, content="x" * (32 * 1024 - 1), extra="{}")
    call.refused("MESSAGE_EMPTY", **sent, content=" \n")
    call.refused("INVALID_PARAMETER", **sent, content="a\0b")
    call.refused("INVALID_PARAMETER", **sent, content="x", client_msg_id="k" * 129)
    call.refused("INVALID_PARAMETER", **sent, content="x", extra="no JSON")
    for wrong in (SYSTEM, 0, 9):
        call.refused("UNSUPPORTED_MESSAGE_TYPE", **{**sent, "type": wrong}, content="x")
    for user, conversation in ((scene.user(), single), (anna, NOWHERE)):
        call.refused("CONVERSATION_NOT_FOUND", user_id=user, conversation_id=conversation, type=TEXT, content="x")
    is_refused_to_flood_world(call, scene)


def is_refused_to_flood_world(call, scene):
    guest = scene.guest()
    scene.rpc(f"{CONVERSATION}/JoinWorldChat")(user_id=guest)
    for _ in range(200):
        try:
            call(user_id=guest, conversation_id="world", content="hello", type=TEXT)
        except grpc.RpcError as error:
            assert reason_of(error) == "RATE_LIMITED", error
            PROVOKED.add("RATE_LIMITED")
            return
    raise AssertionError("200 messages at once are taken")


@rpc(f"{MESSAGE}/SendMessages")
def send_messages(call, scene):
    single, anna, ben = scene.single()
    sent = {"user_id": anna, "conversation_id": single, "type": TEXT}
    requests = [
        {**sent, "content": "one", "client_msg_id": "k1"},
        {**sent, "content": " "},
        {**sent, "content": "one again", "client_msg_id": "k1"},
        {**sent, "user_id": ben, "content": "two"},
        {**sent, "conversation_id": NOWHERE, "content": "x"},
    ]
    outcomes = call(requests=requests).outcomes
    assert [outcome.sent.message.seq_id for outcome in outcomes] == [1, 0, 1, 2, 0], outcomes
    reasons = [outcome.failed.reason for outcome in outcomes]
    assert reasons == ["", "MESSAGE_EMPTY", "", "", "CONVERSATION_NOT_FOUND"], reasons
    assert not call(requests=[]).outcomes


@rpc(f"{MESSAGE}/SendSignals")
def send_signals(call, scene):
    single, anna, ben = scene.single()
    signals = [
        {"user_id": anna, "conversation_id": single, "typing": True},
        {"user_id": scene.user(), "conversation_id": single, "typing": True},
        {"user_id": anna, "conversation_id": NOWHERE, "typing": True},
        {},
    ]
    got = {"user_id": anna, "conversation_id": single, "seq_id": 1}
    call(signals=signals, deliveries=[got, {**got, "seq_id": -1}, {}])
    call(signals=[])
    call.refused("INVALID_PARAMETER", signals=[signals[0]] * 501, deliveries=[got] * 500)
@rpc(f"{MESSAGE}/RecallMessage")
def recall_message(call, scene):
    group, owner, member = scene.group()
    mine, other = scene.send(member, group, "mine"), scene.send(owner, group, "the owner's")
    asked = {"user_id": member, "conversation_id": group}
    for _ in range(2):
        left = call(**asked, message_id=mine.id).message
        assert (left.id, left.deleted, left.content, left.extra) == (mine.id, True, "", ""), left
    call.refused("FORBIDDEN", **asked, message_id=other.id)
    admin = scene.admin(group, owner)
    assert call(user_id=admin, conversation_id=group, message_id=other.id).message.deleted
    notice = f"{group}.3"
    call.refused("FORBIDDEN", user_id=owner, conversation_id=group, message_id=notice)
    call.refused("MESSAGE_NOT_FOUND", **asked, message_id=f"{group}.99")
    call.refused("CONVERSATION_NOT_FOUND", user_id=scene.user(), conversation_id=group, message_id=mine.id)
    call.refused("CONVERSATION_NOT_FOUND", user_id=member, conversation_id=NOWHERE, message_id=mine.id)
    call.refused("INVALID_PARAMETER", **asked, message_id="")


@rpc(f"{MESSAGE}/Sync")
def sync(call, scene):
    single, anna, ben = scene.single()
    for content in ("one", "two", "three"):
        scene.send(anna, single, content)
    scene.rpc(f"{MESSAGE}/RecallMessage")(user_id=anna, conversation_id=single, message_id=f"{single}.1")
    positions = [{"conversation_id": NOWHERE}, {"conversation_id": single, "seq_id": 1}]
    answer = call(user_id=ben, positions=positions)
    assert list(answer.gone) == [NOWHERE], answer
    [part] = answer.conversations
    assert [message.seq_id for message in part.messages] == [2, 3], part
    assert [(recall.seq_id, recall.operator_id, recall.change) for recall in part.recalls] == [(1, anna, 1)], part
    assert (part.last_seq_id, part.change, part.read_seq_id, part.has_more) == (3, 1, 0, False), part
    [cut] = call(user_id=ben, positions=[{"conversation_id": single}], limit=2, partial=True).conversations
    assert [message.seq_id for message in cut.messages] == [1, 2] and cut.has_more, cut
    [listed] = call(user_id=ben).conversations
    assert (listed.conversation_id, listed.last_seq_id, len(listed.messages)) == (single, 3, 0), listed
    call.refused("INVALID_PARAMETER", user_id=ben, positions=[{"conversation_id": single, "seq_id": -1}])
    call.refused("INVALID_PARAMETER", user_id=ben, limit=-1)


@rpc("im.logic.v1.FriendService/GetContacts")
def get_contacts(call, scene):
    _, anna, ben = scene.single()
    group, owner, member = scene.group()
    assert list(call(user_id=anna).user_ids) == [ben]
    assert not call(user_id=owner).user_ids, "a group makes nobody a contact"
    call.refused("INVALID_PARAMETER", user_id="")


@rpc("im.logic.v1.FriendService/GetContactsOfUsers")
def get_contacts_of_users(call, scene):
    _, anna, ben = scene.single()
    told = call(user_ids=[ben, NOWHERE, anna]).contacts
    assert [list(contacts.user_ids) for contacts in told] == [[anna], [], [ben]], told
    assert not call(user_ids=[]).contacts
    call.refused("INVALID_PARAMETER", user_ids=[anna, anna])
    call.refused("INVALID_PARAMETER", user_ids=[anna, ""])
    call.refused("INVALID_PARAMETER", user_ids=[f"user-{number}" for number in range(1_001)])
