"""Reads what a run of the suite wrote, and answers with medians.

    results = Results.read(folder)
    for series in results.series(["latency"], x=offered, y=last_recipient("p50")):
        series.subject, series.points

README.md beside this has the files' form. Only usable runs count (see outcomes.py). Times are ns, memory is bytes.
"""

import collections
import dataclasses
import json
import statistics

from outcomes import is_usable, outcome_of

SUBJECTS = {  # in the order of legends, with the names for people
    "parleyd": "parleyd",
    "parleyd-io_uring": "parleyd, io_uring",
    "parleyd-two-threads": "parleyd, two I/O threads",
    "floor_coalescing_loop": "coalescing floor",
    "floor_send_loop": "send() floor",
    "redis": "Redis",
    "nats": "NATS",
    "inspircd": "InspIRCd",
    "ngircd": "ngIRCd",
    "mosquitto": "mosquitto",
    "asynchat": "asynchat",
}


def name_of(subject):
    return SUBJECTS.get(subject, subject)


def rank_of(subject):
    names = list(SUBJECTS)
    return names.index(subject) if subject in names else len(names)


@dataclasses.dataclass
class Point:
    """The median over the repetitions, with the smallest and the largest."""

    x: float
    y: float
    low: float
    high: float


@dataclasses.dataclass
class Series:
    subject: str
    points: list
    parameters: dict  # those by which this series differs from others of its subject


def detail(run):
    """The part of a good run that the question is about: where a scenario has several, the last."""
    runs = run["measured"].get("runs") or [{}]
    return runs[-1]


def offered(run):
    return detail(run).get("offered_deliveries_per_second")


def parameter(name):
    return lambda run: run["parameters"].get(name)


def cost(run):
    return detail(run).get("server_core_ns_per_delivery")


def latency(kind, value):
    return lambda run: detail(run).get("latency_ns", {}).get(kind, {}).get(value)


def memory_per_connection(run):
    part = detail(run)
    before, admitted, clients = (part.get(name) for name in ("memory_before", "memory_admitted", "clients"))
    if before is None or admitted is None or not clients:
        return None
    return (admitted - before) / clients


def median_point(x_values, y_values):
    return Point(statistics.median(x_values), statistics.median(y_values), min(y_values), max(y_values))


class Results:
    def __init__(self, machine, mode, runs, rows):
        self.machine = machine
        self.mode = mode
        self.runs = runs
        self.rows = rows

    @classmethod
    def read(cls, folder):
        runs = json.loads((folder / "runs.json").read_text())
        table = json.loads((folder / "table.json").read_text())
        return cls(runs.get("machine", {}), runs.get("mode", ""), runs["runs"], table["rows"])

    def of(self, experiments):
        return [run for run in self.runs if run["experiment"] in experiments]

    def cases(self, experiments):
        """The runs of one subject with the same parameters, in the order in which they came up first."""
        cases = collections.defaultdict(list)
        for run in self.of(experiments):
            cases[(run["subject"], json.dumps(run["parameters"], sort_keys=True))].append(run)
        return list(cases.values())

    def series(self, experiments, x, y, by=()):
        """Lines for a plot: one for each subject and each value of the parameters `by`."""
        lines = {}
        for case in self.cases(experiments):
            values = [(x(run), y(run)) for run in case if is_usable(run)]
            values = [pair for pair in values if None not in pair]
            if not values:
                continue
            subject = case[0]["subject"]
            apart = {name: case[0]["parameters"].get(name) for name in by}
            key = (rank_of(subject), subject, *(str(value) for value in apart.values()))
            line = lines.setdefault(key, Series(subject, [], apart))
            line.points.append(median_point(*zip(*values)))
        for line in lines.values():
            line.points.sort(key=lambda point: point.x)
        return [lines[key] for key in sorted(lines)]

    def left_out(self, experiments):
        """The cases of which a picture cannot show every repetition: {(subject, outcome): [case]}."""
        found = collections.defaultdict(list)
        for case in self.cases(experiments):
            for outcome in dict.fromkeys(outcome_of(run) for run in case if not is_usable(run)):
                found[(case[0]["subject"], outcome)].append(case)
        return found
