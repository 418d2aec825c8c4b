#!/bin/bash
# live.sh FLOWSWITCH
# Two servers with one address and a client, each in a network namespace; curl through the simulated card. The names are
# taken in the namespace that this runs in: start it by tests/live/run.sh, which gives it one of its own. Without curl it
# says so and passes; with FLOWSWITCH_LIVE=required it fails.
set -euo pipefail

flowswitch=$1
here=$(cd "$(dirname "$0")" && pwd)

for tool in curl python3; do
  command -v $tool >/dev/null || {
    printf 'SKIPPED: live traffic: %s is missing\n  install it with: sudo apt-get install %s\n' $tool $tool
    [ "${FLOWSWITCH_LIVE:-}" != required ] || exit 1
    exit 0
  }
done

folder=$(mktemp -d)
children=()
clean_up() {
  kill "${children[@]}" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
say() { printf '\n\e[1m$ %s\e[0m\n' "$*"; }
fs() { "$flowswitch" "$@" --socket "$folder/api.sock"; }
await() { # SECONDS COMMAND...
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) && kill -0 "${children[0]}" 2>/dev/null || {
      echo "in vain: $*" >&2
      fs status --why >&2 || true
      cat "$folder/daemon.log" >&2
      exit 1
    }
    sleep 0.2
  done
}
web() { # NAME
  ip netns exec "$1" python3 -m http.server 80 --directory "$folder/$1" >/dev/null 2>&1 &
  children+=($!)
}
# What is answered is added to $folder/answers.
ask() {
  say "for i in 1 2 3 4 5 6 7 8; do curl http://192.31.65.1/; done"
  for _ in 1 2 3 4 5 6 7 8; do
    ip netns exec client curl -s -m 60 http://192.31.65.1/ || echo "no answer"
  done >"$folder/asked"
  sort "$folder/asked" | uniq -c
  cat "$folder/asked" >>"$folder/answers"
}
count() { grep -c "$1" "$folder/$2" || true; } # PATTERN FILE
up() { [ "$(fs status --json | grep -o '"operational": *"up"' | wc -l)" = "$1" ]; }

say flowswitch daemon --config live.toml --device sim --tap 0=client --tap 1=server-a --tap 2=server-b
"$flowswitch" daemon --config "$here/live.toml" --device sim --tap 0=client --tap 1=server-a --tap 2=server-b \
  --socket "$folder/api.sock" --state "$folder/state" --metrics off >"$folder/daemon.log" 2>&1 &
children+=($!)
await 300 fs status

number=1
for name in client server-a server-b; do
  ip netns add $name
  ip link set $name netns $name
  ip -n $name link set lo up
  case $name in
    client) ip -n $name address add 192.31.65.20/24 dev $name ;;
    *)
      # Both have the same address, and no setting keeps them from telling so: the card does.
      ip -n $name link set $name address 02:00:00:00:02:${number}0
      ip -n $name address add 192.31.65.1/24 dev $name
      number=$((number + 1))
      mkdir "$folder/$name"
      echo "this is $name" >"$folder/$name/index.html"
      web $name
      ;;
  esac
  ip -n $name link set $name up
done
await 300 up 2

ask
say flowswitch status
fs status

say "kill the web server of server-a"
kill "${children[1]}"
await 300 up 1
ask
to_dead=$(count server-a asked)
say flowswitch status --why
fs status --why

say "start it again"
web server-a
await 300 up 2
ask

# What was seen is told, and nothing else.
unanswered=$(count "no answer" answers)
printf '\n%d requests: %d answered by server-a, %d by server-b, %d not; while its web server was dead, %d by server-a\n' \
  "$(count "" answers)" "$(count server-a answers)" "$(count server-b answers)" "$unanswered" "$to_dead"
((unanswered == 0 && to_dead == 0)) || {
  echo "live traffic: something went wrong" >&2
  exit 1
}
