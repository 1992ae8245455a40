"""Every RPC of im.repo.v1.SignInService: right input and its answer, wrong input and its reason."""

import time
import uuid

from scene import NOWHERE, rpc

CONVERSATION = "im.repo.v1.ConversationService"
SIGN_IN = "im.repo.v1.SignInService"


def sign_in(scene, token="a" * 64):
    """A sign-in's id and its user."""
    sign_in_id, user = uuid.uuid4().hex, scene.user()
    answer = scene.rpc(f"{SIGN_IN}/CreateSignIn")(
        sign_in_id=sign_in_id,
        user_id=user,
        client_info="a peer",
        refresh_token_hash=token,
        expires_at=int(time.time()) + 3600,
    )
    assert (answer.sign_in.id, answer.sign_in.user_id, answer.user.id) == (sign_in_id, user, user), answer
    assert (answer.sign_in.client_info, answer.sign_in.ended_at) == ("a peer", 0), answer
    return sign_in_id, user


@rpc(f"{SIGN_IN}/CreateSignIn")
def create_sign_in(call, scene):
    _, user = sign_in(scene)
    new = {"refresh_token_hash": "b" * 64, "expires_at": int(time.time()) + 3600}
    call.refused("USER_NOT_FOUND", sign_in_id=uuid.uuid4().hex, user_id=NOWHERE, **new)
    call.refused("INVALID_PARAMETER", sign_in_id="", user_id=user, **new)


@rpc(f"{SIGN_IN}/GetSignIn")
def get_sign_in(call, scene):
    sign_in_id, user = sign_in(scene)
    answer = call(sign_in_id=sign_in_id)
    assert (answer.sign_in.id, answer.user.id, answer.sign_in.ended_at) == (sign_in_id, user, 0), answer
    assert not answer.in_world, answer
    scene.rpc(f"{CONVERSATION}/JoinWorld")(user_id=user)
    assert call(sign_in_id=sign_in_id).in_world
    call.refused("NOT_FOUND", sign_in_id=NOWHERE)


@rpc(f"{SIGN_IN}/FindSignIns")
def find_sign_ins(call, scene):
    (one, anna), (other, ben) = sign_in(scene), sign_in(scene)
    found = call(sign_in_ids=[other, NOWHERE, one, other]).sign_ins
    assert [answer.sign_in.id for answer in found] == [other, "", one, other], found
    assert [answer.user.id for answer in found] == [ben, "", anna, ben], found
    assert found[2] == scene.rpc(f"{SIGN_IN}/GetSignIn")(sign_in_id=one), found
    assert not call(sign_in_ids=[]).sign_ins
    call.refused("INVALID_PARAMETER", sign_in_ids=[one, ""])
    call.refused("INVALID_PARAMETER", sign_in_ids=[one] * 1_001)


@rpc(f"{SIGN_IN}/RotateRefreshToken")
def rotate_refresh_token(call, scene):
    sign_in_id, _ = sign_in(scene, token="a" * 64)

    def rotate(presented, successor, grace=30):
        return call(
            sign_in_id=sign_in_id,
            presented_hash=presented * 64,
            successor_hash=successor * 64,
            successor_expires_at=int(time.time()) + 3600,
            grace_seconds=grace,
        ).outcome

    rotated, reused, ended = 1, 2, 3
    assert rotate("a", "b") == rotated
    assert rotate("a", "c") == rotated, "a lost answer is forgiven"
    assert rotate("c", "d") == rotated
    assert rotate("a", "e") == reused, "its successor is in use"
    assert rotate("d", "f") == ended
    answer = call(sign_in_id=NOWHERE, presented_hash="a" * 64, successor_hash="b" * 64)
    assert answer.outcome == ended, answer
    call.refused("INVALID_PARAMETER", sign_in_id=sign_in_id, presented_hash="", successor_hash="b" * 64)


@rpc(f"{SIGN_IN}/EndSignIn")
def end_sign_in(call, scene):
    sign_in_id, user = sign_in(scene)
    call.refused("NOT_FOUND", sign_in_id=sign_in_id, user_id=scene.user())
    assert call(sign_in_id=sign_in_id, user_id=user).ended
    assert not call(sign_in_id=sign_in_id, user_id=user).ended
    assert scene.rpc(f"{SIGN_IN}/GetSignIn")(sign_in_id=sign_in_id).sign_in.ended_at > 0


@rpc(f"{SIGN_IN}/ListSignIns")
def list_sign_ins(call, scene):
    sign_in_id, user = sign_in(scene)
    assert [listed.id for listed in call(user_id=user).sign_ins] == [sign_in_id]
    scene.rpc(f"{SIGN_IN}/EndSignIn")(sign_in_id=sign_in_id, user_id=user)
    assert not call(user_id=user).sign_ins
    call.refused("INVALID_PARAMETER", user_id="")


@rpc(f"{SIGN_IN}/ChangePassword")
def change_password(call, scene):
    sign_in_id, user = sign_in(scene)
    assert not call(user_id=user, password_hash="h", keep_sign_in_id=sign_in_id).ended_sign_in_ids
    assert list(call(user_id=user, password_hash="h").ended_sign_in_ids) == [sign_in_id]
    call.refused("USER_NOT_FOUND", user_id=NOWHERE, password_hash="h")
    call.refused("INVALID_PARAMETER", user_id=user, password_hash="")
