"""What a run of the tests has left in its folder of logs.

    results.of_run(pathlib.Path("build/test-logs"))

    release.xml           a JUnit file of ctest; a build may have several: release.touched.xml, release.rest.xml
    second/release.xml    the same tests once more, each alone: those that failed and may be tried again
    checks                what was checked beside the tests: "passed NAME", "failed NAME", "skipped NAME: REASON"
    times                 where the time went: "SECONDS NAME"
"""

import dataclasses
import re
import xml.etree.ElementTree

CHECKS = "checks"


@dataclasses.dataclass
class Result:
    build: str  # or CHECKS
    name: str
    outcome: str  # passed, failed, skipped; flaky: failed, and passed when tried again
    output: str = ""
    reason: str = ""  # of a skipped one
    seconds: float = 0


# GoogleTest says "FILE:LINE: Skipped" and the reason below, unittest says "... skipped 'REASON'"; what ends with
# a return code of its own says why in its last line.
SKIPPED = (re.compile(r": Skipped\n(.+)"), re.compile(r"\bskipped (['\"])(.*)\1"), re.compile(r"(.+)\s*\Z"))


def reason_of(output):
    for pattern in SKIPPED:
        match = pattern.search(output)
        if match:
            return match[match.lastindex].strip()
    return "no reason given"


def of_case(build, case):
    name = case.get("name").split("  # GetParam()")[0]  # GoogleTest's comment on a parameter
    output = case.findtext("system-out") or ""
    result = Result(build, name, "passed" if case.get("status") == "run" else "failed", output,
                    seconds=float(case.get("time", 0)))
    skipped = case.find("skipped")  # also there when a test could not be started
    if skipped is not None and skipped.get("message", "").startswith("SKIP_"):
        result.outcome = "skipped"
        result.reason = reason_of(output)
    return result


def of_file(file):
    build = file.name.split(".")[0]
    return [of_case(build, case) for case in xml.etree.ElementTree.parse(file).iter("testcase")]


def of_checks(file):
    results = []
    for line in file.read_text().splitlines():
        outcome, rest = line.split(" ", 1)
        name, _, reason = rest.partition(": ")
        results.append(Result(CHECKS, name, outcome, reason=reason))
    return results


def of_run(logs):
    results = [result for file in sorted(logs.glob("*.xml")) for result in of_file(file)]
    again = [result for file in sorted(logs.glob("second/*.xml")) for result in of_file(file)]
    passed_again = {(result.build, result.name) for result in again if result.outcome == "passed"}
    for result in results:
        if result.outcome == "failed" and (result.build, result.name) in passed_again:
            result.outcome = "flaky"
    return results + (of_checks(logs / "checks") if (logs / "checks").exists() else [])


def times_of_run(logs):
    """[(what, seconds)] in the order in which they ended."""
    file = logs / "times"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(name, int(seconds)) for seconds, name in (line.split(" ", 1) for line in lines)]
