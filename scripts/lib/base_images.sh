# The base images of Dockerfile and compose.yaml where no image registry can be reached: one Debian with the stores'
# packages and this machine's JDK, under each of the names that those files use. For proving the deployment, never for
# production. Sourced after toolchain.sh; needs root and a running engine.

stand_in=gpt-broker-stand-in

# base_images: pulls what is absent, else makes it.
base_images() {
  ensure_image eclipse-temurin:25-jre jre_image
  ensure_image maven:3.9-eclipse-temurin-25 maven_image
  ensure_image redis:8-alpine redis_image
  ensure_image postgres:18-alpine postgres_image
  ensure_image nginx:stable-alpine nginx_image
}

ensure_image() {
  docker image inspect "$1" >/dev/null 2>&1 && return
  say "  $1: pulling"
  timeout 300 docker pull -q "$1" >/dev/null 2>&1 && return
  docker image inspect "$stand_in" >/dev/null 2>&1 || debian_image
  say "  $1: making a stand-in from Debian packages"
  "$2" | docker build -q -t "$1" - >/dev/null 2>&1 || fail "The stand-in for $1 could not be made."
}

# The address of the Debian archive that this machine itself uses.
archive_url() {
  grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' '
}

# The one Debian, with everything in it.
debian_image() {
  local work folder packages=ca-certificates,redis-server,postgresql,nginx-light
  work=$(mktemp -d)
  folder=$work/root
  have debootstrap || obtain debootstrap apt:debootstrap || fail "debootstrap is needed to make base images."
  say "  no image registry; making a Debian with debootstrap (a minute or two)"
  debootstrap --variant=minbase --include="$packages" bookworm "$folder" "$(archive_url)" >"$work/log" 2>&1 ||
    { tail -n 5 "$work/log" >&2; fail "debootstrap failed."; }
  rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/postgresql/15
  mkdir -p "$folder/opt/java"
  cp -rL "$JAVA_HOME" "$folder/opt/java/openjdk"
  install -m 755 scripts/lib/images/* "$folder/usr/local/bin/"
  tar -C "$folder" -c . | docker import - "$stand_in" >/dev/null
  rm -rf "$work"
}

# What follows prints build contexts: a Dockerfile, and for Maven the files it copies.

context() { tar -C "$1" -c .; }
dockerfile() {
  local folder
  folder=$(mktemp -d)
  printf '%s\n' "FROM $stand_in" "$@" >"$folder/Dockerfile"
  context "$folder"
  rm -rf "$folder"
}

jre_image() { dockerfile 'ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/sbin:/usr/bin:/sbin:/bin'; }
nginx_image() { dockerfile 'CMD ["nginx", "-g", "daemon off;"]'; }
redis_image() {
  dockerfile 'RUN mkdir /data && chown redis:redis /data && mv /usr/local/bin/redis-entrypoint /usr/local/bin/docker-entrypoint.sh' \
    'WORKDIR /data' 'VOLUME /data' 'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["redis-server"]'
}
postgres_image() {
  dockerfile 'RUN mv /usr/local/bin/postgres-entrypoint /usr/local/bin/docker-entrypoint.sh && mkdir -p /run/postgresql && chown postgres:postgres /run/postgresql && chmod 3775 /run/postgresql' \
    'ENV PGDATA=/var/lib/postgresql/18/docker PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    'VOLUME /var/lib/postgresql' 'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]'
}

# With Maven and all that it has downloaded here, so that the build needs no network.
maven_image() {
  local folder home
  folder=$(mktemp -d)
  home=$(mvn -version 2>/dev/null | sed -n 's/.*Maven home: \([^[:cntrl:]]*\).*/\1/p')
  cp -rL "$home" "$folder/maven"
  cp -r "${HOME:-/root}/.m2/repository" "$folder/repository"
  printf '%s\n' 'FROM eclipse-temurin:25-jre' 'COPY maven /usr/share/maven' 'COPY repository /root/.m2/repository' \
    'RUN ln -sf /usr/share/maven/bin/mvn /usr/bin/mvn' >"$folder/Dockerfile"
  context "$folder"
  rm -rf "$folder"
}
