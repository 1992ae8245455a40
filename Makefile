# Each target is a line or a script. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run-all run-cluster check test web-test fuzz-http chaos chaos-planted bench fuzz audit

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run-all: ## build and run GoChat: one of each process over SQLite, files in data/
	@scripts/run-all.sh

run-cluster: ## build and run two of each over PostgreSQL and Redis, files in data-cluster/
	@scripts/run-cluster.sh

check: ## formatting, lints, types of the page's scripts, file lengths, the scripts' syntax
	@scripts/check.sh

test: ## all tests; installs the packages that they need (PostgreSQL, Redis, Python, node, Chromium)
	@scripts/with-services.sh scripts/test.sh

web-test: ## the tests of the page and of its library alone, in Chromium; installs it, node and npm where they are missing
	@cargo build --workspace --bins
	@scripts/web-test.sh

fuzz-http: ## 20,000 requests made from the OpenAPI document; no answer may be other than it says
	@cargo build --workspace --bins
	@scripts/fuzz-http.sh

chaos: ## faults in whole clusters while clients chat, in full; CHAOS="--scenario kills --seed 7": those alone
	@scripts/with-services.sh scripts/chaos.sh $(CHAOS)

chaos-planted: ## four bugs are built in on purpose: the chaos tests must find each
	@scripts/with-services.sh scripts/chaos-planted.sh

bench: ## what GoChat does in a second and what that costs, into target/bench/; BENCH_ARGS="--seconds 5 --runs 1": shorter
	@scripts/bench.sh

fuzz: ## coverage-guided fuzzing of frames, cursors, tokens and usernames, 10 minutes each; FUZZ="60 frames": that one for a minute
	@scripts/fuzz.sh $(FUZZ)

audit: ## known vulnerabilities in all crates; ADVISORY_DB=FOLDER: by that copy of the RustSec database
	@scripts/audit.sh
