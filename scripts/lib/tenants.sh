# What both_up, both_down, tenant_up and prove_tenants share. Sourced after toolchain.sh.

tenants=(sksndev techsksn)

# `docker compose` where it exists, else `docker-compose`.
compose() {
  if docker compose version >/dev/null 2>&1; then docker compose "$@"
  elif have docker-compose; then docker-compose "$@"
  else fail "Docker Compose is needed; install docker-compose-plugin (or docker-compose) and try again."
  fi
}

need_docker() {
  have docker || fail "Docker is needed; install it (https://docs.docker.com/engine/install/) and try again."
  docker info >/dev/null 2>&1 || fail "Docker does not answer; start it, or let this user talk to it (group docker), and try again."
}

# The public port of a tenant.
port_of() { sed -n "s/.*:\([0-9]*\):8011\"].*/\1/p" compose.yaml | sed -n "$(index_of "$1")p"; }
index_of() {
  local i
  for i in "${!tenants[@]}"; do [ "${tenants[$i]}" != "$1" ] || echo $((i + 1)); done
}

random_word() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# A first env file: the example, with this deployment's stores filled in.
make_env() {
  local name=$1 file=$2
  (umask 077 && sed -e "s|^#TENANT=.*|TENANT=$name|" \
    -e "s|^#REDIS_URL=.*|REDIS_URL=redis://redis-stack:6379|" \
    -e "s|^#DATABASE_URL=.*|DATABASE_URL=postgresql://$name:$(random_word)@postgres:5432/$name|" \
    -e "s|^#ADMIN_KEY=.*|ADMIN_KEY=$(random_word)|" env/example.env >"$file")
}

# The file must be there, and readable by the container's user, without being readable by everybody.
check_env() {
  local file=${ENV_DIR:-.}/.env.$1
  if [ ! -e "$file" ]; then
    make_env "$1" "$file"
    fail "$file did not exist and was made from env/example.env.
Fill in SUPABASE_URL and OPENAI_API_KEY there, then try again."
  fi
  check_owner "$file"
}
check_owner() {
  local file=$1 owner
  [ -f "$file" ] || fail "$file is not a file; remove it and try again."
  owner=$(stat -c %u "$file" 2>/dev/null || stat -f %u "$file")
  if [ "$owner" != 0 ]; then
    export APP_UID=${APP_UID:-$owner}
  elif [ "$(id -u)" = 0 ]; then
    chgrp 10001 "$file"
    chmod u=rw,g=r,o= "$file"
  fi
}

# Waits until a tenant's broker is healthy.
await_broker() {
  await_container "$1-gpt-broker" "${2:-120}"
  say "$1 answers on port $(port_of "$1")"
}

# await_container NAME SECONDS: until it is healthy; shows its log when it is not.
await_container() {
  local name=$1 end=$((SECONDS + $2)) health
  while :; do
    health=$(docker inspect -f '{{.State.Health.Status}}' "$name" 2>/dev/null || echo absent)
    [ "$health" != healthy ] || break
    if [ $SECONDS -ge $end ]; then
      docker logs --tail 30 "$name" >&2 2>&1 || true
      fail "$name is $health; its last lines are above. \`docker logs $name\` has the rest."
    fi
    sleep 1
  done
}

# Builds and starts the tenants that are named.
tenants_up() {
  local name profiles=()
  need_docker
  for name in "$@"; do
    check_env "$name"
    profiles+=(--profile "$name")
  done
  compose "${profiles[@]}" up --build -d
  for name in "$@"; do await_broker "$name"; done
}
