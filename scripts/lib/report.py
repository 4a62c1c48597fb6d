"""Sums up test results: a matrix of suites and engines, what was skipped and why, what failed, where the time
went, and the totals.

    scripts/lib/report.py LOGS

results.py says what is in LOGS. A test that failed and then passed alone is flaky: it is named, counted, and does
not fail the run. An item or a bug of the originals (originals.py) that no test has passed for counts as failed,
where any has. The last line printed is "N passed, M failed", with ", K skipped" if any were; a flaky one counts
as passed there. Exits with 1 if anything failed, and if nothing was run.
"""

import collections
import pathlib
import re
import sys

import originals
from results import CHECKS, of_run, times_of_run

# Where a test's name says its engine: "simulated_test.X", "daemon_test.X/epoll", "X/io_uring_2_threads".
ENGINE = re.compile(r"(?:^|/)(epoll|io_uring|uring|kqueue|simulated)(?=[_./]|$)")
NO_ENGINE = "none"

DETAILED_FAILURES = 12
LINES_OF_FAILURE = 40
SLOWEST = 10


def engine_of(name):
    match = ENGINE.search(name)
    if not match:
        return NO_ENGINE
    return "io_uring" if match[1] == "uring" else match[1]


def suite_of(result):
    return CHECKS if result.build == CHECKS else re.split(r"[./]", result.name)[0]


def count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def cell(results):
    counts = collections.Counter(result.outcome for result in results)
    parts = [str(counts["passed"])]
    parts += [f"{counts[outcome]} {outcome}" for outcome in ("failed", "flaky", "skipped") if counts[outcome]]
    return ", ".join(parts) if results else "-"


def print_matrix(results):
    engines = sorted({engine_of(result.name) for result in results} - {NO_ENGINE}) + [NO_ENGINE]
    builds = list(dict.fromkeys(result.build for result in results if result.build != CHECKS))
    by_place = collections.defaultdict(list)
    for result in results:
        by_place[suite_of(result), engine_of(result.name)].append(result)
    rows = [["", *engines]]
    for suite in sorted({suite_of(result) for result in results}):
        rows.append([suite, *(cell(by_place[suite, engine]) for engine in engines)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"Passed tests by suite and engine, builds together ({', '.join(builds)}):")
    for row in rows:
        print("  " + row[0].ljust(widths[0]) +
              "".join("  " + text.rjust(width) for text, width in zip(row[1:], widths[1:])))


def with_outcome(results, outcome):
    return [result for result in results if result.outcome == outcome]


def print_times(results, times):
    """Phases may overlap: their seconds are those that passed, not those that were worked."""
    if times:
        print("\nSeconds by phase:")
        for name, seconds in times:
            print(f"  {seconds:5}  {name}")
    slowest = sorted((result for result in results if result.build != CHECKS),
                     key=lambda result: -result.seconds)[:SLOWEST]
    if slowest:
        print("Seconds of the slowest tests:")
        for result in slowest:
            print(f"  {result.seconds:7.1f}  {result.build}: {result.name}")


def print_skipped(results):
    """Each name once, with the builds that skipped it."""
    builds = collections.defaultdict(list)
    for result in with_outcome(results, "skipped"):
        builds[result.name, result.reason].append(result.build)
    if builds:
        print()
    for (name, reason), where in builds.items():
        of_which = "" if where == [CHECKS] else f" ({', '.join(dict.fromkeys(where))})"
        print(f"skipped: {name}{of_which}: {reason}")


def log_of_check(logs, name):
    log = logs / f"{name}.log"
    return log.read_text(errors="replace") if log.exists() else "(it has left no log)"


def print_outputs(results, logs):
    for result in results[:DETAILED_FAILURES]:
        output = log_of_check(logs, result.name) if result.build == CHECKS else result.output
        print(f"\n--- {result.outcome}, {result.build}: {result.name}")
        for line in output.splitlines()[-LINES_OF_FAILURE:]:
            print("    " + line)


def print_failures(results, logs):
    """The names of all first, so that they are seen together; then what the first of them printed."""
    failed, flaky = with_outcome(results, "failed"), with_outcome(results, "flaky")
    if failed or flaky:
        print()
    for result in failed:
        print(f"FAILED {result.build}: {result.name}")
    for result in flaky:
        print(f"flaky {result.build}: {result.name}")
    print_outputs(failed, logs)
    print_outputs(flaky, logs)
    if flaky:
        print(f"\n{count(len(flaky), 'flaky test')}: failed once and passed when run again alone")


def main(logs):
    results = of_run(logs)
    print_matrix(results)
    print_times(results, times_of_run(logs))
    unshown = originals.print_table([result for result in results if result.build != CHECKS])
    print_skipped(results)
    print_failures(results, logs)
    for item in unshown:
        print(f"FAILED: no test has passed that shows {item} of the originals")
    counts = collections.Counter(result.outcome for result in results)
    passed = counts["passed"] + counts["flaky"]
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    failed = counts["failed"] + len(unshown)
    print(f"\n{passed} passed, {failed} failed{skipped}")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
