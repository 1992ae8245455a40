#!/usr/bin/env bash
# with-services.sh COMMAND…: runs it with a PostgreSQL of its own (TEST_POSTGRES_URL) and redis-server on PATH, installing
# both where they are missing, and what the faults of the chaos program need. Its status is the command's; nothing is left behind.
set -euo pipefail
. "$(dirname "$0")/services.sh"
[ $# -gt 0 ] || fail "usage: with-services.sh COMMAND…"

need_postgres
need_redis
need_fault_tools

folder=$(mktemp -d "${TMPDIR:-/tmp}/gochat-services-XXXXXX")
chmod 711 "$folder" # user postgres has to pass
clean_up() {
  [ -z "${postgres_pid:-}" ] || stop_postgres
  rm -rf "$folder"
}
trap clean_up EXIT
init_postgres "$folder/postgres" --auth trust
# Commits reach the disk as in production; the rest is kept small. Tests open many databases at once.
start_postgres "$folder/postgres" max_connections=300 shared_buffers=64MB max_wal_size=256MB
export TEST_POSTGRES_URL="postgres://gochat@127.0.0.1:$postgres_port/postgres"

# A process group of its own, so that signals to this script can be passed on to all of it.
set -m
"$@" &
group=$!
set +m
trap 'kill -INT -- "-$group" 2>/dev/null || true' INT
trap 'kill -TERM -- "-$group" 2>/dev/null || true' TERM HUP
while kill -0 "$group" 2>/dev/null; do wait "$group" || true; done
status=0
wait "$group" || status=$?
# Whatever the command left running.
kill -KILL -- "-$group" 2>/dev/null || true
exit "$status"
