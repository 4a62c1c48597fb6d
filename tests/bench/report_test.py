"""The report shows all that was measured, says what is missing, and stands by itself."""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITE = ROOT / "bench/suite"
sys.path.insert(0, str(SUITE))

import plots
from results import Results

LOADS = (300_000, 3_000_000)
BUSY = "parley-bench: no report: the generator's core was 97.0 % busy"
PICTURES = {"fanout", "fanout-p99", "cost", "recipients", "percentiles-300000", "percentiles-3000000", "memory",
            "stall"}


def histogram(median):
    return {"count": 1000, "mean": median, "p50": median, "p90": 2 * median, "p99": 3 * median, "p99.9": 4 * median,
            "max": 5 * median, "curve": [[median, 900], [3 * median, 90], [5 * median, 10]]}


def detail(median, **more):
    return {"clients": 1000, "server_core_ns_per_delivery": median / 1000, "server_core": {"busy_share": 0.5},
            "generator_share": 0.4,
            "latency_ns": {"delivery": histogram(median), "last_recipient": histogram(2 * median)}, **more}


def run(experiment, subject, parameters, *details, repetition=0, exit_code=0):
    """A run as bench/suite/README.md has it."""
    flags = " ".join(f"--{name}={value}" for name, value in parameters.items())
    measured = {"scenario": "fanout", "findings": {}, "runs": list(details)} if details else None
    return {"experiment": experiment, "subject": subject, "repetition": repetition, "parameters": parameters,
            "command": f"parley-bench --target=127.0.0.1:7001 --protocol={subject} {flags}", "exit_code": exit_code,
            "message": BUSY if exit_code == 3 else "", "measured": measured}


def counted(experiment, **measured):
    """A run that was not of the load generator alone: a test program, or the server under strace."""
    return {**run(experiment, "parleyd", {}), "measured": measured}


def second(number, p99):
    return {"second": number, "deliveries": 1000, "p50": p99 / 2, "p99": p99, "max": 2 * p99}


def all_runs():
    for load in LOADS:
        for repetition in range(3):
            for subject in ("parleyd", "floor_coalescing_loop"):
                yield run("latency", subject, {"recipients": 1000, "deliveries_per_second": load},
                          detail(1_000_000 + 1000 * repetition, offered_deliveries_per_second=load),
                          repetition=repetition)
    yield run("peers_latency", "redis", {"recipients": 1000, "deliveries_per_second": LOADS[0]},
              detail(2_000_000, offered_deliveries_per_second=LOADS[0]))
    yield run("peers_latency", "redis", {"recipients": 1000, "deliveries_per_second": LOADS[1]}, exit_code=3)
    yield run("peers_latency", "nats", {"recipients": 1000, "deliveries_per_second": LOADS[1]}, exit_code=3)
    yield run("peers_latency", "mosquitto", {"recipients": 1000, "deliveries_per_second": LOADS[1]},
              detail(9_000_000, offered_deliveries_per_second=LOADS[1]), exit_code=2)
    for count in (100, 1000):
        yield run("recipients", "parleyd", {"recipients": count, "lines_per_second": 10}, detail(1000 * count))
    for count in (1000, 10000):
        yield run("idle", "parleyd", {"recipients": count},
                  {"clients": count, "memory_before": 1_000_000, "memory_admitted": 1_000_000 + 330 * count})
    yield run("stall", "parleyd", {"recipients": 1000, "stalled_share": 0.1, "lines_per_second": 100},
              detail(1_000_000, seconds_series=[second(number, 3_000_000) for number in range(4)]),
              detail(1_000_000, seconds_series=[second(number, 3_100_000) for number in range(4)]))
    yield counted("idle_tests", findings={"user memory per session": 330})
    yield counted("syscalls", syscalls={"sendto": 10}, deliveries=1000, per_delivery=0.01234)


def row(identity, what, **more):
    return {"id": identity, "what": what, "subject": "parleyd", "floor": "floor_send_loop", "unit": "ns",
            "ratio": 1.0312, "low": 1.01, "high": 1.05, "value": 612.0, "floor_value": 593.5, "bar": "<= 1.05",
            "verdict": "reached", "note": "", "repetitions": 10, **more}


ROWS = [
    row("a-1000", "a line to 1,000 recipients, <whole> core"),
    row("c-1", "three million & more", ratio=1.2468, verdict="missed", note="9 % over the bar"),
    row("d", "verified deliveries", floor=None, ratio=None, low=None, high=None, value=25e6, floor_value=None,
        unit="deliveries/s", bar="yes"),
    row("b-9", "thirty million", ratio=None, low=None, high=None, value=None, floor_value=None, verdict="refused",
        note=BUSY),
    row("peers-redis", "a line to 1,000 recipients: Redis", subject="redis", ratio=1.1937, bar=None, verdict=None),
]

MACHINE = {"kernel": "Linux 6.1.0 x86_64", "net.ipv4.tcp_congestion_control": "cubic", "redis": "Redis server v=7.0.15"}


def text_of(element):
    return "".join(element.itertext())


class Folder(unittest.TestCase):
    """Makes a report in a temporary folder."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name) / "2026-01-31-quick"
        cls.folder.mkdir()

    @classmethod
    def report(cls, runs, environment=None):
        runs = {"machine": MACHINE, "mode": "full", "runs": runs}
        (cls.folder / "runs.json").write_text(json.dumps(runs))
        (cls.folder / "table.json").write_text(json.dumps({"rows": ROWS}))
        made = subprocess.run([sys.executable, "-B", str(SUITE / "report.py"), str(cls.folder)], text=True,
                              capture_output=True, check=False, env=environment)
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        cls.said = made.stderr
        cls.html = (cls.folder / "report.html").read_text()
        cls.page = ElementTree.fromstring(cls.html)

    def element(self, identity):
        found = [element for element in self.page.iter() if element.get("id") == identity]
        self.assertEqual(len(found), 1, identity)
        return found[0]

    def figures(self):
        return {figure.get("id") for figure in self.page.iter("figure") if figure.find("svg") is not None}


@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
class WholeReport(Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report(list(all_runs()))

    def test_every_row_is_on_the_page_with_its_ratio_and_its_verdict(self):
        lines = [text_of(line) for line in self.page.iter("tr")]
        for wanted in ROWS:
            about = [line for line in lines if wanted["what"] in line and wanted["note"] in line]
            self.assertEqual(len([line for line in about if (wanted["verdict"] or "") in line
                                  and (f"{wanted['ratio']:.3f}" if wanted["ratio"] else "") in line]), 1, wanted["id"])

    def test_a_row_leads_to_the_runs_that_it_is_made_from(self):
        link = next(link for link in self.page.iter("a") if text_of(link) == ROWS[1]["what"])
        self.assertEqual(link.get("href"), "#runs-latency")
        self.element("runs-latency")

    def test_every_picture_is_drawn_and_on_the_page(self):
        self.assertEqual(self.figures(), PICTURES)
        self.assertEqual({file.stem for file in self.folder.glob("*.svg")}, PICTURES)
        self.assertEqual(self.said, "")

    def test_the_pictures_of_the_front_page_are_there_as_png_too(self):
        self.assertEqual({file.name for file in self.folder.glob("*.png")}, {"fanout.png", "cost.png"})
        self.assertTrue((self.folder / "cost.png").read_bytes().startswith(b"\x89PNG\r\n"))

    def test_every_picture_has_its_lines_with_their_names(self):
        svg = ElementTree.parse(self.folder / "fanout.svg").getroot()
        said = text_of(svg)
        for name in ("Time to the last recipient", "parleyd", "coalescing floor", "Redis", "1 M"):
            self.assertIn(name, said)

    def test_the_page_fetches_nothing(self):
        self.assertNotRegex(self.html, r"https?://|url\(|@import|<(script|link|img|iframe)\b")
        for element in self.page.iter():
            for name, value in element.attrib.items():
                if name in ("href", "src"):
                    self.assertTrue(value.startswith("#"), value)

    def test_no_id_is_there_twice_and_no_link_leads_nowhere(self):
        identities = collections.Counter(element.get("id") for element in self.page.iter() if element.get("id"))
        self.assertEqual([name for name, count in identities.items() if count > 1], [])
        for element in self.page.iter():
            if element.get("href"):
                self.assertIn(element.get("href")[1:], identities)

    def test_the_page_says_how_it_was_measured(self):
        said = text_of(self.page)
        for wanted in (*MACHINE.values(), "measured on 2026-01-31 with scripts/bench full",
                       *(a_run["command"] for a_run in all_runs())):
            self.assertIn(wanted, said)

    def test_what_was_found_beside_the_latencies_stands_with_its_runs(self):
        self.assertIn("user memory per session: 330", text_of(self.element("runs-idle-tests")))
        self.assertIn("system calls per delivery: 0.01234", text_of(self.element("runs-syscalls")))

    def test_a_refused_run_is_shown_as_refused_and_is_in_no_picture(self):
        line = next(text_of(line) for line in self.element("runs-peers-latency").iter("tr") if "NATS" in text_of(line))
        self.assertIn("1 refused", line)
        self.assertIn(BUSY, line)
        self.assertIn("NATS at 3 M deliveries/s: refused", text_of(self.element("fanout").find("figcaption")))
        for svg in self.folder.glob("*.svg"):
            self.assertNotIn("NATS", svg.read_text(), svg.name)

    def test_a_run_with_wrong_deliveries_is_in_no_picture_though_it_was_measured(self):
        self.assertIn("mosquitto at 3 M deliveries/s: deliveries wrong",
                      text_of(self.element("cost").find("figcaption")))
        for svg in self.folder.glob("*.svg"):
            self.assertNotIn("mosquitto", svg.read_text(), svg.name)


@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
class MissingData(Folder):
    def test_a_picture_without_data_is_named_with_the_reason_and_not_drawn(self):
        self.report([a_run for a_run in all_runs() if a_run["experiment"] not in ("stall", "recipients")])
        self.assertEqual(self.figures(), PICTURES - {"stall", "recipients"})
        said = text_of(self.page)
        self.assertIn("When readers stop reading (stall): there are no runs of 'stall'", said)
        self.assertIn("Time to the last against recipients (recipients): there are no runs of 'recipients'", said)
        self.assertIn("no picture 'stall'", self.said)

    def test_a_picture_of_earlier_data_does_not_stay(self):
        self.report(list(all_runs()))
        (self.folder / "percentiles-7.svg").touch()
        (self.folder / "somebody's.svg").touch()
        self.report([a_run for a_run in all_runs() if a_run["experiment"] != "stall"])
        self.assertEqual({file.stem for file in self.folder.glob("*.svg")}, PICTURES - {"stall"} | {"somebody's"})

    def test_runs_without_the_numbers_of_a_picture_are_a_reason_of_their_own(self):
        bare = run("stall", "parleyd", {"recipients": 1000}, detail(1000), detail(1000))
        self.report([a_run for a_run in all_runs() if a_run["experiment"] != "stall"] + [bare])
        self.assertIn("the 1 good runs of 'stall' have no seconds_series", text_of(self.page))


class WithoutGnuplot(Folder):
    def test_the_page_is_made_and_says_why_it_has_no_pictures(self):
        self.report(list(all_runs()), environment={**os.environ, "PATH": "/nonexistent"})
        self.assertEqual(self.figures(), set())
        self.assertEqual(text_of(self.page).count("gnuplot is not installed"), len(PICTURES))
        self.assertIn(ROWS[0]["what"], text_of(self.page))


class NothingToReport(unittest.TestCase):
    def test_a_folder_without_results_is_one_sentence_and_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            made = subprocess.run([sys.executable, "-B", str(SUITE / "report.py"), folder], text=True,
                                  capture_output=True, check=False)
            self.assertEqual(made.returncode, 1)
            self.assertRegex(made.stderr, re.compile(r"\Areport: there is nothing to report from in .*\n\Z"))
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])


class Numbers(unittest.TestCase):
    def setUp(self):
        self.results = Results(MACHINE, "full", list(all_runs()), ROWS)

    def test_a_point_is_the_median_of_the_repetitions_with_the_smallest_and_the_largest(self):
        us = next(line for line in plots.fan_out(self.results).lines if line.subject == "parleyd")
        self.assertEqual([(point.x, point.low, point.y, point.high) for point in us.points],
                         [(load, 2_000_000, 2_002_000, 2_004_000) for load in LOADS])

    def test_memory_is_what_the_connections_took(self):
        us = plots.memory(self.results).lines[0]
        self.assertEqual([(point.x, point.y) for point in us.points], [(1000, 330), (10000, 330)])

    def test_every_nine_has_the_same_room_on_the_axis_of_percentiles(self):
        points = plots.curve_points([[1, 90], [2, 9], [3, 1]])
        self.assertEqual([(round(point.x, 9), point.y) for point in points], [(1, 1), (10, 1), (100, 2), (100, 3)])
        self.assertEqual([plots.nines(value) for value in (1, 2, 10, 100, 1000)],
                         ["0 %", "50 %", "90 %", "99 %", "99.9 %"])


if __name__ == "__main__":
    unittest.main()
