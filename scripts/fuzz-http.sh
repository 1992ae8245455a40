#!/usr/bin/env bash
# fuzz-http.sh [REQUESTS]: Schemathesis against a GoChat of its own, over SQLite: makes requests from the served OpenAPI document,
# right ones and wrong ones, until it has made so many (20,000). An answer with a 5xx, with a status or a body that the document
# does not name, or that does what needed a token without one, fails it. The debug build has to be there (make test builds it).
#
# What ends the caller's own sign-in comes last, as users of its own: every answer after it is 401.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh
. scripts/processes.sh
. scripts/peers/common.sh

wanted=${1:-20000}
# Rounds of a short run are short too, and one at a time. Each waits for the server most of the time.
examples=$((wanted < 20000 ? 10 : 100)) lanes=$((wanted < 20000 ? 1 : 5))
enders=("POST /auth/logout" "PUT /users/password" "DELETE /auth/sessions/{id}")

folder=$(mktemp -d "${TMPDIR:-/tmp}/gochat-fuzz-XXXXXX")
trap '[ -z "${running[*]:-}" ] || kill "${running[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT

# sign_up: makes a user and sets FUZZ_TOKEN.
sign_up() {
  FUZZ_TOKEN=$("$python" scripts/fuzz/sign_up.py "http://$WEB")
  export FUZZ_TOKEN
}

requests=0 failed=0 running=()
# round LANES OPTION…: so many runs of Schemathesis side by side, each as a new user. Their summaries tell how many cases they made.
round() {
  local lanes=$1 lane made status
  shift
  running=()
  for ((lane = 0; lane < lanes; lane++)); do
    sign_up
    mkdir -p "$folder/$lane"
    # It keeps a cache where it runs.
    (cd "$folder/$lane" &&
      exec "$schemathesis" --no-color --config-file "$config" run "http://$WEB/api/openapi.json" "$@") \
      >"$folder/$lane/output" 2>&1 &
    running+=($!)
  done
  for ((lane = 0; lane < lanes; lane++)); do
    status=0
    wait "${running[lane]}" || status=$?
    made=$(sed -n 's/^ *\([0-9]*\) generated.*/\1/p' "$folder/$lane/output")
    requests=$((requests + ${made:-0}))
    if [ "$status" != 0 ] || [ -z "$made" ]; then
      cat "$folder/$lane/output"
      failed=$((failed + 1))
    fi
  done
  check_all
}

make_venv fuzz-venv scripts/fuzz/requirements.txt
schemathesis=$(realpath -s "$(dirname "$python")/schemathesis")
config=$PWD/scripts/fuzz/schemathesis.toml
LOGS=$folder
stop_on_signal
start_gochat "$folder/data"
while [ "$requests" -lt "$wanted" ] && [ "$failed" = 0 ]; do
  round "$lanes" --max-examples "$examples" "${enders[@]/#/--exclude-name=}"
  echo "$requests requests made from the document, $failed rounds with faults"
done
round 1 --max-examples 10 "${enders[@]/#/--include-name=}"
stop_all || { echo "a process did not exit with 0" >&2 && failed=$((failed + 1)); }
# Whatever a client sends, a handler of ours answers it; a panic is a fault even where the answer hides it.
if grep -h 'panicked at' "$folder"/*.log; then failed=$((failed + 1)); fi
echo "fuzz-http: $requests requests, $failed rounds with faults"
[ "$failed" = 0 ]
