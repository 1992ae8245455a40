# shellcheck shell=bash
# Starting GoChat's processes, and stopping them in order. Sourced by other scripts.

names=()
pids=()

# build: makes the commands and sets bin to their folder. GOCHAT_BIN: where they are already.
build() {
  bin=${GOCHAT_BIN:-}
  [ -z "$bin" ] || return 0
  # A process group of its own, so that a stop reaches the compilers too.
  set -m
  cargo build --release --bins &
  local group=$! status=0
  set +m
  trap 'kill -TERM -- "-$group" 2>/dev/null || true; exit 1' INT TERM HUP
  wait "$group" || status=$?
  [ "$status" = 0 ] || exit "$status"
  bin=${CARGO_TARGET_DIR:-target}/release
}

# start NAME COMMAND…: in a process group of its own, so that Ctrl-C reaches this script alone. Output goes to LOGS/NAME.log
# where the variable LOGS names a folder.
start() {
  local name=$1
  shift
  set -m
  if [ -n "${LOGS:-}" ]; then
    "$@" </dev/null >>"$LOGS/$name.log" 2>&1 &
  else
    "$@" </dev/null &
  fi
  pids+=($!)
  set +m
  names+=("$name")
}

# stop_all: the last started first, each when the one before it has ended. Fails when one did not exit with 0.
stop_all() {
  local i status tenths failed=0
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill -TERM "${pids[i]}" 2>/dev/null || true
    for ((tenths = 0; tenths < 300; tenths++)); do
      kill -0 "${pids[i]}" 2>/dev/null || break
      sleep 0.1 || true
    done
    kill -KILL "${pids[i]}" 2>/dev/null || true
    status=0
    wait "${pids[i]}" 2>/dev/null || status=$?
    [ "$status" = 0 ] || { failed=1 && echo "${names[i]} exited with status $status" >&2; }
  done
  return $failed
}

# From here on a signal stops all, and the script exits with 0 when all processes did.
stop_on_signal() {
  trap 'stop_and_exit 0' INT TERM HUP
}

# stop_and_exit STATUS; 1 when a process did not exit with 0.
stop_and_exit() {
  trap '' INT TERM HUP
  local status=$1
  stop_all || status=1
  exit "$status"
}

# check_all: when a process has ended by itself, says which and stops the rest.
check_all() {
  local i
  for i in "${!pids[@]}"; do
    kill -0 "${pids[i]}" 2>/dev/null && continue
    echo "${names[i]} ended by itself${LOGS:+; the end of its log:}" >&2
    [ -z "${LOGS:-}" ] || tail -n 5 "$LOGS/${names[i]}.log" >&2
    stop_and_exit 1
  done
}

# reachable HOST:PORT: where a listener on that address is reached from here.
reachable() {
  local address=${1/#0.0.0.0:/127.0.0.1:}
  echo "${address/#\[::\]:/[::1]:}"
}

# answers_ready HOST:PORT: whether a gateway's /readyz answers 200.
answers_ready() {
  local host=${1%:*} port=${1##*:} status
  host=${host#[} host=${host%]}
  # A subshell, for a connection that breaks kills who writes to it.
  status=$(
    exec 2>/dev/null
    exec 3<>"/dev/tcp/$host/$port" &&
      printf 'GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" >&3 &&
      read -r -t 2 _ status _ <&3 && echo "$status"
  ) || true
  [ "$status" = 200 ]
}

# until_ready HOST:PORT…: waits for gateways; a process that ends meanwhile ends all.
until_ready() {
  local address tenths=0
  for address; do
    until answers_ready "$address"; do
      check_all
      ((++tenths % 300)) || echo "still waiting for http://$address/readyz" >&2
      sleep 0.1 || true
    done
  done
}

# until_stopped: a signal's trap ends the script; a process that ends by itself ends all.
until_stopped() {
  wait -n "${pids[@]}" || true
  check_all
}
