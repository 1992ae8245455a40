#!/usr/bin/env bash
# What is checked without running anything. Prints every offence, and fails when there is one.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh
failed=0

for script in scripts/*.sh scripts/peers/*.sh .ci/run; do
  bash -n "$script" || failed=1
done

# One thing a file: past this many lines it is two.
while read -r lines file; do
  if [ "$lines" -gt 500 ] && [ "$file" != total ]; then
    echo "$file has $lines lines; 500 is the most" >&2
    failed=1
  fi
done < <(git ls-files -z --cached --others --exclude-standard '*.rs' '*.proto' '*.sh' '*.py' '*.js' '*.css' '*.html' '*.sql' |
  xargs -0 wc -l)

# Both databases have the same migrations.
diff <(cd migrations/sqlite && find . -type f | sort) <(cd migrations/postgres && find . -type f | sort) || failed=1

# The page and the library for it: format, lint, types.
need_node_packages
npm run --silent --prefix client/js check || failed=1

cargo fmt --all --check || failed=1
cargo clippy --workspace --all-targets -- -D warnings || failed=1
exit $failed
