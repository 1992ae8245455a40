"""Every RPC of im.repo.v1.PushService: right input and its answer, wrong input and its reason."""

from scene import NOWHERE, rpc

PUSHES = "im.repo.v1.PushService"
MONTH = 30 * 24 * 60 * 60


def to_keep(push_id, *users, **fields):
    return {"push_id": push_id, "type": "notification", "data": "{}", "ttl_seconds": 60, "user_ids": users, **fields}


def kept(scene, push_id, *users):
    """The number of a push that these users wait for."""
    answer = scene.rpc(f"{PUSHES}/KeepPushes")(pushes=[to_keep(push_id, *users)])
    return answer.outcomes[0].number


def queue(scene, user):
    answer = scene.rpc(f"{PUSHES}/GetKeptPushes")(user_ids=[user])
    return [push.push_id for one in answer.users for push in one.pushes]


@rpc(f"{PUSHES}/KeepPushes")
def keep_pushes(call, scene):
    user = scene.user()
    first, second = call(pushes=[to_keep("k2", user, NOWHERE, user), to_keep("k1", NOWHERE)]).outcomes
    assert (list(first.user_ids), list(second.user_ids)) == ([user], []) and first.number < second.number, (first, second)
    call(pushes=[to_keep("k1", user, ttl_seconds=MONTH), to_keep("k2", user)])
    assert queue(scene, user) == ["k2", "k1"]
    assert not call(pushes=[]).outcomes
    for wrong in ({"ttl_seconds": 0}, {"ttl_seconds": -1}, {"ttl_seconds": MONTH + 1}, {"push_id": ""}, {"user_ids": [""]},
                  {"type": ""}, {"data": "x" * 65_537}):
        call.refused("INVALID_PARAMETER", pushes=[{**to_keep("k3", user), **wrong}])
    call.refused("INVALID_PARAMETER", pushes=[to_keep("k3", user)] * 257)


@rpc(f"{PUSHES}/GetKeptPushes")
def get_kept_pushes(call, scene):
    user, other = scene.user(), scene.user()
    number = kept(scene, "g1", user)
    found = call(user_ids=[other, user, NOWHERE]).users
    assert [(one.user_id, [push.number for push in one.pushes]) for one in found] == [(user, [number])], found
    call.refused("INVALID_PARAMETER", user_ids=[user] * 101)
    call.refused("INVALID_PARAMETER", user_ids=[""])


@rpc(f"{PUSHES}/DropKeptPushes")
def drop_kept_pushes(call, scene):
    user, other = scene.user(), scene.user()
    received = {"user_id": user, "pushes": [{"number": kept(scene, "d1", user, other), "push_id": "d1"}]}
    assert [call(users=[received]).dropped for _ in range(2)] == [1, 0]
    assert (queue(scene, user), queue(scene, other)) == ([], ["d1"])
    found = scene.rpc(f"{PUSHES}/FindPushes")(pushes=[{"push_id": "d1", "user_ids": [user, other]}]).pushes[0]
    assert (list(found.had_user_ids), list(found.queued_user_ids)) == ([user], [other]), found
    call.refused("INVALID_PARAMETER", users=[{**received, "user_id": ""}])


@rpc(f"{PUSHES}/FindPushes")
def find_pushes(call, scene):
    waits, new = scene.user(), scene.user()
    kept(scene, "f1", waits)
    found = call(pushes=[{"push_id": "f1", "user_ids": [new, waits]}, {"push_id": "f2", "user_ids": [waits]}]).pushes
    shown = [(list(one.had_user_ids), list(one.queued_user_ids)) for one in found]
    assert shown == [([], [waits]), ([], [])], shown
    call.refused("INVALID_PARAMETER", pushes=[{"push_id": "", "user_ids": [new]}])


@rpc(f"{PUSHES}/NotePushes")
def note_pushes(call, scene):
    had, new = scene.user(), scene.user()
    call(pushes=[{"push_id": "n1", "user_ids": [had]}])
    found = scene.rpc(f"{PUSHES}/FindPushes")(pushes=[{"push_id": "n1", "user_ids": [new, had]}]).pushes[0]
    assert (list(found.had_user_ids), list(found.queued_user_ids)) == ([had], []), found
    call.refused("INVALID_PARAMETER", pushes=[{"push_id": "n1", "user_ids": [""]}])
