#!/usr/bin/env bash
# GoChat against programs that it did not write: gRPC's Python client, made from reflection, and Python's websockets.
# Starts the debug build on free ports, over SQLite and, with TEST_POSTGRES_URL, over PostgreSQL and Redis.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/services.sh
. scripts/processes.sh

target=${CARGO_TARGET_DIR:-target}
bin=${GOCHAT_BIN:-$target/debug}
python=$target/peers-venv/bin/python
folder=$(mktemp -d "${TMPDIR:-/tmp}/gochat-peers-XXXXXX")
clean_up() {
  [ -z "${redis_pid:-}" ] || stop_redis
  rm -rf "$folder"
}
trap clean_up EXIT

# The packages of requirements.txt, once.
make_venv() {
  if cmp -s scripts/peers/requirements.txt "$target/peers-venv/requirements.txt"; then return; fi
  python3 -c 'import ensurepip, venv' 2>/dev/null || install python3 python3-venv
  rm -rf "$target/peers-venv"
  python3 -m venv "$target/peers-venv" || fail "python3 -m venv failed"
  "$python" -m pip install --quiet --disable-pip-version-check -r scripts/peers/requirements.txt ||
    fail "pip cannot install scripts/peers/requirements.txt; it said why above"
  cp scripts/peers/requirements.txt "$target/peers-venv/"
}

# start_gochat DATA_DIR: one of each process, ready, on free ports.
start_gochat() {
  local web
  export DATA_DIR=$1 BCRYPT_COST=10 LOG=${LOG:-warn}
  unset INTERNAL_TOKEN JWT_SECRET GATEWAY_ID GATEWAY_ADVERTISE_URL ALLOWED_ORIGINS
  web=127.0.0.1:$(free_port)
  REPO=127.0.0.1:$(free_port) LOGIC=127.0.0.1:$(free_port) GATEWAY=127.0.0.1:$(free_port)
  export REPO LOGIC GATEWAY WEB=$web
  export REPO_URLS=http://$REPO LOGIC_URLS=http://$LOGIC GATEWAY_URLS=http://$GATEWAY
  names=() pids=()
  REPO_LISTEN=$REPO start repo "$bin/repo"
  LOGIC_LISTEN=$LOGIC start logic "$bin/logic"
  GATEWAY_HTTP_LISTEN=$web GATEWAY_GRPC_LISTEN=$GATEWAY start gateway "$bin/gateway"
  until_ready "$web"
}

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

make_venv
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
