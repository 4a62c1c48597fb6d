"""Sums up test results: a matrix of suites and engines, what failed, and the totals.

    scripts/lib/report.py LOGS

LOGS has a JUnit file from ctest for each build (release.xml) and `checks`, with a line for everything that was
checked beside the tests: "passed NAME" or "failed NAME". The last line printed is "N passed, M failed", with
", K skipped" if any were. Exits with 1 if anything failed.
"""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree

# Where a test's name says its engine: "simulated_test.X", "daemon_test.X/epoll", "X/io_uring_2_threads".
ENGINE = re.compile(r"(?:^|/)(epoll|io_uring|uring|kqueue|simulated)(?=[_./]|$)")
NO_ENGINE = "none"

DETAILED_FAILURES = 12
LINES_OF_FAILURE = 40

Result = collections.namedtuple("Result", "build suite engine name outcome output")


def engine_of(name):
    match = ENGINE.search(name)
    if not match:
        return NO_ENGINE
    return "io_uring" if match[1] == "uring" else match[1]


def results_of_build(file):
    for case in xml.etree.ElementTree.parse(file).iter("testcase"):
        name = case.get("name").split("  # GetParam()")[0]  # GoogleTest's comment on a parameter
        outcome = "passed" if case.get("status") == "run" else "failed"
        skipped = case.find("skipped")  # also there when a test could not be started
        if skipped is not None and skipped.get("message", "").startswith("SKIP_"):
            outcome = "skipped"
        yield Result(file.stem, re.split(r"[./]", name)[0],
                     engine_of(name), name, outcome,
                     case.findtext("system-out", ""))


def results_of_checks(file):
    for line in file.read_text().splitlines():
        outcome, name = line.split(" ", 1)
        yield Result("checks", "checks", NO_ENGINE, name, outcome, "")


def cell(results):
    counts = collections.Counter(result.outcome for result in results)
    parts = [str(counts["passed"])]
    parts += [f"{counts[outcome]} {outcome}" for outcome in ("failed", "skipped") if counts[outcome]]
    return ", ".join(parts) if results else "-"


def print_matrix(results):
    engines = sorted({result.engine for result in results} - {NO_ENGINE}) + [NO_ENGINE]
    builds = list(dict.fromkeys(result.build for result in results if result.build != "checks"))
    by_place = collections.defaultdict(list)
    for result in results:
        by_place[result.suite, result.engine].append(result)
    rows = [["", *engines]]
    for suite in sorted({result.suite for result in results}):
        rows.append([suite, *(cell(by_place[suite, engine]) for engine in engines)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"Passed tests by suite and engine, builds together ({', '.join(builds)}):")
    for row in rows:
        print("  " + row[0].ljust(widths[0]) +
              "".join("  " + text.rjust(width) for text, width in zip(row[1:], widths[1:])))


def print_failures(results, logs):
    """The names of all first, so that they are seen together; then what the first of them printed."""
    failures = [result for result in results if result.outcome == "failed"]
    for result in failures:
        print(f"FAILED {result.build}: {result.name}")
    for result in failures[:DETAILED_FAILURES]:
        output = result.output
        if result.build == "checks":
            output = log_of_check(logs, result.name)
        print(f"\n--- {result.build}: {result.name}")
        for line in output.splitlines()[-LINES_OF_FAILURE:]:
            print("    " + line)


def log_of_check(logs, name):
    log = logs / f"{name}.log"
    return log.read_text(errors="replace") if log.exists() else "(it has left no log)"


def main(logs):
    results = [result for file in sorted(logs.glob("*.xml")) for result in results_of_build(file)]
    results += results_of_checks(logs / "checks")
    counts = collections.Counter(result.outcome for result in results)
    print_matrix(results)
    print_failures(results, logs)
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"\n{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
