"""Runs clang-tidy over the project's sources that may have changed since it last found nothing in them.

    scripts/lib/tidy.py build/release      # a build tree that is up to date

What a verdict depends on (the source, every header it includes, the flags, clang-tidy and its configuration)
is hashed, and the hashes of clean files are kept as empty files in build/tidy. The headers are those that the
compiler saw (ninja's log of dependencies).
"""

import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLEAN = ROOT / "build" / "tidy"


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
    """Hashes of files, each read once."""

    def __init__(self, *what_all_share):
        self._of_file = {}
        self._shared = hashlib.sha256("\0".join(what_all_share).encode()).digest()

    def of(self, commands, files):
        whole = hashlib.sha256(self._shared + "\0".join(commands).encode())
        for file in sorted(files):
            if file not in self._of_file:
                self._of_file[file] = hashlib.sha256(pathlib.Path(file).read_bytes()).digest()
            whole.update(self._of_file[file])
        return whole.hexdigest()


def sources_of(build):
    """{source: [its compile commands]}: a source of two targets is compiled twice."""
    commands = collections.defaultdict(list)
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
        if not entry["file"].startswith(str(ROOT / "build")):  # generated
            commands[entry["file"]].append(entry["command"])
    return commands


def unchecked(build):
    """[(source, fingerprint)] of what has no verdict yet, and the number of all sources."""
    headers = headers_by_object(build)
    rules = [ROOT / ".clang-tidy"]
    for folder in ("bench", "chat", "reactor", "tests"):
        rules += sorted((ROOT / folder).rglob(".clang-tidy"))
    fingerprints = Fingerprints(*(file.read_text() for file in rules),
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
        if not (CLEAN / fingerprint).exists():
            todo.append((source, fingerprint))
    return todo, len(sources)


def check(build, source, fingerprint):
    tidy = subprocess.run(["clang-tidy", "-p", build, "--quiet", source], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    if tidy.returncode == 0:
        (CLEAN / fingerprint).touch()
        return ""
    return tidy.stdout or tidy.stderr


def main(build):
    CLEAN.mkdir(parents=True, exist_ok=True)
    todo, total = unchecked(build)
    print(f"{total} sources, {len(todo)} of them to look at")
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        findings = [found for found in pool.map(lambda each: check(build, *each), todo) if found]
    print("\n".join(findings), end="")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
