"""Every header under reactor/ can be included first and alone: with g++ and clang++, as C++20 and C++23, without RTTI,
and, but for the face of asyncore and asynchat, without exceptions.

To compile each header by itself in each way would take minutes, nearly all of them spent in Abseil and the standard
library. What a header lacks does not depend on the compiler, so it is looked for once: of the standard library and
Abseil by the names that it writes (NAMES says which header has each); of ours by its own source, which includes it
first, or, if it has none, by compiling it alone. Each compiler and standard then reads all of them together.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PUBLIC = "reactor"
# Their handlers throw, and what they throw is caught in templates.
NEEDS_EXCEPTIONS = "reactor/async_chat"
COMPILERS = {"g++": ("g++",), "clang++": ("clang++", "clang++-14")}
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wnon-virtual-dtor", "-Werror")

NAMES = {
    "absl/container/flat_hash_map.h": "absl::flat_hash_map",
    "absl/functional/any_invocable.h": "absl::AnyInvocable",
    "absl/functional/function_ref.h": "absl::FunctionRef",
    "absl/status/status.h": "absl::Status absl::ErrnoToStatus absl::OkStatus",
    "absl/status/statusor.h": "absl::StatusOr",
    "absl/strings/str_cat.h": "absl::StrCat absl::StrAppend",
    "absl/strings/string_view.h": "absl::string_view",
    "algorithm": "std::min std::max std::clamp std::sort std::find std::copy_n",
    "array": "std::array",
    "atomic": "std::atomic std::memory_order_relaxed std::memory_order_acquire std::memory_order_release "
              "std::memory_order_acq_rel std::memory_order_seq_cst",
    "bit": "std::countr_zero std::bit_ceil",
    "chrono": "std::chrono",
    "concepts": "std::integral",
    "cstddef": "std::byte std::to_integer std::ptrdiff_t",
    "cstring": "std::memchr std::memcpy std::memmove",
    "deque": "std::deque",
    "exception": "std::exception std::exception_ptr std::current_exception std::rethrow_exception",
    "functional": "std::function",
    "initializer_list": "std::initializer_list",
    "memory": "std::unique_ptr std::make_unique std::shared_ptr std::weak_ptr",
    "mutex": "std::mutex std::lock_guard",
    "optional": "std::optional std::nullopt std::nullopt_t",
    "span": "std::span",
    "stdexcept": "std::invalid_argument std::length_error std::runtime_error",
    "string": "std::string std::to_string",
    "string_view": "std::string_view",
    "thread": "std::thread std::this_thread",
    "tuple": "std::tuple std::apply",
    "type_traits": "std::is_same_v std::remove_cvref_t",
    "utility": "std::move std::exchange std::swap std::forward std::pair std::cmp_less std::declval",
    "vector": "std::vector std::erase_if",
}
HEADER_OF = {name: header for header, names in NAMES.items() for name in names.split()}
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
NAME = re.compile(r"\b((?:std|absl)::\w+)")
INCLUDE = re.compile(r'^#include [<"]([^>"]+)[>"]', re.MULTILINE)


def headers(root=ROOT):
    return sorted(file.relative_to(root).as_posix() for file in (root / PUBLIC).rglob("*.h"))


def includes_of(header, root=ROOT, seen=None):
    """What a header includes, also by others of ours."""
    seen = set() if seen is None else seen
    for included in INCLUDE.findall((root / header).read_text()):
        if included not in seen:
            seen.add(included)
            if included.startswith(PUBLIC + "/"):
                includes_of(included, root, seen)
    return seen


def lacking(root=ROOT):
    """What headers name without including it, as "file: name needs <header>"."""
    found = []
    for header in headers(root):
        code = NOT_CODE.sub(" ", (root / header).read_text())
        included = includes_of(header, root)
        for name in sorted(set(NAME.findall(code))):
            if name not in HEADER_OF:
                found.append(f"{header}: NAMES of this test does not know where {name} is declared")
            elif HEADER_OF[name] not in included:
                found.append(f"{header}: {name} needs <{HEADER_OF[name]}>")
    return found


def compiler(name):
    found = next(filter(None, map(shutil.which, COMPILERS[name])), None)
    if found is None:
        raise unittest.SkipTest(f"there is no {name} here")
    return found


def usable_headers():
    """Those whose other libraries this machine has."""
    without = [name for name in ("liburing.h",) if not pathlib.Path("/usr/include", name).exists()]
    return [header for header in headers() if not includes_of(header).intersection(without)]


def source_of(header):
    return (ROOT / header).with_suffix(".cc")


def does_without_exceptions(header):
    return not header.startswith(NEEDS_EXCEPTIONS + "/")


def run(command):
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    return done.stderr if done.returncode else ""


class Compiling(unittest.TestCase):
    maxDiff = None

    def together(self, name, *flags, of=lambda header: True):
        text = "".join(f'#include "{header}"\n' for header in filter(of, usable_headers()))
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "all.cc")
            file.write_text(text)
            self.assertEqual(run([compiler(name), *flags, *WARNINGS, f"-I{ROOT}", "-fsyntax-only", str(file)]), "")

    def test_each_header_without_a_source_alone(self):
        command = [compiler("g++"), "-std=c++20", f"-I{ROOT}", "-fsyntax-only", "-x", "c++"]
        alone = [header for header in usable_headers() if not source_of(header).exists()]
        self.assertGreater(len(alone), 10)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            self.assertEqual("".join(pool.map(lambda header: run([*command, header]), alone)), "")

    def test_gcc_23_without_rtti(self):
        self.together("g++", "-std=c++23", "-fno-rtti")

    def test_clang_20_without_rtti(self):
        self.together("clang++", "-std=c++20", "-fno-rtti")

    def test_clang_23(self):
        self.together("clang++", "-std=c++2b")

    def test_gcc_20_without_exceptions_and_rtti(self):
        self.together("g++", "-std=c++20", "-fno-exceptions", "-fno-rtti", of=does_without_exceptions)

    def test_clang_20_without_exceptions(self):
        self.together("clang++", "-std=c++20", "-fno-exceptions", of=does_without_exceptions)


class Naming(unittest.TestCase):
    maxDiff = None

    def in_a_header(self, text):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, PUBLIC, "made.h")
            file.parent.mkdir()
            file.write_text(text)
            return lacking(pathlib.Path(folder))

    def test_each_header_includes_what_it_names(self):
        self.assertEqual(lacking(), [])

    def test_each_source_includes_its_own_header_first(self):
        for header in headers():
            if source_of(header).exists():
                self.assertEqual(INCLUDE.findall(source_of(header).read_text())[0], header)

    def test_the_headers_are_looked_at(self):
        self.assertGreater(len(headers()), 40)

    def test_a_name_without_its_header_is_found(self):
        self.assertEqual(self.in_a_header("auto f(int h) { return std::move(h); }\n"),
                         ["reactor/made.h: std::move needs <utility>"])
        self.assertEqual(self.in_a_header("#include <utility>\nauto f(int h) { return std::move(h); }\n"), [])

    def test_a_name_in_a_comment_or_text_is_none(self):
        self.assertEqual(self.in_a_header('// std::move\nconst char* a = "std::vector";\n'), [])

    def test_a_name_that_nobody_knows_is_found(self):
        self.assertEqual(len(self.in_a_header("std::unheard_of a;\n")), 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
