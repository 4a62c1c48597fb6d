# shellcheck shell=bash
# Running what ctest has, for results.py: in `logs`, an absolute path, which the caller has set.

# took WHAT SINCE: for the table of where the time went.
took() { echo "$((SECONDS - $2)) $1" >>"$logs/times"; }

# ahead COMMAND...: begins with what a later step does, while tests run, which wait much of their time. It gets the
# processors when nobody else wants them (SCHED_IDLE), and its outcome does not count: stop_ahead stops it wherever it
# is, and the step itself goes on from there.
ahead_pid=
ahead() {
  set -m # in a process group of its own
  (
    chrt --idle --pid 0 "$BASHPID" || renice -n 19 "$BASHPID"
    "$@"
  ) >"$logs/ahead.log" 2>&1 &
  ahead_pid=$!
  set +m
}
stop_ahead() {
  [[ -n $ahead_pid ]] || return 0
  kill -- "-$ahead_pid" 2>/dev/null || true
  wait "$ahead_pid" 2>/dev/null || true
  # ninja removes what it has left unfinished; whoever builds next waits for that.
  # The fields of proc(5)'s stat: process, name, state (zombies do nothing any more), parent, group.
  while grep -qsE "^[0-9]+ \\(.*\\) [^ZX] [0-9]+ $ahead_pid " /proc/[0-9]*/stat; do sleep 0.05; done
  ahead_pid=
}

# run_tests PRESET NAME ARGUMENT...: the tests that the arguments select for ctest. Their verdicts are in NAME.xml,
# test by test. That there are none is a failure, unless the arguments have --no-tests=ignore. tests/CMakeLists.txt
# says what two for each core means, and which tests are real-time.
run_tests() {
  local preset=$1 name=$2 started=$SECONDS failed
  shift 2
  ctest --preset "$preset" --parallel "$((2 * $(nproc)))" "$@" \
    --output-junit "$logs/$name.xml" >"$logs/$name.log" 2>&1 || true
  grep -E '^[0-9]+% tests passed|^Total Test time' "$logs/$name.log" || tail -n 40 "$logs/$name.log"
  took "tests of $name" "$started"
  if ! grep -qs "<testcase" "$logs/$name.xml"; then
    [[ " $* " == *" --no-tests=ignore "* ]] || echo "failed ctest-$name" >>"$logs/checks"
    return 0
  fi
  started=$SECONDS
  failed=$(python3 -B scripts/lib/failed_tests.py "$logs/$name.xml")
  [[ -n $failed ]] || return 0
  ctest --preset "$preset" --parallel 1 -L '(^|,)real_time$' -R "$failed" --no-tests=ignore \
    --output-junit "$logs/second/$name.xml" >"$logs/second/$name.log" 2>&1 || true
  took "second try of $name" "$started"
}
