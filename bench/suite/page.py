"""The report as one HTML page: tables, pictures and how each number was taken. Nothing in it is fetched from elsewhere.

    page = build(results, entries, pictures, date)     # pictures: {name of a plot: its SVG text}

The page is also well-formed XML, so that a test can read it as that.
"""

import collections
import html
import pathlib
import re
import statistics

import results as data
from outcomes import is_usable, outcome_of
from plots import byte_count, duration, plain, rate
from results import name_of

STYLE_SHEET = pathlib.Path(__file__).with_name("page.css")

MEASURED_BY = {  # how a row's id begins, and the experiment whose runs it is made from; others begin with its name
    "a": "cost", "b": "latency", "c": "latency", "load": "latency", "d": "throughput", "e": "sweep", "f": "stall",
    "g": "idle_tests", "h": "mass_leave", "i": "rooms", "j": "logins", "k": "small_room",
    "k20": "small_room",
    "peers": "peers_latency", "peers-cost": "peers_cost", "peers-idle": "peers_idle",
}

METHOD = """
<p>The load generator decides before a run which publisher says which line at what time, and a line carries the
moment at which it was <em>due</em>. Latencies count from that moment, so a server that falls behind makes lines
late and not fewer. Every delivery is checked for gaps, order, doubles and damage while it is timed;
only what the busy room beside small ones is given (rows k and k20) is counted in bytes and not read.</p>
<ul>
<li><b>Core time for a delivery</b> is all the time that the server's core was not idle (/proc/stat: the server,
its system calls, interrupts), divided by the deliveries of the same seconds.</li>
<li><b>Time to the last recipient</b> has one value for each line: when everybody had it. <b>Each delivery</b> has
one for each recipient and line.</li>
<li><b>Memory</b> is what is the server's own and not a file's (RssAnon in /proc/PID/status).</li>
<li><b>Ratios</b>: in each repetition the server and its floor, or its peer, ran one right after the other on the
same core. A ratio is the median over the repetitions of server divided by floor; beneath it stand the smallest and
the largest. A repetition in which a hypervisor gave more than 1.5 % of the server's core to other machines is left
out, and has no place in a picture.</li>
<li><b>Refused</b> (exit code 3): the generator's own core was too busy for its times to be believed. Such a run has
no number here, and no place in a picture. Neither has one that lost, doubled, reordered or damaged a line
(exit code 2).</li>
</ul>
<p>The server had one core to itself and the generator the other; <code>--server_cpu</code> and <code>--cpu</code> in
each command say which. The latencies of TCP on loopback depend on the congestion control and on the buffer limits;
both are in the table of the machine.</p>
"""

REPEAT = """
<p>On a machine with two cores on which nothing else runs, {commands} builds, starts each server and
repeats everything on this page. One number by itself: in a shell in a network like the suite's
(<code>sudo python3 bench/suite/network.py bash</code>) start the server as <a href="#servers">below</a>, on its
core and with its limits off, then the command that stands beside the run.</p>
"""


def text(value):
    return html.escape(str(value))


def slug(value):
    return re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")


def significant(value, digits=4):
    """A number as people write it: as many digits as say something, thousands apart."""
    if value is None:
        return ""
    if value == 0:
        return "0"
    places = max(0, digits - 1 - int(f"{value:e}".split("e")[1]))
    written = f"{value:,.{places}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def amount(value, unit):
    """A value with its unit, in a size that fits."""
    if value is None:
        return ""
    if unit == "ns":
        return duration(value, 4) if value >= 1e5 else f"{significant(value)} ns"
    if unit == "B":
        return byte_count(value, 4) if value >= 1e5 else f"{significant(value)} B"
    if unit and unit.endswith("/s"):
        return f"{rate(value, 4)} {text(unit)}"
    return f"{significant(value)} {text(unit or '')}".strip()


def element(tag, content, **attributes):
    written = "".join(f' {name.rstrip("_")}="{text(value)}"' for name, value in attributes.items() if value)
    return f"<{tag}{written}>{content}</{tag}>"


def table(heads, rows, numbers=(), beneath=None):
    """`heads` and the cells of `rows` are HTML, `numbers` are the columns to align at the right, and what is in
    `beneath` stands under each row over the whole width."""

    def line(tag, cells):
        return "<tr>" + "".join(element(tag, cell, class_="number" if column in numbers else "")
                                for column, cell in enumerate(cells)) + "</tr>"

    lines = [line("td", cells) for cells in rows]
    if beneath:
        lines = [f'{above}<tr class="beneath"><td colspan="{len(heads)}">{below}</td></tr>'
                 for above, below in zip(lines, beneath)]
    body = "\n".join(lines)
    return f'<div class="wide"><table>\n<thead>{line("th", heads)}</thead>\n<tbody>\n{body}\n</tbody></table></div>\n'


def experiment_of(row, experiments):
    """The experiment that a row is from; None when it has no runs on the page."""
    words = row["id"].split("-")
    for begin in ("-".join(words[:2]), words[0]):
        experiment = MEASURED_BY.get(begin, begin)
        if experiment in experiments:
            return experiment
    return None


def result_row(row, experiments):
    unit = row["unit"]
    ratio = ""
    span = ""
    if row["low"] is not None and row["repetitions"] > 1:
        if row["ratio"] is None:
            span = f'<span class="range">{amount(row["low"], unit)} to {amount(row["high"], unit)}</span>'
        else:
            ratio = f'<span class="range">{row["low"]:.3g} to {row["high"]:.3g}</span>'
    if row["ratio"] is not None:
        ratio = f'<span class="ratio">{row["ratio"]:.3f}</span>{ratio}'
    floor = ""
    if row["floor"]:
        floor = f'{amount(row["floor_value"], unit)}<span class="range">{text(name_of(row["floor"]))}</span>'
    what = text(row["what"])
    experiment = experiment_of(row, experiments)
    if experiment:
        what = f'<a href="#runs-{slug(experiment)}">{what}</a>'
    if row["note"]:
        what += f'<span class="range">{text(row["note"])}</span>'
    verdict = element("span", text(row["verdict"]), class_=row["verdict"]) if row["verdict"] else ""
    return [ratio, element("span", text(row["bar"] or ""), class_="bar"), verdict, what,
            f'{amount(row["value"], unit)}{span}', floor, text(name_of(row["subject"])), str(row["repetitions"])]


def result_tables(results):
    """The bars first, then what has none."""
    heads = ["ratio", "bar", "", "what", "value", "floor or peer", "server", "repetitions"]
    experiments = {run["experiment"] for run in results.runs}
    for title, rows in (("Against the bars", [row for row in results.rows if row["bar"]]),
                        ("Beside them", [row for row in results.rows if not row["bar"]])):
        if rows:
            yield f"<h3>{title}</h3>\n"
            yield table(heads, [result_row(row, experiments) for row in rows], numbers=(0, 4, 5, 7))


def verdicts(rows):
    counts = collections.Counter(row["verdict"] for row in rows if row["verdict"])
    order = ("reached", "missed", "refused", "failed")
    return ", ".join(f'<span class="{verdict}">{counts[verdict]} {verdict}</span>' for verdict in order
                     if counts[verdict]) or "no bars in this mode"


def commands_of(mode):
    """A folder may have been filled by several modes, one after the other."""
    return ", then ".join(element("code", f"scripts/bench {text(each)}") for each in mode.split("+"))


def parameters_of(parameters):
    return ", ".join(spoken(name, value) for name, value in parameters.items())


def spoken(name, value):
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return f"{name.replace('_', ' ')} {value}"
    if name.endswith("_per_second"):
        return f"{rate(value)} {name.removesuffix('_per_second').replace('_', ' ')}/s"
    if name.endswith("_share"):
        return f"{100 * value:.3g} % {name.removesuffix('_share').replace('_', ' ')}"
    return f"{plain(value)} {name.replace('_', ' ')}"


def left_out(results, experiments):
    """A sentence on what a picture cannot show, with the parameters that tell its points apart."""
    values = collections.defaultdict(set)
    for run in results.of(experiments):
        for name, value in run["parameters"].items():
            values[name].add(value)
    parts = []
    found = sorted(results.left_out(experiments).items(), key=lambda item: data.rank_of(item[0][0]))
    for (subject, outcome), cases in found:
        places = []
        for case in cases:
            apart = {name: value for name, value in case[0]["parameters"].items() if len(values[name]) > 1}
            count = sum(outcome_of(run) == outcome for run in case)
            places.append(parameters_of(apart) + (f" ({count} of {len(case)})" if count < len(case) else ""))
        where = " at " + "; ".join(places) if any(places) else ""
        parts.append(f"{name_of(subject)}{where}: {outcome}")
    return element("details", "<summary>Not in the picture</summary>" + element(
        "ul", "".join(element("li", text(part)) for part in parts))) if parts else ""


def figures(results, entries, pictures):
    for entry in entries:
        if entry.name not in pictures:
            continue
        bars = " Bars reach from the smallest to the largest of the repetitions." if any(
            point.low < point.high for line in entry.plot.lines if line.bars for point in line.points) else ""
        links = ", ".join(f'<a href="#runs-{slug(name)}">{text(name)}</a>' for name in entry.experiments
                          if results.of([name]))
        yield (f'<figure id="{entry.name}">\n{pictures[entry.name]}\n<figcaption>From the runs of {links}.{bars}'
               f"{left_out(results, entry.experiments)}</figcaption></figure>\n")
    missing = [entry for entry in entries if entry.name not in pictures]
    if missing:
        items = "".join(f"<li><b>{text(entry.title)}</b> ({entry.name}): {text(entry.missing)}.</li>\n"
                        for entry in missing)
        yield f'<h3 id="missing">Pictures that could not be drawn</h3>\n<ul>\n{items}</ul>\n'


def median_of(case, value):
    values = [found for found in map(value, filter(is_usable, case)) if found is not None]
    return statistics.median(values) if values else None


def case_row(case):
    """The repetitions of one subject with one set of parameters."""
    first = case[0]
    outcomes = collections.Counter(map(outcome_of, case))
    said = []
    for outcome, count in outcomes.items():
        messages = [run["message"] for run in case if outcome_of(run) == outcome and run.get("message")]
        said.append(element("span", f"{count} {outcome}", class_=outcome if outcome == "refused" else "")
                    + (f'<span class="range">{text(messages[0])}</span>' if messages else ""))
    times = [amount(median_of(case, data.latency(kind, value)), "ns")
             for kind in ("delivery", "last_recipient") for value in ("p50", "p99")]
    shares = [median_of(case, lambda run, key=key: share_of(run, key)) for key in ("server_core", "generator_share")]
    return [f"{text(name_of(first['subject']))}<span class=\"range\">{text(parameters_of(first['parameters']))}</span>",
            amount(median_of(case, data.cost), "ns"), *times,
            *(f"{100 * share:.0f} %" if share is not None else "" for share in shares),
            "<br/>".join(said)]


def found_in(case):
    """What a scenario, a test program or strace found beside the latencies, as medians."""
    found = collections.defaultdict(list)
    for run in filter(is_usable, case):
        for name, value in run["measured"].get("findings", {}).items():
            found[name].append(value)
        if run["measured"].get("per_delivery") is not None:
            found["system calls per delivery"].append(run["measured"]["per_delivery"])
    return "; ".join(f"{name}: {significant(statistics.median(values))}" for name, values in found.items())


def share_of(run, key):
    value = data.detail(run).get(key)
    return value.get("busy_share") if isinstance(value, dict) else value


def run_tables(results):
    heads = ["server, parameters", "core time", "p50", "p99", "last p50", "last p99", "server busy",
             "generator busy", "outcome"]
    for experiment in dict.fromkeys(run["experiment"] for run in results.runs):
        cases = results.cases([experiment])
        commands = [" ".join(filter(None, (text(found_in(case)), element("code", text(case[0]["command"])))))
                    for case in cases]
        count = len(results.of([experiment]))
        yield (f'<details id="runs-{slug(experiment)}"><summary>{text(experiment)}: {count} runs</summary>\n'
               f"{table(heads, map(case_row, cases), range(1, 8), commands)}</details>\n")


def server_commands(results):
    """How each server was started, where the runs say it."""
    commands = {}
    for run in results.runs:
        if run.get("server"):
            commands.setdefault(run["subject"], run["server"])
    if not commands:
        return ('<p id="servers">The servers were started by <code>bench/suite/programs.py</code>, '
                "which has their flags.</p>\n")
    rows = [[text(name_of(subject)), element("code", text(command))]
            for subject, command in sorted(commands.items(), key=lambda item: data.rank_of(item[0]))]
    return f'<h3 id="servers">How the servers were started</h3>\n{table(["server", "command"], rows)}'


def machine_table(results):
    versions = sorted({run.get("version", "unknown") for run in results.runs})
    times = sorted(run["taken"] for run in results.runs if "taken" in run)
    networks = sorted({run.get("network", "unknown") for run in results.runs})
    facts = {**results.machine, "network": "; ".join(networks), "measured commits": ", ".join(versions),
             "measured from, to": f"{times[0]}, {times[-1]}" if times else "unknown"}
    return table(["", ""], [[text(name), element("code", text(value))] for name, value in facts.items()])


def without_style(svg):
    """A picture for the page, which has the style sheet of all of them once, and where no namespace is to be named."""
    svg = re.sub(r"<style>.*?</style>", "", svg, flags=re.DOTALL)
    return re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", svg).strip()


def build(results, entries, pictures, date, picture_style):
    kernel = results.machine.get("kernel", "an unknown kernel")
    control = results.machine.get("net.ipv4.tcp_congestion_control", "unknown")
    drawn = {name: without_style(svg) for name, svg in pictures.items()}
    return "".join((
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n',
        f"<title>Parley, measured: {text(date)}</title>\n<style>\n{STYLE_SHEET.read_text()}{picture_style}\n</style>\n",
        f"</head>\n<body>\n<h1>What a delivery costs</h1>\n<p class=\"lead\">Parley, measured on {text(date)} with ",
        f"{commands_of(results.mode)} on {text(kernel)}, congestion control {text(control)}. ",
        f"{len(results.runs)} runs; of the bars, {verdicts(results.rows)}.</p>\n",
        '<nav><a href="#results">Results</a> <a href="#pictures">Pictures</a> <a href="#method">Method</a> ',
        '<a href="#machine">Machine</a> <a href="#runs">Every run</a></nav>\n',
        '<h2 id="results">Results</h2>\n', *result_tables(results),
        '<h2 id="pictures">Pictures</h2>\n', *figures(results, entries, drawn),
        '<h2 id="method">How the numbers were taken</h2>\n', METHOD, REPEAT.format(commands=commands_of(results.mode)),
        server_commands(results),
        '<h2 id="machine">The machine</h2>\n', machine_table(results),
        '<h2 id="runs">Every run</h2>\n<p>One line for each server and set of parameters; the numbers are medians ',
        "over its good repetitions. <code>runs.json</code> and <code>runs.csv</code> beside this page have each ",
        "repetition for itself.</p>\n",
        *run_tables(results),
        "</body>\n</html>\n",
    ))
