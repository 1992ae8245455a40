#!/usr/bin/env bash
# Changes the code for tokens and sign-ins, sequences and membership in every small way that cargo-mutants knows, and runs the tests of
# each crate: a change that no test notices is listed. Hours. MUTANTS_ARGS: e.g. "--shard 1/8" or "-f logic/src/auth/tokens.rs".
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh

need_cargo_tool cargo-mutants 27.1.0
out=${CARGO_TARGET_DIR:-target}
read -r -a more <<<"${MUTANTS_ARGS:-}"
# The files are those of .cargo/mutants.toml. Tests of whole clusters are left out: they take minutes, and what they find these should.
scripts/with-services.sh cargo mutants --output "$out" --test-workspace false ${more[@]+"${more[@]}"} -- --lib --test service || true
python3 - "$out/mutants.out/outcomes.json" <<'PY'
import json, sys
told = json.load(open(sys.argv[1]))
caught, missed, hung = told["caught"], told["missed"], told["timeout"]
tried = caught + missed + hung
print(f"{tried} mutants: {caught} caught, {hung} hung, {missed} missed, {told['unviable']} did not compile; score {100 * (caught + hung) / max(tried, 1):.0f}%")
PY
