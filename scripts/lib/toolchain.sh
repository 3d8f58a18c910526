# Finds the tools that the scripts need, and obtains missing ones through the system's package manager.
# Sourced by the scripts; needs bash and nothing else. Works as root and as an ordinary user, with or without HOME.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root; sudo asks for its password on a terminal only.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then sudo "$@"
  else return 1
  fi
}

# The package manager that serves here, or nothing.
manager() {
  local name
  for name in apt-get dnf apk brew; do
    if have "$name"; then echo "$name"; return; fi
  done
}

apt_updated=
apt_install() {
  if [ -z "$apt_updated" ]; then
    say "    apt-get update"
    as_root apt-get update -qq >/dev/null 2>&1 || true
    apt_updated=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1
}

# obtain WHAT apt:NAME dnf:NAME ... : tries the names of this system's manager in turn.
obtain() {
  local what=$1 manager candidate
  shift
  manager=$(manager)
  for candidate in "$@"; do
    [ "${candidate%%:*}" = "${manager%-get}" ] || continue
    say "  $what is missing: installing ${candidate#*:} with $manager"
    case $manager in
      apt-get) apt_install "${candidate#*:}" && return ;;
      dnf) as_root dnf install -y -q "${candidate#*:}" >/dev/null 2>&1 && return ;;
      apk) as_root apk add --quiet "${candidate#*:}" >/dev/null 2>&1 && return ;;
      brew) brew install --quiet "${candidate#*:}" >/dev/null 2>&1 && return ;;
    esac
  done
  return 1
}

# The major version of the JDK in a folder; 0 when there is none.
jdk_version() {
  local version
  version=$("$1/bin/javac" -version 2>&1) || { echo 0; return; }
  version=${version#javac }
  version=${version%%[.-]*}
  case $version in *[!0-9]* | '') echo 0 ;; *) echo "$version" ;; esac
}

# Every folder where a JDK usually is, best first.
jdk_folders() {
  local javac
  [ -z "${JAVA_HOME:-}" ] || echo "$JAVA_HOME"
  if javac=$(command -v javac); then
    # macOS has a javac that only asks to install one; readlink -f is not everywhere.
    javac=$(readlink -f "$javac" 2>/dev/null || echo "$javac")
    dirname "$(dirname "$javac")"
  fi
  [ ! -x /usr/libexec/java_home ] || /usr/libexec/java_home -v 25 2>/dev/null || true
  ls -d /usr/lib/jvm/*25* /usr/lib/jvm/* /usr/java/* /opt/*jdk* /opt/java/* /opt/*java*/* \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* \
    /opt/homebrew/opt/openjdk@25 /opt/homebrew/opt/openjdk /usr/local/opt/openjdk@25 \
    /Library/Java/JavaVirtualMachines/*/Contents/Home 2>/dev/null || true
}

# Sets JAVA_HOME to a JDK 25, or fails. A newer one compiles too, but 25 is what is tested.
find_jdk() {
  local folder newer='' version
  while read -r folder; do
    [ -x "$folder/bin/javac" ] || continue
    version=$(jdk_version "$folder")
    if [ "$version" = 25 ]; then export JAVA_HOME=$folder; return; fi
    if [ "$version" -gt 25 ] && [ -z "$newer" ]; then newer=$folder; fi
  done < <(jdk_folders)
  [ -n "$newer" ] || return 1
  export JAVA_HOME=$newer
}

need_jdk() {
  find_jdk && return
  obtain "JDK 25" apt:openjdk-25-jdk-headless apt:temurin-25-jdk dnf:java-25-openjdk-devel dnf:temurin-25-jdk \
    apk:openjdk25 brew:openjdk@25 || true
  find_jdk || fail "A JDK 25 is needed and was not found, nor could the system's package manager bring one.
Install one (for example Eclipse Temurin 25, https://adoptium.net), set JAVA_HOME to its folder, and try again."
}

need_maven() {
  have mvn || obtain Maven apt:maven dnf:maven apk:maven brew:maven || true
  have mvn || fail "Maven is needed and was not found, nor could the system's package manager bring it.
Install it (https://maven.apache.org/install.html), put its bin folder on the PATH, and try again."
  # Without a home that can be written to, Maven's repository goes beside the sources.
  local home=${HOME:-}
  maven_options=(-B)
  if [ -z "$home" ] && have getent; then home=$(getent passwd "$(id -u)" | cut -d: -f6); fi
  if [ -z "$home" ] || ! mkdir -p "$home/.m2" 2>/dev/null || [ ! -w "$home/.m2" ]; then
    maven_options+=("-Dmaven.repo.local=$root/target/m2")
  fi
}

# want COMMAND WHY apt:NAME ... : a tool that only some tests need.
want() {
  local command=$1 why=$2
  shift 2
  have "$command" || obtain "$command" "$@" || say "  $command is missing and could not be installed: $why"
}

# Maven's output as a few lines: what is going on, every error, every test summary. All of it goes to a log.
maven() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  mvn "${maven_options[@]}" "$@" 2>&1 | tee "$log" | awk '
    /^Downloaded from/ { if (++files % 50 == 0) { print "    " files " files downloaded" } next }
    /^Downloading from|^WARNING/ { next }
    /Tests run:.*-- in/ { sub(/^\[[A-Z]+\] */, ""); print "    " $0; next }
    /Tests run:/ { print; next }
    /^\[ERROR\]/ && ++errors <= 60 { print; next }
    /^\[INFO\] BUILD/ { print "    " $3 }
    { next }
    END { fflush() }' >&2
}
