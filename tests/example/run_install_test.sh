#!/usr/bin/env bash
# The library as a stranger uses it (L14): installed from a build tree into an empty prefix, which is then moved; found by
# find_package(Parley) and by pkg-config; linked into a program and into a shared library of the stranger's own; and as a
# folder in a project. The examples are run and talked to over sockets.
#
#   run_install_test.sh CMAKE BUILD_TREE SOURCE_TREE WORK_DIRECTORY COMPILER FLAGS [CMAKE_ARGUMENT...]
set -euo pipefail
cmake=$1 build=$2 source=$3 work=$4 compiler=$5 flags=$6
shift 6
example=$source/tests/example

fail() {
  echo "$*"
  exit 1
}

rm -rf "$work"
"$cmake" --install "$build/reactor" --prefix "$work/first" > /dev/null
mv "$work/first" "$work/prefix"
lib=$(dirname "$(find "$work/prefix" -name 'libparley.*' -print -quit)")
if grep -rEn "$work|$build|$source|[\"; ]/usr/lib" "$lib/cmake" "$lib/pkgconfig"; then
  fail "what is exported names a place of this machine"
fi

"$cmake" -S "$example" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" "-DCMAKE_CXX_COMPILER=$compiler" \
  "-DCMAKE_CXX_FLAGS=$flags" "$@" > /dev/null
"$cmake" --build "$work/build"

# Without CMake, and inside of a library of somebody else, which is loaded at run time.
export PKG_CONFIG_PATH=$lib/pkgconfig
read -ra found < <(pkg-config --cflags --libs parley)
read -ra flags <<< "$flags"
[[ $(pkg-config --modversion parley) =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "pkg-config knows no version"
"$compiler" -std=c++20 "${flags[@]}" -fPIC -shared -Wl,-z,defs -o "$work/libstranger.so" "$example/stranger.cc" "${found[@]}"
"$compiler" -std=c++20 "${flags[@]}" -o "$work/loads" "$example/loads.cc" -ldl
LD_LIBRARY_PATH=$lib "$work/loads" "$work/libstranger.so"

# As a folder of another project there is the library, and nothing of ours beside it.
mkdir "$work/outer"
cat > "$work/outer/CMakeLists.txt" << EOF
cmake_minimum_required(VERSION 3.25)
project(Outer LANGUAGES CXX)
add_subdirectory("$source" parley)
if(NOT TARGET Parley::reactor)
  message(FATAL_ERROR "there is no Parley::reactor")
endif()
foreach(target parleyd parley_chat parley-bench contract_test)
  if(TARGET \${target})
    message(FATAL_ERROR "there is a target \${target} too")
  endif()
endforeach()
get_target_property(type reactor TYPE)
message(STATUS "the library is \${type}")
EOF
for shared in OFF ON; do
  "$cmake" -S "$work/outer" -B "$work/outer/$shared" -DBUILD_SHARED_LIBS=$shared "-DCMAKE_CXX_COMPILER=$compiler" "$@" \
    > "$work/outer.log"
  kind=STATIC_LIBRARY
  [[ $shared == OFF ]] || kind=SHARED_LIBRARY
  grep -q "the library is $kind" "$work/outer.log" || fail "BUILD_SHARED_LIBS=$shared does not make a $kind"
done

servers=()
trap 'kill "${servers[@]}" 2> /dev/null || true' EXIT

# The port is the server's choice; its first line says which.
exec {log}< <(exec "$work/build/chat_in_30_lines" 127.0.0.1:0 2>&1)
servers+=($!)
IFS= read -rt 10 -u "$log" line || fail "the server says nothing"
[[ $line =~ ' listening 127.0.0.1:'([0-9]+)'>' ]] || fail "the server says: $line"
port=${BASH_REMATCH[1]}

# expect DESCRIPTOR LINE: the next line from there.
expect() {
  local line
  IFS= read -rt 10 -u "$1" line || fail "no line where \"$2\" was expected"
  [[ $line == "$2" ]] || fail "got \"$line\" where \"$2\" was expected"
}

# expect_end DESCRIPTOR: nothing more, and the end; read tells that by 1, and that its time is up by more than 128.
expect_end() {
  local line code=0
  IFS= read -rt 10 -u "$1" line || code=$?
  ((code == 1)) || fail "got \"$line\" where the end was expected (read: $code)"
}

exec {ada}<> "/dev/tcp/127.0.0.1/$port"
expect "$ada" 'What is your name?'
printf 'Ada\r\n' >&"$ada"
expect "$ada" 'Ada comes in'
exec {bob}<> "/dev/tcp/127.0.0.1/$port"
expect "$bob" 'What is your name?'
printf 'Bob\nhello' >&"$bob"
expect "$ada" 'Bob comes in'
expect "$bob" 'Bob comes in'
printf ' Ada\nleave\nnever said\n' >&"$bob"
expect "$ada" 'Bob: hello Ada'
expect "$bob" 'Bob: hello Ada'
expect "$ada" 'Bob leaves'
expect "$bob" 'Bob leaves'
expect_end "$bob"
printf 'alone\n' >&"$ada"
expect "$ada" 'Ada: alone'

exec {log}< <(exec "$work/build/pub_sub" 127.0.0.1:0 2>&1)
servers+=($!)
expect_port() {
  IFS= read -rt 10 -u "$log" line || fail "the server says nothing"
  [[ $line =~ ^'listening on 127.0.0.1:'([0-9]+)$ ]] || fail "the server says: $line"
  port=${BASH_REMATCH[1]}
}
expect_port
exec {reader}<> "/dev/tcp/127.0.0.1/$port"
printf 'sub tea\r\nwhat\r\n' >&"$reader"
expect "$reader" 'say: sub TOPIC, or pub TOPIC TEXT'
exec {writer}<> "/dev/tcp/127.0.0.1/$port"
printf 'pub milk no\npub tea green\n' >&"$writer"
expect "$reader" 'tea green'

# Inside GLib's main loop, whose own timer goes on meanwhile.
if [[ ! -x $work/build/glib_loop ]]; then
  echo "skipped: the library inside GLib's main loop, as there is no GLib here (libglib2.0-dev)"
  exit 77
fi
exec {log}< <(exec "$work/build/glib_loop" 127.0.0.1:0 2>&1)
servers+=($!)
expect_port
exec {asker}<> "/dev/tcp/127.0.0.1/$port"
for ((ticks = 0, asked = 0; ticks < 3; ++asked)); do
  ((asked < 500)) || fail "after $asked questions the program's own timer had fired $ticks times"
  printf 'ticks\n' >&"$asker"
  IFS= read -rt 10 -u "$asker" ticks || fail "the server inside GLib's loop says nothing"
  sleep 0.01
done
printf 'quit\n' >&"$asker"
expect_end "$asker"
wait "${servers[-1]}" || fail "the program inside GLib's loop ended with $?"
unset 'servers[-1]'
echo 'installed, built and talked to'
