#!/usr/bin/env bash
# All tests. Called by `make test` with TEST_POSTGRES_URL set and redis-server on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --workspace --bins
cargo test --workspace
scripts/peers/run.sh
scripts/fuzz-http.sh 1500
