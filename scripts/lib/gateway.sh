# What gateway_up and gateway_down share: a gateway with two inference processes. Sourced after toolchain.sh and
# tenants.sh.

gateway_file=${ENV_DIR:-.}/.env.gateway
inference_file=${ENV_DIR:-.}/.env.inference

# First env files: the gateway's without a provider's key, the inference processes' with little else; one token in both.
make_gateway_envs() {
  local token routing
  token=$(random_word)
  routing='{"gpt-4o-mini":"http://gpt-4-mini:8000","gpt-4o":"http://gpt-4o:8000"}'
  make_env gateway "$gateway_file"
  sed -i.old -e "s|^REDIS_URL=.*|REDIS_URL=redis://:$(random_word)@redis:6379|" \
    -e "s|^OPENAI_API_KEY=.*|#OPENAI_API_KEY=|" \
    -e "s|^#ACCOUNTS=.*|ACCOUNTS=on|" \
    -e "s|^#INFERENCE_ROUTING=.*|INFERENCE_ROUTING=$routing|" \
    -e "s|^#INFERENCE_TOKEN=.*|INFERENCE_TOKEN=$token|" "$gateway_file"
  rm -f "$gateway_file.old"
  (umask 077 && printf '%s\n' '# Of the processes that hold the provider'"'"'s key; env/example.env has every variable.' \
    'OPENAI_API_KEY=' '#OPENAI_API_URL=https://api.openai.com' "INFERENCE_TOKEN=$token" >"$inference_file")
}

check_gateway_envs() {
  if [ ! -e "$gateway_file" ] && [ ! -e "$inference_file" ]; then
    make_gateway_envs
    fail "$gateway_file and $inference_file did not exist and were made.
Fill in SUPABASE_URL in the first and OPENAI_API_KEY in the second, then try again."
  fi
  check_owner "$gateway_file"
  check_owner "$inference_file"
}

# Compose reads it; the gateway has it in its REDIS_URL.
gateway_redis_password() { sed -n 's|^REDIS_URL=redis://[^:@]*:\([^@]*\)@.*|\1|p' "$gateway_file" | tail -n 1; }
