# shellcheck shell=bash
# What programs that GoChat did not write need: their packages, and a GoChat to speak to. Sourced by other scripts, after
# services.sh and processes.sh.

target=${CARGO_TARGET_DIR:-target}
bin=${GOCHAT_BIN:-$target/debug}

# make_venv NAME REQUIREMENTS: the packages of that file, once; sets python.
make_venv() {
  local venv=$target/$1 requirements=$2
  python=$venv/bin/python
  if cmp -s "$requirements" "$venv/requirements.txt"; then return; fi
  python3 -c 'import ensurepip, venv' 2>/dev/null || install python3 python3-venv
  rm -rf "$venv"
  python3 -m venv "$venv" || fail "python3 -m venv failed"
  "$python" -m pip install --quiet --disable-pip-version-check -r "$requirements" ||
    fail "pip cannot install $requirements; it said why above"
  cp "$requirements" "$venv/requirements.txt"
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
  # They ask for more than people do; the limits have tests of their own.
  RATE_LIMITS=off GATEWAY_HTTP_LISTEN=$web GATEWAY_GRPC_LISTEN=$GATEWAY start gateway "$bin/gateway"
  until_ready "$web"
}
