"""No source file asks which platform it is on: the build chooses files, and the engines have theirs.

An engine file may ask what its own kernel has (a constant that one BSD lacks); every other source file of the
tree is the same everywhere.
"""

import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("reactor", "chat", "bench", "tests")
SUFFIXES = {".cc", ".h", ".in"}
ENGINE_FILES = "reactor/engine"

CONDITION = re.compile(r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif|elifdef|elifndef)\b(?:\\\n|.)*", re.MULTILINE)
# What compilers, C libraries and kernel headers define; a system header that only some have is one too.
PLATFORM = re.compile(
    r"\b_*(?:linux|gnu_linux|unix|APPLE|MACH|FreeBSD|NetBSD|OpenBSD|DragonFly|BSD|ANDROID|WIN32|WIN64|CYGWIN|MINGW32"
    r"|sun|SVR4|QNX|HAIKU|EMSCRIPTEN|GLIBC|MUSL|BIONIC|NEWLIB)(?:__|_VERSION|_version)?\b"
    r"|\bTARGET_OS_\w+|\b(?:EPOLL|EVFILT|EV|KQ|NOTE|IORING|SO|MSG|TCP|SOCK)_[A-Z_]+\b"
    r"|__has_include\w*\s*\(\s*<(?:sys|linux|mach|netinet)/")


def questions(root):
    """What is asked about the platform below `root`, as "file:line: condition"."""
    found = []
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            name = file.relative_to(root).as_posix()
            if file.suffix not in SUFFIXES or name.startswith(ENGINE_FILES + "/"):
                continue
            text = file.read_text()
            for condition in CONDITION.finditer(text):
                if PLATFORM.search(condition[0]):
                    line = text.count("\n", 0, condition.start()) + 1
                    found.append(f"{name}:{line}: {condition[0].strip()}")
    return found


class Platform(unittest.TestCase):
    def in_a_file(self, text, name="chat/transport/shard.cc"):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, name)
            file.parent.mkdir(parents=True)
            file.write_text(text)
            return questions(pathlib.Path(folder))

    def test_no_source_file_asks_for_the_platform(self):
        self.assertEqual(questions(ROOT), [])

    def test_the_sources_are_looked_at(self):
        self.assertGreater(sum(len(list((ROOT / folder).rglob("*.cc"))) for folder in FOLDERS), 100)

    def test_each_way_to_ask_is_found(self):
        for line in ("#ifdef __linux__", "  #  if defined(__APPLE__) && 1", "#ifndef _WIN32", "#elif defined __FreeBSD__",
                     "#if __has_include(<sys/epoll.h>)", "#if TARGET_OS_OSX", "#ifdef EPOLLEXCLUSIVE_X\n#elif defined(BSD)",
                     "#ifdef __GLIBC__", "#ifdef SO_REUSEPORT", "#if 1 || \\\n    defined(__unix__)"):
            with self.subTest(line):
                self.assertEqual(len(self.in_a_file(f"int a;\n{line}\n#endif\n")), 1)

    def test_engine_files_may_ask(self):
        self.assertEqual(self.in_a_file("#ifdef __linux__\n#endif\n", "reactor/engine/any.cc"), [])

    def test_include_guards_and_build_types_are_no_questions(self):
        for line in ("#ifndef REACTOR_BASE_LOG_H_", "#ifdef NDEBUG", "#if PARLEY_SANITIZED", "// #ifdef __linux__"):
            with self.subTest(line):
                self.assertEqual(self.in_a_file(f"{line}\n"), [])


if __name__ == "__main__":
    sys.exit(unittest.main())
