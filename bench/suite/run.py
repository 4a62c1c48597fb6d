"""The bench suite's command: runs what a mode asks for and writes the results folder.

    python3 bench/suite/run.py quick|full|peers [--output FOLDER] [--build build/release]

Called by scripts/bench, from the root of the repository, after it has built. bench/suite/README.md describes the
files. The exit code is 0 when everything could be run, whatever the verdicts are; 1 when something could not.
"""

import argparse
import datetime
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import experiments
import network
import programs
import table
from outcomes import COULD_NOT_RUN, DELIVERIES_WRONG

SUITE = os.path.dirname(os.path.abspath(__file__))
VOLATILE_FLAGS = re.compile(r" --(json|server_pid)=\S+")
RUN_DEADLINE = 300


class Progress:
    """One line for each step, with what remains; on a terminal the line is overwritten by the next."""

    def __init__(self, steps, out=sys.stderr):
        self.steps = steps
        self.expected = sum(step.seconds for step in steps)
        self.done = 0.0
        self.begun = time.monotonic()
        self.out = out
        self.live = out.isatty()
        self.shown = None

    def begin(self, number, step):
        elapsed = time.monotonic() - self.begun
        # What has been run says how the estimates must be stretched.
        stretch = elapsed / self.done if self.done > 20 else 1
        left = (self.expected - self.done) * stretch
        where = " ".join(f"{name}={value}" for name, value in step.parameters.items())
        line = f"[{number}/{len(self.steps)}] {left / 60:4.1f} min left  {step.experiment} {where}  {step.subject}"
        if self.live:
            self.out.write("\r\033[K" + line[: shutil.get_terminal_size().columns - 1])
        elif step.experiment != self.shown:
            self.out.write(line + "\n")
        self.shown = step.experiment
        self.out.flush()

    def end(self, step):
        self.done += step.seconds

    def close(self, runs):
        if self.live:
            self.out.write("\r\033[K")
        self.out.write(f"{runs} runs in {(time.monotonic() - self.begun) / 60:.1f} min\n")


def core_busy_ns(core):
    """How long a core has not been idle since the machine began (/proc/stat), against the clock's time."""
    with open("/proc/stat", encoding="ascii") as file:
        for line in file:
            if line.startswith(f"cpu{core} "):
                ticks = [int(word) for word in line.split()[1:]]
                return time.monotonic_ns() - (ticks[3] + ticks[4]) * 10**9 // os.sysconf("SC_CLK_TCK")
    return 0


def version_of_tree():
    """The commit that is measured, with a + where files other than results have been changed since."""
    def git(*words):
        return subprocess.run(["git", *words], check=False, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    commit = git("rev-parse", "--short=12", "HEAD")
    if commit.returncode != 0:
        return "unknown"
    changed = git("diff", "--quiet", "HEAD", "--", ".", ":!bench/published").returncode != 0
    return commit.stdout.strip() + ("+" if changed else "")


class Runner:
    def __init__(self, mode, build, scratch, connected):
        self.scale = experiments.SCALES[mode]
        self.places = programs.Places(os.path.join(build, "bin"))
        if os.cpu_count() == 1:
            self.places.load_core = 0
        self.scratch = scratch
        self.runs = []
        self.machine = {}
        self.network = connected
        self.version = version_of_tree()
        self.hopeless = set()

    def run(self, step):
        if step.kind == "test":
            self.record(step, *self.run_test(step))
            return
        subject = programs.SUBJECTS[step.subject]
        key = (step.experiment, step.subject)
        if step.experiment == "peers_latency" and key in self.hopeless:
            return  # it was saturated at a lower rate already
        try:
            with programs.started(subject, self.places) as server:
                counting = self.begin_strace(server) if step.kind == "strace" else None
                busy = core_busy_ns(self.places.server_core)
                result = self.run_bench(step, server)
                busy = core_busy_ns(self.places.server_core) - busy
                if counting:
                    result = self.end_strace(counting, *result)
                elif result[2] is not None:
                    result[2]["server_core_busy_ns_whole_run"] = busy
        except programs.NotStarted as reason:
            result = ("", COULD_NOT_RUN, None, str(reason), "")
        if result[1] in (COULD_NOT_RUN, DELIVERIES_WRONG):
            self.hopeless.add(key)
        self.record(step, *result)

    def record(self, step, command, exit_code, measured, message, server=""):
        if measured is not None:
            self.machine.update(measured.pop("machine", {}))
            measured["command"] = command
            if step.repetition > 0:
                drop_curves(measured)
        taken = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes")
        self.runs.append({"experiment": step.experiment, "subject": step.subject, "version": self.version,
                          "taken": taken, "network": self.network, "repetition": step.repetition,
                          "parameters": step.parameters, "command": command, "server": server, "exit_code": exit_code,
                          "message": message, "measured": measured})

    def run_bench(self, step, server):
        places = self.places
        path = os.path.join(self.scratch, "measured.json")
        if os.path.exists(path):
            os.unlink(path)
        command = [f"{places.binaries}/parley-bench", f"--target=127.0.0.1:{server.port}",
                   f"--protocol={server.subject.protocol}", *step.flags, f"--cpu={places.load_core}",
                   f"--server_cpu={places.server_core}", *server.subject.bench_flags, *self.scale.flags,
                   "--source_addresses=4", f"--json={path}"]
        if step.needs_pid:
            command.append(f"--server_pid={server.pid}")
        typed = VOLATILE_FLAGS.sub("", " " + shlex.join(command)).strip()
        try:
            done = subprocess.run(command, check=False, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=RUN_DEADLINE)
        except subprocess.TimeoutExpired:
            return typed, COULD_NOT_RUN, None, f"it had not ended after {RUN_DEADLINE} s", server.command
        measured = None
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                measured = json.load(file)
        said = done.stderr.strip().splitlines()
        message = said[-1] if done.returncode != 0 and said else ""
        return typed, done.returncode, measured, message, server.command

    def begin_strace(self, server):
        path = os.path.join(self.scratch, "strace")
        counting = subprocess.Popen(["strace", "-c", "-f", "-o", path, "-p", str(server.pid)],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        counting.stderr.readline()  # that it is attached
        return counting, path

    def end_strace(self, counting, command, exit_code, measured, message, server):
        process, path = counting
        process.send_signal(signal.SIGINT)
        process.stderr.close()
        process.wait(20)
        if measured is None:
            return command, exit_code, None, message, server
        calls = {}
        with open(path, encoding="utf-8") as file:
            for line in file:
                words = line.split()
                if len(words) >= 5 and re.fullmatch(r"[0-9.]+", words[0]) and words[-1] != "total":
                    calls[words[-1]] = int(words[3])
        deliveries = measured["runs"][0]["deliveries"]
        return command, exit_code, {
            "machine": measured["machine"], "syscalls": calls, "deliveries": deliveries,
            "per_delivery": sum(calls.values()) / deliveries if deliveries else None}, message, server

    def run_test(self, step):
        """A test program that prints what it has measured, as `user memory per ...: N bytes (engine, ...)`."""
        program = os.path.join(self.places.binaries, step.flags[0])
        if not os.path.exists(program):
            return program, COULD_NOT_RUN, None, "it is not built"
        done = subprocess.run(["taskset", "-c", str(self.places.server_core), program], check=False, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        findings = {f"{what} ({engine})": int(number) for what, number, engine in
                    re.findall(r"^(user memory per .*?): ([0-9]+) bytes \((\w+)", done.stdout, re.MULTILINE)}
        passed = re.search(r"\[  PASSED  \] ([0-9]+) test", done.stdout)
        findings["tests passed"] = int(passed.group(1)) if passed else 0
        message = "" if done.returncode == 0 else "the test failed"
        return program, done.returncode, {"findings": findings}, message


def drop_curves(measured):
    for run in measured.get("runs", []):
        for histogram in run.get("latency_ns", {}).values():
            histogram.pop("curve", None)


def machine_facts(runner, subjects):
    facts = dict(runner.machine)
    facts["server's core"] = str(runner.places.server_core)
    facts["load's core"] = str(runner.places.load_core)
    for name in subjects:
        subject = programs.SUBJECTS[name]
        if subject.version:
            facts[name] = programs.version_of(subject, runner.places) or "not there"
    return facts


def parse(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures Parley beside its floors and peers.")
    parser.add_argument("mode", nargs="?", default="quick", choices=[*experiments.SCALES])
    parser.add_argument("--output", help="the folder for the results")
    parser.add_argument("--build", default="build/release", help="where it was built")
    parser.add_argument("--repetitions", type=int, help="of what the verdicts come from, instead of the mode's")
    parser.add_argument("--only", help="experiments, separated by commas: to try one out")
    flags = parser.parse_args(arguments)
    if flags.repetitions is not None and flags.repetitions < 1:
        parser.error(f"--repetitions={flags.repetitions} is less than 1")
    return flags


def main(arguments=None):
    flags = parse(arguments)
    # However it is ended, the server that is running is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    # A quick look must not take the place of a long run of the same day.
    folder = datetime.date.today().isoformat() + ("" if flags.mode in ("full", "peers") else f"-{flags.mode}")
    output = flags.output or os.path.join("bench", "results", folder)
    os.makedirs(output, exist_ok=True)
    programs.allow_all_descriptors()
    connected = network.enter_own()

    places = programs.Places(os.path.join(flags.build, "bin"))
    peers = [name for name in programs.PEERS if programs.SUBJECTS[name].program(places)]
    steps = experiments.plan(flags.mode, peers, flags.repetitions)
    if flags.only:
        steps = [step for step in steps if step.experiment in flags.only.split(",")]
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as scratch:
        runner = Runner(flags.mode, flags.build, scratch, connected)
        progress = Progress(steps)
        try:
            for number, step in enumerate(steps, 1):
                progress.begin(number, step)
                runner.run(step)
                progress.end(step)
        except KeyboardInterrupt:
            print("\nInterrupted; what has been measured is written.", file=sys.stderr)
        progress.close(len(runner.runs))

    subjects = {run["subject"] for run in runner.runs}
    facts = machine_facts(runner, sorted(subjects))
    table.write(output, flags.mode, facts, runner.runs)
    report = os.path.join(SUITE, "report.py")
    reported = subprocess.run([sys.executable, "-B", report, output], check=False).returncode
    with open(os.path.join(output, "table.md"), encoding="utf-8") as file:
        print(file.read())
    print(f"Everything is in {output}; it took {time.monotonic() - started:.0f} s.")
    return 0 if reported == 0 and all(run["exit_code"] != COULD_NOT_RUN for run in runner.runs) else 1


if __name__ == "__main__":
    sys.exit(main())
