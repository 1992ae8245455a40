#!/usr/bin/env bash
# Crates of which older versions have a known hole: Cargo.lock must have these or newer. Quick, so every `make check` does it; `make audit`
# asks the whole database.
set -euo pipefail
cd "$(dirname "$0")/.."

# crate, version that mended it, the hole
least="
actix-http 3.20.0 requests that two readers end at different places
jsonwebtoken 10.3.0 CVE-2026-25537
bcrypt 0.19.2 RUSTSEC-2026-0199
diesel 2.3.10 RUSTSEC-2026-0111
tonic 0.12.3 RUSTSEC-2024-0376
h2 0.4.16 RUSTSEC-2026-0258
tokio 1.44.2 RUSTSEC-2025-0023
bytes 1.11.1 RUSTSEC-2026-0007
tungstenite 0.20.1 RUSTSEC-2023-0065
rustls 0.23.18 RUSTSEC-2024-0399
libsqlite3-sys 0.25.1 RUSTSEC-2022-0090
idna 1.0.0 RUSTSEC-2024-0421
"
failed=0
while read -r crate version hole; do
  [ -n "$crate" ] || continue
  # A crate may be locked at several versions, or not be needed.
  while read -r locked; do
    if [ "$(printf '%s\n%s\n' "$version" "$locked" | sort -V | head -1)" != "$version" ]; then
      echo "minimum-versions.sh: $crate $locked is older than $version: $hole" >&2
      failed=1
    fi
  done < <(awk -v crate="$crate" '$1 == "name" { name = $3 } $1 == "version" && name == "\"" crate "\"" { gsub(/"/, "", $3); print $3 }' "${1:-Cargo.lock}")
done <<<"$least"
exit $failed
