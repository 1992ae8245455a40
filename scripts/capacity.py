#!/usr/bin/env python3
"""Computes the results in docs/capacity.md from the tables of assumptions and unit costs that stand there.

scripts/capacity.py [docs/capacity.md]: change a value in the tables "Assumptions" or "Unit costs" of that file, then run this:
what stands between the marks `<!-- computed -->` and `<!-- end -->` is written anew.
"""

import math
import re
import sys

SIZES = [("1 million", 1e6), ("100 million", 1e8)]


def inputs(text):
    """The rows `| name | value | …` whose name is one of this program's variables: `u_send` is written as `u_send` in the table."""
    rows = re.findall(r"^\| `(\w+)` \| ([\d.,]+)", text, re.MULTILINE)
    return {name: float(value.replace(",", "")) for name, value in rows}


def load(v, online):
    """What comes in at the daily peak."""
    day = 86_400
    active = online * v["active_per_online"]
    messages = active * v["messages_a_day"] / day * v["peak"]
    looked_up = (1 - v["group_share"]) + v["group_share"] * (v["group_size"] - 1)
    deliveries = (looked_up * v["receiver_online"] + 0.3) * v["devices"]
    return {
        "sessions": online * v["devices"],
        "connects": online * v["devices"] / v["session_seconds"],
        "messages": messages,
        "stored_a_day": active * v["messages_a_day"],
        "looked_up": messages * (looked_up + 1),
        "deliveries": messages * deliveries,
    }


def processes(v, online):
    """Rows of the table of results: name and a text."""
    at = load(v, online)
    # One may die.
    gateways = math.ceil(at["sessions"] / v["sessions_a_gateway"]) + 1
    elsewhere = online * (1 - 1 / gateways)
    core = 1e-6
    gateway_cores = core * (
        at["messages"] * v["gateway_send"]
        + at["deliveries"] * v["gateway_delivery"]
        + at["deliveries"] * (1 - 1 / gateways) * v["gateway_forward"]
        + at["connects"] * v["gateway_connect"]
        + at["sessions"] * v["gateway_idle"]
    )
    roster_cores = core * at["connects"] * v["roster_change"]
    logic_cores = core * (at["messages"] * v["logic_send"] + at["connects"] * v["logic_connect"])
    repo_cores = core * (
        at["messages"] * v["repo_send"]
        + at["looked_up"] * v["repo_locate"]
        + at["connects"] * (v["repo_connect"] + v["repo_sync"] + v["repo_contacts"])
    )
    pg_write = core * at["messages"] * v["pg_message"]
    pg_read = core * at["connects"] * (v["pg_sync"] + v["pg_contacts"])
    redis = core * (at["connects"] * 2 * v["redis_announce"] + at["looked_up"] * v["redis_locate"])
    # Each call for locations or announcements reads all leases; a gateway has that many such calls in a second, at most.
    calls = gateways * min(v["calls_a_gateway"], at["messages"] / gateways)
    leases = core * calls * (v["redis_leases"] + gateways * v["redis_lease"])
    seen = online * v["active_per_online"] * v["month_per_day"]
    busy = v["busy"]
    rows = [
        ("sessions", f"{n(at['sessions'])}"),
        ("connects a second", f"{n(at['connects'])}"),
        ("messages a second, at the peak", f"{n(at['messages'])}"),
        ("messages a day", f"{n(at['stored_a_day'])}"),
        ("deliveries a second", f"{n(at['deliveries'])}"),
        ("**gateways**", f"{n(gateways)} of {n(gateway_cores / gateways / busy + roster_cores / busy)} cores"),
        ("· memory of sessions, each gateway", gib(at["sessions"] / gateways * v["session_kib"] * 1_024)),
        ("· memory of the roster, each gateway", gib(elsewhere * v["roster_bytes"])),
        ("· CPU of the roster, each gateway", f"{n(roster_cores)} cores"),
        ("· changes that each gateway is told", f"{n(2 * at['connects'])} a second, {n(2 * at['connects'] * 40 / 1e6)} MB/s"),
        ("· streams between gateways", f"{n(gateways * (gateways - 1))}"),
        ("**logic**", f"{n(logic_cores / busy)} cores"),
        ("**repo**", f"{n(repo_cores / busy)} cores"),
        ("**PostgreSQL**, writing", f"{n(pg_write / busy)} cores, WAL {n(at['messages'] * v['wal_bytes'] / 1e6)} MB/s"),
        ("· reading (sync, contacts at a connect)", f"{n(pg_read / busy)} cores"),
        ("· growth", f"{n(at['stored_a_day'] * v['message_bytes'] / 1e12)} TB a day, {n(at['stored_a_day'] * v['message_bytes'] * 365 / 1e12)} TB a year"),
        ("**Redis**, users", f"{n(redis / busy)} cores, {gib(seen * v['redis_bytes'])} for {n(seen)} users seen in 30 days"),
        ("· the slot of the leases (one thread)", f"{n(leases)} cores"),
    ]
    return rows


def n(value):
    """Two digits that count, and no decimals that do not."""
    if value >= 1e9:
        return f"{value / 1e9:.3g} billion"
    if value >= 1e6:
        return f"{value / 1e6:.3g} million"
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.2g}"


def gib(value):
    return f"{n(value / 2**30)} GiB"


def table(v):
    columns = [processes(v, online) for _, online in SIZES]
    lines = ["| at the peak | " + " | ".join(f"{name} online" for name, _ in SIZES) + " |", "|---" * (len(SIZES) + 1) + "|"]
    for row in zip(*columns):
        lines.append(f"| {row[0][0]} | " + " | ".join(cell for _, cell in row) + " |")
    return "\n".join(lines)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "docs/capacity.md"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split("<!-- computed -->\n", 1)
    after = rest.split("<!-- end -->", 1)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}<!-- computed -->\n{table(inputs(text))}\n<!-- end -->{after}")


if __name__ == "__main__":
    main()
