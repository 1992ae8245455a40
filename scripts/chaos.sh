#!/usr/bin/env bash
# chaos.sh [ARGUMENT…]: the chaos tests against release builds of the programs; without arguments the full plan. Called by `make chaos`
# with TEST_POSTGRES_URL set and redis-server on PATH. Takes about an hour; `chaos --help` tells how to run less.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- --full
# Cargo runs tests in the folder of their crate, so the path is a whole one.
programs=$(realpath -m "${CARGO_TARGET_DIR:-target}")/release
cargo build --release --workspace --bins
cargo test --workspace --test chaos -- --programs "$programs" "$@"
