#!/usr/bin/env bash
# GoChat against programs that it did not write: gRPC's Python client, made from reflection, and Python's websockets.
# Starts the debug build on free ports, over SQLite and, with TEST_POSTGRES_URL, over PostgreSQL and Redis.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/services.sh
. scripts/processes.sh
. scripts/peers/common.sh

folder=$(mktemp -d "${TMPDIR:-/tmp}/gochat-peers-XXXXXX")
clean_up() {
  [ -z "${redis_pid:-}" ] || stop_redis
  rm -rf "$folder"
}
trap clean_up EXIT

passed=0 failed=0
# peer PROGRAM: counts what its last line says.
peer() {
  local last
  INTERNAL_TOKEN=$(cat "$DATA_DIR/internal_token") "$python" "scripts/peers/$1" | tee "$folder/output" || true
  last=$(tail -n 1 "$folder/output")
  if [[ $last =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
  else
    echo "$1 ended early" >&2
    failed=$((failed + 1))
  fi
}

# readme_push: README.md's push by Python, as it stands there but for the address and the folder.
readme_push() {
  local told
  sed -n '/^```python$/,/^```$/{/^```/d;p}' README.md |
    sed "s|127.0.0.1:9000|$GATEWAY|; s|data/internal_token|$DATA_DIR/internal_token|" >"$folder/push.py"
  told=$("$python" "$folder/push.py" somebody)
  if [[ $told = "somebody PUSH_STATUS_OFFLINE 0" ]]; then
    passed=$((passed + 1))
  else
    echo "README.md's push by Python told: $told" >&2
    failed=$((failed + 1))
  fi
}

# try_out NAME: both programs against a GoChat over what DATABASE_URL and REDIS_URL name.
try_out() {
  echo "over $1:"
  start_gochat "$folder/$1"
  peer grpc_peer.py
  peer websockets_peer.py
  readme_push
  stop_all || { echo "a process did not exit with 0" >&2 && failed=$((failed + 1)); }
}

make_venv peers-venv scripts/peers/requirements.txt
stop_on_signal
unset DATABASE_URL REDIS_URL
try_out SQLite
if [ -n "${TEST_POSTGRES_URL:-}" ]; then
  start_redis "$folder" peers
  database=gochat_peers_$$
  psql --quiet "$TEST_POSTGRES_URL" --command "CREATE DATABASE $database"
  export DATABASE_URL=${TEST_POSTGRES_URL%/*}/$database REDIS_URL=redis://:peers@127.0.0.1:$redis_port
  try_out "PostgreSQL and Redis"
  psql --quiet "$TEST_POSTGRES_URL" --command "DROP DATABASE $database"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
