"""Which verdicts of clang-tidy hold for another clone, and which do not."""

import os
import pathlib
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))

import tidy


class Fingerprint(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def clone(self, name, source="int a;\n", header="int b;\n"):
        root = self.folder / name
        (root / "build").mkdir(parents=True)
        (root / "a.cc").write_text(source)
        (root / "a.h").write_text(header)
        return root

    def fingerprint(self, root, flags="-O2", shared="the rules"):
        command = f"c++ -I{root} {flags} -ffile-prefix-map={root}/= -c {root}/a.cc"
        return tidy.Fingerprints(root, shared).of([command], {f"{root}/a.cc", f"{root}/build/../a.h"})

    def test_is_the_same_in_a_clone_elsewhere(self):
        self.assertEqual(self.fingerprint(self.clone("one")), self.fingerprint(self.clone("another")))

    def test_depends_on_everything_else(self):
        root = self.clone("one")
        others = [self.fingerprint(self.clone("source", source="int c;\n")),
                  self.fingerprint(self.clone("header", header="int c;\n")),
                  self.fingerprint(root, flags="-O3"),
                  self.fingerprint(root, shared="other rules"),
                  self.fingerprint(root, flags=f"-I{root}2")]
        self.assertEqual(len({self.fingerprint(root), *others}), len(others) + 1)


class Verdicts(unittest.TestCase):
    def test_clean_is_what_was_found_so_until_nobody_asks_any_more(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name, "tidy")
            verdicts = tidy.Verdicts(folder)
            self.assertFalse(verdicts.is_clean("a"))
            for fingerprint in ("a", "b"):
                verdicts.add(fingerprint)
                long_ago = time.time() - (tidy.DAYS_KEPT + 1) * 24 * 3600
                os.utime(folder / fingerprint, (long_ago, long_ago))
            self.assertTrue(verdicts.is_clean("a"))
            verdicts.forget_unused()
            self.assertTrue(verdicts.is_clean("a"))
            self.assertFalse(verdicts.is_clean("b"))


if __name__ == "__main__":
    unittest.main()
