"""Prints what selects the failed tests of a JUnit file for ctest: ctest -R "$(scripts/lib/failed_tests.py FILE)"

Prints nothing when none failed, and when so many did that they are no accident: these need no second try.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree

import results

MOST = 10


def pattern_of(file):
    names = [case.get("name") for case in xml.etree.ElementTree.parse(file).iter("testcase")
             if results.of_case("", case).outcome == "failed"]
    # What CMake's regular expressions read as more than itself; they know no \d and the like.
    escaped = [re.sub(r"([][().*+?^$|\\])", r"\\\1", name) for name in names]
    return f"^({'|'.join(escaped)})$" if 0 < len(names) <= MOST else ""


if __name__ == "__main__":
    print(pattern_of(pathlib.Path(sys.argv[1])))
