#!/usr/bin/env bash
# The crates that GoChat is built from: known vulnerabilities (cargo-audit), licences, sources and bans (cargo-deny). Installs the two
# under target/tools when they are missing, which takes minutes. ADVISORY_DB: a folder that holds the RustSec database; it is fetched otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh

need_cargo_tool cargo-audit 0.22.2
need_cargo_tool cargo-deny 0.20.2
failed=()
scripts/minimum-versions.sh || failed+=("minimum versions")
if [ -n "${ADVISORY_DB:-}" ]; then
  cargo audit --db "$ADVISORY_DB" --no-fetch --stale || failed+=("cargo audit")
else
  cargo audit || failed+=("cargo audit")
fi
cargo deny check licenses bans sources || failed+=("cargo deny")
for what in "${failed[@]}"; do echo "audit.sh: failed: $what" >&2; done
[ ${#failed[@]} = 0 ]
