"""Every RPC of im.repo.v1: right input and its answer, wrong input and its reason."""

import time
import uuid

from scene import ADMIN, DISABLED, GROUP, MEMBER, NORMAL, NOWHERE, OWNER, PASSWORD, SINGLE, SYSTEM, TEXT, WORLD, rpc

USER = "im.repo.v1.UserService"
CONVERSATION = "im.repo.v1.ConversationService"
MESSAGE = "im.repo.v1.MessageService"
ONLINE = "im.repo.v1.OnlineStatusService"

@rpc(f"{USER}/CreateUser")
def create_user(call, scene):
    name = scene.name("Anna")
    user = call(username=name, password_hash="", avatar_url="a").user
    assert (user.username, user.avatar_url, user.is_guest, user.status) == (name, "a", False, NORMAL), user
    assert abs(user.created_at - time.time()) < 60, user
    assert call(username=scene.name(), is_guest=True).user.is_guest
    call.refused("USER_ALREADY_EXISTS", username=name.upper())
    call.refused("INVALID_USERNAME", username="ab")


@rpc(f"{USER}/GetUser")
def get_user(call, scene):
    user = scene.user()
    assert call(user_id=user).user.id == user
    call.refused("USER_NOT_FOUND", user_id=NOWHERE)
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{USER}/GetUsers")
def get_users(call, scene):
    first, second = scene.user(), scene.user()
    found = call(user_ids=[second, NOWHERE, first, second]).users
    assert sorted(user.id for user in found) == sorted([first, second]), found
    assert not call(user_ids=[]).users
    call.refused("INVALID_PARAMETER", user_ids=[""])


@rpc(f"{USER}/UpdateUser")
def update_user(call, scene):
    user = scene.user(avatar_url="before")
    changed = call(user_id=user, avatar_url="after", status=DISABLED, update_mask=["status"]).user
    assert (changed.avatar_url, changed.status) == ("before", DISABLED), changed
    assert call(user_id=user, avatar_url="after", update_mask=["avatar_url"]).user.avatar_url == "after"
    call.refused("USER_NOT_FOUND", user_id=NOWHERE, update_mask=["avatar_url"])
    call.refused("INVALID_PARAMETER", user_id=user, update_mask=["username"])
    call.refused("INVALID_PARAMETER", user_id=user, status=9, update_mask=["status"])


@rpc(f"{USER}/VerifyPassword")
def verify_password(call, scene):
    _, user = scene.registered()
    assert call(user_id=user, password=PASSWORD).valid
    assert not call(user_id=user, password="wrong horse").valid
    assert not call(user_id=NOWHERE, password=PASSWORD).valid, "an unknown user is as a wrong password"
    call.refused("INVALID_PARAMETER", user_id="", password=PASSWORD)


@rpc(f"{USER}/GetUserByUsername")
def get_user_by_username(call, scene):
    name, user = scene.registered()
    assert call(username=name).user.id == call(username=name.upper()).user.id == user
    call.refused("USER_NOT_FOUND", username=scene.name())


@rpc(f"{USER}/SearchUsers")
def search_users(call, scene):
    name, user = scene.registered()
    assert [found.id for found in call(query=name[:-1], limit=20).users].count(user) == 1
    assert not call(query=f"{name}%").users
    call.refused("INVALID_PARAMETER", query=name, limit=-1)
    call.refused("INVALID_PARAMETER", query="")


@rpc(f"{CONVERSATION}/CreateConversation")
def create_conversation(call, scene):
    owner, other = scene.user(), scene.user()
    group = call(type=GROUP, name="g", owner_id=owner, member_ids=[other]).conversation
    assert (group.name, group.owner_id, group.member_count, group.type) == ("g", owner, 2, GROUP), group
    single = call(type=SINGLE, owner_id=owner, member_ids=[other])
    again = call(type=SINGLE, owner_id=other, member_ids=[owner])
    assert not single.existing and again.existing and again.conversation.id == single.conversation.id, again
    call.refused("INVALID_PARAMETER", type=0, name="g", owner_id=owner)
    call.refused("INVALID_PARAMETER", type=WORLD, owner_id=owner)
    call.refused("USER_NOT_FOUND", type=GROUP, name="g", owner_id=owner, member_ids=[NOWHERE])


@rpc(f"{CONVERSATION}/GetUserConversations")
def get_user_conversations(call, scene):
    single, anna, ben = scene.single()
    group = scene.conversation(GROUP, anna, ben)
    answer = call(user_id=anna)
    assert set(answer.conversation_ids) == {single, group} and answer.total == 2, answer
    assert list(call(user_id=anna, type_filter=SINGLE).conversation_ids) == [single]
    page = call(user_id=anna, offset=0, limit=1)
    assert len(page.conversation_ids) == 1 and page.has_more, page
    assert not call(user_id=NOWHERE).conversation_ids
    for wrong in ({"offset": -1}, {"limit": -1}, {"type_filter": 9}):
        call.refused("INVALID_PARAMETER", user_id=anna, **wrong)


@rpc(f"{CONVERSATION}/GetUserConversationsWithDetails")
def get_user_conversations_with_details(call, scene):
    single, anna, ben = scene.single()
    scene.send(ben, single, "one")
    answer = call(user_id=anna, include_last_message=True, include_sender_info=True)
    (item,) = answer.conversations
    assert (item.conversation.id, item.unread_count, item.last_seq_id, answer.total) == (single, 1, 1, 1), item
    assert (item.last_message.content, item.last_message.sender.id) == ("one", ben), item
    assert item.last_message.sender.username == item.peer.username and item.peer.id == ben, item
    assert (item.user_membership.role, item.user_membership.user.id) == (MEMBER, anna), item
    assert item.last_activity_at > 0 and not call(user_id=anna).conversations[0].last_message.id, item
    for wrong in ({"offset": -1}, {"limit": -1}, {"type_filter": 9}):
        call.refused("INVALID_PARAMETER", user_id=anna, **wrong)


@rpc(f"{CONVERSATION}/BatchGetConversations")
def batch_get_conversations(call, scene):
    single, _, _ = scene.single()
    group, _, _ = scene.group()
    found = call(conversation_ids=[group, NOWHERE, single]).conversations
    assert [conversation.id for conversation in found] == [group, single], found
    call.refused("INVALID_PARAMETER", conversation_ids=[""])


@rpc(f"{CONVERSATION}/UpdateReadPointer")
def update_read_pointer(call, scene):
    single, anna, ben = scene.single()
    for _ in range(3):
        scene.send(anna, single)
    asked = {"user_id": ben, "conversation_id": single}
    for wish, pointer, moved in ((2, 2, True), (1, 2, False), (99, 3, True)):
        answer = call(**asked, seq_id=wish)
        assert (answer.success, answer.seq_id, answer.unread_count) == (True, pointer, 3 - pointer), answer
        assert answer.moved == moved and answer.member_version > 0, answer
    call.refused("INVALID_PARAMETER", **asked, seq_id=-1)
    call.refused("CONVERSATION_NOT_FOUND", user_id=scene.user(), conversation_id=single, seq_id=1)


@rpc(f"{CONVERSATION}/GetReadPointer")
def get_read_pointer(call, scene):
    single, anna, ben = scene.single()
    scene.send(anna, single)
    assert call(user_id=anna, conversation_id=single).seq_id == 1, "sending moves the sender's own pointer"
    assert call(user_id=ben, conversation_id=single).seq_id == 0
    call.refused("CONVERSATION_NOT_FOUND", user_id=scene.user(), conversation_id=single)


@rpc(f"{CONVERSATION}/GetUnreadCount")
def get_unread_count(call, scene):
    single, anna, ben = scene.single()
    scene.send(anna, single)
    assert call(user_id=ben, conversation_id=single).unread_count == 1
    call.refused("CONVERSATION_NOT_FOUND", user_id=ben, conversation_id=NOWHERE)


@rpc(f"{CONVERSATION}/BatchGetUnreadCounts")
def batch_get_unread_counts(call, scene):
    single, anna, ben = scene.single()
    group = scene.conversation(GROUP, ben, anna)
    scene.send(anna, single)
    assert dict(call(user_id=ben).unread_counts) == {single: 1, group: 0}
    assert dict(call(user_id=ben, conversation_ids=[single, NOWHERE]).unread_counts) == {single: 1}
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{CONVERSATION}/AddConversationMember")
def add_conversation_member(call, scene):
    group, owner, member = scene.group()
    joiner = scene.user()
    assert call(conversation_id=group, user_ids=[joiner, member], role=ADMIN).success
    members = scene.rpc(f"{CONVERSATION}/GetConversationMembers")(conversation_id=group).members
    assert {one.user.id: one.role for one in members} == {owner: OWNER, member: MEMBER, joiner: ADMIN}, members
    call.refused("CONVERSATION_NOT_FOUND", conversation_id=NOWHERE, user_ids=[joiner])
    call.refused("USER_NOT_FOUND", conversation_id=group, user_ids=[NOWHERE])
    call.refused("INVALID_PARAMETER", conversation_id=group, user_ids=[joiner], role=9)


@rpc(f"{CONVERSATION}/RemoveConversationMember")
def remove_conversation_member(call, scene):
    group, _, member = scene.group()
    assert call(conversation_id=group, user_id=member).success
    call.refused("NOT_CONVERSATION_MEMBER", conversation_id=group, user_id=member)
    call.refused("CONVERSATION_NOT_FOUND", conversation_id=NOWHERE, user_id=member)


@rpc(f"{CONVERSATION}/UpdateMemberRole")
def update_member_role(call, scene):
    group, owner, member = scene.group()
    assert call(conversation_id=group, user_id=member, new_role=ADMIN).success
    admins = scene.rpc(f"{CONVERSATION}/GetConversationMembers")(conversation_id=group, role_filter=ADMIN).members
    assert [one.user.id for one in admins] == [member], admins
    call.refused("INVALID_PARAMETER", conversation_id=group, user_id=member, new_role=0)
    call.refused("NOT_CONVERSATION_MEMBER", conversation_id=group, user_id=scene.user(), new_role=ADMIN)
    call.refused("CONVERSATION_NOT_FOUND", conversation_id=NOWHERE, user_id=owner, new_role=ADMIN)


@rpc(f"{CONVERSATION}/GetConversationMembers")
def get_conversation_members(call, scene):
    group, owner, *_ = scene.group(members=2)
    answer = call(conversation_id=group, limit=2)
    assert (len(answer.members), answer.total, answer.has_more) == (2, 3, True), answer
    assert len(call(conversation_id=group, offset=2).members) == 1
    assert [one.user.id for one in call(conversation_id=group, role_filter=OWNER).members] == [owner]
    call.refused("CONVERSATION_NOT_FOUND", conversation_id=NOWHERE)
    for wrong in ({"offset": -1}, {"limit": -1}, {"role_filter": 9}):
        call.refused("INVALID_PARAMETER", conversation_id=group, **wrong)


@rpc(f"{CONVERSATION}/GetConversationForUser")
def get_conversation_for_user(call, scene):
    single, anna, ben = scene.single()
    details = call(user_id=anna, conversation_id=single).details
    assert (details.conversation.id, details.peer.id, details.user_membership.user.id) == (single, ben, anna), details
    for user, conversation in ((scene.user(), single), (anna, NOWHERE)):
        call.refused("CONVERSATION_NOT_FOUND", user_id=user, conversation_id=conversation)


@rpc(f"{CONVERSATION}/GetMemberIds")
def get_member_ids(call, scene):
    group, owner, member = scene.group()
    before = call(conversation_id=group)
    assert set(before.user_ids) == {owner, member}, before
    scene.rpc(f"{CONVERSATION}/RemoveConversationMember")(conversation_id=group, user_id=member)
    after = call(conversation_id=group)
    assert list(after.user_ids) == [owner] and after.member_version > before.member_version, after
    call.refused("CONVERSATION_NOT_FOUND", conversation_id=NOWHERE)


@rpc(f"{CONVERSATION}/ChangeMembers")
def change_members(call, scene):
    group, owner, member = scene.group()
    joiner = scene.user()
    change = {"conversation_id": group, "operator_id": owner}
    added = call(**change, add_user_ids=[joiner, NOWHERE], add_role=MEMBER, max_members=10)
    assert list(added.added_user_ids) == [joiner], added
    assert [(failed.user_id, failed.reason) for failed in added.failures] == [(NOWHERE, "USER_NOT_FOUND")], added
    assert (added.system_message.type, added.system_message.seq_id) == (SYSTEM, 1), added
    removed = call(**change, remove_user_ids=[member, owner], remove_up_to_role=MEMBER)
    assert list(removed.removed_user_ids) == [member] and removed.system_message.seq_id == 2, removed
    assert [failed.reason for failed in removed.failures] == ["INSUFFICIENT_PERMISSION"], removed
    assert removed.member_version > added.member_version, removed
    call.refused("CONVERSATION_FULL", **change, add_user_ids=[scene.user()], add_role=MEMBER, max_members=2)
    call.refused("CONVERSATION_NOT_FOUND", conversation_id=NOWHERE, operator_id=owner, add_user_ids=[joiner])
    call.refused("INVALID_PARAMETER", conversation_id=group, operator_id="", add_user_ids=[joiner])


@rpc(f"{CONVERSATION}/JoinWorld")
def join_world(call, scene):
    user = scene.user()
    first, second = call(user_id=user), call(user_id=user)
    assert first.joined and not second.joined and first.conversation.type == WORLD, (first, second)
    call.refused("USER_NOT_FOUND", user_id=NOWHERE)


def saving(conversation, sender, content="hello", key=None):
    """The fields of a save."""
    return {
        "conversation_id": conversation,
        "sender_id": sender,
        "message_type": TEXT,
        "content": content,
        "client_msg_id": key or uuid.uuid4().hex,
    }


@rpc(f"{MESSAGE}/SaveMessage")
def save_message(call, scene):
    single, anna, ben = scene.single()
    first = call(**saving(single, anna, key="k")).message
    assert (first.seq_id, first.sender.id, first.content, first.conversation_id) == (1, anna, "hello", single), first
    assert call(**saving(single, anna, "something else", key="k")).message == first
    assert call(**saving(single, ben, key="k")).message.seq_id == 2
    call.refused("CONVERSATION_NOT_FOUND", **saving(single, scene.user()))
    call.refused("CONVERSATION_NOT_FOUND", **saving(NOWHERE, anna))
    call.refused("INVALID_PARAMETER", **{**saving(single, anna), "client_msg_id": ""})


@rpc(f"{MESSAGE}/SaveMessages")
def save_messages(call, scene):
    single, anna, ben = scene.single()
    requests = [saving(single, anna, key="k"), saving(single, anna, key="k"), saving(NOWHERE, ben), saving(single, ben)]
    outcomes = call(requests=requests).outcomes
    assert [outcome.saved.message.seq_id for outcome in outcomes] == [1, 1, 0, 2], outcomes
    assert [outcome.saved.duplicate for outcome in outcomes] == [False, True, False, False], outcomes
    assert outcomes[2].failed.reason == "CONVERSATION_NOT_FOUND", outcomes
    assert outcomes[0].saved.conversation_type == SINGLE, outcomes
    assert not call(requests=[]).outcomes


def same(left, right):
    """Equality across two servers, whose reflection made two classes."""
    return left.SerializeToString(deterministic=True) == right.SerializeToString(deterministic=True)


@rpc(f"{MESSAGE}/GetMessage")
def get_message(call, scene):
    single, anna, _ = scene.single()
    sent = scene.send(anna, single)
    assert same(call(message_id=sent.id).message, sent)
    for message_id in (NOWHERE, f"{single}.99", f"{NOWHERE}.1"):
        call.refused("MESSAGE_NOT_FOUND", message_id=message_id)
    call.refused("INVALID_PARAMETER", message_id="")


@rpc(f"{MESSAGE}/GetConversationMessages")
def get_conversation_messages(call, scene):
    single, anna, _ = scene.single()
    for _ in range(5):
        scene.send(anna, single)
    newest = call(conversation_id=single, limit=2)
    assert [message.seq_id for message in newest.messages] == [5, 4], newest
    assert (newest.has_more, newest.next_seq_id) == (True, 3), newest
    forward = call(conversation_id=single, start_seq_id=2, end_seq_id=4, ascending=True)
    assert [message.seq_id for message in forward.messages] == [2, 3, 4] and not forward.has_more, forward
    for wrong in ({"limit": -1}, {"start_seq_id": -1}):
        call.refused("INVALID_PARAMETER", conversation_id=single, **wrong)
    call.refused("CONVERSATION_NOT_FOUND", conversation_id=NOWHERE)


@rpc(f"{MESSAGE}/CheckMessageIdempotency")
def check_message_idempotency(call, scene):
    single, anna, ben = scene.single()
    sent = scene.send(anna, single, client_msg_id="k")
    asked = {"client_msg_id": "k", "conversation_id": single}
    answer = call(**asked, sender_id=anna)
    assert answer.exists and answer.existing_message_id == sent.id, answer
    assert not call(**asked, sender_id=ben).exists
    call.refused("INVALID_PARAMETER", sender_id=anna, conversation_id=single, client_msg_id="")


@rpc(f"{MESSAGE}/GetLatestMessages")
def get_latest_messages(call, scene):
    single, anna, ben = scene.single()
    group = scene.conversation(GROUP, anna, ben)
    for _ in range(3):
        scene.send(anna, single)
    scene.send(ben, group)
    messages = call(conversation_ids=[single, group], limit_per_conversation=2).messages
    found = sorted((message.conversation_id, message.seq_id) for message in messages)
    assert found == sorted([(single, 2), (single, 3), (group, 1)]), found
    call.refused("INVALID_PARAMETER", conversation_ids=[single], limit_per_conversation=-1)


@rpc(f"{MESSAGE}/DeleteMessage")
def delete_message(call, scene):
    single, anna, _ = scene.single()
    sent = scene.send(anna, single, "secret")
    assert call(message_id=sent.id, operator_id=anna, reason="a test").success
    left = scene.rpc(f"{MESSAGE}/GetMessage")(message_id=sent.id).message
    assert (left.deleted, left.content, left.seq_id) == (True, "", 1), left
    again = scene.rpc(f"{MESSAGE}/SaveMessage")(**saving(single, anna, "secret", sent.client_msg_id)).message
    assert again.id == sent.id, "the same key again is the first message, also after a recall"
    call.refused("MESSAGE_NOT_FOUND", message_id=f"{single}.99", operator_id=anna)
    call.refused("MESSAGE_NOT_FOUND", message_id=sent.id, operator_id=scene.user())
    call.refused("INVALID_PARAMETER", message_id=sent.id, operator_id="")
    call.refused("INVALID_PARAMETER", message_id=sent.id, operator_id=anna, sent_since=1, role_at_least=ADMIN)
    group, owner, member = scene.group()
    other = scene.send(owner, group)
    call.refused("FORBIDDEN", message_id=other.id, operator_id=member)
    call.refused("RECALL_TIME_EXCEEDED", message_id=other.id, operator_id=owner, sent_since=other.created_at + 1)
    answer = call(message_id=other.id, operator_id=owner, role_at_least=ADMIN)
    assert (answer.message.deleted, answer.change, answer.operator_id) == (True, 1, owner), answer


@rpc(f"{MESSAGE}/Sync")
def sync(call, scene):
    single, anna, ben = scene.single()
    for content in ("one", "two"):
        scene.send(anna, single, content)
    scene.rpc(f"{MESSAGE}/DeleteMessage")(message_id=f"{single}.1", operator_id=anna)
    positions = [{"conversation_id": single, "seq_id": 1}, {"conversation_id": NOWHERE}]
    answer = call(user_id=ben, positions=positions, partial=True)
    [part] = answer.conversations
    assert [message.content for message in part.messages] == ["two"] and list(answer.gone) == [NOWHERE], answer
    assert [(recall.seq_id, recall.change) for recall in part.recalls] == [(1, 1)], part
    assert [part.conversation_id for part in call(user_id=anna).conversations] == [single]
    call.refused("INVALID_PARAMETER", user_id=ben, positions=[positions[0], positions[0]])


@rpc("im.repo.v1.FriendService/GetContacts")
def get_contacts(call, scene):
    _, anna, ben = scene.single()
    scene.group()
    carl = scene.user()
    scene.conversation(SINGLE, carl, anna)
    assert sorted(call(user_id=anna).user_ids) == sorted([ben, carl])
    assert list(call(user_id=ben).user_ids) == [anna]
    assert not call(user_id=NOWHERE).user_ids
    call.refused("INVALID_PARAMETER", user_id="")


@rpc("im.repo.v1.FriendService/GetContactsOfUsers")
def get_contacts_of_users(call, scene):
    _, anna, ben = scene.single()
    told = call(user_ids=[ben, NOWHERE, anna]).contacts
    assert [list(contacts.user_ids) for contacts in told] == [[anna], [], [ben]], told
    assert not call(user_ids=[]).contacts
    call.refused("INVALID_PARAMETER", user_ids=[anna, anna])
    call.refused("INVALID_PARAMETER", user_ids=[anna, ""])
    call.refused("INVALID_PARAMETER", user_ids=[f"user-{number}" for number in range(1_001)])
