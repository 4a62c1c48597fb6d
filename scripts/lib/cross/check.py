"""Builds CMake trees that cross-compile, and says of each file and each program whether it went well.

    scripts/lib/cross/check.py build/cross/aarch64-macos ...

A program links well if nothing is missing but the libraries of which only headers are here. Ends with
"N passed, M failed"; exits with 1 if anything failed.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts/lib"))

import unity

# How symbols of Abseil, libtelnet and utf8proc look, mangled (Mach-O) or not (ELF).
EXPECTED = re.compile(r"absl|\b_?(telnet|utf8proc)_")
UNDEFINED = re.compile(r"undefined symbol: (.*)")


def build(tree):
    """Builds what can be built; returns {output: what was said} of all that failed."""
    run = subprocess.run(["ninja", "-C", tree, "-k", "0", "-j", "2"], capture_output=True, text=True)
    failed = {}
    current = None
    for line in run.stdout.splitlines():
        if line.startswith("FAILED: "):
            current = line.split()[1]
            failed[current] = []
        elif re.match(r"\[\d+/\d+\] |ninja: ", line):
            current = None
        elif current is not None:
            failed[current].append(line)
    if run.returncode != 0 and not failed:
        sys.exit(run.stdout + run.stderr)
    return failed


def outputs(tree):
    """[(object, source)] and [program] of a tree. Several sources may be compiled to one object."""
    commands = json.loads((tree / "compile_commands.json").read_text())
    objects = [(re.search(r" -o (\S+)", each["command"])[1], source)
               for each in commands for source in unity.compiled_with(each["file"])]
    targets = subprocess.run(["ninja", "-C", tree, "-t", "targets", "all"], check=True,
                             capture_output=True, text=True).stdout
    return objects, re.findall(r"^(\S+): CXX_EXECUTABLE_LINKER", targets, re.MULTILINE)


def name_of(source):
    path = pathlib.Path(source)
    return path.relative_to(ROOT) if path.is_relative_to(ROOT / "reactor") or \
        path.is_relative_to(ROOT / "chat") else path.name


def check(tree):
    """Yields (passed, name, detail)."""
    failed = build(tree)
    objects, programs = outputs(tree)
    for output, source in objects:
        yield output not in failed, f"{tree.name} {name_of(source)}", failed.get(output, [])
    for program in programs:
        name = f"{tree.name} links {pathlib.Path(program).name}"
        said = failed.get(program)
        if said is None:
            yield (tree / program).exists(), name, ["it could not be tried"]
            continue
        missing = {match[1] for match in map(UNDEFINED.search, said) if match}
        unexpected = sorted(symbol for symbol in missing if not EXPECTED.search(symbol))
        yield bool(missing) and not unexpected, name, unexpected or said


def main(trees):
    counts = {True: 0, False: 0}
    for tree in trees:
        for passed, name, detail in check(pathlib.Path(tree)):
            counts[passed] += 1
            print("passed" if passed else "FAILED", name)
            if not passed:
                print("\n".join("    " + line for line in detail[:40]))
    print(f"\n{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
