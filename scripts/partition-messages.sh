#!/usr/bin/env bash
# Moves GoChat's table of messages into partitions by conversation, in a PostgreSQL that GoChat uses meanwhile. What it does is
# in scripts/partition/, a file a step; docs/capacity.md says when it is worth it. Make a backup first, and do not upgrade
# GoChat between the first step and the switch.
#
#   DATABASE_URL=postgres://… scripts/partition-messages.sh move     all of it: prepare, copy, check, switch
#   DATABASE_URL=postgres://… scripts/partition-messages.sh drop     later, when all is well: the old table goes
#
# Every step can be called alone, and what broke off is called again and goes on: "copy" from the last batch. Before the switch
# "abandon" undoes it all. Options: --partitions N (16), --batch ROWS (5000), --pause SECONDS between batches (0).
# Without DATABASE_URL, psql's own variables (PGHOST, PGSERVICE …) say which database.
set -euo pipefail

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

partitions=16 batch=5000 pause=0 steps=()
while [ $# -gt 0 ]; do
  case $1 in
  --partitions | --batch | --pause)
    [[ ${2:-} =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "$1 wants a number"
    printf -v "${1#--}" %s "$2"
    shift
    ;;
  move) steps+=(prepare copy check switch) ;;
  prepare | copy | check | switch | drop | abandon) steps+=("$1") ;;
  *) fail "no such step or option: $1 (the head of this file tells them)" ;;
  esac
  shift
done
[ ${#steps[@]} -gt 0 ] || fail "which step? the head of this file tells them"
[[ $partitions =~ ^[0-9]+$ && $partitions -ge 2 && $partitions -le 256 ]] || fail "--partitions: 2 to 256"

# A password is not for the command line, where everybody sees it.
url=${DATABASE_URL:-}
if [[ $url =~ ^(postgres(ql)?://[^:/@]*):([^@]*)(@.*)$ ]]; then
  url=${BASH_REMATCH[1]}${BASH_REMATCH[4]}
  password=${BASH_REMATCH[3]}
  printf -v PGPASSWORD %b "${password//%/\\x}"
  export PGPASSWORD
fi
sql=(psql --no-psqlrc --quiet --no-align --tuples-only -v ON_ERROR_STOP=1 -v partitions="$partitions" -v batch="$batch"
  -v pause="$pause" -v lock_timeout=1s ${url:+"$url"})
folder=$(dirname "$0")/partition

is_there() { [ "$("${sql[@]}" -c "SELECT to_regclass('$1') IS NOT NULL")" = t ]; }
has_trigger() { [ "$("${sql[@]}" -c "SELECT count(*) FROM pg_trigger WHERE tgname = '$1'")" != 0 ]; }

# run FILE: in one go, for what takes no lock.
run() { "${sql[@]}" -f "$folder/$1"; }
# run_locking FILE: whoever holds a lock that it wants is not waited for longer than a second, because others wait behind it;
# then it is tried again.
run_locking() {
  local try
  for try in {1..60}; do
    if output=$(run "$1" 2>&1); then
      [ -z "$output" ] || echo "$output" >&2
      return
    fi
    [[ $output = *"lock timeout"* || $output = *"deadlock detected"* ]] || break
    echo "$1: a statement that takes long holds a lock; try $try of 60" >&2
    sleep 1
  done
  fail "$1: $output"
}

for step in "${steps[@]}"; do
  is_there messages || fail "there is no table messages: is this GoChat's database?"
  if is_there messages_unpartitioned && [ "$step" != drop ]; then
    fail "messages is partitioned already; the old table is messages_unpartitioned, which the step \"drop\" removes"
  fi
  echo "$step" >&2
  case $step in
  prepare)
    [ "$("${sql[@]}" -c "SELECT relkind FROM pg_class WHERE oid = 'messages'::regclass")" = r ] || fail "messages is partitioned already"
    is_there messages_partitioned || run 1-settings.sql >&2
    is_there messages_partitioned || run_locking 2-prepare.sql
    has_trigger messages_move_insert || run_locking 3-mirror.sql
    ;;
  copy | check | switch)
    has_trigger messages_move_insert || fail "run the step \"prepare\" first"
    case $step in
    copy) run 4-copy.sql ;;
    check) run 5-check.sql ;;
    switch) run_locking 6-switch.sql ;;
    esac
    ;;
  drop)
    is_there messages_unpartitioned || fail "there is no old table"
    run_locking 7-drop.sql
    ;;
  abandon) run_locking abandon.sql ;;
  esac
done
