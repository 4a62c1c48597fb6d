"""The bench suite's arithmetic, and the suite itself run on almost nothing."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SUITE = os.path.join(ROOT, "bench", "suite")
sys.path.insert(0, SUITE)

import experiments  # noqa: E402
import programs  # noqa: E402
import table  # noqa: E402
from bars import Bar  # noqa: E402
from outcomes import is_usable, outcome_of  # noqa: E402
from row import COLUMNS, core_cost, make_row  # noqa: E402
from experiment_rows import all_rows  # noqa: E402

OURS, FLOOR = "parleyd", "floor_send_loop"


def run_of(subject, repetition, cost, exit_code=0, experiment="cost", **more):
    """A run whose server's core needed `cost` ns for a delivery."""
    measured = {"findings": {}, "runs": [{"server_core_ns_per_delivery": cost, "server_core_before": {"busy_share": 0},
                                          **more}]}
    return {"experiment": experiment, "subject": subject, "repetition": repetition, "command": "", "message": "",
            "taken": "2026-11-21 12:00:00", "version": "abc", "exit_code": exit_code,
            "parameters": {"recipients": 1000, "lines_per_second": 100},
            "measured": measured if exit_code == 0 else None}


def row_of(runs, bar=Bar(1.05)):
    return make_row("a", "what", "ns", runs, core_cost, floor=FLOOR, bar=bar)


class TableArithmetic(unittest.TestCase):
    def test_a_run_that_shared_its_core_with_other_machines_does_not_count(self):
        def shared(subject, repetition, cost, stolen_ms):
            core = {"steal": stolen_ms * 1_000_000, "wall": 1_999_900_000}
            return run_of(subject, repetition, cost, server_core=core)
        # Two ticks of the kernel's clock may be a rounding.
        runs = [run_of(FLOOR, 0, 100), run_of(OURS, 0, 102), run_of(FLOOR, 1, 100), shared(OURS, 1, 104, 20),
                run_of(FLOOR, 2, 100), shared(OURS, 2, 300, 600)]
        row = row_of(runs)
        self.assertEqual((row["verdict"], row["ratio"]), ("reached", 1.03))
        self.assertEqual(row["note"], "1 of 3 repetitions gave no pair")
        row = row_of([shared(FLOOR, 0, 100, 600), run_of(OURS, 0, 100)])
        self.assertEqual((row["verdict"], row["ratio"]), ("refused", None))
        self.assertEqual(row["note"], f"other virtual machines had up to 30 % of the server's core ({FLOOR})")

    def test_a_shared_core_in_the_second_run_of_a_scenario_is_seen(self):
        run = run_of(OURS, 0, 100)
        run["measured"]["runs"].append({"server_core": {"steal": 30, "wall": 100}})
        self.assertFalse(is_usable(run))
        self.assertEqual(outcome_of(run), "core shared with other machines")

    def test_ratio_is_the_median_of_the_ratios_within_repetitions(self):
        runs = [run_of(FLOOR, 0, 100), run_of(OURS, 0, 110), run_of(FLOOR, 1, 200), run_of(OURS, 1, 202),
                run_of(FLOOR, 2, 300), run_of(OURS, 2, 306)]
        row = row_of(runs)
        self.assertAlmostEqual(row["ratio"], 1.02)
        self.assertAlmostEqual(row["low"], 1.01)
        self.assertAlmostEqual(row["high"], 1.10)
        self.assertEqual((row["value"], row["floor_value"], row["repetitions"]), (202, 200, 3))

    def test_bar_is_reached_up_to_its_very_value_and_missed_beyond(self):
        self.assertEqual(row_of([run_of(FLOOR, 0, 100), run_of(OURS, 0, 105)])["verdict"], "reached")
        missed = row_of([run_of(FLOOR, 0, 100), run_of(OURS, 0, 126)])
        self.assertEqual(missed["verdict"], "missed")
        self.assertIn("20 %", missed["note"])

    def test_row_without_a_bar_has_no_verdict(self):
        self.assertIsNone(row_of([run_of(FLOOR, 0, 100), run_of(OURS, 0, 300)], bar=None)["verdict"])

    def test_refused_run_never_yields_reached(self):
        for refused in (OURS, FLOOR):
            runs = [run_of(subject, 0, 100, exit_code=3 if subject == refused else 0) for subject in (OURS, FLOOR)]
            row = row_of(runs)
            self.assertEqual(row["verdict"], "refused")
            self.assertIsNone(row["ratio"])
            self.assertIn(refused, row["note"])

    def test_refused_repetition_is_left_out_and_told_of(self):
        runs = [run_of(FLOOR, 0, 100), run_of(OURS, 0, 0, exit_code=3)]
        for repetition in (1, 2):
            runs += [run_of(FLOOR, repetition, 100), run_of(OURS, repetition, 102)]
        row = row_of(runs)
        self.assertEqual(row["verdict"], "reached")
        self.assertAlmostEqual(row["ratio"], 1.02)
        self.assertIn("1 of 3", row["note"])

    def test_wrong_deliveries_fail_the_row_whatever_the_others_say(self):
        runs = [run_of(FLOOR, 0, 100), run_of(OURS, 0, 100, exit_code=2), run_of(FLOOR, 1, 100), run_of(OURS, 1, 100)]
        self.assertEqual(row_of(runs)["verdict"], "failed")

    def test_run_that_could_not_take_place_fails_the_row(self):
        self.assertEqual(row_of([run_of(FLOOR, 0, 100), run_of(OURS, 0, 100, exit_code=1)])["verdict"], "failed")

    def test_busy_machine_is_told_of(self):
        runs = [run_of(FLOOR, 0, 100), run_of(OURS, 0, 100, server_core_before={"busy_share": 0.4})]
        self.assertIn("40 %", row_of(runs)["note"])

    def test_experiments_become_the_rows_of_their_bars(self):
        runs = [run_of(subject, 0, 100) for subject in (FLOOR, OURS)]
        rows = all_rows(runs)
        self.assertEqual([(row["id"], row["bar"], row["verdict"]) for row in rows], [("a-1000", "<= 1.05", "reached")])
        self.assertEqual(set(rows[0]), set(COLUMNS))

    def test_lone_sweep_of_the_floor_is_what_every_rate_is_compared_with(self):
        def sweep(subject, lines, p50, tail):
            run = run_of(subject, 0, 0, experiment="sweep", latency_ns={"last_recipient": {"p50": p50, "p99.9": tail}})
            return {**run, "parameters": {"recipients": 10000, "lines_per_second": lines}}
        runs = [sweep("floor_coalescing_loop", 1, 10, 99), sweep(OURS, 1, 9, 12),
                sweep("floor_coalescing_loop", 1000, 50, 99), sweep(OURS, 1000, 9, 16)]
        rows = {row["id"]: row for row in all_rows(runs)}
        self.assertAlmostEqual(rows["e-1"]["ratio"], 1.2)
        self.assertAlmostEqual(rows["e-1000"]["ratio"], 1.6)
        self.assertEqual(rows["e-1000"]["verdict"], "missed")

    def small_room(self, p99_beside, exit_code=0, repetition=0, given=1.0, subject=OURS):
        def heard(p99):
            return {"latency_ns": {"delivery": {"p50": p99 / 2, "p99": p99, "max": 2 * p99}}}
        run = run_of(subject, repetition, 0, exit_code=exit_code, experiment="small_room", **heard(1e6))
        run["parameters"] = {"rooms": 1, "lines_per_second": 200, "crowd": 3000, "crowd_lines_per_second": 100}
        if run["measured"]:
            run["measured"]["runs"].append(heard(p99_beside))
            run["measured"]["findings"] = {"p99 above quiet, ms": p99_beside / 1e6 - 1,
                                           "of what was said in the busy room it was given": given}
        return run

    def test_small_room_beside_a_busy_one_is_held_against_itself_beside_a_silent_one(self):
        rows = {row["id"]: row for row in all_rows([self.small_room(6e6)])}
        self.assertEqual((rows["k-1-100"]["verdict"], rows["k-1-100"]["value"]), ("reached", 5))
        self.assertEqual((rows["k-1-100-p99"]["value"], rows["k-1-100-p99"]["floor_value"]), (6e6, 1e6))
        self.assertEqual(rows["k-1-100-max"]["ratio"], 6)
        self.assertEqual(rows["k-1-100-given"]["value"], 1)
        rows = {row["id"]: row for row in all_rows([self.small_room(4e9)])}
        self.assertEqual(rows["k-1-100"]["verdict"], "missed")

    def test_server_with_twenty_renderings_has_rows_of_its_own(self):
        runs = [self.small_room(3e6), self.small_room(9e6, subject=experiments.TWENTY_RENDERINGS)]
        rows = {row["id"]: row for row in all_rows(runs)}
        self.assertEqual((rows["k-1-100"]["verdict"], rows["k-1-100"]["value"]), ("reached", 2))
        self.assertEqual((rows["k20-1-100"]["verdict"], rows["k20-1-100"]["value"]), ("missed", 8))
        self.assertEqual((rows["k20-1-100-p99"]["value"], rows["k20-1-100-p99"]["floor_value"]), (9e6, 1e6))

    def test_busy_room_that_was_not_busy_is_told_of(self):
        row = all_rows([self.small_room(1e6, given=0.43)])[0]
        self.assertEqual(row["note"], "the busy room was given 43 % of its lines")

    def test_small_room_that_was_not_given_all_its_lines_has_no_latency(self):
        rows = {row["id"]: row for row in all_rows([self.small_room(1e6), self.small_room(0, 2, repetition=1)])}
        self.assertEqual(rows["k-1-100"]["verdict"], "failed")

    def test_second_run_into_a_folder_keeps_the_other_experiments(self):
        with tempfile.TemporaryDirectory() as folder:
            table.write(folder, "full", {"kernel": "x"}, [run_of(OURS, 0, 1), run_of(FLOOR, 0, 1)])
            table.write(folder, "peers", {"redis": "7"}, [run_of(OURS, 0, 1, experiment="peers_cost")])
            with open(os.path.join(folder, "runs.json"), encoding="utf-8") as file:
                written = json.load(file)
            with open(os.path.join(folder, "table.md"), encoding="utf-8") as file:
                head = file.read().split("| |")[0]
        self.assertIn("2026-11-21, commit abc: cost, peers_cost.", head)
        self.assertIn("Machine: kernel: x; redis: 7.", head)
        self.assertEqual([run["experiment"] for run in written["runs"]], ["cost", "cost", "peers_cost"])
        self.assertEqual((written["mode"], written["machine"]), ("full+peers", {"kernel": "x", "redis": "7"}))


class Plans(unittest.TestCase):
    def test_subject_and_floor_take_turns_in_beginning(self):
        order = list(experiments.in_turns(2, "floor", "ours"))
        self.assertEqual(order, [(0, "floor"), (0, "ours"), (1, "ours"), (1, "floor")])

    def test_every_bar_is_in_quick_and_in_full(self):
        for mode in ("quick", "full"):
            planned = {step.experiment for step in experiments.plan(mode)}
            self.assertLessEqual({"cost", "latency", "throughput", "sweep", "stall", "idle_tests", "mass_leave",
                                  "rooms", "logins", "small_room"}, planned)

    def test_repetitions_may_be_said(self):
        steps = [step for step in experiments.plan("quick", repetitions=3) if step.experiment == "small_room"]
        self.assertEqual({step.repetition for step in steps}, {0, 1, 2})

    def test_peers_that_are_not_there_are_not_planned(self):
        subjects = {step.subject for step in experiments.plan("peers", ["redis"])}
        self.assertIn("redis", subjects)
        self.assertNotIn("nats", subjects)


class Programs(unittest.TestCase):
    def test_server_that_is_not_there_is_said_so(self):
        subject = programs.Subject("nobody", "lines", lambda *_: ["no-such-program"])
        with self.assertRaisesRegex(programs.NotStarted, "nobody is not on this machine"):
            with programs.started(subject, programs.Places("")):
                pass

    def test_server_that_ends_at_once_is_not_waited_for(self):
        subject = programs.Subject("ender", "lines", lambda *_: [sys.executable, "-c", "print('no memory')"])
        with self.assertRaisesRegex(programs.NotStarted, "no memory"):
            with programs.started(subject, programs.Places("")):
                pass


# How long after a send() of one byte the server has its acknowledgement, in ms and the median of twenty, in the
# network that the suite makes for itself. The client acknowledges as late as it may: after 40 ms.
ACKNOWLEDGED_AFTER = """
import socket, struct, time, network
print(network.enter_own())
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
def unacknowledged():
    return struct.unpack_from("I", server.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64), 24)[0]
took = []
for _ in range(20):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    sent = time.monotonic()
    server.send(b"x")
    while unacknowledged():
        pass
    took.append(time.monotonic() - sent)
    client.recv(1)
print(1000 * sorted(took)[10])
"""


class Network(unittest.TestCase):
    def test_every_segment_is_acknowledged_at_once_in_the_suite_s_own_network(self):
        done = subprocess.run([sys.executable, "-B", "-c", ACKNOWLEDGED_AFTER], cwd=SUITE, check=True, text=True,
                              stdout=subprocess.PIPE, timeout=30)
        said, milliseconds = done.stdout.splitlines()
        if "no namespace" in said:
            self.skipTest(said)
        self.assertEqual(said, "a namespace of its own, every segment acknowledged at once")
        self.assertLess(float(milliseconds), 20)


@unittest.skipUnless("PARLEY_BUILD" in os.environ, "needs the built programs")
class Smoke(unittest.TestCase):
    def test_suite_runs_and_writes_its_files(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-B", "bench/suite/run.py", "smoke", "--output", folder, "--build",
                                   os.environ["PARLEY_BUILD"]], cwd=ROOT, check=False, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280)
            self.assertEqual(done.returncode, 0, done.stdout)
            with open(os.path.join(folder, "runs.json"), encoding="utf-8") as file:
                runs = json.load(file)["runs"]
            with open(os.path.join(folder, "table.json"), encoding="utf-8") as file:
                rows = {row["id"]: row for row in json.load(file)["rows"]}
            for name in ("table.csv", "runs.csv", "table.md"):
                self.assertGreater(os.path.getsize(os.path.join(folder, name)), 0, name)
        self.assertEqual([run["message"] for run in runs if run["exit_code"] != 0], [])
        # A hypervisor may have given the server's core to others; then there is no number, and the row says so.
        own = {name for name, row in rows.items() if "other virtual machines had up to" not in row["note"]}
        if "h" in own:
            self.assertEqual(rows["h"]["verdict"], "reached")
        if "a-20" in own:  # so short a run may use less of a core than the kernel's clock for that can tell
            self.assertGreaterEqual(rows["a-20"]["value"], 0)
        if "j" in own:
            self.assertGreater(rows["j"]["value"], 0)
        self.assertIn("k-20-10", rows)
        self.assertNotIn(folder, json.dumps(runs))


if __name__ == "__main__":
    unittest.main()
