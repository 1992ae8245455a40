#!/usr/bin/env bash
# Coverage-guided fuzzing of what strangers send: frames, cursors, tokens, usernames. Each target for so many seconds (default 600),
# beginning with fuzz/corpus/. What is found new goes to target/fuzz/; a crash is told with its file. Needs a nightly compiler.
#
#   scripts/fuzz.sh [SECONDS [TARGET…]]
#
# `make test` replays the corpus with the stable compiler (gateway/src/fuzzing.rs, logic/src/fuzzing.rs).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh

seconds=${1:-600}
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=(frames cursors tokens usernames)
out=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
need_cargo_tool cargo-fuzz 0.13.2

# The versions that are shipped.
cp Cargo.lock fuzz/Cargo.lock
for target in "${targets[@]}"; do
  mkdir -p "$out/$target"
  # No code of ours is unsafe, so no sanitizer: ten times as many inputs a second.
  cargo +nightly fuzz run --fuzz-dir fuzz --target-dir "$out/build" --sanitizer none "$target" "$out/$target" "fuzz/corpus/$target" -- \
    -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 2>&1 |
    tee "$out/$target.log" | grep --line-buffered -E 'stat::|SUMMARY|panicked|Test unit written|^Done' || true
  if ! grep -q '^Done ' "$out/$target.log"; then
    tail -20 "$out/$target.log" >&2
    echo "fuzz.sh: $target failed" >&2
    exit 1
  fi
done
