#!/usr/bin/env bash
# Builds GoChat and runs it in its small size: one repo, one logic, one gateway. All settings of README.md are honoured.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh

build
# Who listens elsewhere is called there.
web=$(reachable "${GATEWAY_HTTP_LISTEN:-127.0.0.1:8080}")
export REPO_URLS=${REPO_URLS:-http://$(reachable "${REPO_LISTEN:-127.0.0.1:9002}")}
export LOGIC_URLS=${LOGIC_URLS:-http://$(reachable "${LOGIC_LISTEN:-127.0.0.1:9001}")}
export GATEWAY_URLS=${GATEWAY_URLS:-http://$(reachable "${GATEWAY_GRPC_LISTEN:-127.0.0.1:9000}")}

stop_on_signal
start repo "$bin/repo"
start logic "$bin/logic"
start gateway "$bin/gateway"
until_ready "$web"
echo "GoChat is ready: http://$web/ (Ctrl-C stops it)"
until_stopped
