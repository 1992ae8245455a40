"""A gRPC client made from what a server's reflection tells: no generated code, no .proto file."""

import functools
import time

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

DEADLINE = 10

# The contract's table: the gRPC status of each reason.
REASONS = {
    grpc.StatusCode.INVALID_ARGUMENT: "INVALID_PARAMETER INVALID_USERNAME WEAK_PASSWORD MESSAGE_EMPTY "
    "UNSUPPORTED_MESSAGE_TYPE MESSAGE_TOO_LARGE",
    grpc.StatusCode.UNAUTHENTICATED: "UNAUTHORIZED INVALID_CREDENTIALS INVALID_TOKEN TOKEN_EXPIRED",
    grpc.StatusCode.PERMISSION_DENIED: "FORBIDDEN USER_DISABLED INSUFFICIENT_PERMISSION MEMBER_MUTED GUEST_NOT_ALLOWED",
    grpc.StatusCode.NOT_FOUND: "NOT_FOUND USER_NOT_FOUND MESSAGE_NOT_FOUND CONVERSATION_NOT_FOUND "
    "FRIEND_REQUEST_NOT_FOUND NOT_CONVERSATION_MEMBER",
    grpc.StatusCode.ALREADY_EXISTS: "USER_ALREADY_EXISTS FRIEND_REQUEST_ALREADY_EXISTS",
    grpc.StatusCode.FAILED_PRECONDITION: "RECALL_TIME_EXCEEDED CONVERSATION_FULL CANNOT_LEAVE_CONVERSATION",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "RATE_LIMITED",
    grpc.StatusCode.UNAVAILABLE: "SERVICE_UNAVAILABLE",
    grpc.StatusCode.DEADLINE_EXCEEDED: "TIMEOUT",
    grpc.StatusCode.INTERNAL: "INTERNAL_ERROR",
}
# The reasons that a check has provoked.
PROVOKED = set()
STATUS_OF = {reason: status for status, reasons in REASONS.items() for reason in reasons.split()}


class WithToken:
    """A channel whose calls carry the internal token."""

    def __init__(self, channel, token):
        self.channel = channel
        self.metadata = [("authorization", f"Bearer {token}")]

    def __getattr__(self, kind):
        make = getattr(self.channel, kind)  # unary_unary, stream_stream …
        return lambda *args, **kwargs: functools.partial(make(*args, **kwargs), metadata=self.metadata)


class Server:
    """One process's gRPC server."""

    def __init__(self, address, token):
        self.without_token = grpc.insecure_channel(address)
        self.channel = WithToken(self.without_token, token)
        database = ProtoReflectionDescriptorDatabase(self.channel)
        pool = DescriptorPool(database)
        services = [pool.FindServiceByName(name) for name in database.get_services()]
        self.methods = {f"{service.full_name}/{method.name}": method for service in services for method in service.methods}

    def call(self, name, channel=None, /, **fields):
        """Calls an RPC with one message; a stream's answer is its first message."""
        answer = self.begin(name, channel, **fields)
        return next(answer) if self.methods[name].server_streaming else answer

    def begin(self, name, channel=None, /, **fields):
        """Calls an RPC with one message; a stream's answer is an iterator."""
        method = self.methods[name]
        sends = "stream" if method.client_streaming else "unary"
        answers = "stream" if method.server_streaming else "unary"
        stub = getattr(channel or self.channel, f"{sends}_{answers}")(
            f"/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        request = GetMessageClass(method.input_type)(**fields)
        return stub(iter([request]) if method.client_streaming else request, timeout=DEADLINE)


class Rpc:
    """One RPC of a server, as the tests call it."""

    def __init__(self, server, name):
        self.server, self.name = server, name

    def __call__(self, **fields):
        return self.server.call(self.name, **fields)

    def refused(self, reason, **fields):
        """Calls it with wrong input: the reason and its status must come back."""
        shown = str(fields)[:100]
        try:
            answer = self(**fields)
        except grpc.RpcError as error:
            got = (error.code(), reason_of(error))
            assert got == (STATUS_OF[reason], reason), f"{shown}: {got} ({error.details()}), expected {reason}"
            PROVOKED.add(reason)
        else:
            raise AssertionError(f"{shown}: answered {str(answer)[:100]!r}, expected {reason}")


def reason_of(error):
    """The reason in a refusal's google.rpc.ErrorInfo."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in Status.FromString(value).details:
                info = ErrorInfo()
                if detail.Unpack(info) and info.domain == "gochat":
                    return info.reason
    return None


def until(condition, what, seconds=10):
    """Asks again and again, for what becomes true in its own time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


class Checks:
    """Counts what passed and what failed, and says what failed."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, check, *args):
        try:
            check(*args)
        except Exception as error:  # whatever a peer meets is a failure of the check, not of the run
            self.failed += 1
            what = f"{error.code()} {error.details()}" if isinstance(error, grpc.RpcError) else f"{error!r}"
            print(f"FAILED {name}: {what}", flush=True)
        else:
            self.passed += 1

    def close(self, word):
        print(f"{word}: {self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0
