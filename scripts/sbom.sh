#!/usr/bin/env bash
# What each program is made of (CycloneDX 1.5, JSON): target/sbom/. Installs cargo-cyclonedx under target/tools when it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh

need_cargo_tool cargo-cyclonedx 0.5.9
out=${CARGO_TARGET_DIR:-target}/sbom
mkdir -p "$out"
cargo cyclonedx --format json --spec-version 1.5 --describe binaries
for file in */*_bin.cdx.json; do mv "$file" "$out/$(basename "$file" _bin.cdx.json).cdx.json"; done
ls -l "$out"
