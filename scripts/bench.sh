#!/usr/bin/env bash
# Measures GoChat on this machine: all scenarios over SQLite, pairs over PostgreSQL and Redis too. Writes target/bench/report.json and
# report.html. BENCH_ARGS are given to each scenario, e.g. "--seconds 5 --runs 1"; GOCHAT_BIN: where the programs are already.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh

bin=${GOCHAT_BIN:-}
if [ -z "$bin" ]; then
  cargo build --release --workspace --bins --examples
  bin=${CARGO_TARGET_DIR:-target}/release
fi
out=${BENCH_OUT:-target/bench}
mkdir -p "$out"
# As many sockets as are allowed: idle opens 10,000 in each of two processes.
ulimit -n "$(ulimit -Hn)"
read -r -a more <<<"${BENCH_ARGS:-}"

reports=()
failed=()
# scenario NAME SCENARIO ARGUMENT…: measures it into NAME.json. One that fails is told at the end, and the others are measured.
scenario() {
  local name=$1
  shift
  echo "== $name" >&2
  if "$bin/gochat" bench "$@" ${more[@]+"${more[@]}"} --json "$out/$name.json"; then
    reports+=("$out/$name.json")
  else
    failed+=("$name")
  fi
}

scenario pairs pairs
scenario pair pairs --pairs 1
scenario pairs-open pairs --rate "${BENCH_RATE:-7500}"
scenario fanout fanout
scenario fanout-1 fanout --in-flight 1
scenario push push
scenario push-stream push-stream
scenario idle idle
scenario storm storm
scenario reconnect reconnect
scenario history history
scenario list list
scenario soak soak

need_postgres
need_redis
folder=$(mktemp -d "${TMPDIR:-/tmp}/gochat-services-XXXXXX")
chmod 711 "$folder" # user postgres has to pass
clean_up() {
  [ -z "${redis_pid:-}" ] || stop_redis
  [ -z "${postgres_pid:-}" ] || stop_postgres
  rm -rf "$folder"
}
trap clean_up EXIT
init_postgres "$folder/postgres" --auth trust
# Commits reach the disk as in production; the rest are a small server's usual settings.
start_postgres "$folder/postgres" max_connections=200 shared_buffers=512MB max_wal_size=2GB
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
start_redis "$folder" "$password"
grown=(--database "postgres://gochat@127.0.0.1:$postgres_port/postgres" --database-pid "$postgres_pid"
  --redis "redis://:$password@127.0.0.1:$redis_port" --redis-pid "$redis_pid")
scenario pairs-postgres pairs "${grown[@]}"
scenario pairs-postgres-2 pairs --gateways 2 --logics 2 --repos 2 "${grown[@]}"

[ ${#reports[@]} = 0 ] || "$bin/gochat" bench report "${reports[@]}" --json "$out/report.json" --html "$out/report.html" >/dev/null
echo "the report is in $out/report.html" >&2
for name in ${failed[@]+"${failed[@]}"}; do echo "bench.sh: failed: $name" >&2; done
[ ${#failed[@]} = 0 ]
