# What scripts/bench measures and what it needs around it, all on loopback: a mock model and a gateway (nginx), the
# stores, issuer and scripted model of `broker dev`, and the broker as in the container. Sourced by scripts/bench.

pids=()
work=$root/target/bench
image=$work/image            # the container's layout, so that its options and its AOT training serve here
mock_port=18290 gateway_port=18291 broker_port=18280 internal_port=18281
dev_port=18282 dev_internal_port=18283 issuer_port=18284 model_port=18285

# Ends what this script started, newest first, and waits for it.
stop_pid() { kill -TERM "$1" 2>/dev/null || true; wait "$1" 2>/dev/null || true; }
stop_all() {
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do stop_pid "${pids[i]}"; done
  pids=()
}

# await SECONDS PID COMMAND... : until the command succeeds; fails when the process ends or the time does.
await() {
  local end=$((SECONDS + $1)) pid=$2
  shift 2
  until "$@" 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# Exactly the container's health check.
ready() { INTERNAL_PORT=$1 deploy/docker/healthcheck 2>/dev/null; }

# build POM STAMP : what has changed since the stamp; scripts/run keeps the same one.
build() {
  local pom=$1 stamp=$2 folder
  folder=$(dirname "$pom")
  [ ! -f "$stamp" ] || [ ! -d "$folder/target/lib" ] ||
    [ -n "$(find "$folder/src/main" "$pom" -newer "$stamp" -print -quit)" ] || return 0
  maven "$folder/target/build.log" -f "$pom" -DskipTests -Dspotless.check.skip package ||
    fail "The build failed; all of its output is in $folder/target/build.log."
  touch "$stamp"
}
build_all() {
  build ./pom.xml target/run.stamp
  build test-broker/pom.xml test-broker/target/run.stamp
}

# The container's folder and AOT cache, made by the Dockerfile's own training; kept until the broker is built anew.
make_image() {
  [ ! -f "$image/broker.aot" ] || [ target/broker.jar -nt "$image/broker.aot" ] || return 0
  rm -rf "$image"
  mkdir -p "$image" "$work/trained"
  cp -Rp target/broker.jar target/lib target/lib-embedded deploy/docker/java.options deploy/docker/healthcheck "$image/"
  "$JAVA_HOME/bin/javac" -d "$image/training" deploy/docker/Train.java
  (cd "$image" && printf '%s\n' "-cp $(printf '%s:' broker.jar lib/*.jar)" >> java.options)
  say "Training the AOT cache as the Dockerfile does"
  (cd "$image" && TRAIN_PORT=$broker_port DEV_SUPABASE_PORT=$issuer_port DEV_MODEL_PORT=$model_port \
    PATH=$JAVA_HOME/bin:$PATH bash "$root/deploy/docker/train" "$work/trained" >"$work/train.log" 2>&1)
  [ -s "$work/trained/broker.aot" ] || fail "The AOT training failed; see target/bench/train.log."
  mv "$work/trained/broker.aot" "$image/broker.aot"
}

# nginx NAME: starts one; its configuration comes from standard input.
start_nginx() {
  local name=$1 folder=$work/nginx-$1
  mkdir -p "$folder"
  { cat <<CONF
daemon off;
user $(id -un);
pid $folder/pid;
error_log $folder/error.log crit;
worker_processes auto;
worker_rlimit_nofile 20000;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
CONF
    cat
    echo '}'
  } >"$folder/nginx.conf"
  nginx -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" 2>"$folder/start.log" &
  started=$!
  pids+=("$started")
}

# A chat completion of 1.3 KB, at once.
start_mock() {
  local words
  words=$(printf 'Lorem ipsum dolor sit amet %.0s' {1..36})
  start_nginx mock <<CONF
  server {
    listen 127.0.0.1:$mock_port;
    default_type application/json;
    location / {
      return 200 '{"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"$words"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":160,"completion_tokens":216,"total_tokens":376},"system_fingerprint":"fp_bench"}';
    }
  }
CONF
  await 10 "$started" listens $mock_port || fail "The mock model did not start; see target/bench/nginx-mock."
}

# The baseline: what a gateway costs that does nothing but forward.
start_gateway() {
  start_nginx gateway <<CONF
  upstream mock { server 127.0.0.1:$mock_port; keepalive 1024; keepalive_requests 1000000000; }
  upstream model { server 127.0.0.1:$model_port; keepalive 4096; }
  server {
    listen 127.0.0.1:$gateway_port;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / { proxy_pass http://mock; }
    location /v1/ { proxy_pass http://model; proxy_buffering off; }
  }
CONF
  gateway=$started
  await 10 "$gateway" listens $gateway_port || fail "The gateway did not start; see target/bench/nginx-gateway."
}

start_stores() {
  rm -rf "$work/data"
  env -u REDIS_URL -u DATABASE_URL -u SUPABASE_URL -u OPENAI_API_KEY \
    PORT=$dev_port INTERNAL_PORT=$dev_internal_port DEV_SUPABASE_PORT=$issuer_port DEV_MODEL_PORT=$model_port \
    DATA_DIR="$work/data" DRAIN_DELAY=0s "$JAVA_HOME/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
    -cp 'target/broker.jar:target/lib/*:target/lib-embedded/*' gptbroker.Broker dev >"$work/dev.log" 2>&1 &
  dev=$!
  pids+=("$dev")
  await 120 "$dev" test -s "$work/data/dev.env" || fail "The stores did not start; see target/bench/dev.log."
  set -a
  . "$work/data/dev.env"
  set +a
  [[ $REDIS_URL =~ ^redis://[^:]*:([^@]*)@127.0.0.1:([0-9]+) ]] || fail "REDIS_URL is not as expected."
  redis_password=${BASH_REMATCH[1]} redis_port=${BASH_REMATCH[2]}
}

# redis COMMAND... : one inline command; prints its one-line reply.
redis() {
  local reply
  exec 4<>"/dev/tcp/127.0.0.1/$redis_port"
  printf 'AUTH %s\r\n%s\r\n' "$redis_password" "$*" >&4
  read -r -t 5 reply <&4
  read -r -t 5 reply <&4
  exec 4>&-
  printf '%s\n' "${reply%$'\r'}"
}

# start_broker MODEL: the production process, everything on, no limit in the way of the load.
start_broker() {
  (cd "$image" && exec env PORT=$broker_port INTERNAL_PORT=$internal_port BASE_URL=http://127.0.0.1:$broker_port \
    TENANT=bench DATA_DIR="$work/serve" DRAIN_DELAY=0s OPENAI_API_URL="$1" OPENAI_API_KEY=bench MALLOC_ARENA_MAX=2 \
    DAILY_LIMIT=1000000000 RATE_LIMIT=0 ADDRESS_RATE_LIMIT=0 USER_CONCURRENCY=0 \
    UPSTREAM_MAX_CALLS=8000 MAX_CONCURRENT_REQUESTS=8000 \
    "$JAVA_HOME/bin/java" ${BENCH_JAVA_OPTIONS:-} -XX:AOTCache=broker.aot @java.options gptbroker.Broker serve \
    >"$work/serve.log" 2>&1) &
  broker=$!
  pids+=("$broker")
}
stop_broker() {
  stop_pid "$broker"
  local kept=() pid
  for pid in "${pids[@]}"; do [ "$pid" = "$broker" ] || kept+=("$pid"); done
  pids=("${kept[@]}")
}
await_broker() { await 60 "$broker" ready $internal_port || fail "The broker did not start; see target/bench/serve.log."; }

# Tokens of so many users, one a line.
mint_tokens() {
  local i
  for ((i = 1; i <= $1; i++)); do
    curl -fsS -X POST -H 'Content-Type: application/json' "$SUPABASE_URL/dev/token" \
      -d "{\"kind\":\"user\",\"sub\":\"$(printf '00000000-0000-4000-8000-%012d' "$i")\"}" |
      sed 's/.*"token" *: *"\([^"]*\)".*/\1/'
    echo
  done | grep . >"$work/tokens"
}
