#!/usr/bin/env bash
# Known vulnerabilities in the crates that GoChat is built from (cargo-audit, which is installed under target/tools when it is missing: that
# takes minutes). ADVISORY_DB: a folder that holds the RustSec database; it is fetched otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh

need_cargo_tool cargo-audit 0.22.2
scripts/minimum-versions.sh
if [ -n "${ADVISORY_DB:-}" ]; then
  cargo audit --db "$ADVISORY_DB" --no-fetch --stale
else
  cargo audit
fi
