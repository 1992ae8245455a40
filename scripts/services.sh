# shellcheck shell=bash
# PostgreSQL and Redis from Debian's packages, run privately: never the machine's own servers; and the other packages that tests
# need. Sourced by other scripts.

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# need_cargo_tool NAME VERSION: a program from crates.io, built under target/tools unless it is there.
need_cargo_tool() {
  local root
  root=$(realpath -m "${CARGO_TARGET_DIR:-target}")/tools
  PATH=$root/bin:$PATH
  [ -x "$root/bin/$1" ] || cargo install --quiet --locked --root "$root" --version "$2" "$1" || fail "cannot install $1 $2"
}

# as_root COMMAND…
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -n "$@"
  else
    fail "'$*' needs root, and there is no sudo"
  fi
}

# install PACKAGE…: from Debian's packages, without starting the servers that they bring.
install() {
  command -v apt-get >/dev/null || fail "cannot install $*: there is no apt-get here; install them by hand"
  echo "installing $*" >&2
  local policy=/usr/sbin/policy-rc.d status=0
  (
    # One at a time: the policy file is the machine's.
    flock 9
    if [ ! -e "$policy" ]; then
      # Package scripts ask it before they start a service: 101 is "not allowed".
      printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
      as_root chmod +x "$policy"
      trap 'as_root rm -f "$policy"' EXIT
    fi
    apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
    "${apt[@]}" install --no-install-recommends "$@" ||
      { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "$@"; }
  ) 9>"${TMPDIR:-/tmp}/gochat-install-$(id -u).lock" >&2 || status=$?
  [ $status = 0 ] || fail "cannot install $*: apt-get said why above"
}

# Prints the folder of initdb and postgres; Debian keeps them off PATH.
postgres_folder() {
  local initdb
  for initdb in "$(command -v initdb || true)" $(ls -r /usr/lib/postgresql/*/bin/initdb 2>/dev/null || true); do
    if [ -x "$initdb" ] && [ -x "$(dirname "$initdb")/postgres" ]; then
      dirname "$initdb"
      return
    fi
  done
}

need_postgres() {
  [ -n "$(postgres_folder)" ] || install postgresql
  [ -n "$(postgres_folder)" ] || fail "PostgreSQL is installed, but its initdb is not found"
}

need_redis() {
  command -v redis-server >/dev/null || install redis-server
}

# What the faults of the chaos program are made with: strace, another time of day, and syncs that do nothing.
need_fault_tools() {
  local packages=()
  command -v strace >/dev/null || packages+=(strace)
  compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || packages+=(libfaketime)
  compgen -G '/usr/lib/*/libeatmydata.so.1' >/dev/null || packages+=(libeatmydata1)
  [ ${#packages[@]} = 0 ] || install "${packages[@]}"
}

# Node and its package manager. Debian's are old enough to be everywhere; a newer node brings npm along.
need_node() {
  local packages=()
  command -v node >/dev/null || packages+=(nodejs)
  command -v npm >/dev/null || packages+=(npm)
  [ ${#packages[@]} = 0 ] || install "${packages[@]}"
  local version
  version=$(node --version) || fail "node does not run"
  [[ $version =~ ^v([0-9]+)\. && ${BASH_REMATCH[1]} -ge 18 ]] || fail "node 18 or newer is needed, here is $version"
}

# need_node_packages: what client/js/package-lock.json names, in client/js/node_modules. npm's note of what it installed is newer than
# the lock file while both agree.
need_node_packages() {
  need_node
  local folder
  folder=$(dirname "${BASH_SOURCE[0]}")/../client/js
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
  echo "installing the packages of client/js" >&2
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) >&2 || fail "npm ci failed in client/js: npm said why above"
  touch "$folder/node_modules/.package-lock.json"
}

# A Chromium for the tests of the page, and letters for its Chinese.
need_browser() {
  local packages=()
  [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null || packages+=(chromium)
  command -v fc-list >/dev/null || packages+=(fontconfig)
  [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ] || packages+=(fonts-wqy-microhei)
  [ ${#packages[@]} = 0 ] || install "${packages[@]}"
}

# free_port: one below the range that the kernel hands out, on which nobody listens now.
free_port() {
  local port
  while :; do
    port=$((RANDOM % 20000 + 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# PostgreSQL refuses to run as root, so root runs it as the package's user.
as_postgres=()
[ "$(id -u)" != 0 ] || as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups)

# init_postgres FOLDER [INITDB-OPTION…]: makes the data folder, superuser gochat.
init_postgres() {
  local folder=$1
  shift
  mkdir -p "$folder"
  chmod 700 "$folder"
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  (cd / && "${as_postgres[@]}" test -x "$folder") || fail "user postgres cannot reach $folder: put it somewhere else"
  (cd / && "${as_postgres[@]}" "$(postgres_folder)/initdb" --pgdata "$folder" --username gochat --encoding UTF8 \
    --locale C.UTF-8 "$@") >"$folder.log" 2>&1 || { cat "$folder.log" >&2; fail "initdb failed"; }
}

# start_postgres FOLDER [NAME=VALUE…]: sets postgres_pid and postgres_port. It dies with this shell, even by
# kill -9 (SIGINT is its fast shutdown).
start_postgres() {
  local folder=$1 option options=()
  shift
  for option; do options+=(-c "$option"); done
  for _ in 1 2 3 4 5; do
    postgres_port=$(free_port)
    : >"$folder.log"
    # A session of its own, so that Ctrl-C does not stop it before those who use it.
    setsid "${as_postgres[@]}" "$(command -v setpriv)" --pdeathsig INT "$(postgres_folder)/postgres" -D "$folder" \
      -k "$folder" -p "$postgres_port" -c listen_addresses=127.0.0.1 "${options[@]}" \
      >"$folder.log" 2>&1 </dev/null &
    postgres_pid=$!
    # Its pid file tells, by the eighth line; a file of an earlier run has another pid.
    until [[ "$(sed -n '1p;8p' "$folder/postmaster.pid" 2>/dev/null | tr -d ' \n')" = "${postgres_pid}ready" ]]; do
      kill -0 "$postgres_pid" 2>/dev/null || continue 2
      sleep 0.1
    done
    return
  done
  cat "$folder.log" >&2
  fail "PostgreSQL does not start"
}

stop_postgres() {
  kill -INT "$postgres_pid" 2>/dev/null || return 0
  wait "$postgres_pid" || true
}

# start_redis FOLDER PASSWORD: sets redis_pid and redis_port. It keeps nothing, and dies with this shell.
start_redis() {
  for _ in 1 2 3 4 5; do
    redis_port=$(free_port)
    setsid setpriv --pdeathsig TERM redis-server - >"$1/redis.log" 2>&1 <<END &
bind 127.0.0.1
port $redis_port
requirepass $2
save ""
appendonly no
dir $1
END
    redis_pid=$!
    until grep -q 'Ready to accept connections' "$1/redis.log"; do
      kill -0 "$redis_pid" 2>/dev/null || continue 2
      sleep 0.1
    done
    return
  done
  cat "$1/redis.log" >&2
  fail "Redis does not start"
}

stop_redis() {
  kill "$redis_pid" 2>/dev/null || return 0
  wait "$redis_pid" || true
}
