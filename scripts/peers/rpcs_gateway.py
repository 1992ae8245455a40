"""Every RPC of im.gateway.v1, as far as it needs no session: pushes to sessions are in websockets_peer.py."""

from scene import NOWHERE, later, rpc

PUSHER = "im.gateway.v1.PusherService"
ROUTER = "im.gateway.v1.RouterService"
OFFLINE = 2
EVENT = {"type": "notification", "data": '{"text":"hello"}'}

later(PUSHER, "PushStream", "Broadcast", "DisconnectUsers", "GetSessions", "WatchPresence")


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
    call.unimplemented(user_ids=[user], event=EVENT, ttl_seconds=60)


@rpc(f"{ROUTER}/Deliver")
def deliver(call, scene):
    delivery = {"event": EVENT, "user_ids": [scene.user()]}
    assert not call(deliveries=[delivery]).unreachable_gateway_ids
    assert not call(deliveries=[]).unreachable_gateway_ids
    call.refused("INVALID_PARAMETER", deliveries=[{"user_ids": [scene.user()]}])


@rpc(f"{ROUTER}/Forward")
def forward(call, scene):
    answer = call(deliveries=[{"event": EVENT, "user_ids": [scene.user()]}, {"event": EVENT}])
    assert answer.gateway_id and [list(outcome.users) for outcome in answer.outcomes] == [[], []], answer
    call.refused("INVALID_PARAMETER", deliveries=[{"user_ids": [scene.user()]}])


@rpc(f"{ROUTER}/EndSignIn")
def end_sign_in(call, scene):
    for forwarded in (False, True):
        assert call(user_id=scene.user(), sign_in_ids=[NOWHERE], forwarded=forwarded).closed_sessions == 0
    assert call().closed_sessions == 0, "nobody's sign-in has no sessions"
