"""Runs clang-tidy over the project's sources that may have changed since it last found nothing in them.

    scripts/lib/tidy.py build/release      # a build tree that is up to date

What a verdict depends on (the source, every header it includes, the flags, clang-tidy and its configuration)
is hashed, and the hashes of clean files are kept as empty files in ~/.cache/parley/tidy (XDG_CACHE_HOME), for
all clones on this machine: where a clone is has no part in the hash. What no run has asked for in 60 days is
removed. The headers are those that the compiler saw (ninja's log of dependencies).

Most of the work is headers, so sources with the same flags and rules are looked at several at a time, one behind
the other as if they were one file. Where anything is found in that (it may be that two of them have the same
name for two things), each is looked at by itself, and that counts.
"""

import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import unity

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAYS_KEPT = 60
AT_A_TIME = 8


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def headers_by_object(build):
    """{object file: [files it was compiled from]}, as `ninja -t deps` prints them."""
    files = {}
    for line in output_of("ninja", "-C", build, "-t", "deps").splitlines():
        if line.startswith("    "):
            files[current].append(line.strip())
        elif line:
            current = line.split(":")[0]
            files[current] = []
    return files


class Fingerprints:
    """Hashes of what a verdict depends on; each file is read once. The clone at `root` is left out of them."""

    def __init__(self, root, *what_all_share):
        self._root = str(root)
        self._of_file = {}
        self._shared = hashlib.sha256("\0".join(what_all_share).encode()).digest()

    def _anywhere(self, text):
        return re.sub(re.escape(self._root) + r"(?![^/\s=\"'])", "ROOT", text)

    def of(self, commands, files):
        whole = hashlib.sha256(self._shared)
        names = {self._anywhere(os.path.normpath(file)): file for file in files}
        for text in sorted(map(self._anywhere, commands)) + sorted(names):
            whole.update(text.encode() + b"\0")
            if text in names:
                whole.update(self._hash_of(names[text]))
        return whole.hexdigest()

    def _hash_of(self, file):
        if file not in self._of_file:
            self._of_file[file] = hashlib.sha256(pathlib.Path(file).read_bytes()).digest()
        return self._of_file[file]


class Verdicts:
    """Which fingerprints were found clean: an empty file each, as young as its last use."""

    def __init__(self, folder):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def is_clean(self, fingerprint):
        file = self._folder / fingerprint
        if not file.exists():
            return False
        file.touch()
        return True

    def add(self, fingerprint):
        (self._folder / fingerprint).touch()

    def forget_unused(self):
        oldest = time.time() - DAYS_KEPT * 24 * 3600
        for file in self._folder.iterdir():
            if file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)


def verdicts_of_this_machine():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return Verdicts(pathlib.Path(cache) / "parley" / "tidy")


def sources_of(build):
    """{source: [its compile commands]}: a source of two targets is compiled twice."""
    commands = collections.defaultdict(list)
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
        for source in unity.compiled_with(entry["file"]):
            if not source.startswith(str(ROOT / "build")):  # generated
                commands[source].append(entry["command"])
    return commands


def unchecked(build, verdicts):
    """[(source, fingerprint)] of what has no verdict yet, and the number of all sources."""
    headers = headers_by_object(build)
    rules = [ROOT / ".clang-tidy"]
    for folder in ("bench", "chat", "reactor", "tests"):
        rules += sorted((ROOT / folder).rglob(".clang-tidy"))
    fingerprints = Fingerprints(ROOT, *(file.read_text() for file in rules),
                                output_of("clang-tidy", "--version"))
    sources = sources_of(build)
    todo = []
    for source, commands in sources.items():
        objects = [re.search(r" -o (\S+)", command)[1] for command in commands]
        not_built = [each for each in objects if each not in headers]
        if not_built:
            sys.exit(f"{not_built[0]} is not built: tidy looks at the files of a whole build")
        files = {os.path.join(build, file) for each in objects for file in headers[each]}
        fingerprint = fingerprints.of(commands, files)
        if not verdicts.is_clean(fingerprint):
            target = re.search(r"CMakeFiles/(\S+)\.dir/", objects[0])[1]
            todo.append(Source(source, fingerprint, target, flags_of(commands[0])))
    return todo, len(sources)


@dataclasses.dataclass(frozen=True)
class Source:
    path: str
    fingerprint: str
    target: str  # what it is a part of
    flags: tuple


def flags_of(command):
    """The flags of a compile command that say how a source is to be read."""
    words = shlex.split(command)
    compiler = next(i for i, word in enumerate(words) if re.search(r"(^|/)(c\+\+|g\+\+|clang\+\+)[^/]*$", word))
    flags = words[compiler + 1:]
    for option in ("-o", "-c", "-MT", "-MF"):
        if option in flags:
            at = flags.index(option)
            del flags[at:at + 2]
    return tuple(flag for flag in flags if flag != "-MD")


def rules_of(source):
    """The folder whose .clang-tidy holds for a source."""
    return next(folder for folder in pathlib.Path(source).parents if (folder / ".clang-tidy").exists())


def groups(sources):
    """Lists of at most AT_A_TIME sources that can be looked at together; the largest lists come first."""
    alike = collections.defaultdict(list)
    for source in sources:
        alike[source.target, source.flags, rules_of(source.path)].append(source)
    found = [of_a_kind[i:i + AT_A_TIME] for of_a_kind in alike.values() for i in range(0, len(of_a_kind), AT_A_TIME)]
    return sorted(found, key=len, reverse=True)


def tidy(*arguments):
    return subprocess.run(["clang-tidy", "--quiet", *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def are_clean_together(build, sources):
    # clang-tidy takes the rules that lie beside a source, and in the folders above: of the whole tree, here too.
    with tempfile.TemporaryDirectory(prefix="tidy.", dir=build) as folder:
        rules = rules_of(sources[0].path)
        if rules != ROOT:
            shutil.copy(rules / ".clang-tidy", folder)
        together = pathlib.Path(folder, "together.cc")
        together.write_text("\n".join(pathlib.Path(source.path).read_text() for source in sources))
        return tidy(str(together), "--", *sources[0].flags).returncode == 0


def check(build, verdicts, sources):
    """What is found in these."""
    if len(sources) > 1 and are_clean_together(build, sources):
        for source in sources:
            verdicts.add(source.fingerprint)
        return ""
    found = []
    for source in sources:
        looked = tidy(source.path, "--", *source.flags)
        if looked.returncode == 0:
            verdicts.add(source.fingerprint)
        else:
            found.append(looked.stdout or looked.stderr)
    return "\n".join(found)


def main(build):
    verdicts = verdicts_of_this_machine()
    todo, total = unchecked(build, verdicts)
    print(f"{total} sources, {len(todo)} of them to look at")
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        findings = [found for found in pool.map(lambda each: check(build, verdicts, each), groups(todo)) if found]
    verdicts.forget_unused()
    print("\n".join(findings), end="")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
