#!/usr/bin/env bash
# A private Redis for one test run: started here, stopped and deleted when standard input ends. See private-postgres.sh for why.
#
#   usage: private-redis.sh [--tcp | --tls] [--password]
#
# When the server answers, one line appears on standard output:
#   ready socket=/tmp/battlescope-test-x1y2z3/redis.sock port=0 password= ca= pid=4711
# --tcp     also listens on 127.0.0.1:port
# --tls     listens there for TLS, with a certificate for "localhost" made just now; ca is the authority that signed it
# --password  asks for one
#
# Words on standard input do things to the server; each is answered by a line:
#   kill      kills it with SIGKILL                  -> killed
#   start     starts it again, without its data      -> ready ...
#   pause     stops it in its tracks (SIGSTOP)       -> paused
#   resume    lets it go on                          -> resumed
set -euo pipefail

tcp=no tls=no password=""
for argument in "$@"; do
  case "$argument" in
    --tcp) tcp=yes ;;
    --tls) tls=yes ;;
    --password) password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n') ;;
    *) echo "usage: private-redis.sh [--tcp | --tls] [--password]" >&2; exit 64 ;;
  esac
done

# Ctrl-C reaches the whole process group, and who reads our output may be gone; this script must outlive the tests to clean up.
trap '' INT TERM HUP PIPE

server=$(command -v redis-server || true)
[ -n "$server" ] || { echo "Redis 7 or later is needed for the tests: run make setup" >&2; exit 69; }
major=$("$server" --version | sed -E 's/.* v=([0-9]+).*/\1/')
[ "$major" -ge 7 ] || { echo "Redis $major is too old for the tests: 7 or later is needed" >&2; exit 69; }

directory=$(mktemp -d /tmp/battlescope-test-XXXXXX)
socket=$directory/redis.sock
pid=""
# Waited for, or the shell would say that it was killed.
end_server() {
  [ -n "$pid" ] || return 0
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  pid=""
}
cleanup() {
  end_server
  rm -rf "$directory"
}
trap cleanup EXIT

fail() { echo "the tests' Redis did not start: $1" >&2; tail -n 20 "$directory/log" >&2 2>/dev/null || true; exit 69; }

make_certificates() {
  local subject=/O=battlescope-tests
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "$subject/CN=authority" \
    -keyout "$directory/ca.key" -out "$directory/ca.pem"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$subject/CN=localhost" \
    -keyout "$directory/server.key" -out "$directory/server.csr"
  openssl x509 -req -in "$directory/server.csr" -CA "$directory/ca.pem" -CAkey "$directory/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo "subjectAltName=DNS:localhost") -out "$directory/server.pem"
}
if [ "$tls" = yes ]; then make_certificates >"$directory/openssl.log" 2>&1 || { cat "$directory/openssl.log" >&2; fail openssl; }; fi

answers() { REDISCLI_AUTH=$password timeout 5 redis-cli -s "$socket" ping 2>/dev/null | grep -q PONG; }

# Fast and forgetful. In a session of its own, because Ctrl-C is for us.
launch() { # port
  local ports=(--port 0)
  if [ "$tcp" = yes ]; then ports=(--port "$1"); fi
  if [ "$tls" = yes ]; then
    ports+=(--tls-port "$1" --tls-cert-file "$directory/server.pem" --tls-key-file "$directory/server.key"
      --tls-ca-cert-file "$directory/ca.pem" --tls-auth-clients no)
  fi
  if [ -n "$password" ]; then ports+=(--requirepass "$password"); fi
  setsid "$server" --bind 127.0.0.1 --unixsocket "$socket" --unixsocketperm 700 --dir "$directory" --save "" --appendonly no \
    --maxmemory-policy noeviction --databases 64 --enable-debug-command yes "${ports[@]}" \
    >>"$directory/log" 2>&1 </dev/null &
  pid=$!
  until answers; do
    if ! kill -0 "$pid" 2>/dev/null; then
      pid=""
      return 1
    fi
    sleep 0.02
  done
}

report() {
  local ca=""
  if [ "$tls" = yes ]; then ca=$directory/ca.pem; fi
  echo "ready socket=$socket port=$port password=$password ca=$ca pid=$pid"
}

# A free port can only be had by taking it: the server itself is the judge.
port=0
for attempt in 1 2 3 4 5 6 7 8; do
  if [ "$tcp" = yes ] || [ "$tls" = yes ]; then port=$((20000 + RANDOM % 12000)); fi
  launch "$port" && break
  if [ "$port" = 0 ] || [ "$attempt" = 8 ] || ! grep -qi "address already in use" "$directory/log"; then fail "redis-server"; fi
done
report

while read -r word; do
  case "$word" in
    kill) end_server; echo killed ;;
    start) launch "$port" || fail "again"; report ;;
    pause) kill -STOP "$pid"; echo paused ;;
    resume) kill -CONT "$pid"; echo resumed ;;
    *) echo "private-redis.sh: unknown word: $word" >&2; exit 64 ;;
  esac
done
