# shellcheck shell=bash
# What a script needs of the machine, and how it comes to it.
#
#   need ninja-build command ninja "runs the build"      # package, kind of thing, thing, reason
#   need libabsl-dev header absl/status/statusor.h "..."
#   install_missing
#
# install_missing does nothing when everything is there. Otherwise it says what is missing and why, and
# installs it with apt when it may (as root or through sudo); when it may not, it says what to install and
# ends the script with 1. Things are looked for, not packages, because some come by other ways than apt.

missing_packages=()

is_there() {
  local kind=$1 thing=$2
  case $kind in
    command) PATH=$PATH:/usr/sbin:/sbin command -v "$thing" >/dev/null ;;
    header) compgen -G "/usr/include/$thing" >/dev/null ||
      compgen -G "/usr/include/*-linux-gnu/$thing" >/dev/null ||
      compgen -G "/usr/local/include/$thing" >/dev/null ;;
  esac
}

need() {
  local package=$1 kind=$2 thing=$3 reason=$4
  is_there "$kind" "$thing" && return
  ((${#missing_packages[@]})) || echo "Missing on this machine:"
  printf '  %-20s %s\n' "$package" "$reason"
  missing_packages+=("$package")
}

need_build_tools() {
  need g++ command g++ "compiles Parley"
  need cmake command cmake "configures the build"
  need ninja-build command ninja "runs the build"
  need ccache command ccache "keeps what was compiled, for other clones too"
  need pkg-config command pkg-config "finds libraries"
  need libabsl-dev header absl/status/statusor.h "Abseil: flags, status, strings"
  need libtelnet-dev header libtelnet.h "reads what telnet clients send"
  need libutf8proc-dev header utf8proc.h "compares names across scripts"
  need liburing-dev header liburing.h "the io_uring engine"
  need libsystemd-dev header systemd/sd-daemon.h "tells systemd when the server is ready"
}

# For the suite of benchmarks, which is configured with all tests and so needs theirs.
need_bench_tools() {
  need libgtest-dev header gtest/gtest.h "the tests"
  need libgmock-dev header gmock/gmock.h "the tests"
  need libbenchmark-dev header benchmark/benchmark.h "the micro-benchmarks"
  need python3 command python3 "drives terminal programs, runs the bench suite, makes reports"
  need iproute2 command ip "gives the bench suite, and tests, a network of their own"
  need gnuplot-nox command gnuplot "draws the pictures of the bench report"
  need inetutils-telnet command inetutils-telnet "a client that the tests drive"
  need netcat-openbsd command nc.openbsd "a client that the tests drive"
}

need_test_tools() {
  need_bench_tools
  need libglib2.0-dev header glib-2.0/glib.h "a main loop that the tests run the library in"
  need valgrind command valgrind "counts instructions"
  need clang-tidy command clang-tidy "looks for faults in the sources"
  need clang-format command clang-format "says whether the sources are formatted"
  need clang command clang++ "reads the library's headers as a second compiler"
  need shellcheck command shellcheck "looks for faults in the scripts"
  need systemd command systemd-analyze "checks the service's unit"
  need npm command npm "fetches the compiler for other systems"
}

# Debian starts a service of its own for some of these. The suite does not use it: it starts each by itself, on
# another port and with settings of its own.
need_peers() {
  need redis-server command redis-server "a peer: publish and subscribe"
  need nats-server command nats-server "a peer: publish and subscribe"
  need inspircd command inspircd "a peer: IRC"
  need ngircd command ngircd "a peer: IRC"
  need mosquitto command mosquitto "a peer: MQTT"
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

install_missing() {
  ((${#missing_packages[@]})) || return 0
  local packages=("${missing_packages[@]}")
  missing_packages=()
  if ! command -v apt-get >/dev/null || { ((EUID != 0)) && ! command -v sudo >/dev/null; }; then
    echo "This needs root and apt, or sudo and apt. Please install: ${packages[*]}" >&2
    exit 1
  fi
  echo "Installing with apt: ${packages[*]}"
  local log
  log=$(mktemp)
  if ! { as_root apt-get update -q &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      "${packages[@]}"; } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt could not install what is missing (all it said: $log)." \
      "Please install: ${packages[*]}" >&2
    exit 1
  fi
  rm -f "$log"
}
