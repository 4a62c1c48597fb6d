"""What scripts/test says in the end: a flaky test is named and forgiven, everything else that failed is not."""

import contextlib
import io
import pathlib
import re
import sys
import tempfile
import unittest
from xml.sax.saxutils import escape, quoteattr

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))

import failed_tests
import originals
import report
import results

SKIP_GTEST = "[ RUN      ] A.B\nsome_test.cc:12: Skipped\nthe kernel forbids it\n\n[  SKIPPED ] A.B (0 ms)\n"
SKIP_UNITTEST = "test_x (suite_test.Network) ... skipped 'no namespace: it needs root'\n\nOK (skipped=1)\n"
SKIP_CODE = "counting...\nthe baseline is of another compiler\n"


def case(name, outcome="passed", output="", seconds=0.5):
    """A testcase as ctest writes it."""
    status, inside = {
        "passed": ("run", ""),
        "failed": ("fail", '<failure message=""/>'),
        "skipped": ("notrun", '<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>'),
        "missing": ("notrun", '<skipped message="Unable to find executable"/>'),
    }[outcome]
    return (f'<testcase name={quoteattr(name)} time="{seconds}" status="{status}">{inside}'
            f"<system-out>{escape(output)}</system-out></testcase>")


class OfARun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = pathlib.Path(folder.name)
        (self.logs / "second").mkdir()

    def write(self, file, *cases):
        (self.logs / file).write_text(f"<testsuite>{''.join(cases)}</testsuite>")

    def report(self):
        """(exit code, everything printed)"""
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            code = report.main(self.logs)
        return code, printed.getvalue()


class Totals(OfARun):
    def test_the_last_line_is_the_totals_alone(self):
        self.write("release.xml", case("A.B"), case("A.C"))
        (self.logs / "checks").write_text("passed shellcheck\n")
        code, said = self.report()
        self.assertEqual((code, said.splitlines()[-1]), (0, "3 passed, 0 failed"))

    def test_skipped_tests_follow_in_the_totals(self):
        self.write("release.xml", case("A.B"), case("A.C", "skipped", SKIP_GTEST))
        code, said = self.report()
        self.assertEqual((code, said.splitlines()[-1]), (0, "1 passed, 0 failed, 1 skipped"))

    def test_a_failed_check_fails_the_run_and_its_log_is_shown(self):
        self.write("release.xml", case("A.B"))
        (self.logs / "checks").write_text("failed clang-tidy\n")
        (self.logs / "clang-tidy.log").write_text("a fault in a.cc\n")
        code, said = self.report()
        self.assertEqual((code, said.splitlines()[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("FAILED checks: clang-tidy", said)
        self.assertIn("a fault in a.cc", said)

    def test_a_program_that_could_not_be_started_has_failed(self):
        self.write("release.xml", case("A.B"), case("gone_NOT_BUILT", "missing"))
        self.assertEqual(self.report()[0], 1)

    def test_a_run_of_nothing_has_failed(self):
        self.write("release.xml")
        self.assertEqual(self.report()[0], 1)

    def test_a_build_may_have_several_files(self):
        self.write("release.touched.xml", case("A.B"))
        self.write("release.rest.xml", case("A.C"))
        said = self.report()[1]
        self.assertIn("builds together (release)", said)
        self.assertEqual(said.splitlines()[-1], "2 passed, 0 failed")


class Originals(OfARun):
    def cases(self):
        """All tests of the sources: the table must fit to the names that they have."""
        names = ["rooms_source_test"]
        for source in sorted((ROOT / "tests").rglob("*_test.cc")):
            names += [f"program.With/{suite}.{name}/epoll"
                      for suite, name in re.findall(r"^(?:TYPED_)?TEST\w*\((\w+),\s*(\w+)\)", source.read_text(), re.M)]
        for source in sorted((ROOT / "tests").rglob("*_test.py")):
            for of_class in re.split("^class ", source.read_text(), flags=re.M)[1:]:
                suite = re.match(r"\w+", of_class)[0]
                names += [f"programs.{suite}.{name}/epoll"
                          for name in re.findall(r"^    def (test_\w+)", of_class, re.M)]
        return [case(name) for name in names]

    def test_each_item_has_its_tests_and_their_result(self):
        self.write("release.xml", *self.cases())
        code, said = self.report()
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"\n  0-3 +the greeting +1 passed +ClassicTest\.Item0_3_\w+\n  0-4 ")

    def test_each_test_of_an_item_has_a_line(self):
        self.write("release.xml", case("a.With/A.Item0_3_x/epoll"), case("a.With/A.Item0_3_x/simulated"),
                   case("a.With/A.Item0_3_y/epoll", "failed"), case("a.With/A.Item0_33_z/epoll"))
        self.assertRegex(self.report()[1], r"\n  0-3 +the greeting +2 passed +A\.Item0_3_x\n +1 failed +A\.Item0_3_y\n")

    def test_a_bug_that_no_test_shows_fails_the_run(self):
        self.write("release.xml", *(each for each in self.cases() if "Bug4_TheCount" not in each))
        code, said = self.report()
        self.assertEqual((code, said.splitlines()[-1].split(", ")[1]), (1, "1 failed"))
        self.assertIn("FAILED: no test has passed that shows bug 4 (the count is a string) of the originals", said)

    def test_an_item_that_no_test_shows_fails_the_run(self):
        self.write("release.xml", *(each for each in self.cases() if "Item1_7_" not in each))
        code, said = self.report()
        self.assertEqual((code, said.splitlines()[-1].split(", ")[1]), (1, "1 failed"))
        self.assertRegex(said, r"  1-7 +look, for all +no test")
        self.assertIn("FAILED: no test has passed that shows 1-7 (look, for all) of the originals", said)

    def test_a_run_without_them_says_nothing_of_them(self):
        self.write("release.xml", case("A.B"))
        self.assertNotIn("originals", self.report()[1])


class Flaky(OfARun):
    def test_what_passes_alone_is_named_counted_and_forgiven(self):
        self.write("asan.xml", case("chat.Rooms.Join/epoll", "failed", "the first time\n"), case("A.B"))
        self.write("second/asan.xml", case("chat.Rooms.Join/epoll"))
        code, said = self.report()
        lines = said.splitlines()
        self.assertEqual((code, lines[-1]), (0, "2 passed, 0 failed"))
        self.assertIn("flaky asan: chat.Rooms.Join/epoll", lines)
        self.assertIn("1 flaky test: failed once and passed when run again alone", lines)
        self.assertLess(lines.index("flaky asan: chat.Rooms.Join/epoll"), len(lines) - 1)
        self.assertIn("    the first time", lines)
        self.assertNotIn("FAILED", said)

    def test_what_fails_again_has_failed(self):
        self.write("asan.xml", case("chat.Rooms.Join/epoll", "failed"))
        self.write("second/asan.xml", case("chat.Rooms.Join/epoll", "failed"))
        code, said = self.report()
        self.assertEqual((code, said.splitlines()[-1]), (1, "0 passed, 1 failed"))
        self.assertIn("FAILED asan: chat.Rooms.Join/epoll", said)
        self.assertNotIn("flaky", said)

    def test_a_simulated_failure_beside_a_flaky_one_fails_the_run(self):
        self.write("tsan.xml", case("contract.Contract/simulated.Close", "failed"), case("X.Y/epoll", "failed"))
        self.write("second/tsan.xml", case("X.Y/epoll"))
        code, said = self.report()
        self.assertEqual((code, said.splitlines()[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("FAILED tsan: contract.Contract/simulated.Close", said)
        self.assertIn("flaky tsan: X.Y/epoll", said)

    def test_passing_in_another_build_is_no_excuse(self):
        self.write("asan.xml", case("X.Y/epoll", "failed"))
        self.write("tsan.xml", case("X.Y/epoll"))
        self.write("second/tsan.xml", case("X.Y/epoll"))
        self.assertEqual(self.report()[0], 1)


class Skipped(OfARun):
    def test_each_is_named_with_its_reason(self):
        self.write("release.xml", case("a.B/io_uring", "skipped", SKIP_GTEST), case("b.c", "skipped", SKIP_UNITTEST),
                   case("counts", "skipped", SKIP_CODE), case("A.B"))
        said = self.report()[1].splitlines()
        self.assertIn("skipped: a.B/io_uring (release): the kernel forbids it", said)
        self.assertIn("skipped: b.c (release): no namespace: it needs root", said)
        self.assertIn("skipped: counts (release): the baseline is of another compiler", said)

    def test_once_for_all_builds_that_skip_it(self):
        for build in ("asan", "tsan"):
            self.write(f"{build}.xml", case("b.c", "skipped", SKIP_UNITTEST))
        said = self.report()[1]
        self.assertEqual(said.count("skipped: b.c"), 1)
        self.assertIn("skipped: b.c (asan, tsan): no namespace", said)

    def test_a_check_that_this_machine_cannot_do(self):
        self.write("release.xml", case("A.B"))
        (self.logs / "checks").write_text("skipped systemd-unit: there is no systemd: none at all\n")
        code, said = self.report()
        self.assertEqual((code, said.splitlines()[-1]), (0, "1 passed, 0 failed, 1 skipped"))
        self.assertIn("skipped: systemd-unit: there is no systemd: none at all", said.splitlines())


class Times(OfARun):
    def test_phases_and_the_slowest_tests(self):
        self.write("release.xml", *(case(f"A.Test{number}", seconds=number) for number in range(12)))
        (self.logs / "times").write_text("340 build-release\n71 tests of release\n")
        said = self.report()[1]
        self.assertRegex(said, r"340  build-release\n +71  tests of release\n")
        slowest = re.findall(r"(\d+\.\d)  release: (\S+)", said)
        self.assertEqual(slowest[0], ("11.0", "A.Test11"))
        self.assertEqual(len(slowest), 10)


class SecondTry(OfARun):
    def pattern(self, *cases):
        self.write("release.xml", *cases)
        return failed_tests.pattern_of(self.logs / "release.xml")

    def test_only_what_failed_is_tried_again(self):
        names = self.pattern(case("A.B"), case("X.Y/epoll", "failed"), case("X.Y/uring", "failed"),
                             case("S.K", "skipped", SKIP_GTEST))
        self.assertEqual(names, r"^(X\.Y/epoll|X\.Y/uring)$")

    def test_what_a_name_holds_is_meant_literally(self):
        name = "A.B/0  # GetParam() = {1, \"a+b\"}"
        pattern = self.pattern(case(name, "failed"))
        self.assertTrue(re.match(pattern, name))
        self.assertFalse(re.match(pattern, name.replace("a+b", "aab")))

    def test_nothing_is_when_nothing_failed(self):
        self.assertEqual(self.pattern(case("A.B")), "")

    def test_nothing_is_when_so_many_failed_that_it_is_no_accident(self):
        self.assertEqual(self.pattern(*(case(f"A.B{number}", "failed") for number in range(failed_tests.MOST + 1))), "")


class Reasons(unittest.TestCase):
    def test_without_a_word_it_is_said_that_there_is_none(self):
        self.assertEqual(results.reason_of(""), "no reason given")


if __name__ == "__main__":
    unittest.main()
