"""Which pictures there are, and what is in them.

    for plot, reason in all_plots(results): ...

A picture whose data is missing has a reason in place of a plot, and is never an empty frame.
"""

import collections
import dataclasses

import results as data
from gnuplot import Axis, Line, Plot
from outcomes import is_usable
from results import Point, name_of

IN_READMES = ("fanout", "cost")  # these also as PNG

LOAD = ["latency", "peers_latency"]
MOST_CURVE_PLOTS = 4


@dataclasses.dataclass
class Entry:
    """One picture as a page has it: `plot`, or `missing` that says why there is none."""

    name: str
    title: str
    experiments: list
    plot: Plot | None = None
    missing: str = ""


def plain(value):
    return f"{value:,.6g}" if value < 1e6 else f"{value:,.0f}"


def scaled(units):
    """A formatter: the number in the largest of (size, name) that is not more than it."""

    def text(value, digits=3):
        size, unit = next((pair for pair in units if abs(value) >= pair[0] * 0.9999), units[-1])
        return f"{value / size:.{digits}g} {unit}".rstrip()

    return text


duration = scaled([(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")])
byte_count = scaled([(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")])
rate = scaled([(1e6, "M"), (1e3, "k"), (1, "")])


def lines_of(found, label=lambda series: name_of(series.subject), dash=lambda series: 1):
    return [Line(label(series), series.subject, series.points, dash(series)) for series in found]


def values_of(results, experiments, name):
    values = {run["parameters"].get(name) for run in results.of(experiments)} - {None}
    return sorted(values)


def recipients_in(results, experiments):
    return " and ".join(plain(value) for value in values_of(results, experiments, "recipients"))


def against_load(results, name, title, subtitle, y, y_axis):
    found = results.series(LOAD, x=data.offered, y=y)
    many = recipients_in(results, LOAD)
    return Plot(name, title, subtitle.format(many=many), Axis("deliveries a second, offered", rate), y_axis,
                lines_of(found))


def fan_out(results):
    return against_load(results, "fanout", "Time to the last recipient",
                        "median over the lines said, from when a line was due until all {many} recipients had it",
                        data.latency("last_recipient", "p50"), Axis("", duration))


def fan_out_p99(results):
    return against_load(results, "fanout-p99", "Time to the last recipient, 99th percentile",
                        "from when a line was due until all {many} recipients had it",
                        data.latency("last_recipient", "p99"), Axis("", duration))


def cost(results):
    return against_load(results, "cost", "What a delivery costs",
                        "time of the server's whole core for one delivery, {many} recipients",
                        data.cost, Axis("", duration))


def recipients(results):
    found = results.series(["recipients"], x=data.parameter("recipients"), y=data.latency("last_recipient", "p50"),
                           by=["lines_per_second"])
    rates = sorted({series.parameters["lines_per_second"] for series in found}, key=lambda value: value or 0)

    def label(series):
        if len(rates) < 2:
            return name_of(series.subject)
        return f"{name_of(series.subject)}, {plain(series.parameters['lines_per_second'])}/s"

    said = f"{plain(rates[0])} lines a second" if len(rates) == 1 and rates[0] else "by lines a second"
    return Plot("recipients", "Time to the last against recipients", f"median over the lines said, {said}",
                Axis("recipients", plain), Axis("", duration),
                lines_of(found, label, lambda series: 1 + 2 * rates.index(series.parameters["lines_per_second"])))


def memory(results):
    found = results.series(["idle", "peers_idle"], x=data.parameter("recipients"), y=data.memory_per_connection)
    return Plot("memory", "Memory for each connection",
                "the server's own memory (RssAnon) that idle clients made it take, divided by their number",
                Axis("connections", plain), Axis("", byte_count), lines_of(found))


def curve_points(curve):
    """Along the axis of HdrHistogram, on which every nine has the same room: 1 / (1 - share) and the value.

    The largest of all is beyond every share; it stands where all but one value are.
    """
    total = sum(count for _, count in curve)
    points = [Point(1, curve[0][0], curve[0][0], curve[0][0])]
    seen = 0
    for value, count in curve:
        seen += count
        points.append(Point(total / max(total - seen, 1), value, value, value))
    return points


def thinned(points, room):
    """Without those that nobody could tell apart: closer than `room` along the axis, as a factor."""
    kept = points[:1]
    for point in points[1:]:
        if point.x >= kept[-1].x * room:
            kept.append(point)
    return kept if kept[-1] is points[-1] else [*kept, points[-1]]


def nines(value):
    return f"{100 - 100 / value:.6g} %"


def loads_for_curves(results):
    """At most four loads over the whole range, of those that were repeated most."""
    name = "deliveries_per_second"
    experiments = ["latency"] if results.of(["latency"]) else LOAD
    counts = collections.Counter(run["parameters"].get(name) for run in results.of(experiments))
    loads = sorted(load for load, count in counts.items() if load and count == max(counts.values()))
    if len(loads) <= MOST_CURVE_PLOTS:
        return loads
    last = len(loads) - 1
    return [loads[round(index * last / (MOST_CURVE_PLOTS - 1))] for index in range(MOST_CURVE_PLOTS)]


def percentiles(results, load):
    lines = {}
    for case in results.cases(LOAD):
        run = next((run for run in case if is_usable(run) and curve_of(run)), None)
        subject = case[0]["subject"]
        if run and subject not in lines and case[0]["parameters"].get("deliveries_per_second") == load:
            lines[subject] = Line(name_of(subject), subject, thinned(curve_points(curve_of(run)), 1.02), bars=False)
    ends = [line.points[-1].x for line in lines.values()]
    name, at = ("percentiles", "") if load is None else (
        f"percentiles-{load:.0f}", f" at {rate(load)} deliveries a second")
    return Plot(name, f"Latency of each delivery{at}",
                f"each of {recipients_in(results, LOAD)} recipients for itself; the first repetition of each",
                Axis("percentile", nines, tics=[1, 2, *(10.0**power for power in range(1, 8))], low=1,
                     high=max(ends, default=1)),
                Axis("", duration), [lines[subject] for subject in sorted(lines, key=data.rank_of)])


def curve_of(run):
    return data.latency("delivery", "curve")(run)


def seconds_of(case, which):
    """For each second of the measured time, the median over the repetitions of the p99 in it."""
    by_second = {}
    for run in case:
        if not is_usable(run) or len(run["measured"]["runs"]) < 2:
            continue
        for entry in run["measured"]["runs"][which].get("seconds_series") or []:
            if entry.get("p99"):
                by_second.setdefault(entry["second"], []).append(entry["p99"])
    return [data.median_point([second], values) for second, values in sorted(by_second.items())]


def stall_experiments(results):
    """The long runs that were made for the picture; without them those of the bar."""
    return ["stall_picture"] if results.of(["stall_picture"]) else ["stall"]


def stall(results):
    lines = []
    for case in sorted(results.cases(stall_experiments(results)), key=lambda case: data.rank_of(case[0]["subject"])):
        subject = case[0]["subject"]
        share = case[0]["parameters"].get("stalled_share")
        stopped = f"{100 * share:.3g} % stopped" if share else "some stopped"
        for which, said, dash in ((0, "all read", 3), (1, stopped, 1)):
            points = seconds_of(case, which)
            if points:
                who = "floor" if subject.startswith("floor") else name_of(subject)
                lines.append(Line(f"{who}, {said}", subject, points, dash, bars=False))
    return Plot("stall", "When readers stop reading",
                "99th percentile of each delivery to those who read, second by second; dotted: while all read",
                Axis("seconds of the run", plain, log=False, low=0), Axis("", duration), lines)


def why_missing(results, experiments, needs):
    names = " or ".join(f"'{name}'" for name in experiments)
    runs = results.of(experiments)
    if not runs:
        return f"there are no runs of {names}"
    good = sum(map(is_usable, runs))
    if not good:
        return f"none of the {len(runs)} runs of {names} was good"
    return f"the {good} good runs of {names} have no {needs}"


def all_entries(results):
    """Every picture that there should be, in the order of the page."""
    wanted = [
        (fan_out, LOAD, "time to the last recipient"),
        (fan_out_p99, LOAD, "time to the last recipient"),
        (cost, LOAD, "core time for each delivery"),
        (recipients, ["recipients"], "time to the last recipient"),
        *((lambda results, load=load: percentiles(results, load), LOAD, "percentile curve at this load")
          for load in loads_for_curves(results) or [None]),
        (memory, ["idle", "peers_idle"], "memory of the server"),
        (stall, stall_experiments(results), "seconds_series"),
    ]
    entries = []
    for make, experiments, needs in wanted:
        plot = make(results)
        entry = Entry(plot.name, plot.title, experiments)
        if plot.lines:
            entry.plot = plot
        else:
            entry.missing = why_missing(results, experiments, needs)
        entries.append(entry)
    return entries
