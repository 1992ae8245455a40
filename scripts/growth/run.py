"""Measures axes of growth, writes a JSON file for each point, and prints a table with the law of each cost. See scripts/growth.sh."""

import argparse
import json
import pathlib
import signal
import sys
import traceback

import axes
import group
import law

# Sizes of each axis; those behind None are left out of a quick run.
SIZES = {
    "group": [1, 9, 99, 999, None, 1_999],
    "world": [1_000, 3_000, None, 10_000],
    "conversations": [10, 100, 1_000, None, 5_000],
    "gateways": [1, 2, 3, 4],
    "messages": [1_000, 10_000, 100_000, None, 1_000_000, 5_000_000],
    "sessions": [1_000, 2_000, 5_000, None, 10_000, 15_000, 25_000],
}
SECONDS = {"messages": 2, "conversations": 2}
# More sessions than this are more open files than one gateway may have.
SESSIONS_A_GATEWAY = 15_000


def point(axis, size, options):
    seconds = SECONDS.get(axis, 5) / (2 if options.quick else 1)
    if axis == "group":
        return group.measure(size, seconds, options.programs)
    gateways = {"gateways": size, "sessions": -(-size // SESSIONS_A_GATEWAY)}.get(axis, 1)
    return axes.measure(axis, size, seconds, options.programs, gateways, options.database, options.database_pid)


def tried_twice(axis, size, options):
    """A machine that stalls for ten seconds fails a point; one that fails again is a finding. The others are worth having."""
    for _ in range(2):
        try:
            return point(axis, size, options)
        except Exception:
            traceback.print_exc()
    return None


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true")
    options.add_argument("--programs", required=True)
    options.add_argument("--out", type=pathlib.Path, required=True)
    options.add_argument("--database")
    options.add_argument("--database-pid", type=int)
    options.add_argument("axes", nargs="*", metavar="AXIS", help=", ".join(SIZES))
    options = options.parse_args()
    if wrong := set(options.axes) - set(SIZES):
        sys.exit(f"no such axis: {', '.join(wrong)}")
    options.out.mkdir(parents=True, exist_ok=True)
    # The processes of a cluster are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = []
    for axis in options.axes or SIZES:
        sizes = SIZES[axis]
        for size in sizes[: sizes.index(None)] if options.quick and None in sizes else filter(None, sizes):
            print(f"{axis}: {size:,}", file=sys.stderr)
            if (measured := tried_twice(axis, size, options)) is None:
                failed.append(f"{axis} {size:,}")
                continue
            name = f"{axis}-{measured['storage']}-{size:08}.json"
            (options.out / name).write_text(json.dumps(measured, indent=2) + "\n")
    points = [json.loads(file.read_text()) for file in sorted(options.out.glob("*.json"))]
    told = "\n".join(law.tables(points))
    (options.out / "growth.md").write_text(told + "\n")
    print(told)
    if failed:
        sys.exit(f"not measured: {'; '.join(failed)}")


main()
