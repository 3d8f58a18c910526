# What prove_tenants and prove_gateway share: an engine, stand-ins, checks that are counted. Sourced after tenants.sh; the
# profiles of a proof are in $everything.

work=$(mktemp -d)
started=()
passed=0
failures=()

clean_up() {
  local pid
  compose "${everything[@]}" down -v --remove-orphans >"$work/down.log" 2>&1 || true
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}

# check SENTENCE COMMAND...: the command must succeed.
check() {
  local sentence=$1
  shift
  if "$@" >"$work/check.log" 2>&1; then
    passed=$((passed + 1))
    say "  ok    $sentence"
  else
    failures+=("$sentence")
    say "  FAIL  $sentence"
    sed 's/^/          /' "$work/check.log" | tail -n 15 >&2
  fi
}
not() { ! "$@"; }
equals() { echo "expected $1, was $2"; [ "$1" = "$2" ]; }

need_engine() {
  have docker && have dockerd || obtain Docker apt:docker.io dnf:docker apk:docker || true
  docker info >/dev/null 2>&1 && return
  [ "$(id -u)" = 0 ] || fail "No Docker engine runs here; start one, or run this as root."
  say "  starting a Docker engine"
  dockerd >"$work/dockerd.log" 2>&1 &
  started+=($!)
  local end=$((SECONDS + 60))
  until docker info >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { tail -n 5 "$work/dockerd.log" >&2; fail "The Docker engine did not start."; }
    sleep 1
  done
}

# stand_ins NAME ISSUER_PORT MODEL_PORT: those of a `broker dev`, whose own broker and stores idle meanwhile. They
# listen on loopback; a relay brings them to where containers see them.
stand_ins() {
  local name=$1 port
  shift
  mkdir -p "$work/$name"
  (cd "$work/$name" && PORT=0 INTERNAL_PORT=0 DEV_SUPABASE_PORT=$1 DEV_MODEL_PORT=$2 DATA_DIR=$work/$name \
    exec "$JAVA_HOME/bin/java" -cp "$root/target/broker.jar:$root/target/lib/*:$root/target/lib-embedded/*" \
    gptbroker.Broker dev >"$work/$name/log" 2>&1) &
  started+=($!)
  for port in "$@"; do
    socat "TCP-LISTEN:$port,bind=$gateway,fork,reuseaddr" "TCP:127.0.0.1:$port" 2>/dev/null &
    started+=($!)
  done
  local end=$((SECONDS + 120))
  until [ -s "$work/$name/dev.env" ]; do
    [ $SECONDS -lt $end ] || { tail -n 15 "$work/$name/log" >&2; fail "The stand-ins of $name did not start."; }
    sleep 0.2
  done
}

# value NAME FILE
value() { sed -n "s/^$1=//p" "$2" | tail -n 1; }

# token NAME: signs the test user of NAME/test.env in.
token() {
  local file=$work/$1/test.env
  curl -fsS "$(value SUPABASE_URL "$file")/auth/v1/token?grant_type=password" -H "apikey: $(value SUPABASE_ANON_KEY "$file")" \
    -H 'Content-Type: application/json' \
    -d "{\"email\":\"$(value SUPABASE_EMAIL "$file")\",\"password\":\"$(value SUPABASE_PASSWORD "$file")\"}" |
    sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p'
}

# Tools, an engine, base images, and the bridge's address, where containers reach this machine.
prepare() {
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  say "Looking for tools"
  need_jdk
  need_maven
  have curl || obtain curl apt:curl dnf:curl apk:curl || fail "curl is needed."
  have socat || obtain socat apt:socat dnf:socat apk:socat || fail "socat is needed."
  need_engine
  base_images
  gateway=$(docker network inspect bridge -f '{{(index .IPAM.Config 0).Gateway}}')
  [ -n "$gateway" ] || gateway=172.17.0.1
}

# Broker and test-broker here, for stand-ins and checks, and the image.
build_image() {
  say "Building broker and test-broker"
  maven target/build.log -DskipTests -Dspotless.check.skip package || fail "The build failed; see target/build.log."
  if [ -f test-broker/pom.xml ]; then
    maven test-broker/target/build.log -f test-broker/pom.xml -DskipTests package || fail "The build of test-broker failed."
  fi
  say "Building the image"
  compose "${everything[@]}" build >"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log" >&2; fail "The image failed."; }
  grep -E 'No AOT cache|broker.aot' "$work/build.log" >&2 || true
}

verdict() {
  say ""
  say "$passed checks passed, ${#failures[@]} failed"
  [ ${#failures[@]} = 0 ] || { printf '  %s\n' "${failures[@]}" >&2; exit 1; }
}
