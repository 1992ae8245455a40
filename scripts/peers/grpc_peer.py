"""Calls every RPC of every service through reflection: right input, wrong input, and without the internal token.

An RPC without a check fails the run: the checks are in rpcs_*.py.
Reads REPO, LOGIC and GATEWAY (host:port) and INTERNAL_TOKEN.
"""

import os
import sys

import grpc
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

# Registered by being imported.
import rpcs_conversation  # noqa: F401
import rpcs_friends  # noqa: F401
import rpcs_gateway  # noqa: F401
import rpcs_logic  # noqa: F401
import rpcs_presence  # noqa: F401
import rpcs_pushes  # noqa: F401
import rpcs_repo  # noqa: F401
import rpcs_repo_sign_ins  # noqa: F401
from reflection import DEADLINE, PROVOKED, STATUS_OF, Checks, Rpc, Server, WithToken, reason_of
from scene import RPCS, Scene

HEALTH = "grpc.health.v1.Health"
REFLECTION = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
SERVING = 1


def lists_what_is_checked(name, server):
    """The server tells of the RPCs that have a check, and of health and reflection, and of no others."""
    told = {rpc for rpc in server.methods if not rpc.startswith("grpc.")}
    checked = {rpc for rpc in RPCS if rpc.startswith(f"im.{name}.")}
    assert told == checked, f"without a check: {sorted(told - checked)}; not there: {sorted(checked - told)}"
    services = {rpc.split("/")[0] for rpc in server.methods}
    assert {HEALTH, *REFLECTION} <= services, services


def demands_the_token(call, *args):
    try:
        call(*args)
    except grpc.RpcError as error:
        got = (error.code(), reason_of(error))
        assert got == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHORIZED"), got
        PROVOKED.add("UNAUTHORIZED")
    else:
        raise AssertionError("answered")


def health_is_open(server):
    for rpc in ("Check", "Watch"):
        answer = server.call(f"{HEALTH}/{rpc}", server.without_token)
        assert answer.status == SERVING, answer
    try:
        server.call(f"{HEALTH}/Check", server.without_token, service="no.such.Service")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error.code()
    else:
        raise AssertionError("answered for a service that is not there")


def reflection_answers(channel, service):
    """Both versions, whose messages are the same; this client itself uses v1alpha."""
    ask = channel.stream_stream(
        f"/{service}/ServerReflectionInfo",
        request_serializer=ServerReflectionRequest.SerializeToString,
        response_deserializer=ServerReflectionResponse.FromString,
    )
    asked = [ServerReflectionRequest(list_services="*"), ServerReflectionRequest(file_containing_symbol=f"{HEALTH}")]
    listed, found = ask(iter(asked), timeout=DEADLINE)
    assert HEALTH in {one.name for one in listed.list_services_response.service}, listed
    assert found.file_descriptor_response.file_descriptor_proto, found


def every_reason_was_provoked():
    """The contract's table of reasons, row by row. What needs a fault or another time is provoked by the tests in Rust."""
    elsewhere = {"SERVICE_UNAVAILABLE", "TIMEOUT", "INTERNAL_ERROR", "TOKEN_EXPIRED"}
    missing = STATUS_OF.keys() - PROVOKED - elsewhere
    assert not missing, f"never provoked: {sorted(missing)}"


def main():
    checks = Checks()
    token = os.environ["INTERNAL_TOKEN"]
    servers = {name: Server(os.environ[name.upper()], token) for name in ("repo", "logic", "gateway")}
    scene = Scene(**servers)
    for name, server in servers.items():
        checks.run(f"{name}: its list of RPCs", lists_what_is_checked, name, server)
        checks.run(f"{name}: health", health_is_open, server)
        for service in REFLECTION:
            checks.run(f"{name}: {service}", reflection_answers, server.channel, service)
            checks.run(f"{name}: {service} without the token", demands_the_token, reflection_answers, server.without_token, service)
        wrong_token = WithToken(server.without_token, "x" * len(token))
        for rpc in sorted(server.methods.keys() & {rpc for rpc in RPCS if rpc.startswith(f"im.{name}.")}):
            for what, channel in (("without the token", server.without_token), ("with a wrong token", wrong_token)):
                checks.run(f"{rpc} {what}", demands_the_token, server.call, rpc, channel)
            checks.run(rpc, RPCS[rpc], Rpc(server, rpc), scene)
    checks.run("the table of reasons", every_reason_was_provoked)
    return checks.close("grpc")


if __name__ == "__main__":
    sys.exit(main())
