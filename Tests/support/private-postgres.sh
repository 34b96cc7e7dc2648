#!/usr/bin/env bash
# A private PostgreSQL for one test run: started here, stopped and deleted when standard input ends.
#
#   usage: private-postgres.sh [--tcp]
#
# Test frameworks have no reliable "after everything", and a killed test run has none at all. So the run holds the write
# end of a pipe and this script waits for its end of file, which the operating system delivers however the run ended.
#
# When the server accepts connections, one line appears on standard output:
#   ready host=/tmp/battlescope-test-x1y2z3 port=5432 user=battlescope password=... bin=/usr/lib/postgresql/15/bin
# The socket is in `host`. With --tcp the server also listens on 127.0.0.1:port, where it asks for the password.
# It is fast: no fsync, so it would forget things if the machine stopped, but not if its processes are killed.
# DATABASE_URL is ignored: tests never touch anybody's database.
#
# Words on standard input do things to the server; each is answered by a line:
#   kill      kills all of its processes with SIGKILL   -> killed
#   start     starts it again, with what it had         -> ready ...
#   pause     stops it in its tracks (SIGSTOP)          -> paused
#   resume    lets it go on                             -> resumed
set -euo pipefail

tcp=no
case "${1:-}" in
  "") ;;
  --tcp) tcp=yes ;;
  *) echo "usage: private-postgres.sh [--tcp]" >&2; exit 64 ;;
esac

# Ctrl-C reaches the whole process group, and who reads our output may be gone; this script must outlive the tests to clean up.
trap '' INT TERM HUP PIPE

# The newest PostgreSQL of 15 or later.
bin=""
newest=0
for candidate in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin "$(dirname "$(command -v postgres || echo /none/postgres)")"; do
  [ -x "$candidate/initdb" ] || continue
  major=$("$candidate/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
  if [ "$major" -ge 15 ] && [ "$major" -gt "$newest" ]; then newest=$major; bin=$candidate; fi
done
[ -n "$bin" ] || { echo "PostgreSQL 15 or later is needed for the tests: run make setup" >&2; exit 69; }

# PostgreSQL refuses to run as root; the system user of its package is there for that.
as_server=()
if [ "$(id -u)" = 0 ]; then
  as_server=(setpriv --reuid postgres --regid postgres --init-groups)
fi
server() { (cd / && env -i PATH="$PATH" LC_ALL=C.UTF-8 "${as_server[@]}" "$@"); }

directory=$(mktemp -d /tmp/battlescope-test-XXXXXX)
processes() { # the postmaster and its children
  local postmaster
  postmaster=$(head -n 1 "$directory/data/postmaster.pid" 2>/dev/null) || return 0
  echo "$postmaster"
  pgrep -P "$postmaster" || true
}
signal() { # name
  # One that has ended meanwhile is no mistake.
  for process in $(processes); do kill -"$1" "$process" 2>/dev/null || true; done
}
cleanup() {
  signal CONT
  server "$bin/pg_ctl" stop -D "$directory/data" -m immediate -t 20 >/dev/null 2>&1 || true
  rm -rf "$directory"
}
trap cleanup EXIT
if [ "$(id -u)" = 0 ]; then chown postgres: "$directory"; fi

fail() { echo "the tests' PostgreSQL did not start: $1" >&2; tail -n 20 "$directory/log" >&2 2>/dev/null || true; exit 69; }

password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" >"$directory/password"
if [ "$(id -u)" = 0 ]; then chown postgres: "$directory/password"; fi
server "$bin/initdb" -D "$directory/data" -U battlescope --auth-local=trust --auth-host=scram-sha-256 \
  --pwfile="$directory/password" --locale=C.UTF-8 -E UTF8 --no-sync >"$directory/initdb.log" 2>&1 ||
  { cat "$directory/initdb.log" >&2; fail "initdb"; }

settings() { # port
  cat <<CONF
listen_addresses = '$([ "$tcp" = yes ] && echo 127.0.0.1)'
port = $1
unix_socket_directories = '$directory'
unix_socket_permissions = 0700
max_connections = 300
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
timezone = 'UTC'
log_timezone = 'UTC'
CONF
}

# A free port can only be had by taking it: the server itself is the judge.
port=5432
launch() { server "$bin/pg_ctl" start -D "$directory/data" -l "$directory/log" -w -t 60 >/dev/null 2>&1; }
for attempt in 1 2 3 4 5 6 7 8; do
  [ "$tcp" = yes ] && port=$((20000 + RANDOM % 12000))
  settings "$port" | server tee "$directory/data/postgresql.auto.conf" >/dev/null
  launch && break
  if [ "$tcp" = no ] || [ "$attempt" = 8 ] || ! grep -q "could not bind" "$directory/log"; then fail "pg_ctl start"; fi
  : >"$directory/log"
done

report() { echo "ready host=$directory port=$port user=battlescope password=$password bin=$bin"; }
report

kill_server() {
  local all
  all=$(processes)
  # Stopped first, so that none sees another one die and says goodbye.
  signal STOP
  signal KILL
  # The dead may lie about for a while before the system buries them; a new server would take them for living.
  for process in $all; do while ps -o stat= -p "$process" | grep -q '^[^Z]'; do sleep 0.01; done; done
  rm -f "$directory/data/postmaster.pid" "$directory"/.s.PGSQL.*
}

while read -r word; do
  case "$word" in
    kill) kill_server; echo killed ;;
    start) launch || fail "again"; report ;;
    pause) signal STOP; echo paused ;;
    resume) signal CONT; echo resumed ;;
    *) echo "private-postgres.sh: unknown word: $word" >&2; exit 64 ;;
  esac
done
