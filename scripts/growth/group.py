"""The axis of group sizes, which `gochat bench fanout` measures; its report becomes a point."""

import json
import subprocess
import tempfile


def measure(size, seconds, programs):
    """A group of so many members who hear one who writes, 16 messages under way."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        arguments = ["bench", "fanout", "--receivers", str(size), "--seconds", str(seconds), "--warm-up", "1", "--runs", "1", "--yardsticks", "false"]
        subprocess.run([f"{programs}/gochat", *arguments, "--json", file.name], check=True, stdout=subprocess.DEVNULL)
        report = json.load(open(file.name, encoding="utf-8"))["reports"][0]
    run = report["subjects"][0]["runs"][0]
    operations = run["operations"]
    micros = {cpu["name"]: cpu["seconds"] * 1e6 / operations for cpu in run["cpu"] if cpu["name"] != "tool"}
    cost = {"operation": "delivery, 16 messages in flight", "operations": operations, "cpuMicros": micros, "p50Millis": None}
    return {"axis": "group", "size": size, "gateways": 1, "storage": "SQLite", "costs": [cost], "values": {}}
