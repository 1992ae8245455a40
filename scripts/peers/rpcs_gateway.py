"""Every RPC of im.gateway.v1, as far as it needs no session: pushes to sessions are in websockets_peer.py."""

from scene import NOWHERE, rpc

PUSHER = "im.gateway.v1.PusherService"
ROUTER = "im.gateway.v1.RouterService"
OFFLINE, QUEUED = 2, 5
EVENT = {"type": "notification", "data": '{"text":"hello"}'}



@rpc(f"{PUSHER}/PushToUsers")
def push_to_users(call, scene):
    user = scene.user()
    answer = call(user_ids=[user, NOWHERE, user], event=EVENT, push_id="p1")
    found = [(result.user_id, result.status, result.sessions) for result in answer.results]
    assert found == [(user, OFFLINE, 0), (NOWHERE, OFFLINE, 0)], found
    counts = (answer.delivered_users, answer.offline_users, answer.delivered_sessions, answer.push_id)
    assert counts == (0, 2, 0, "p1"), answer
    assert not call(user_ids=[], event=EVENT).results
    call.refused("INVALID_PARAMETER", user_ids=[f"u{number}" for number in range(10_001)], event=EVENT)
    call.refused("INVALID_PARAMETER", user_ids=[user])
    for kind in ("", "UPPER", "a b", "x" * 65):
        call.refused("INVALID_PARAMETER", user_ids=[user], event={**EVENT, "type": kind})
    for data in ("", "no JSON", "[]", "1", '{"a":"' + "x" * 65_536 + '"}'):
        call.refused("INVALID_PARAMETER", user_ids=[user], event={**EVENT, "data": data})
    call.refused("INVALID_PARAMETER", user_ids=[user], event=EVENT, ttl_seconds=-1)
    call.refused("INVALID_PARAMETER", user_ids=[user], event=EVENT, ttl_seconds=30 * 24 * 60 * 60 + 1)
    for _ in range(2):
        kept = call(user_ids=[user, NOWHERE], event=EVENT, push_id="kept", ttl_seconds=60)
        assert [result.status for result in kept.results] == [QUEUED, OFFLINE], kept
    made = call(user_ids=[user], event=EVENT, ttl_seconds=60)
    assert made.push_id and made.results[0].status == QUEUED, made
    page = scene.rpc("im.repo.v1.PushService/GetKeptPushes")(user_ids=[user]).users[0].pushes
    assert [push.push_id for push in page] == ["kept", made.push_id], page
    assert (page[0].type, page[0].data) == (EVENT["type"], EVENT["data"]), page


@rpc(f"{PUSHER}/PushStream")
def push_stream(call, scene):
    answer = call(user_ids=[NOWHERE], event=EVENT, push_id="s1")
    assert (answer.push_id, answer.results[0].status) == ("s1", OFFLINE), answer
    kept = call(user_ids=[scene.user()], event=EVENT, push_id="s1", ttl_seconds=60)
    assert (kept.push_id, kept.results[0].status) == ("s1", QUEUED), kept
    call.refused("INVALID_PARAMETER", user_ids=[NOWHERE])


@rpc(f"{PUSHER}/Broadcast")
def broadcast(call, scene):
    answer = call(event=EVENT, push_id="b1")
    assert (answer.delivered_sessions, answer.gateways) == (0, 1), answer
    call.refused("INVALID_PARAMETER", push_id="b1")


@rpc(f"{PUSHER}/DisconnectUsers")
def disconnect_users(call, scene):
    assert call(user_ids=[scene.user(), NOWHERE], reason="test").closed_sessions == 0
    call.refused("INVALID_PARAMETER", user_ids=["u"] * 10_001)


@rpc(f"{PUSHER}/GetSessions")
def get_sessions(call, scene):
    assert not call(user_id=scene.user()).sessions
    assert not call(user_id=NOWHERE).sessions


@rpc(f"{ROUTER}/BroadcastHere")
def broadcast_here(call, scene):
    assert call(event=EVENT).gateways == 1
    call.refused("INVALID_PARAMETER")


@rpc(f"{ROUTER}/DisconnectHere")
def disconnect_here(call, scene):
    assert call(user_ids=[NOWHERE]).closed_sessions == 0
    call.refused("INVALID_PARAMETER", user_ids=["u"] * 10_001)


@rpc(f"{ROUTER}/SessionsHere")
def sessions_here(call, scene):
    assert not call(user_id=NOWHERE).sessions


@rpc(f"{ROUTER}/Deliver")
def deliver(call, scene):
    delivery = {"event": EVENT, "user_ids": [scene.user()]}
    assert not call(deliveries=[delivery]).unreachable_gateway_ids
    assert not call(deliveries=[]).unreachable_gateway_ids
    assert not call(deliveries=[{"event": EVENT, "world": True}]).unreachable_gateway_ids
    call.refused("INVALID_PARAMETER", deliveries=[{"user_ids": [scene.user()]}])
    call.refused("INVALID_PARAMETER", deliveries=[{"event": EVENT, "world": True, "user_ids": [scene.user()]}])


@rpc(f"{ROUTER}/Forward")
def forward(call, scene):
    answer = call(deliveries=[{"event": EVENT, "user_ids": [scene.user()]}, {"event": EVENT}])
    assert answer.gateway_id and [list(outcome.users) for outcome in answer.outcomes] == [[], []], answer
    world = call(deliveries=[{"event": EVENT, "world": True}]).outcomes
    assert [(outcome.world_delivered, outcome.world_overloaded) for outcome in world] == [(0, 0)], world
    call.refused("INVALID_PARAMETER", deliveries=[{"user_ids": [scene.user()]}])


@rpc(f"{ROUTER}/KeepLink")
def keep_link(call, scene):
    link = {"link_id": "peer", "number": 1}
    call(link=link, debt={"user_ids": [scene.user(), NOWHERE], "world": True, "everybody": True})
    call(link={**link, "number": 2, "answered": 1}, debt={"broken_link_ids": ["gone"]}, goodbye=True)
    call.refused("INVALID_PARAMETER")
    call.refused("INVALID_PARAMETER", link={"number": 1})
    call.refused("INVALID_PARAMETER", link=link, debt={"user_ids": ["u"] * 10_001})


@rpc(f"{ROUTER}/EndSignIn")
def end_sign_in(call, scene):
    for forwarded in (False, True):
        assert call(user_id=scene.user(), sign_in_ids=[NOWHERE], forwarded=forwarded).closed_sessions == 0
    assert call().closed_sessions == 0, "nobody's sign-in has no sessions"


@rpc(f"{ROUTER}/SetWorld")
def set_world(call, scene):
    for joined in (True, False):
        for forwarded in (False, True):
            assert call(user_id=scene.user(), joined=joined, forwarded=forwarded).sessions == 0
    assert call().sessions == 0, "nobody has no sessions"
@rpc(f"{PUSHER}/WatchPresence")
def watch_presence(call, scene):
    user = scene.user()
    # A stream's answer is its first message: the present state. Edges are in websockets_peer.py.
    change = call(user_ids=[user, NOWHERE, user])
    assert (change.user_id, change.online) == (user, False) and change.at > 0, change
    call.refused("INVALID_PARAMETER", user_ids=[f"u{number}" for number in range(10_001)])


@rpc(f"{ROUTER}/WatchLocal")
def watch_local(call, scene):
    first = call()
    assert first.complete or first.online_user_ids, first
    assert not first.offline_user_ids, first


@rpc(f"{ROUTER}/GetStats")
def get_stats(call, scene):
    before = call()
    assert before.gateway_id and before.incarnation and before.ready and before.now_ms >= before.started_at_ms > 0, before
    assert {dependency.name for dependency in before.dependencies} == {"logic", "repo"}, before
    assert before.queues and all(queue.waiting <= queue.bound for queue in before.queues), before
    after = call()
    assert after.incarnation == before.incarnation and after.counts.pushes >= before.counts.pushes, after
