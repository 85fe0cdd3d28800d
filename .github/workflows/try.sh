#!/usr/bin/env bash
# try.sh NETLAB VERSION: whether an executable is of this version and each of its commands works, on loopback. Needs curl.
set -euo pipefail
netlab=$1 version=$2
running=()
trap 'for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done' EXIT

# expect WHAT WANTED GOT
expect() {
  [ "$2" = "$3" ] || { printf '%s: wanted "%s", got "%s"\n' "$1" "$2" "$3" >&2; exit 1; }
  echo "ok: $1"
}

# serve ARGUMENTS...: in the background, until it says that it listens.
serve() {
  local log
  log=$(mktemp)
  "$netlab" "$@" 2>"$log" >/dev/null </dev/null &
  running+=($!)
  for _ in $(seq 100); do
    if grep -q listening "$log"; then return; fi
    sleep 0.1
  done
  echo "netlab $*: does not listen: $(cat "$log")" >&2
  exit 1
}

expect "version" "netlab $version" "$("$netlab" --version)"
expect "relay from text to standard output" "hello" "$("$netlab" relay -u text:hello -)"
expect "relay to a program" "from a program" "$("$netlab" relay -u 'system:echo from a program' - | tr -d '\r')"
answer='text:"HTTP/1.0 200 OK\r\n\r\nhello"'
serve relay tcp-listen:18001,bind=127.0.0.1,fork "$answer"
serve relay tls-listen:18002,bind=127.0.0.1,fork,self-signed "$answer"
serve socks --port 18003
expect "relay over TCP" "hello" "$(curl -sS --max-time 20 http://127.0.0.1:18001/)"
expect "relay over TLS" "hello" "$(curl -sSk --max-time 20 https://127.0.0.1:18002/)"
expect "SOCKS 5" "hello" "$(curl -sS --max-time 20 -x socks5h://127.0.0.1:18003 http://127.0.0.1:18001/)"
expect "HTTP CONNECT" "hello" "$(curl -sS --max-time 20 -p -x http://127.0.0.1:18003 http://127.0.0.1:18001/)"
lines=$("$netlab" dump -n -c 2 -r "$(dirname "$0")/../../tests/data/capture/protocols.pcap.gz" | wc -l)
expect "dump of a file" 2 $((lines))
status=0
"$netlab" dig @127.0.0.1 -p 18001 +tcp +time=5 +tries=1 example.test >/dev/null || status=$?
expect "dig of a server that is none" 9 "$status"
