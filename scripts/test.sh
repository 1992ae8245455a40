#!/usr/bin/env bash
# All tests. Called by `make test` with TEST_POSTGRES_URL set and redis-server on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

# In one go with the tests: alone, the programs would be built with other features, and much of it twice.
cargo build --workspace --bins --tests
cargo test --workspace
scripts/web-test.sh
scripts/peers/run.sh
scripts/fuzz-http.sh 1500
