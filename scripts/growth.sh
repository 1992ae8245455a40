#!/usr/bin/env bash
# How cost grows with the size of things: CPU for an operation, which does not depend on who else uses the machine meanwhile, as
# rates and latencies do. Along each axis the size grows, and each cost gets a law: the k of size^k.
#
#   scripts/growth.sh [--quick] [AXIS…]      axes: group world conversations gateways messages sessions
#
# About 20 minutes; with --quick, which leaves the large sizes out, 5. It writes target/growth/: a JSON file for each point, and
# growth.md. The programs are those of target/release (GOCHAT_BIN: of another folder). DATABASE_URL: databases of its own in that
# PostgreSQL instead of SQLite; DATABASE_PID, the server's process, has its CPU told too.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${GOCHAT_BIN:-${CARGO_TARGET_DIR:-target}/release}
for program in gochat gateway logic repo; do
  [ -x "$bin/$program" ] || { echo "growth.sh: there is no $bin/$program: cargo build --release --workspace --bins" >&2 && exit 1; }
done
# As many sessions as a process may have files for.
ulimit -n "$(ulimit -Hn)"
exec python3 scripts/growth/run.py --programs "$bin" --out target/growth \
  ${DATABASE_URL:+--database "$DATABASE_URL"} ${DATABASE_PID:+--database-pid "$DATABASE_PID"} "$@"
