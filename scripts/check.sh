#!/usr/bin/env bash
# What is checked without running anything. Prints every offence, and fails when there is one.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh
failed=()

for script in scripts/*.sh scripts/peers/*.sh .ci/run; do
  bash -n "$script" || failed+=("syntax of $script")
done

# One thing a file: past this many lines it is two.
while read -r lines file; do
  if [ "$lines" -gt 500 ] && [ "$file" != total ]; then
    echo "$file has $lines lines; 500 is the most" >&2
    failed+=("length of $file")
  fi
done < <(git ls-files -z --cached --others --exclude-standard '*.rs' '*.proto' '*.sh' '*.py' '*.js' '*.css' '*.html' '*.sql' |
  xargs -0 wc -l)

# No crate that is known to have a hole.
scripts/minimum-versions.sh || failed+=("minimum versions")

# Both databases have the same migrations.
diff <(cd migrations/sqlite && find . -type f | sort) <(cd migrations/postgres && find . -type f | sort) || failed+=("the same migrations for both databases")

# The page and the library for it: format, lint, types.
need_node_packages
npm run --silent --prefix client/js check || failed+=("client/js: npm run check")

cargo fmt --all --check || failed+=("cargo fmt")
cargo clippy --workspace --all-targets -- -D warnings || failed+=("cargo clippy")
# Last, where it is seen: what failed may have scrolled away long ago.
for what in "${failed[@]}"; do echo "check.sh: failed: $what" >&2; done
[ ${#failed[@]} = 0 ]
