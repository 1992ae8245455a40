"""One axis a function: what is measured at one size."""

import asyncio
import os
import subprocess
import sys
import time

from clients import Account, at_once, guests, open_session
from cluster import Cluster

PAGE = 50
MISSED = 20
NAMED = 1_000
PAIRS = 50
IN_FLIGHT = 8
# Who write to WORLD in turn: each may send 20 messages at once and 5 a second, whatever RATE_LIMITS says.
WRITERS = 64
# Every session is asked for a sign of life once in this time.
HEARTBEAT_SECONDS = 20
HOLDER = [sys.executable, os.path.join(os.path.dirname(__file__), "hold.py")]
MESSAGES = "INSERT INTO messages (conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id, deleted, change, created_at, updated_at)"


class Point:
    """What is known of one size."""

    def __init__(self, cluster, seconds):
        self.cluster, self.seconds, self.costs, self.values = cluster, seconds, [], {}

    def note(self, name, operations, before, latencies=()):
        used = self.cluster.cpu()
        micros = {process: (used[process] - before[process]) * 1e6 / operations for process in used}
        middle = sorted(latencies)[len(latencies) // 2] * 1e3 if latencies else None
        self.costs.append({"operation": name, "operations": operations, "cpuMicros": micros, "p50Millis": middle})

    async def repeat(self, name, operation):
        """Measures an operation that is done over and over, one at a time."""
        for _ in range(3):
            await operation()
        before, end, latencies = self.cluster.cpu(), time.monotonic() + self.seconds, []
        while time.monotonic() < end or len(latencies) < 3:
            began = time.monotonic()
            await operation()
            latencies.append(time.monotonic() - began)
        self.note(name, len(latencies), before, latencies)


async def messages(point, size):
    """A conversation of many messages: pages of 50, a sync of 20, a send."""
    cluster, port = point.cluster, point.cluster.http[0]
    account = Account.registered(port)
    group = account.call("POST", "/conversations", {"type": 2, "name": "growth", "members": []})["id"]
    row = f"SELECT '{group}', q, '{account.user}', 1, '{'x' * 100}', '', 'filled-' || (1000000000000 + q), FALSE, 0, 1, 1 FROM {{numbers}}"
    step = 500_000
    for first in range(1, size + 1, step):
        last = min(size, first + step - 1)
        cluster.fill(f"{MESSAGES} {row}; UPDATE conversations SET last_seq = {last} WHERE id = '{group}'", first, last)
    # It was closed meanwhile.
    account.connection.close()

    async def page(query):
        found = account.call("GET", f"/conversations/{group}/messages?limit={PAGE}{query}")["messages"]
        assert len(found) == PAGE, f"a page of {len(found)}"

    await point.repeat("page at the end", lambda: page(""))
    await point.repeat("page in the middle", lambda: page(f"&cursor={size // 2}"))
    await point.repeat("page at the beginning", lambda: page("&afterSeq=0"))
    session = await open_session((port, account.token))

    async def sync():
        session.say("sync", {"conversations": {group: size - MISSED}})
        await session.until(b"sync-done")

    async def send():
        sent = point.sent = getattr(point, "sent", 0) + 1
        session.say("send-message", {"conversationId": group, "messageType": 1, "content": "y" * 100, "client_msg_id": f"sent-{sent}"})
        await session.until(b"message-ack")

    await point.repeat("sync of 20", sync)
    await point.repeat("send", send)


async def conversations(point, size):
    """A user of many conversations: pages of the list, syncs."""
    cluster, port = point.cluster, point.cluster.http[0]
    account = Account.registered(port)
    group = "'c' || (1000000000000 + q)"
    columns = "id, type, name, avatar_url, description, owner_id, member_count, member_version, last_seq, last_change, last_activity_at, created_at, updated_at"
    cluster.fill(
        f"INSERT INTO conversations ({columns}) SELECT {group}, 2, 'growth', '', '', '{account.user}', 1, 1, 1, 0, q, 1, 1 FROM {{numbers}};"
        f" INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at) SELECT {group}, '{account.user}', 3, FALSE, 0, 1 FROM {{numbers}};"
        f" {MESSAGES} SELECT {group}, 1, '{account.user}', 1, '{'x' * 100}', '', 'filled', FALSE, 0, 1, 1 FROM {{numbers}}",
        1, size,
    )
    session = await open_session((port, account.token))

    async def listed(page):
        found = account.call("GET", f"/conversations?page={page}&size=10")["conversations"]
        assert len(found) == 10, f"a page of {len(found)}"

    async def sync(named):
        session.say("sync", {"conversations": named})
        await session.until(b"sync-done")

    await point.repeat("first page of 10", lambda: listed(1))
    await point.repeat("last page of 10", lambda: listed(size // 10))
    await point.repeat("sync that names none", lambda: sync({}))
    named = {f"c{1_000_000_000_000 + number}": 1 for number in range(1, min(size, NAMED) + 1)}
    await point.repeat(f"sync that names them ({NAMED:,} at most)", lambda: sync(named))


async def world(point, size):
    """Messages to WORLD, some under way at a time; an operation is a delivery."""
    ports = point.cluster.http
    tokens = [token for token, _ in await guests(ports, size + WRITERS)]
    everybody = await at_once(open_session, [(ports[n % len(ports)], token) for n, token in enumerate(tokens)])
    writers, audience = everybody[:WRITERS], everybody[WRITERS:]
    heard, landed = 0, asyncio.Event()

    def hear(kind):
        nonlocal heard
        if kind == b"new-message":
            heard += 1
            if heard % size == 0:
                landed.set()

    for session in audience:
        session.hear = hear

    async def rounds(end):
        """In rounds of so many messages; the next when all have heard the last."""
        sent = 0
        while time.monotonic() < end or not sent:
            goal = heard + size * IN_FLIGHT
            for _ in range(IN_FLIGHT):
                key = point.sent = getattr(point, "sent", 0) + 1
                writers[key % WRITERS].say("send-message", {"conversationId": "world", "messageType": 1, "content": "y" * 100, "client_msg_id": f"sent-{key}"})
            while heard < goal:
                landed.clear()
                await asyncio.wait_for(landed.wait(), 60)
            sent += IN_FLIGHT
        return sent

    await rounds(time.monotonic() + 1)
    before = point.cluster.cpu()
    sent = await rounds(time.monotonic() + point.seconds)
    # The writers hear each other, too.
    point.note("delivery", sent * (size + WRITERS - 1), before)


async def sessions(point, size):
    """Silent sessions, held by processes of their own: memory, heartbeats, and what messages of 50 pairs cost beside them."""
    cluster, ports = point.cluster, point.cluster.http
    users = await guests(ports, size + 2 * PAIRS)
    talking, silent = users[: 2 * PAIRS], users[2 * PAIRS :]
    empty, holders = cluster.resident(), []
    each = -(-size // len(ports))
    for number, port in enumerate(ports):
        holder = subprocess.Popen(HOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holders.append(holder)
        lines = (f"{port} {token}\n" for token, _ in silent[number * each : (number + 1) * each])
        holder.stdin.write("".join(lines) + "\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "open\n", "the sessions did not open"
    # Presence is told, and what the sign-ins left behind comes to rest.
    await asyncio.sleep(3)
    point.values["gateway KiB a session"] = (sum(cluster.resident()) - sum(empty)) / size
    before = cluster.cpu()
    await asyncio.sleep(HEARTBEAT_SECONDS)
    point.note("a session for a second", size * HEARTBEAT_SECONDS, before)
    await talk(point, talking)
    for holder in holders:
        holder.stdin.close()
        assert holder.wait(60) == 0, "a session that was held had ended"


async def talk(point, users):
    """Pairs, each with one message under way: the next when it was acknowledged and delivered."""
    ports = point.cluster.http
    accounts = [Account(ports[0], token) for token, _ in users]

    async def pair(number):
        writer, reader = accounts[2 * number], users[2 * number + 1][1]
        single = await asyncio.to_thread(writer.call, "POST", "/conversations", {"type": 1, "members": [reader]})
        places = [(ports[(number + n) % len(ports)], users[2 * number + n][0]) for n in range(2)]
        return single["id"], [await open_session(place) for place in places]

    pairs = await at_once(pair, range(len(users) // 2))
    end, done = time.monotonic() + 1 + point.seconds, 0

    async def speak(single, writer, reader):
        # What could not be brought to another gateway is told by a resync, and is as good as delivered here.
        nonlocal done
        sent = 0
        while time.monotonic() < end:
            sent += 1
            heard = asyncio.gather(writer.until(b"message-ack"), reader.until(b"new-message", b"resync"))
            writer.say("send-message", {"conversationId": single, "messageType": 1, "content": "y" * 100, "client_msg_id": f"sent-{sent}"})
            await heard
            done += 1

    speaking = [asyncio.ensure_future(speak(single, *both)) for single, both in pairs]
    await asyncio.sleep(1)
    before, done_before = point.cluster.cpu(), done
    await asyncio.sleep(point.seconds)
    point.note("message of a pair", done - done_before, before)
    await asyncio.gather(*speaking)


async def gateways(point, size):
    """As many pairs for each gateway, the two of each on different ones."""
    await talk(point, await guests(point.cluster.http, 2 * PAIRS * size))


AXES = {"messages": messages, "conversations": conversations, "world": world, "sessions": sessions, "gateways": gateways}


def measure(axis, size, seconds, programs, gateways=1, database=None, database_pid=None):
    """One point, as it is written to a file."""
    with Cluster(programs, gateways, database, database_pid) as cluster:
        point = Point(cluster, seconds)
        asyncio.run(AXES[axis](point, size))
        storage = "PostgreSQL" if database else "SQLite"
        return {"axis": axis, "size": size, "gateways": gateways, "storage": storage, "costs": point.costs, "values": point.values}
