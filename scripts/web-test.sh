#!/usr/bin/env bash
# The tests of the client library and of the page: the library's own in node, then both in a real browser, over the programs
# in GOCHAT_PROGRAMS (default: the debug build).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh

export GOCHAT_PROGRAMS=${GOCHAT_PROGRAMS:-${CARGO_TARGET_DIR:-$PWD/target}/debug}
for program in repo logic gateway; do
  [ -x "$GOCHAT_PROGRAMS/$program" ] || fail "there is no $GOCHAT_PROGRAMS/$program: cargo build --workspace --bins"
done
need_node_packages
need_browser
cd client/js
npm run --silent test
npm run --silent test:browser -- "$@"
