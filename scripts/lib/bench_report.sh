# Turns the readings of scripts/bench into a table. Sourced by scripts/bench.

# all METRIC SIDE: its readings, one a line, in order of size.
all() { awk -v m="$1" -v s="$2" '$1 == m && $2 == s { print $3 }' "$readings" | sort -g; }
median() { all "$1" "$2" | awk '{ v[NR] = $1 } END { if (NR) print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) }'; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; }

# row TEXT METRIC FORMAT RELATION GOAL [BASELINE]: the three sides and how the broker's two stand to nginx (x: ratio, +:
# added); BASELINE is nginx's metric where it is another.
row() {
  local text=$1 metric=$2 format=$3 relation=$4 goal=$5 baseline=${6:-$2} nginx always lazy sign=/ shape='%.2f ×'
  nginx=$(median "$baseline" nginx) always=$(median "$metric" always) lazy=$(median "$metric" lazy)
  [ -n "$always" ] || return 0
  if [ "$relation" = + ]; then sign=- shape='%+.2f'; fi
  relate() { if [ -n "$1" ] && [ "$relation" != . ]; then calc "$shape" "$1 $sign $nginx"; fi; }
  printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$text" "$(calc "$format" "$nginx")" \
    "$(calc "$format" "$always")" "$(relate "$always")" \
    "$([ -z "$lazy" ] || calc "$format" "$lazy")" "$(relate "$lazy")" "$goal"
}

# The smallest and the largest ratio to nginx over the rounds: how far to trust the medians.
spread() {
  paste <(awk -v m="$1" '$1 == m && $2 == "nginx" { print $3 }' "$readings") \
    <(awk -v m="$1" -v s="$2" '$1 == m && $2 == s { print $3 }' "$readings") |
    awk '$1 > 0 && NF == 2 { r = $2 / $1; if (!n++ || r < low) low = r; if (r > high) high = r }
      END { if (n) printf "%.2f to %.2f × over %d rounds", low, high, n }'
}

# Milliseconds of one write of 512 bytes with fsync to the disk that Redis writes to.
fsync_cost() {
  local from=$EPOCHREALTIME i=200
  dd if=/dev/zero of="$work/fsync.probe" bs=512 count=$i oflag=dsync 2>/dev/null
  calc '%.2f' "($EPOCHREALTIME - $from) * 1000 / $i"
  rm -f "$work/fsync.probe"
}

facts() {
  local processor
  processor=$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)
  printf '%s. %s cores of %s, %s GB, Linux %s, JDK %s, %s, embedded Redis and Postgres; ' "$(date -u +%F)" "$(nproc)" \
    "${processor:-unknown}" "$(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)" \
    "$(uname -r | cut -d. -f1,2)" "$("$JAVA_HOME/bin/java" --version | awk 'NR == 1 { print $2 }')" \
    "$(nginx -v 2>&1 | sed 's/.*: //')"
  printf 'a write with fsync takes %s ms there; load average %s at the start.\n' "$(fsync_cost)" "${load_before%% *}"
}

report() {
  facts
  cat <<'TABLE'

| | nginx | broker, `always` | to nginx | broker, no fsync | to nginx | goal |
| --- | --- | --- | --- | --- | --- | --- |
TABLE
  row 'requests a second, 64 connections' c64.rate '%.0f' x '≥ 0.3 ×'
  row 'failed of them' c64.failed '%.0f' . '0'
  row 'CPU ms per 1,000 requests = µs per request, 64 connections' c64.cpu '%.1f' x '≤ 3.0 ×'
  row 'p50 ms, 64 connections, as fast as it goes' c64.p50 '%.2f' + ''
  row 'p99 ms, 64 connections, as fast as it goes' c64.p99 '%.2f' + ''
  row 'p50 ms, 1 connection' c1.p50 '%.2f' + '≤ +1.5, without fsync ≤ +0.3'
  row 'p99 ms, 1 connection' c1.p99 '%.2f' + ''
  row '/v1, 64 connections: requests a second' v1.rate '%.0f' x '' c64.rate
  row '/v1, 64 connections: CPU µs per request' v1.cpu '%.1f' x '' c64.cpu
  row '/v1, 64 connections: p50 ms' v1.p50 '%.2f' + '' c64.p50
  row '/v1 from the cache, 64 connections: requests a second' hit.rate '%.0f' x '' c64.rate
  row '/v1 from the cache, 64 connections: CPU µs per request' hit.cpu '%.1f' x '' c64.cpu
  row '/v1 from the cache, 64 connections: p50 ms' hit.p50 '%.2f' + '' c64.p50
  row '/v1: failed of them' v1.failed '%.0f' . '0' c64.failed
  row '/v1 from the cache: failed of them' hit.failed '%.0f' . '0' c64.failed
  row 'p50 ms, 500 calls/s of 20 ms' paced.p50 '%.2f' + ''
  row 'p99 ms, 500 calls/s of 20 ms' paced.p99 '%.2f' + ''
  row '2,000 in flight of 500 ms: requests a second' flight.rate '%.0f' x '≥ 3,600'
  row '2,000 in flight of 500 ms: p99 ms' flight.p99 '%.0f' + '< 800'
  row '2,000 in flight of 500 ms: failed' flight.failed '%.0f' . '0'
  row '200 streams: p50 ms to first chunk' s200.first '%.2f' + '≤ +1'
  row '200 streams: CPU µs per chunk' s200.cpu '%.0f' x ''
  row '500 streams: CPU µs per chunk' s500.cpu '%.0f' x '≤ 2.0 ×'
  row '500 streams: held to their end' s500.held '%.0f' . '500'
  row '2,000 streams: held to their end' s2000.held '%.0f' . '2,000'
  row '2,000 streams: CPU µs per chunk' s2000.cpu '%.0f' x '≤ 2.0 ×'
  row 'RSS MB with 2,000 streams' s2000.rss '%.0f' . ''
  row 'RSS MB with 2,000 calls in flight' flight.rss '%.0f' . ''
  printf '\n'
  [ -z "$(all start.ms broker)" ] || printf 'Ready %s ms after the start of the process (median; %s to %s), goal < 1,000. ' \
    "$(median start.ms broker)" "$(all start.ms broker | head -n 1)" "$(all start.ms broker | tail -n 1)"
  [ -z "$(all idle.rss broker)" ] || printf 'RSS 5 s later %s MB, goal < 150; ' "$(median idle.rss broker)"
  [ -n "$(all whole.rss broker)" ] || return 0
  printf 'after the rounds with 64 connections %s MB (nginx %s).\n' "$(median whole.rss broker)" "$(median whole.rss nginx)"
  printf '\nSpread: CPU per request %s with `always`, %s without; requests a second %s with, %s without.\n' \
    "$(spread c64.cpu always)" "$(spread c64.cpu lazy)" "$(spread c64.rate always)" "$(spread c64.rate lazy)"
}

# Replaces what stands between the two marks of docs/performance.md.
write_report() {
  local page=docs/performance.md
  awk -v table="$work/report.md" '
    /<!-- bench -->/ { print; while ((getline line < table) > 0) print line; skip = 1; next }
    /<!-- \/bench -->/ { skip = 0 }
    !skip { print }' "$page" >"$work/performance.md"
  cat "$work/performance.md" >"$page"
  say "Written to $page."
}
