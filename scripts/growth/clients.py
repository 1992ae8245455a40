"""Clients that are light enough for thousands of sessions, and do what the contract asks of a client: answer pings."""

import asyncio
import base64
import http.client
import itertools
import json
import os

AT_ONCE = 32
# Connections come from so many addresses in turn, so that ports do not run out.
SOURCES = itertools.cycle(f"127.0.0.{last}" for last in range(1, 9))


class Account:
    """A user with a connection that is kept open."""

    def __init__(self, port, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.token = token

    @classmethod
    def registered(cls, port, name="growth"):
        account = cls(port)
        credentials = {"username": name, "password": "correct horse"}
        account.call("POST", "/auth/register", credentials)
        signed_in = account.call("POST", "/auth/login", credentials)
        account.token, account.user = signed_in["accessToken"], signed_in["user"]["id"]
        return account

    def call(self, method, path, body=None):
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {self.token}"} if self.token else {})
        self.connection.request(method, f"/api{path}", None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text!r}")
        data = json.loads(text)
        return data.get("data", data)


class Session(asyncio.Protocol):
    """A WebSocket. `hear(kind)` is called for each text frame."""

    def __init__(self, token):
        self.token, self.rest, self.is_upgraded, self.is_closed = token, b"", False, False
        self.opened = asyncio.get_running_loop().create_future()
        self.hear = lambda kind: None

    def connection_made(self, transport):
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /ws HTTP/1.1\r\nHost: gochat\r\nAuthorization: Bearer {self.token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def data_received(self, data):
        data = self.rest + data
        if not self.is_upgraded:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.rest = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(RuntimeError(f"no session: {head!r}"))
                return
            self.is_upgraded = True
        at = 0
        while (frame := first_frame(data, at)) is not None:
            opcode, begin, end = frame
            if opcode == 1:
                # {"type":"…
                kind = data[begin + 9 : data.index(b'"', begin + 9)]
                if kind == b"hello":
                    self.opened.set_result(self)
                elif kind == b"error":
                    raise RuntimeError(f"the server complains: {data[begin:end]!r}")
                self.hear(kind)
            elif opcode == 9:
                self.transport.write(masked(0x8A, data[begin:end]))
            at = end
        self.rest = data[at:]

    def connection_lost(self, _):
        self.is_closed = True
        if not self.opened.done():
            self.opened.set_exception(RuntimeError("a session was closed as it began"))

    def say(self, kind, data):
        self.transport.write(masked(0x81, json.dumps({"type": kind, "data": data}).encode()))

    async def until(self, *kinds):
        """Waits for a frame of one of these kinds."""
        heard = asyncio.get_running_loop().create_future()
        self.hear = lambda kind: heard.set_result(None) if kind in kinds and not heard.done() else None
        await asyncio.wait_for(heard, 120)


def first_frame(data, at):
    """Opcode, begin and end of the first frame's payload from `at`, if it is whole."""
    if len(data) < at + 2:
        return None
    length, begin = data[at + 1] & 127, at + 2
    if length > 125:
        wide = 2 if length == 126 else 8
        length, begin = int.from_bytes(data[begin : begin + wide], "big"), begin + wide
    return (data[at] & 15, begin, begin + length) if len(data) >= begin + length and begin <= len(data) else None


def masked(first, payload):
    """A frame under a mask of nothing."""
    length = len(payload)
    if length < 126:
        head = bytes([first, 0x80 | length])
    elif length < 65_536:
        head = bytes([first, 0x80 | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([first, 0x80 | 127]) + length.to_bytes(8, "big")
    return head + bytes(4) + payload


async def at_once(work, items):
    """Does it for all items, some at a time; results in their order."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(item):
        async with limit:
            return await work(item)

    return await asyncio.gather(*map(one, items))


async def open_session(place):
    """A session of (port, token)."""
    port, token = place
    connecting = asyncio.get_running_loop().create_connection(lambda: Session(token), "127.0.0.1", port, local_addr=(next(SOURCES), 0))
    _, session = await connecting
    return await asyncio.wait_for(session.opened, 60)


async def guests(ports, count):
    """Tokens and ids of new users, made over all gateways."""

    async def some(number):
        account = Account(ports[number % len(ports)])
        mine = range(number, count, AT_ONCE)
        made = [await asyncio.to_thread(account.call, "POST", "/auth/guest", {}) for _ in mine]
        return [(one["accessToken"], one["user"]["id"]) for one in made]

    return sum(await at_once(some, range(AT_ONCE)), [])
