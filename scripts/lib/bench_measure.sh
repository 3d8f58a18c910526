# How scripts/bench measures: CPU from /proc, wrk for whole answers, test-broker's load for the rest. Every reading is
# a line "metric side value" in target/bench/readings. Sourced by scripts/bench.

readings=$work/readings

record() { printf '%s %s %s\n' "$1" "$2" "$3" >>"$readings"; }

# Seconds of CPU that the processes have used.
cpu_seconds() {
  local pid
  for pid in "$@"; do cat "/proc/$pid/stat"; done |
    awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); ticks += $12 + $13 } END { printf "%.2f\n", ticks / hz }'
}
# The processes of a side: nginx is a master and its workers.
processes() {
  if [ "$1" = nginx ]; then echo "$gateway" $(cat "/proc/$gateway/task/$gateway/children"); else echo "$broker"; fi
}
# Resident megabytes of a side.
rss() {
  local pid
  for pid in $(processes "$1"); do grep VmRSS "/proc/$pid/status"; done | awk '{ kb += $2 } END { printf "%.0f\n", kb / 1024 }'
}
base_url() { [ "$1" = nginx ] && echo "http://127.0.0.1:$gateway_port" || echo "http://127.0.0.1:$broker_port"; }

# What the archive owes belongs to the cost of the requests: a measurement ends when the outbox is empty.
drained() { [ "$(redis XLEN 'gb:bench:{0}:outbox')" = ":0" ]; }
settle_down() {
  [ "$1" = nginx ] || await 120 "$broker" drained || fail "The archive did not drain; see target/bench/serve.log."
}
# side SIDE: Redis with or without fsync.
side() {
  case $1 in
    always) redis CONFIG SET appendfsync always >/dev/null ;;
    lazy) redis CONFIG SET appendfsync no >/dev/null ;;
  esac
}

# write_wrk_script NAME PATH FIELDS HEADERS: what wrk asks, with the token of one user after the other.
write_wrk_script() {
  local name=$1 path=$2 fields=$3 headers=$4 words
  words=$(printf 'Tell me about the sea. %.0s' {1..32})
  cat >"$work/wrk-$name.lua" <<LUA
local tokens = {}
for line in io.lines("$work/tokens") do tokens[#tokens + 1] = line end
local body = '{$fields"messages":[{"role":"user","content":"$words"}],"temperature":0.7}'
local requests, next_one = {}, 0
function init()
  for i, token in ipairs(tokens) do
    requests[i] = wrk.format("POST", "$path",
      { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json", $headers }, body)
  end
end
function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("READING %d %d %.3f %.3f %d\n", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end
LUA
}

write_wrk_scripts() {
  write_wrk_script whole /gpt-4o '' ''
  # Two spellings of one question: no-store keeps the broker's cache out of the first.
  write_wrk_script v1 /v1/chat/completions '"model":"gpt-4o",' '["Cache-Control"] = "no-store"'
  write_wrk_script hit /v1/chat/completions '"model":"gpt-4o",' ''
}

# closed SIDE METRIC CONNECTIONS SECONDS [SCRIPT]: whole answers, each connection asking again at once.
closed() {
  local side=$1 metric=$2 connections=$3 seconds=$4 script=${5:-whole} before after threads=1 reading
  side "$side"
  [ "$connections" -lt 8 ] || threads=2
  before=$(cpu_seconds $(processes "$side"))
  reading=$(wrk -t$threads -c"$connections" -d"${seconds}s" --timeout 30s -s "$work/wrk-$script.lua" "$(base_url "$side")" |
    awk '/^READING/ { print $2, $3, $4, $5, $6 }')
  settle_down "$side"
  after=$(cpu_seconds $(processes "$side"))
  set -- $reading
  [ "${1:-0}" -gt 0 ] || fail "$side answered nothing at $connections connections."
  answered=$1
  [ "$metric" != - ] || return 0
  record "$metric.failed" "$side" "$5"
  record "$metric.rate" "$side" "$(awk "BEGIN { print $1 / ($2 / 1e6) }")"
  record "$metric.cpu" "$side" "$(awk "BEGIN { print ($after - $before) / $1 * 1e6 }")"
  record "$metric.p50" "$side" "$3"
  record "$metric.p99" "$side" "$4"
}

# warm_up REQUESTS SECONDS: until the JIT compiler has seen so many requests, or the time is over. By time alone a busy
# machine would be measured while it compiles.
warm_up() {
  local left=$1 end=$((SECONDS + $2))
  closed nginx - 64 2
  while [ "$left" -gt 0 ] && [ $SECONDS -lt $end ]; do
    closed lazy - 64 5
    left=$((left - answered))
  done
  [ "$left" -le 0 ] || say "    $left requests short of a full warm-up: the CPU figures are too high"
  closed always - 1 2
}

# load SIDE OPTIONS... : test-broker's load; leaves its JSON in $loaded.
load() {
  local side=$1
  shift
  side "$side"
  loaded=$("$JAVA_HOME/bin/java" -XX:+UseSerialGC -cp 'test-broker/target/test-broker.jar:test-broker/target/lib/*' \
    gptbroker.probe.TestBroker load --base-url "$(base_url "$side")" --token-file "$work/tokens" --json "$@" \
    2>"$work/load.log") || say "    load reports failures: $(reading errors)"
  [ -n "$loaded" ] || fail "load did not run; see target/bench/load.log."
}
# reading NAME [PERCENTILE]: a figure of $loaded.
reading() {
  local text=${loaded#*\"$1\":}
  if [ $# -eq 2 ]; then text=${text#*\"$2\":}; fi
  [[ $text =~ ^(\{[^\}]*\}|[^,\}]*) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}
# question SCRIPT [FIELDS]: a body that lets the scripted model play this.
question() { printf '{%s"messages":[{"role":"user","content":"[[model:%s]] Hello"}]}' "${2:-}" "$1"; }
# The same scripted call on both sides: nginx forwards OpenAI's form, the broker answers in its own.
endpoint() {
  if [ "$1" = nginx ]; then echo /v1/chat/completions; else echo "$2"; fi
}

# paced SIDE RATE SECONDS: open loop, so that a slow moment is not left out of the percentiles.
paced() {
  load "$1" --rate "$2" --connections 64 --endpoint "$(endpoint "$1" gpt-4o)" --warmup 1s --duration "$3s" \
    --body "$(question slow-20)"
  record paced.p50 "$1" "$(reading latency_ms p50)"
  record paced.p99 "$1" "$(reading latency_ms p99)"
  settle_down "$1"
}

# in_flight SIDE CALLS SECONDS: so many calls that each wait 500 ms for the model.
in_flight() {
  load "$1" --closed "$2" --endpoint "$(endpoint "$1" gpt-4o)" --warmup 3s --duration "$3s" \
    --body "$(question slow-500)"
  record flight.rate "$1" "$(reading ok_per_second)"
  record flight.p50 "$1" "$(reading latency_ms p50)"
  record flight.p99 "$1" "$(reading latency_ms p99)"
  record flight.failed "$1" "$(reading failed)"
  record flight.rss "$1" "$(rss "$1")"
  settle_down "$1"
}

# streams SIDE METRIC COUNT CHUNKS MS: so many streams, opened within four seconds, each once and to its end.
streams() {
  local side=$1 metric=$2 count=$3 chunks=$4 ms=$5 before after
  before=$(cpu_seconds $(processes "$side"))
  load "$side" --streams "$count" --rate $((count / 4)) --max-requests "$count" --endpoint "$(endpoint "$side" stream)" \
    --accept text/event-stream --duration 60s --body "$(question "chunks-$chunks-$ms" '"model":"gpt-4o-mini","stream":true,')"
  settle_down "$side"
  after=$(cpu_seconds $(processes "$side"))
  record "$metric.first" "$side" "$(reading first_chunk_ms p50)"
  record "$metric.first99" "$side" "$(reading first_chunk_ms p99)"
  record "$metric.held" "$side" "$(reading ok)"
  record "$metric.cpu" "$side" "$(awk "BEGIN { print ($after - $before) / ($count * $chunks) * 1e6 }")"
  record "$metric.rss" "$side" "$(rss "$side")"
}

# From the start of the process to the first 200 of /readyz, in milliseconds.
start_time() {
  local from=$EPOCHREALTIME
  start_broker "$1"
  local end=$((SECONDS + 60))
  until ready $internal_port; do
    [ $SECONDS -lt $end ] || fail "The broker did not start; see target/bench/serve.log."
    sleep 0.005
  done
  record start.ms broker "$(awk "BEGIN { printf \"%.0f\", ($EPOCHREALTIME - $from) * 1000 }")"
}
