"""im.repo.v1.OnlineStatusService: who is online, and which gateways live."""

import time
import uuid

from reflection import until
from scene import NOWHERE, rpc

ONLINE = "im.repo.v1.OnlineStatusService"
JOB = "a-job"


def online_user(scene, gateway=JOB):
    """A user set online by a job, under a gateway_id without a lease."""
    user = scene.user()
    scene.rpc(f"{ONLINE}/SetUserOnline")(user_id=user, gateway_id=gateway, client_info="a peer")
    return user


def status(scene, user):
    return scene.rpc(f"{ONLINE}/GetUserOnlineStatus")(user_id=user).status


class Gateway:
    """A gateway that is nothing but its lease."""

    def __init__(self, scene):
        self.scene, self.id, self.incarnation = scene, scene.name("gateway"), uuid.uuid4().hex
        assert self.renew().held

    def renew(self, **fields):
        # An address that cannot be called: nothing may be delivered to a gateway that is none.
        lease = {"gateway_id": self.id, "incarnation": self.incarnation, "url": "http://127.0.0.1:1", **fields}
        return self.scene.rpc(f"{ONLINE}/RenewLease")(lease=lease)

    def announce(self, online=(), offline=()):
        self.scene.rpc(f"{ONLINE}/AnnounceUsers")(
            gateway_id=self.id,
            incarnation=self.incarnation,
            online=[{"user_id": user, "client_info": "a peer"} for user in online],
            offline_user_ids=offline,
        )

    def release(self):
        self.scene.rpc(f"{ONLINE}/ReleaseLease")(gateway_id=self.id, incarnation=self.incarnation)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()


@rpc(f"{ONLINE}/SetUserOnline")
def set_user_online(call, scene):
    user = scene.user()
    set_online = call(user_id=user, gateway_id=JOB, client_info="a peer")
    assert set_online.success and set_online.status.is_online and set_online.status.user_id == user, set_online
    now = status(scene, user)
    assert (now.is_online, now.gateway_id, list(now.gateway_ids), now.client_info) == (True, JOB, [JOB], "a peer"), now
    call.refused("INVALID_PARAMETER", user_id="", gateway_id=JOB)
    call.refused("INVALID_PARAMETER", user_id=user, gateway_id="")


@rpc(f"{ONLINE}/SetUserOffline")
def set_user_offline(call, scene):
    user = online_user(scene)
    assert call(user_id=user, gateway_id=JOB).success
    now = status(scene, user)
    assert not now.is_online and abs(now.last_seen - time.time()) < 60, now
    call.refused("INVALID_PARAMETER", user_id="", gateway_id=JOB)


@rpc(f"{ONLINE}/GetUserOnlineStatus")
def get_user_online_status(call, scene):
    assert call(user_id=online_user(scene)).status.is_online
    unknown = call(user_id=NOWHERE).status
    assert unknown.user_id == NOWHERE and not unknown.is_online, unknown
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{ONLINE}/GetUsersOnlineStatus")
def get_users_online_status(call, scene):
    online, offline = online_user(scene), scene.user()
    statuses = call(user_ids=[offline, NOWHERE, online]).statuses
    found = [(one.user_id, one.is_online) for one in statuses]
    assert found == [(offline, False), (NOWHERE, False), (online, True)], found
    call.refused("INVALID_PARAMETER", user_ids=[""])


@rpc(f"{ONLINE}/UpdateHeartbeat")
def update_heartbeat(call, scene):
    answer = call(user_id=online_user(scene), gateway_id=JOB)
    assert answer.success and abs(answer.last_seen - time.time()) < 60, answer
    assert not call(user_id=scene.user(), gateway_id=JOB).success, "who is not online has nothing to renew"
    call.refused("INVALID_PARAMETER", user_id="", gateway_id=JOB)


@rpc(f"{ONLINE}/CleanupExpiredStatus")
def cleanup_expired_status(call, scene):
    online, offline = online_user(scene), online_user(scene)
    scene.rpc(f"{ONLINE}/SetUserOffline")(user_id=offline, gateway_id=JOB)
    assert call(expired_before=int(time.time()) + 60).cleaned_count >= 1
    assert status(scene, offline).last_seen == 0 and status(scene, online).is_online
    call.refused("INVALID_PARAMETER", expired_before=-1)
    call.refused("INVALID_PARAMETER", expired_before=1, batch_size=-1)


@rpc(f"{ONLINE}/RenewLease")
def renew_lease(call, scene):
    with Gateway(scene) as gateway:
        answer = gateway.renew()
        assert answer.held and answer.continued and answer.ttl_seconds > 0, answer
        assert gateway.id in {lease.gateway_id for lease in answer.gateways}, answer
        user = scene.user()
        gateway.announce(online=[user])
        old, gateway.incarnation = gateway.incarnation, uuid.uuid4().hex
        assert not gateway.renew().continued, "a new incarnation begins anew"
        assert not gateway.renew(incarnation=old).held, "and voids the old one"
        assert not status(scene, user).is_online, "with its users"
        call.refused("INVALID_PARAMETER", lease={"gateway_id": gateway.id, "incarnation": "", "url": "http://127.0.0.1:1"})
        call.refused("INVALID_PARAMETER", lease={"gateway_id": gateway.id, "incarnation": "i", "url": "no address"})
    call.refused("INVALID_PARAMETER")


@rpc(f"{ONLINE}/ReleaseLease")
def release_lease(call, scene):
    gateway, user = Gateway(scene), scene.user()
    gateway.announce(online=[user])
    assert status(scene, user).is_online
    gateway.release()
    assert not status(scene, user).is_online
    call.refused("INVALID_PARAMETER", gateway_id="", incarnation="i")


@rpc(f"{ONLINE}/AnnounceUsers")
def announce_users(call, scene):
    with Gateway(scene) as gateway:
        came, left = scene.user(), scene.user()
        gateway.announce(online=[came, left])
        gateway.announce(offline=[left])
        assert list(status(scene, came).gateway_ids) == [gateway.id] and not status(scene, left).is_online
        call.refused("INVALID_PARAMETER", gateway_id="", incarnation=gateway.incarnation)


@rpc(f"{ONLINE}/ListGateways")
def list_gateways(call, scene):
    real = [lease.url for lease in call().gateways]
    assert real, "the gateway under test holds a lease"
    with Gateway(scene) as gateway:
        listed = call()
        assert gateway.id in {lease.gateway_id for lease in listed.gateways}
        assert len(listed.ages) == len(listed.gateways) and all(age.left_ms > 0 for age in listed.ages), listed
    until(lambda: gateway.id not in {lease.gateway_id for lease in call().gateways}, "a lease given back is gone")


@rpc(f"{ONLINE}/LocateUsers")
def locate_users(call, scene):
    with Gateway(scene) as gateway:
        here, nowhere = scene.user(), scene.user()
        gateway.announce(online=[here])
        locations = call(user_ids=[nowhere, here]).locations
        found = [(location.user_id, list(location.gateway_ids)) for location in locations]
        assert found == [(here, [gateway.id])], found
    call.refused("INVALID_PARAMETER", user_ids=[""])
