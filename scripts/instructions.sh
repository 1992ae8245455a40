#!/usr/bin/env bash
# instructions.sh: counts the instructions of the hot functions under callgrind and compares them with scripts/instructions.txt.
# More than 15% above it fails: that is a copy, an encoding or a look-up too many, not the noise of a clock. With --record it
# writes that file anew. Called by test.sh; installs valgrind where it is missing.
#
# What is counted are the functions *_counted in the modules `counted` of the unit tests (kit/src/counted.rs says more), as make
# test builds them, without optimisation: optimised, everything beneath them would be built a second time. Such counts see work
# that is done more often, not what an optimiser makes of it; they hold for one version of the compiler and one Cargo.lock.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh
recorded=scripts/instructions.txt margin=15
crates=(kit gateway logic repo)

case "${1-}" in
  '') record=no ;;
  --record) record=yes ;;
  *) fail "usage: instructions.sh [--record]" ;;
esac
command -v valgrind >/dev/null || install valgrind
folder=$(mktemp -d "${TMPDIR:-/tmp}/gochat-instructions-XXXXXX")
trap 'rm -rf "$folder"' EXIT

# The unit tests of these crates, as `cargo test --workspace` builds them.
built=$(cargo test --workspace --lib --no-run 2>&1) || { echo "$built" >&2; fail "the unit tests do not build"; }

# count CRATE: leaves a file for each call of a counted function.
count() {
  local program
  program=$(sed -n "s|^ *Executable unittests src/lib.rs (\(.*/$1-[0-9a-f]*\))$|\1|p" <<<"$built")
  [ -n "$program" ] || fail "cargo names no unit tests of $1"
  valgrind --tool=callgrind --toggle-collect='*_counted' --dump-after='*_counted' --callgrind-out-file="$folder/$1" \
    "$program" --test-threads=1 counted:: >"$folder/$1.log" 2>&1 ||
    { cat "$folder/$1.log" >&2; fail "the counted tests of $1 failed"; }
}
for crate in "${crates[@]}"; do count "$crate"; done

# Each function's last call, by its whole name.
find "$folder" -name '*.[0-9]*' | sort -V | xargs awk '
  sub(/^desc: Trigger: --dump-after=/, "") { name = $0 }
  /^totals: / { last[name] = $2 }
  END { for (name in last) print name, last[name] }' | LC_ALL=C sort >"$folder/counts"
[ -s "$folder/counts" ] || fail "nothing was counted"
! grep ' 0$' "$folder/counts" >&2 || fail "callgrind counted nothing in these"

compiler=$(rustc --version)
if [ $record = yes ]; then
  { echo "# Instructions, by scripts/instructions.sh --record with $compiler"; cat "$folder/counts"; } >"$recorded"
  cat "$recorded"
  exit
fi
status=0
awk -v margin=$margin '
  /^#/ { next }
  NR == FNR { before[$1] = $2; next }
  !($1 in before) { printf "%-80s %12d  is not recorded\n", $1, $2; bad = 1; next }
  {
    change = 100 * ($2 / before[$1] - 1)
    verdict = change > margin ? "  TOO MANY" : change < -margin ? "  fewer: record them" : ""
    printf "%-80s %12d  %+.1f%%%s\n", $1, $2, change, verdict
    if (change > margin) bad = 1
    delete before[$1]
  }
  END { for (name in before) { printf "%-80s is recorded, but was not counted\n", name; bad = 1 } exit bad }
' "$recorded" "$folder/counts" || status=$?
[ $status = 0 ] || fail "see above; $recorded was made by$(sed -n '1s/.* with//p' "$recorded"), here is $compiler. If the cost is meant, record it: scripts/instructions.sh --record"
