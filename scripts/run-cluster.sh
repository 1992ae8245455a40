#!/usr/bin/env bash
# Builds GoChat and runs it in its grown size on this machine: PostgreSQL, Redis, two repo, two logic, two gateways.
# PostgreSQL and Redis are private to it, unless DATABASE_URL and REDIS_URL name others; its files stay in data-cluster/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh
. scripts/processes.sh

folder=${CLUSTER_DATA_DIR:-$PWD/data-cluster}
LOGS=$folder/logs
mkdir -p "$folder" "$LOGS"
chmod a+x "$folder"
build

stop_services() {
  [ -z "${redis_pid:-}" ] || stop_redis
  [ -z "${postgres_pid:-}" ] || stop_postgres
}
trap stop_services EXIT
stop_on_signal

# Keeps the machine's other users out of both.
password_file=$folder/password
[ -e "$password_file" ] || (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$password_file")
[ "$(id -u)" != 0 ] || chown postgres "$password_file"
password=$(cat "$password_file")
if [ -z "${DATABASE_URL:-}" ]; then
  need_postgres
  if [ ! -d "$folder/postgres" ]; then
    # Made under another name: a folder of the right one is complete.
    rm -rf "$folder/postgres.new"
    init_postgres "$folder/postgres.new" --auth scram-sha-256 --pwfile "$password_file"
    mv "$folder/postgres.new" "$folder/postgres"
  fi
  start_postgres "$folder/postgres" max_connections=200
  DATABASE_URL=postgres://gochat:$password@127.0.0.1:$postgres_port/postgres
fi
if [ -z "${REDIS_URL:-}" ]; then
  need_redis
  # Presence alone lives in it, so nothing of it is kept.
  start_redis "$LOGS" "$password"
  REDIS_URL=redis://:$password@127.0.0.1:$redis_port
fi
export DATABASE_URL REDIS_URL
export DATA_DIR=${DATA_DIR:-$folder/gochat}
export REPO_URLS=http://127.0.0.1:9002,http://127.0.0.1:9012
export LOGIC_URLS=http://127.0.0.1:9001,http://127.0.0.1:9011
export GATEWAY_URLS=http://127.0.0.1:9000,http://127.0.0.1:9010

REPO_LISTEN=127.0.0.1:9002 start repo-1 "$bin/repo"
REPO_LISTEN=127.0.0.1:9012 start repo-2 "$bin/repo"
LOGIC_LISTEN=127.0.0.1:9001 start logic-1 "$bin/logic"
LOGIC_LISTEN=127.0.0.1:9011 start logic-2 "$bin/logic"
GATEWAY_ID=gateway-1 GATEWAY_HTTP_LISTEN=127.0.0.1:8080 GATEWAY_GRPC_LISTEN=127.0.0.1:9000 start gateway-1 "$bin/gateway"
GATEWAY_ID=gateway-2 GATEWAY_HTTP_LISTEN=127.0.0.1:8081 GATEWAY_GRPC_LISTEN=127.0.0.1:9010 start gateway-2 "$bin/gateway"
until_ready 127.0.0.1:8080 127.0.0.1:8081
echo "GoChat is ready: http://127.0.0.1:8080/ and http://127.0.0.1:8081/ (Ctrl-C stops it; logs are in $LOGS)"
until_stopped
