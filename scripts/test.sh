#!/usr/bin/env bash
# All tests. Called by `make test` with TEST_POSTGRES_URL set and redis-server on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

# step COMMAND…: runs it, and tells how long it took.
step() {
  local begun=$SECONDS
  "$@"
  echo "test.sh: $* took $((SECONDS - begun)) s"
}

# In one go with the tests: alone, the programs would be built with other features, and much of it twice.
step cargo build --workspace --bins --tests
step cargo test --workspace
step scripts/instructions.sh
WEB_TESTS=short step scripts/web-test.sh
step scripts/peers/run.sh
step scripts/fuzz-http.sh 600
