"""That scripts/test tries a failed real-time test again and no other; and that tests carry the right labels."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))

import results

# A project whose tests fail the first time, some of them.
PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(Fake NONE)
enable_testing()
foreach(name IN ITEMS room/epoll room/simulated)
  string(REPLACE "/" "-" file ${name})
  add_test(NAME ${name} COMMAND sh -c "test -e ${file} || { touch ${file}; exit 1; }")
endforeach()
add_test(NAME always/epoll COMMAND false)
add_test(NAME never COMMAND true)
set_tests_properties(room/epoll always/epoll PROPERTIES LABELS chat,real_time)
set_tests_properties(room/simulated never PROPERTIES LABELS chat)
"""
PRESETS = {
    "version": 5,
    "configurePresets": [{"name": "fake", "generator": "Ninja", "binaryDir": "${sourceDir}/build"}],
    "testPresets": [{"name": "fake", "configurePreset": "fake"}],
}


class Ahead(unittest.TestCase):
    def test_what_is_begun_ahead_runs_when_nobody_else_does_and_is_stopped(self):
        script = """logs=$PWD; . "$1/scripts/lib/run_tests.sh"
            ahead sh -c 'sleep 1000 & echo $! >child; wait'
            until [ -s child ]; do sleep 0.01; done
            chrt --pid "$ahead_pid"
            stop_ahead; stop_ahead
            # Whoever has inherited it may leave it a zombie for a while.
            until ! grep -q . "/proc/$(cat child)/cmdline"; do sleep 0.01; done"""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["bash", "-euc", script, "bash", ROOT], cwd=folder, text=True, timeout=200,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("scheduling policy: SCHED_IDLE\n", done.stdout)


class SecondTry(unittest.TestCase):
    def outcomes(self, *selection):
        with tempfile.TemporaryDirectory() as folder:
            project = pathlib.Path(folder)
            (project / "CMakeLists.txt").write_text(PROJECT)
            (project / "CMakePresets.json").write_text(json.dumps(PRESETS))
            (project / "scripts").symlink_to(ROOT / "scripts")
            (project / "logs/second").mkdir(parents=True)
            script = 'logs=$PWD/logs; . scripts/lib/run_tests.sh; run_tests fake fake "$@"'
            for command in (["cmake", "--preset", "fake"], ["bash", "-euc", script, "bash", *selection]):
                done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      check=False)
                self.assertEqual(done.returncode, 0, done.stdout)
            return {result.name: result.outcome for result in results.of_run(project / "logs")}

    def test_is_for_real_time_tests_alone(self):
        self.assertEqual(self.outcomes(), {
            "room/epoll": "flaky",
            "room/simulated": "failed",
            "always/epoll": "failed",
            "never": "passed",
        })

    def test_is_not_there_when_nothing_failed(self):
        self.assertEqual(self.outcomes("-R", "never"), {"never": "passed"})

    def test_a_run_of_nothing_has_failed_unless_that_may_be(self):
        nothing = ("-R", "nothing is called so")
        self.assertEqual(self.outcomes(*nothing), {"ctest-fake": "failed"})
        self.assertEqual(self.outcomes(*nothing, "--no-tests=ignore"), {})


@unittest.skipUnless("PARLEY_BUILD" in os.environ, "needs the built tests")
class Labels(unittest.TestCase):
    """Of every test of this build."""

    @classmethod
    def setUpClass(cls):
        said = subprocess.run(["ctest", "--test-dir", os.environ["PARLEY_BUILD"], "--show-only=json-v1"], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        cls.labels = {}
        for test in json.loads(said)["tests"]:
            properties = {each["name"]: each["value"] for each in test.get("properties", [])}
            cls.labels[test["name"]] = ",".join(properties.get("LABELS", [])).split(",")

    def real_time(self, pattern):
        return {name: "real_time" in labels for name, labels in self.labels.items() if re.search(pattern, name)}

    def test_what_runs_on_a_real_engine_is_real_time(self):
        on_engines = self.real_time(r"/(epoll|io_uring|kqueue)\b")
        self.assertTrue(on_engines)
        self.assertEqual([name for name, is_real in on_engines.items() if not is_real], [])

    def test_what_is_simulated_is_not(self):
        simulated = self.real_time(r"/simulated\b|^simulated_")
        self.assertTrue(simulated)
        self.assertEqual([name for name, is_real in simulated.items() if is_real], [])

    def test_each_has_its_folder(self):
        folders = {path.parent.name for path in (ROOT / "tests").glob("*/*")}
        self.assertEqual([name for name, labels in self.labels.items()
                          if not name.endswith("_NOT_BUILT") and not folders & set(labels)], [])


if __name__ == "__main__":
    unittest.main()
