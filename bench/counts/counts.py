#!/usr/bin/env python3
"""Counts the instructions of a fixed script and compares them with those of a stored baseline.

    bench/counts/counts.py                    # build/release/bin/parley_counts against the baseline
    bench/counts/counts.py --runs=3           # and how far runs are apart
    bench/counts/counts.py --update           # makes what was counted the baseline

The script (parley_counts.cc) runs under callgrind. Its server's instructions in user space are counted, phase
by phase; the kernel's are not. The run has an empty environment, no address randomisation, a clock that
stands still, and the C library's functions for plain x86-64 instead of those for this machine's processor, so
that another machine with the same compiler and libraries counts the same.

Exits with 0 when nothing needs more than --tolerance percent more than the baseline; with 1 when something
does, and then it says which functions grew; with 2 when the counts could not be taken; with 77 when there is
nothing to compare with: another compiler, other libraries, no valgrind, no baseline.
"""

import argparse
import ctypes
import dataclasses
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import callgrind_profile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/release/bin/parley_counts"
BASELINE = ROOT / "tests/bench/counts_baseline.json"

EXIT_REGRESSION, EXIT_FAILED, EXIT_NOT_COMPARED = 1, 2, 77

ADDR_NO_RANDOMIZE = 0x0040000  # personality(2)
# What a processor has beyond plain x86-64 chooses other functions for memcpy and its kind (GNU C Library manual,
# "Hardware Capability Tunables").
PLAIN_PROCESSOR = "glibc.cpu.hwcaps=" + ",".join(
    "-" + feature for feature in ("AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "AVX_Fast_Unaligned_Load",
                                  "Prefer_No_VZEROUPPER", "BMI2", "ERMS", "FSRM", "RTM", "SSE4_1", "SSE4_2", "SSSE3",
                                  "Fast_Unaligned_Copy"))
ENVIRONMENT = {"LC_ALL": "C", "GLIBC_TUNABLES": PLAIN_PROCESSOR}

# A function is kept in the baseline when it has at least this share of a phase.
KEPT_ALONE, KEPT_INCLUSIVE = 0.004, 0.03
REPEATABLE = 0.001  # the share by which two runs may differ
NAMED_FUNCTIONS = 8
NAME_COLUMNS = 100


class CountingFailed(Exception):
    pass


@dataclasses.dataclass
class Phase:
    count: int
    unit: str
    profile: callgrind_profile.Profile

    @property
    def each(self):
        return self.profile.total / self.count


@dataclasses.dataclass
class Counts:
    made_with: str
    phases: dict  # name -> Phase, in the order of the script


# ---- counting


def run_once(program):
    """Runs the script under callgrind."""
    with tempfile.TemporaryDirectory(prefix="parley_counts.") as folder:
        profiles = pathlib.Path(folder, "profile")
        command = [shutil.which("valgrind"), "--tool=callgrind", f"--callgrind-out-file={profiles}",
                   "--toggle-collect=parley::bench::Counted(*", "--dump-after=parley::bench::EndPhase()",
                   "--compress-strings=no", "--compress-pos=no", str(program)]
        libc = ctypes.CDLL(None)
        done = subprocess.run(command, env=ENVIRONMENT, cwd="/", text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, preexec_fn=lambda: libc.personality(ADDR_NO_RANDOMIZE))
        if done.returncode != 0:
            raise CountingFailed(f"{program} under callgrind ended with {done.returncode}:\n{done.stderr}")
        return read_counts(done.stdout, profiles)


def read_counts(output, profiles):
    """What the script printed, and the profiles PROFILES.1, PROFILES.2, ... that belong to its phases."""
    made_with = re.match(r"made with (.*)\n", output)[1]
    phases = {}
    for number, line in enumerate(re.findall(r"^phase (.*)$", output, re.M), start=1):
        name, count, unit = re.fullmatch(r"(\w+), (\d+) (\w+)", line).groups()
        with open(f"{profiles}.{number}", encoding="utf-8") as file:
            phases[name] = Phase(int(count), unit, callgrind_profile.read(file))
    return Counts(made_with, phases)


def spread(runs):
    """The largest share by which the runs differ in a phase, and that phase."""
    def of_phase(name):
        totals = [run.phases[name].profile.total for run in runs]
        return (max(totals) - min(totals)) / min(totals)
    return max((of_phase(name), name) for name in runs[0].phases)


# ---- the baseline


def baseline_of(counts):
    def kept(profile):
        return {name: [function.alone, function.inclusive]
                for name, function in sorted(profile.functions.items())
                if function.alone >= KEPT_ALONE * profile.total or
                (function.alone > 0 and function.inclusive >= KEPT_INCLUSIVE * profile.total)}

    return {
        "made_with": counts.made_with,
        "phases": {name: {"count": phase.count, "unit": phase.unit, "instructions": phase.profile.total,
                          "functions": kept(phase.profile)} for name, phase in counts.phases.items()},
    }


def as_json(baseline):
    """With a line for each function, so that a new baseline can be read as a difference."""
    text = json.dumps(baseline, indent=1)
    return re.sub(r"\[\s+(\d+),\s+(\d+)\s+\]", r"[\1, \2]", text) + "\n"


def counts_of(baseline):
    phases = {}
    for name, stored in baseline["phases"].items():
        functions = {function: callgrind_profile.Function(*costs)
                     for function, costs in stored["functions"].items()}
        phases[name] = Phase(stored["count"], stored["unit"],
                             callgrind_profile.Profile(stored["instructions"], functions))
    return Counts(baseline["made_with"], phases)


def why_not_comparable(before, counts):
    if before.made_with != counts.made_with:
        return f"the baseline was made with {before.made_with}, this program with {counts.made_with}"
    shape = [[(name, phase.count, phase.unit) for name, phase in each.phases.items()] for each in (before, counts)]
    return "the script is another than the baseline's: --update makes a new one" if shape[0] != shape[1] else None


# ---- comparing


def change(before, after):
    return (after - before) / before


def growth(before, after, of):
    """(how much more, function), most first, for the functions in which `of` has grown."""
    def at_first(name, now):
        if name in before.functions:
            return of(before.functions[name])
        return min(now, KEPT_ALONE * before.total)  # it may have been there without being kept

    now = {name: of(function) for name, function in after.functions.items()}
    grown = [(instructions - at_first(name, instructions), name) for name, instructions in now.items()]
    return sorted(((more, name) for more, name in grown if more > 0), reverse=True)


def describe_regression(name, before, after):
    """Sentences about a phase that costs more: where the instructions are, and from where they are called."""
    more = after.profile.total - before.profile.total
    yield (f"{name}: {before.each:,.1f} instructions for each of the {after.unit} have become {after.each:,.1f} "
           f"({change(before.each, after.each):+.1%}). Functions that grew, with what was inlined into them:")
    for grown, function in growth(before.profile, after.profile, lambda f: f.alone)[:NAMED_FUNCTIONS]:
        yield f"  {grown / after.count:+12,.1f}  {shortened(function)}"
    # The callers of what grew have grown too; of those that have most of it the smallest are nearest to it.
    callers = [function for grown, function in growth(before.profile, after.profile, lambda f: f.inclusive)
               if grown >= more / 2 and function in before.profile.functions]
    callers.sort(key=lambda function: after.profile.functions[function].inclusive)
    if callers:
        yield "  At least half of it is in, or is called from:"
        for function in callers[:NAMED_FUNCTIONS // 2]:
            yield f"                {shortened(function)}"


def shortened(name):
    return name if len(name) <= NAME_COLUMNS else name[:NAME_COLUMNS - 3] + "..."


def regressions(before, counts, tolerance):
    return [name for name, phase in counts.phases.items()
            if change(before.phases[name].each, phase.each) * 100 > tolerance]


# ---- printing


def print_table(counts, before):
    print(f"Instructions in user space, {counts.made_with}:\n")
    print(f"{'phase':<12}{'counted':>20}{'instructions':>16}{'each':>12}{'baseline':>12}{'change':>9}")
    for name, phase in counts.phases.items():
        compared = ""
        if before is not None:
            each = before.phases[name].each
            compared = f"{each:>12,.1f}{change(each, phase.each):>+9.2%}"
        print(f"{name:<12}{f'{phase.count:,} {phase.unit}':>20}{phase.profile.total:>16,}{phase.each:>12,.1f}{compared}")
    print(f"\nper line received: {counts.phases['line'].each:,.0f} when each comes by itself, "
          f"{counts.phases['rooms'].each:,.0f} when many come in one turn")
    print(f"per delivery: {counts.phases['broadcast'].each:,.0f} when each is sent by itself, "
          f"{counts.phases['burst'].each:,.0f} when 50 are sent at once")


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, default=PROGRAM)
    parser.add_argument("--baseline", type=pathlib.Path, default=BASELINE)
    parser.add_argument("--tolerance", type=float, default=3, help="percent (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=1, help="that must not differ by more than 0.1 %%")
    parser.add_argument("--update", action="store_true", help="write the baseline")
    return parser.parse_args(arguments)


def load_baseline(path):
    return counts_of(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def compare(counts, before, tolerance):
    """Prints the comparison and returns the exit code."""
    reason = "there is no baseline" if before is None else why_not_comparable(before, counts)
    print_table(counts, None if reason else before)
    if reason:
        print(f"\nNot compared: {reason}.")
        return EXIT_NOT_COMPARED
    grown = regressions(before, counts, tolerance)
    for name in grown:
        print()
        print("\n".join(describe_regression(name, before.phases[name], counts.phases[name])))
    print(f"\n{len(grown) or 'No'} {'phase' if len(grown) < 2 else 'phases'} of {len(counts.phases)} "
          f"went over the baseline by more than {tolerance:.3g} %.")
    if not grown and regressions(counts, before, tolerance):
        print("Some are cheaper by more than that: --update keeps what was won.")
    return EXIT_REGRESSION if grown else 0


def main(arguments):
    options = parse_arguments(arguments)
    if shutil.which("valgrind") is None:
        print("Not counted: there is no valgrind on this machine.")
        return EXIT_NOT_COMPARED
    try:
        runs = [run_once(options.program.resolve()) for _ in range(options.runs)]
    except (CountingFailed, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    if options.runs > 1:
        share, phase = spread(runs)
        print(f"{options.runs} runs differ by at most {share:.4%} (phase {phase}).")
        if share > REPEATABLE:
            print(f"That is more than {REPEATABLE:.1%}: these counts say nothing.", file=sys.stderr)
            return EXIT_FAILED
    if options.update:
        options.baseline.write_text(as_json(baseline_of(runs[0])), encoding="utf-8")
    return compare(runs[0], load_baseline(options.baseline), options.tolerance)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
