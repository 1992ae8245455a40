#!/usr/bin/env bash
# The chaos tests are tested: programs with bugs planted in them (gateway/src/planted.rs, repo/src/planted.rs) must fail, each by what
# its bug breaks, and the same programs without an active one must pass. Called by `make chaos-planted` with TEST_POSTGRES_URL set.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=${SEED:-4}
target=${CARGO_TARGET_DIR:-target}
folder=$(mktemp -d "${TMPDIR:-/tmp}/gochat-planted-XXXXXX")
trap 'rm -rf "$folder"' EXIT
parts=(--workspace --bin gateway --bin logic --bin repo --test chaos)
cargo build "${parts[@]}" --features gateway/planted-bugs,repo/planted-bugs
cp "$target"/debug/{gateway,logic,repo} "$folder"
# The ordinary programs are put back: nobody must find the others there.
cargo build "${parts[@]}"
chaos=$(cargo test --workspace --test chaos --no-run 2>&1 | sed -n 's/.*(\(.*\/chaos-[0-9a-f]*\)).*/\1/p')

failed=0
# run BUG SCENARIO SIZE: the status is the chaos program's; what it printed is in $folder/log.
run() {
  GOCHAT_PLANTED_BUG=$1 "$chaos" --scenario "$2" --size "$3" --seed "$seed" --programs "$folder" \
    >"$folder/log" 2>&1
}
# catches BUG SCENARIO SIZE PATTERN: it must not be clean, and a line with what is wrong must match.
catches() {
  local line
  if run "$1" "$2" "$3"; then
    echo "NOT CAUGHT: $1 by $2 over $3" >&2
    failed=1
  elif line=$(grep -m 1 -E "$4" "$folder/log"); then
    echo "caught: $1 by $2: $line"
  else
    echo "NOT CAUGHT: $1 by $2 over $3 failed, but not as it should:" >&2
    tail -n 20 "$folder/log" >&2
    failed=1
  fi
}
# passes SCENARIO SIZE: no bug is active.
passes() {
  run none "$1" "$2" && echo "clean without a bug: $1" && return
  echo "NOT CLEAN without a bug: $1 over $2" >&2
  tail -n 20 "$folder/log" >&2
  failed=1
}

catches ack-before-commit kills small 'NOT CLEAN.* [1-9][0-9]* lost'
catches no-unique-key duplicates grown '\*\*wrong\*\*.* rows of [0-9]+ keys'
catches unbounded-delivery slow-readers small '\*\*wrong\*\*.*(do not read are kept|needed [0-9]+ MiB more)'
catches unregister-without-compare session-races small '\*\*wrong\*\*.*(online: false|a push found)'
passes kills small
passes duplicates grown
passes slow-readers small
passes session-races small
exit $failed
