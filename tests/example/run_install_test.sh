#!/usr/bin/env bash
# Installs the library from a build tree into an empty prefix, builds the example project against
# that with nothing but find_package(Parley), runs it and talks to it over two sockets.
#
#   run_install_test.sh CMAKE BUILD_TREE EXAMPLE_PROJECT WORK_DIRECTORY [CMAKE_ARGUMENT...]
set -euo pipefail
cmake=$1 build=$2 example=$3 work=$4
shift 4

rm -rf "$work"
"$cmake" --install "$build/reactor" --prefix "$work/prefix" > /dev/null
"$cmake" -S "$example" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" "$@" > /dev/null
"$cmake" --build "$work/build"

servers=()
trap 'kill "${servers[@]}" 2> /dev/null || true' EXIT

# The port is the server's choice; its first line says which.
exec {log}< <(exec "$work/build/chat_in_30_lines" 127.0.0.1:0 2>&1)
servers+=($!)
IFS= read -rt 10 -u "$log" line || { echo "the server says nothing"; exit 1; }
[[ $line =~ ' listening 127.0.0.1:'([0-9]+)'>' ]] || { echo "the server says: $line"; exit 1; }
port=${BASH_REMATCH[1]}

# expect DESCRIPTOR LINE: the next line from there.
expect() {
  local line
  IFS= read -rt 10 -u "$1" line || { echo "no line where \"$2\" was expected"; exit 1; }
  [[ $line == "$2" ]] || { echo "got \"$line\" where \"$2\" was expected"; exit 1; }
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
if IFS= read -rt 10 -u "$bob" line; then echo "got \"$line\" behind the end"; exit 1; fi
printf 'alone\n' >&"$ada"
expect "$ada" 'Ada: alone'

exec {log}< <(exec "$work/build/pub_sub" 127.0.0.1:0 2>&1)
servers+=($!)
expect_port() {
  IFS= read -rt 10 -u "$log" line || { echo "the server says nothing"; exit 1; }
  [[ $line =~ ^'listening on 127.0.0.1:'([0-9]+)$ ]] || { echo "the server says: $line"; exit 1; }
  port=${BASH_REMATCH[1]}
}
expect_port
exec {reader}<> "/dev/tcp/127.0.0.1/$port"
printf 'sub tea\r\nwhat\r\n' >&"$reader"
expect "$reader" 'say: sub TOPIC, or pub TOPIC TEXT'
exec {writer}<> "/dev/tcp/127.0.0.1/$port"
printf 'pub milk no\npub tea green\n' >&"$writer"
expect "$reader" 'tea green'
echo 'installed, built and talked to'
