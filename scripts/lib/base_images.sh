# The base images of Dockerfile and compose.yaml where no image registry can be reached: made of Debian packages and
# of this machine's JDK and Maven, under the names that those files use. For proving the deployment, never for
# production. Sourced after toolchain.sh; needs root, debootstrap and a running engine.

debian=bookworm

# base_images: makes what is absent.
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
  say "  $1: no registry, making a stand-in from Debian packages"
  "$2" "$1" || fail "The stand-in for $1 could not be made."
}

# The address of the Debian archive that this machine itself uses.
archive_url() {
  grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' '
}

# debian_root FOLDER PACKAGE...: a minimal Debian with these packages.
debian_root() {
  local folder=$1 include
  shift
  include=$(IFS=,; echo "ca-certificates $*" | tr ' ' ',')
  have debootstrap || obtain debootstrap apt:debootstrap || fail "debootstrap is needed to make base images."
  debootstrap --variant=minbase --include="${include%,}" "$debian" "$folder" "$(archive_url)" >"$folder.log" 2>&1 ||
    { tail -n 5 "$folder.log" >&2; return 1; }
  rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/usr/share/doc/* "$folder"/usr/share/locale/*
}

# import FOLDER IMAGE CHANGE...: makes the folder an image and removes it.
import() {
  local folder=$1 image=$2 change changes=()
  shift 2
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$folder" -c . | docker import "${changes[@]}" - "$image" >/dev/null
  rm -rf "$folder" "$folder.log"
}

jre_image() {
  local work
  work=$(mktemp -d)/root
  debian_root "$work"
  mkdir -p "$work/opt/java"
  cp -rL "$JAVA_HOME" "$work/opt/java/openjdk"
  import "$work" "$1" 'ENV JAVA_HOME=/opt/java/openjdk' \
    'ENV PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}

# The JDK's image with Maven and what Maven has already downloaded here, so that the build needs no network.
maven_image() {
  local context home
  context=$(mktemp -d)
  home=$(mvn -version 2>/dev/null | sed -n 's/.*Maven home: //p' | sed 's/\x1b\[[0-9;]*m//g')
  cp -rL "$home" "$context/maven"
  cp -r "$(mvn "${maven_options[@]}" -q help:evaluate -Dexpression=settings.localRepository -DforceStdout 2>/dev/null |
    tail -n 1 | grep . || echo "${HOME:-/root}/.m2/repository")" "$context/repository"
  printf '%s\n' 'FROM eclipse-temurin:25-jre' 'COPY maven /usr/share/maven' 'COPY repository /root/.m2/repository' \
    'RUN ln -s /usr/share/maven/bin/mvn /usr/bin/mvn' >"$context/Dockerfile"
  docker build -q -t "$1" "$context" >/dev/null
  rm -rf "$context"
}

# store_image IMAGE PACKAGES ENTRY_POINT CHANGE...: a store with an entry point that behaves as the official one's.
store_image() {
  local image=$1 packages=$2 entry=$3 work
  shift 3
  work=$(mktemp -d)/root
  # shellcheck disable=SC2086
  debian_root "$work" $packages
  install -m 755 "$root/scripts/lib/images/$entry" "$work/usr/local/bin/docker-entrypoint.sh"
  prepare_"${entry%-*}" "$work"
  import "$work" "$image" 'ENTRYPOINT ["docker-entrypoint.sh"]' "$@"
}

prepare_redis() { mkdir -p "$1/data" && chroot "$1" chown redis:redis /data; }
prepare_postgres() {
  rm -rf "$1/var/lib/postgresql" && mkdir -p "$1/var/lib/postgresql" "$1/var/run/postgresql"
  chroot "$1" chown postgres:postgres /var/lib/postgresql /run/postgresql
  chmod 3775 "$1/run/postgresql"
}

redis_image() { store_image "$1" redis-server redis-entrypoint 'WORKDIR /data' 'VOLUME /data' 'CMD ["redis-server"]'; }
postgres_image() {
  store_image "$1" postgresql postgres-entrypoint 'VOLUME /var/lib/postgresql' \
    'ENV PGDATA=/var/lib/postgresql/18/docker' \
    'ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'CMD ["postgres"]'
}
nginx_image() {
  local work
  work=$(mktemp -d)/root
  debian_root "$work" nginx-light
  import "$work" "$1" 'CMD ["nginx","-g","daemon off;"]'
}
