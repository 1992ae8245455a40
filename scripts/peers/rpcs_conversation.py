"""RPCs that change, delete, leave and search conversations, in im.logic.v1 and im.repo.v1."""

from scene import ADMIN, GROUP, MEMBER, NOWHERE, OWNER, SINGLE, SYSTEM, TEXT, WORLD, rpc

LOGIC = "im.logic.v1.ConversationService"
REPO = "im.repo.v1.ConversationService"
MESSAGE = "im.logic.v1.MessageService"
GONE = "CONVERSATION_NOT_FOUND"


def role_of(scene, group, user):
    members = scene.rpc(f"{REPO}/GetConversationMembers")(conversation_id=group).members
    return next(member.role for member in members if member.user.id == user)


def last_message(scene, group, reader):
    return scene.rpc(f"{LOGIC}/GetMessages")(user_id=reader, conversation_id=group, limit=1).messages[0]


def listed(scene, user):
    return [item.id for item in scene.rpc(f"{LOGIC}/GetConversations")(user_id=user).conversations]


@rpc(f"{LOGIC}/UpdateConversation")
def update_conversation(call, scene):
    group, owner, member = scene.group()
    admin = scene.admin(group, owner)
    asked = {"user_id": admin, "conversation_id": group, "name": "new", "avatar_url": "a", "description": "d"}
    changed = call(**asked, update_mask=["name", "description"]).conversation
    assert (changed.name, changed.description, changed.avatar_url) == ("new", "d", ""), changed
    notice = last_message(scene, group, member)
    assert (notice.type, notice.sender.id) == (SYSTEM, admin) and "new" in notice.content, notice
    assert call(**asked, update_mask=["avatar_url"]).conversation.avatar_url == "a"
    assert last_message(scene, group, member).seq_id == notice.seq_id, "only a new name is told"
    for mask in ([], ["owner_id"], ["name", "type"]):
        call.refused("INVALID_PARAMETER", **asked, update_mask=mask)
    call.refused("INVALID_PARAMETER", **{**asked, "name": " "}, update_mask=["name"])
    call.refused("INSUFFICIENT_PERMISSION", **{**asked, "user_id": member}, update_mask=["name"])
    call.refused(GONE, **{**asked, "user_id": scene.user()}, update_mask=["name"])
    single, anna, _ = scene.single()
    call.refused("FORBIDDEN", user_id=anna, conversation_id=single, name="x", update_mask=["name"])


@rpc(f"{LOGIC}/DeleteConversation")
def delete_conversation(call, scene):
    group, owner, member = scene.group()
    call.refused("INSUFFICIENT_PERMISSION", user_id=member, conversation_id=group)
    call.refused("INSUFFICIENT_PERMISSION", user_id=scene.admin(group, owner), conversation_id=group)
    call.refused(GONE, user_id=scene.user(), conversation_id=group)
    assert call(user_id=owner, conversation_id=group, reason="done").success
    for user in (owner, member):
        call.refused(GONE, user_id=user, conversation_id=group)
        scene.rpc(f"{LOGIC}/GetMessages").refused(GONE, user_id=user, conversation_id=group)
        scene.rpc(f"{LOGIC}/GetMembers").refused(GONE, user_id=user, conversation_id=group)
        scene.rpc(f"{MESSAGE}/SendMessage").refused(GONE, user_id=user, conversation_id=group, content="x", type=TEXT)
        assert not listed(scene, user)
    single, anna, ben = scene.single()
    assert call(user_id=anna, conversation_id=single).success
    assert listed(scene, anna) == [] and listed(scene, ben) == [single]
    scene.send(ben, single)
    assert listed(scene, anna) == [single], "it returns with the next message"
    world = scene.rpc(f"{LOGIC}/JoinWorldChat")(user_id=anna).conversation.id
    call.refused("FORBIDDEN", user_id=anna, conversation_id=world)


@rpc(f"{LOGIC}/UpdateMemberRole")
def update_member_role(call, scene):
    group, owner, ben, carl = scene.group(members=2)
    asked = {"operator_id": owner, "conversation_id": group, "target_user_id": ben}
    assert call(**asked, new_role=ADMIN).success and role_of(scene, group, ben) == ADMIN
    call.refused("INSUFFICIENT_PERMISSION", **{**asked, "operator_id": ben, "target_user_id": carl}, new_role=ADMIN)
    call.refused("NOT_CONVERSATION_MEMBER", **{**asked, "target_user_id": scene.user()}, new_role=ADMIN)
    call.refused("FORBIDDEN", **{**asked, "target_user_id": owner}, new_role=MEMBER)
    call.refused(GONE, **{**asked, "operator_id": scene.user()}, new_role=ADMIN)
    for role in (0, 9):
        call.refused("INVALID_PARAMETER", **asked, new_role=role)
    assert call(**asked, new_role=OWNER).success
    assert (role_of(scene, group, owner), role_of(scene, group, ben)) == (ADMIN, OWNER)
    seen = scene.rpc(f"{LOGIC}/GetConversation")(user_id=carl, conversation_id=group).conversation
    assert seen.owner_id == ben, seen
    call.refused("INSUFFICIENT_PERMISSION", **asked, new_role=OWNER)


@rpc(f"{LOGIC}/MuteMember")
def mute_member(call, scene):
    group, owner, member = scene.group()
    admin = scene.admin(group, owner)
    asked = {"operator_id": admin, "conversation_id": group, "target_user_id": member}
    said = {"user_id": member, "conversation_id": group, "content": "x", "type": TEXT}
    send = scene.rpc(f"{MESSAGE}/SendMessage")
    assert call(**asked, muted=True).success
    send.refused("MEMBER_MUTED", **said)
    assert last_message(scene, group, member).seq_id > 0, "who is muted reads on"
    assert call(**asked, muted=False).success and send(**said).message.content == "x"
    for target in (owner, admin):
        call.refused("INSUFFICIENT_PERMISSION", **{**asked, "target_user_id": target}, muted=True)
    call.refused("INSUFFICIENT_PERMISSION", **{**asked, "operator_id": member}, muted=True)
    call.refused("NOT_CONVERSATION_MEMBER", **{**asked, "target_user_id": scene.user()}, muted=True)
    call.refused(GONE, **{**asked, "operator_id": scene.user()}, muted=True)
    single, anna, ben = scene.single()
    call.refused("FORBIDDEN", operator_id=anna, conversation_id=single, target_user_id=ben, muted=True)


@rpc(f"{LOGIC}/LeaveConversation")
def leave_conversation(call, scene):
    group, owner, member = scene.group()
    call.refused("CANNOT_LEAVE_CONVERSATION", user_id=owner, conversation_id=group)
    assert call(user_id=member, conversation_id=group).success
    notice = last_message(scene, group, owner)
    assert (notice.type, notice.sender.id) == (SYSTEM, member), notice
    call.refused(GONE, user_id=member, conversation_id=group)
    single, anna, _ = scene.single()
    call.refused("CANNOT_LEAVE_CONVERSATION", user_id=anna, conversation_id=single)
    world = scene.rpc(f"{LOGIC}/JoinWorldChat")(user_id=anna).conversation.id
    assert call(user_id=anna, conversation_id=world).success and listed(scene, anna) == [single]


@rpc(f"{LOGIC}/SearchConversations")
def search_conversations(call, scene):
    anna, name = scene.user(), scene.name("Team")
    ids = [scene.rpc(f"{LOGIC}/CreateConversation")(creator_id=anna, type=GROUP, name=title).conversation.id
           for title in (f"the {name}", f"{name} 100%")]
    answer = call(user_id=anna, query=name.upper())
    assert [found.id for found in answer.conversations] == [ids[1], ids[0]], "first those that begin with it"
    assert [listing.my_membership.role for listing in answer.listings] == [OWNER, OWNER], answer
    assert [found.id for found in call(user_id=anna, query="%").conversations] == [ids[1]], "never a pattern"
    assert len(call(user_id=anna, query=name, limit=1).conversations) == 1
    assert not call(user_id=anna, query=name, type_filter=SINGLE).conversations
    assert not call(user_id=scene.user(), query=name).conversations
    for wrong in ({"query": " "}, {"query": name, "limit": -1}, {"query": name, "type_filter": 9}):
        call.refused("INVALID_PARAMETER", user_id=anna, **wrong)


@rpc(f"{REPO}/UpdateConversation")
def repo_update_conversation(call, scene):
    group, owner, member = scene.group()
    asked = {"conversation_id": group, "operator_id": owner, "operator_role": ADMIN}
    changed = call(**asked, name="new")
    assert changed.changed and changed.conversation.name == "new" and changed.system_message.seq_id == 1, changed
    again = call(**asked, name="new")
    assert not again.changed and not again.system_message.id, again
    assert call(**asked, avatar_url="a").conversation.avatar_url == "a"
    call.refused("INSUFFICIENT_PERMISSION", **{**asked, "operator_id": member}, name="x")
    call.refused(GONE, **{**asked, "operator_id": scene.user()}, name="x")
    call.refused("INVALID_PARAMETER", **asked, name=" ")


@rpc(f"{REPO}/DeleteConversation")
def repo_delete_conversation(call, scene):
    group, owner, member = scene.group()
    asked = {"conversation_id": group, "operator_role": OWNER}
    call.refused("INSUFFICIENT_PERMISSION", **asked, operator_id=member)
    assert set(call(**asked, operator_id=owner).former_member_ids) == {owner, member}
    call.refused(GONE, **asked, operator_id=owner)
    single, anna, _ = scene.single()
    assert not call(conversation_id=single, operator_id=anna).former_member_ids and not listed(scene, anna)


@rpc(f"{REPO}/ChangeMember")
def change_member(call, scene):
    group, owner, member = scene.group()
    asked = {"conversation_id": group, "operator_id": owner, "operator_role": OWNER, "user_id": member}
    # Told of is what changed.
    assert call(**asked, new_role=ADMIN).conversation.id == group and role_of(scene, group, member) == ADMIN
    assert not call(**asked, new_role=ADMIN).conversation.id
    assert call(**asked, muted=True).conversation.id == group and not call(**asked, muted=True).conversation.id
    assert call(**asked, new_role=OWNER).conversation.owner_id == member
    call.refused("INSUFFICIENT_PERMISSION", **asked, new_role=OWNER)
    call.refused("INVALID_PARAMETER", **asked)
    call.refused(GONE, **{**asked, "conversation_id": NOWHERE}, muted=True)


@rpc(f"{REPO}/LeaveConversation")
def repo_leave_conversation(call, scene):
    group, owner, member = scene.group()
    left = call(conversation_id=group, user_id=member)
    assert left.system_message.seq_id == 1 and left.member_version > 0, left
    call.refused("CANNOT_LEAVE_CONVERSATION", conversation_id=group, user_id=owner)
    call.refused(GONE, conversation_id=group, user_id=member)


@rpc(f"{REPO}/SearchUserConversations")
def search_user_conversations(call, scene):
    single, anna, ben = scene.single()
    name = scene.rpc("im.repo.v1.UserService/GetUser")(user_id=ben).user.username
    (found,) = call(user_id=anna, query=name.upper()).conversations
    assert (found.conversation.id, found.peer.id, found.conversation.name) == (single, ben, name), found
    scene.rpc("im.repo.v1.ConversationService/JoinWorld")(user_id=anna)
    assert [item.conversation.id for item in call(user_id=anna, query="w", type_filter=WORLD).conversations] == ["world"]
    call.refused("INVALID_PARAMETER", user_id=anna, query="")
