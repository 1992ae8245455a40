"""Holds sessions for another process, since one cannot have files for all. Standard input: `PORT TOKEN` a line, then an empty
line; "open" is said when all are open. They are held until standard input ends; then the status tells whether all were kept."""

import asyncio
import sys

from clients import at_once, open_session


async def main():
    places = []
    while line := sys.stdin.readline().split():
        places.append((int(line[0]), line[1]))
    sessions = await at_once(open_session, places)
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    return any(session.is_closed for session in sessions)


sys.exit(asyncio.run(main()))
