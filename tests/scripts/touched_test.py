"""That scripts/test quick begins with the tests of what has changed."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))

import touched


class Labels(unittest.TestCase):
    def test_the_library_has_its_own_tests_and_the_simulated_ones(self):
        self.assertEqual(touched.labels_of(["reactor/base/log.cc"]), ["reactor", "simulated"])

    def test_a_test_has_its_folder(self):
        self.assertEqual(touched.labels_of(["tests/chat/limits_test.cc", "bench/cpu.cc"]), ["bench", "chat"])

    def test_what_has_no_tests_of_its_own_has_no_label(self):
        self.assertEqual(touched.labels_of(["README.md", "CMakeLists.txt", "tests/CMakeLists.txt"]), [])

    def test_every_folder_that_is_meant_exists(self):
        for label in {label for labels in touched.TESTS.values() for label in labels}:
            self.assertTrue((ROOT / "tests" / label / "CMakeLists.txt").exists(), label)


class Pattern(unittest.TestCase):
    def test_a_label_is_matched_with_and_without_what_follows_it(self):
        pattern = touched.pattern_of(["chat", "reactor"])
        for label in ("chat", "chat,real_time", "reactor"):
            self.assertTrue(re.search(pattern, label), label)
        for label in ("chatter", "real_time"):
            self.assertFalse(re.search(pattern, label), label)

    def test_no_labels_select_nothing(self):
        self.assertEqual(touched.pattern_of([]), "")


class Changes(unittest.TestCase):
    """In a repository with a commit on its main branch."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("README.md")
        self.commit("chat/a.cc")

    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], check=True)

    def write(self, name):
        path = pathlib.Path(name)
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write("changed\n")

    def commit(self, name):
        self.write(name)
        self.git("add", name)
        self.git("commit", "--quiet", "--message", name)

    def test_on_the_main_branch_it_is_the_last_commit(self):
        self.assertEqual(touched.changed_paths(), ["chat/a.cc"])

    def test_on_the_main_branch_what_is_not_committed_comes_before_that(self):
        self.write("bench/new.cc")
        self.assertEqual(touched.changed_paths(), ["bench/new.cc"])

    def test_on_another_branch_it_is_all_since_it_left(self):
        self.git("checkout", "--quiet", "-b", "work")
        self.commit("reactor/b.cc")
        self.commit("reactor/c.cc")
        self.write("README.md")
        self.assertEqual(sorted(touched.changed_paths()), ["README.md", "reactor/b.cc", "reactor/c.cc"])

    def test_outside_a_repository_nothing_is_known(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            os.chdir(elsewhere)
            self.assertEqual(touched.changed_paths(), [])
            os.chdir("/")


if __name__ == "__main__":
    unittest.main()
