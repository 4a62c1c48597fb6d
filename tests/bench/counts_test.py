"""That the instruction counts are compared rightly: a comparison that cannot fail is worth nothing."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/counts"))

import callgrind_profile
import counts

PROFILE = """\
# callgrind format
positions: line
events: Ir
summary: 1000

ob=program
fl=program.cc
fn=Turn()
10 100
cfn=Sanitise(text)
calls=4 20
12 600
fi=inlined.h
14 100
fe=program.cc
cfn=Append(text)
calls=2 30
16 200

fn=Sanitise(text)
20 400
+1 150
* 50

fn=Append(text)
30 200

totals: 1000
"""


def profile(**functions):
    """A profile whose Turn() calls the others: name=instructions."""
    total = sum(functions.values())
    costs = {f"{name}()": callgrind_profile.Function(cost, cost) for name, cost in functions.items()}
    costs["Turn()"].inclusive = total
    return callgrind_profile.Profile(total, costs)


def counted(made_with="compiler 1", **functions):
    """Counts whose phases all have this profile, each for 10 lines."""
    phases = {name: counts.Phase(10, "lines", profile(**functions))
              for name in ("line", "rooms", "broadcast", "burst")}
    return counts.Counts(made_with, phases)


def compared(before, after, tolerance=3):
    """The exit code of a comparison, and what it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = counts.compare(after, before, tolerance)
    return code, said.getvalue()


class CallgrindProfileTest(unittest.TestCase):
    def test_a_function_has_its_own_instructions_and_those_of_its_calls(self):
        read = callgrind_profile.read(PROFILE.splitlines())
        self.assertEqual(read.total, 1000)
        self.assertEqual(read.functions["Turn()"], callgrind_profile.Function(alone=200, inclusive=1000))
        self.assertEqual(read.functions["Sanitise(text)"], callgrind_profile.Function(600, 600))
        self.assertEqual(read.functions["Append(text)"], callgrind_profile.Function(200, 200))

    def test_a_profile_that_does_not_add_up_is_refused(self):
        with self.assertRaisesRegex(ValueError, "1000 instructions together, the profile says 1001"):
            callgrind_profile.read(PROFILE.replace("totals: 1000", "totals: 1001").splitlines())


class ComparisonTest(unittest.TestCase):
    def test_the_same_counts_pass(self):
        code, _ = compared(counted(Turn=400, Sanitise=600), counted(Turn=400, Sanitise=600))
        self.assertEqual(code, 0)

    def test_three_percent_more_pass_and_a_little_more_than_that_fails(self):
        before = counted(Turn=400, Sanitise=600)
        self.assertEqual(compared(before, counted(Turn=400, Sanitise=630))[0], 0)
        self.assertEqual(compared(before, counted(Turn=400, Sanitise=631))[0], counts.EXIT_REGRESSION)

    def test_one_phase_that_grew_is_enough(self):
        after = counted(Turn=400, Sanitise=600)
        after.phases["burst"].profile = profile(Turn=400, Sanitise=700)
        code, said = compared(counted(Turn=400, Sanitise=600), after)
        self.assertEqual(code, counts.EXIT_REGRESSION)
        self.assertIn("burst: 100.0 instructions for each of the lines have become 110.0 (+10.0%)", said)
        self.assertIn("1 phase of 4 went over the baseline", said)

    def test_the_function_that_grew_is_named_first_and_the_others_are_not(self):
        _, said = compared(counted(Turn=400, Sanitise=600, Append=300),
                           counted(Turn=401, Sanitise=800, Append=300))
        named = [line.split()[-1] for line in said.splitlines() if line.startswith("  ") and "+" in line]
        self.assertEqual(named[:2], ["Sanitise()", "Turn()"])
        self.assertNotIn("Append()", named)

    def test_a_function_that_is_new_is_named(self):
        _, said = compared(counted(Turn=1000), counted(Turn=1000, Checksum=200))
        self.assertRegex(said, r"\+19\.6  Checksum\(\)")  # less what would not have been kept

    def test_what_shrank_elsewhere_does_not_hide_a_function(self):
        _, said = compared(counted(Turn=1000, Append=500), counted(Turn=600, Append=1000))
        self.assertRegex(said, r"\+50\.0  Append\(\)")

    def test_fewer_instructions_pass_and_ask_for_a_new_baseline(self):
        code, said = compared(counted(Turn=1000), counted(Turn=900))
        self.assertEqual(code, 0)
        self.assertIn("--update", said)

    def test_counts_of_another_compiler_are_not_compared(self):
        code, said = compared(counted(Turn=1000), counted("compiler 2", Turn=9000))
        self.assertEqual(code, counts.EXIT_NOT_COMPARED)
        self.assertIn("made with compiler 1, this program with compiler 2", said)

    def test_counts_of_another_script_are_not_compared(self):
        after = counted(Turn=1000)
        after.phases["line"].count = 20
        self.assertEqual(compared(counted(Turn=1000), after)[0], counts.EXIT_NOT_COMPARED)

    def test_a_baseline_is_read_as_it_was_written(self):
        before = counted(Turn=400, Sanitise=600)
        stored = counts.counts_of(json.loads(counts.as_json(counts.baseline_of(before))))
        self.assertEqual(stored, before)

    def test_runs_that_differ_are_found_out(self):
        share, phase = counts.spread([counted(Turn=1000), counted(Turn=1000)])
        self.assertEqual(share, 0)
        other = counted(Turn=1000)
        other.phases["rooms"].profile = profile(Turn=1002)
        share, phase = counts.spread([counted(Turn=1000), other])
        self.assertEqual((phase, share > counts.REPEATABLE), ("rooms", True))


class WholeRunTest(unittest.TestCase):
    def test_the_run_fails_and_names_a_function_that_had_been_cheaper(self):
        if "PARLEY_COUNTS" not in os.environ:
            self.skipTest("only an optimised build is counted")
        with tempfile.TemporaryDirectory() as folder:
            # A baseline of this very program: the stored one is of another day.
            doctored = pathlib.Path(folder, "baseline.json")
            made = self.count(doctored, "--update")
            if made.returncode == counts.EXIT_NOT_COMPARED:
                self.skipTest(made.stdout.splitlines()[-1])
            self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
            baseline = json.loads(doctored.read_text(encoding="utf-8"))
            line = baseline["phases"]["line"]
            function = next(name for name in line["functions"] if "FindFriendlyCommand" in name)
            taken_away = line["functions"][function][0]
            line["functions"][function] = [0, 0]
            line["instructions"] -= taken_away
            doctored.write_text(json.dumps(baseline), encoding="utf-8")
            done = self.count(doctored)
        self.assertEqual(done.returncode, counts.EXIT_REGRESSION, done.stdout + done.stderr)
        regression = done.stdout[done.stdout.index("Functions that grew"):].splitlines()
        self.assertIn("FindFriendlyCommand", regression[1])

    def count(self, baseline, *flags):
        return subprocess.run([sys.executable, "-B", ROOT / "bench/counts/counts.py", "--program",
                               os.environ["PARLEY_COUNTS"], "--baseline", baseline, *flags],
                              capture_output=True, text=True, check=False)


if __name__ == "__main__":
    unittest.main()
