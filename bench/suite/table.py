"""From runs to the table: medians, ratios, verdicts; and the files of a results folder.

    rows = table.rows(runs)
    table.write(folder, mode, machine, runs)

A ratio is taken within a repetition, where subject and floor ran one right after the other, and the table has
the median of the ratios. A run that was refused (the generator's core was too busy), or whose deliveries were
wrong, gives no ratio: with more than half of its pairs gone a row says "refused" or "failed" and not how a bar
was met.
"""

import csv
import json
import os
import statistics

from experiments import COALESCING, OURS, RING, SEND_LOOP

COULD_NOT_RUN = 1
DELIVERIES_WRONG = 2
REFUSED = 3
SEGMENT = 65536
SHARE_OF_OFFERED = 25 / 26  # the bar of the throughput row, and what is offered

COLUMNS = ("id", "what", "subject", "floor", "unit", "ratio", "low", "high", "value", "floor_value", "bar", "verdict",
           "note", "repetitions")


class Bar:
    """What a number must not exceed."""

    def __init__(self, limit, of="ratio"):
        self.limit = limit
        self.of = of  # "ratio" or "value"

    def __str__(self):
        return f"<= {self.limit:g}"

    def verdict(self, number):
        return "reached" if number <= self.limit else "missed"

    def missed_by(self, number):
        return f"over the bar by {100 * (number / self.limit - 1):.0f} %"


def good(run):
    return run["exit_code"] == 0 and run["measured"] is not None


def why_not(runs):
    """The verdict and a sentence for runs of which none can be used."""
    wrong = [run for run in runs if run["exit_code"] == DELIVERIES_WRONG]
    refused = [run for run in runs if run["exit_code"] == REFUSED]
    if wrong:
        return "failed", f"{wrong[0]['subject']}: {wrong[0].get('message') or 'deliveries were not right'}"
    if refused:
        who = ", ".join(sorted({run["subject"] for run in refused}))
        return "refused", f"the generator's own core was too busy to be believed ({who})"
    failed = [run for run in runs if not good(run)]
    return "failed", f"{failed[0]['subject']}: {failed[0].get('message') or 'could not run'}" if failed else "not run"


def make_row(identity, what, unit, runs, measure, subject=OURS, floor=None, bar=None, note=""):
    """One row. `runs` are those of the experiment's one case; `measure` takes the number out of a run."""
    ours = {run["repetition"]: run for run in runs if run["subject"] == subject}
    floors = {run["repetition"]: run for run in runs if run["subject"] == floor}
    row = dict.fromkeys(COLUMNS)
    row.update(id=identity, what=what, subject=subject, floor=floor, unit=unit, bar=str(bar) if bar else None,
               note=note, repetitions=len(ours))
    usable = sorted(repetition for repetition, run in ours.items()
                    if good(run) and (floor is None or good(floors.get(repetition, {"exit_code": 1}))))
    concerned = [*ours.values(), *floors.values()]
    wrong = any(run["exit_code"] == DELIVERIES_WRONG for run in ours.values())
    # The subject's own numbers are shown even where its floor could not be measured.
    values = [measure(run) for run in ours.values() if good(run)]
    floor_values = [measure(run) for run in floors.values() if good(run)]
    row["value"] = statistics.median(values) if values else None
    row["floor_value"] = statistics.median(floor_values) if floor_values else None
    if wrong or not usable or 2 * len(usable) < len(ours):
        verdict, why = why_not(concerned)
        row["verdict"] = verdict if bar else None
        row["note"] = "; ".join(filter(None, (why, note)))
        return row
    pairs = [(measure(ours[repetition]), measure(floors[repetition]) if floor else None) for repetition in usable]
    numbers = [value / base for value, base in pairs if base] if floor else [value for value, _base in pairs]
    row["ratio"] = statistics.median(numbers) if floor and numbers else None
    row["low"], row["high"] = (min(numbers), max(numbers)) if numbers else (None, None)
    notes = [note]
    if len(usable) < len(ours):
        notes.append(f"{len(ours) - len(usable)} of {len(ours)} repetitions gave no pair")
    if bar:
        number = row["ratio"] if bar.of == "ratio" else row["value"]
        if number is None:
            row["verdict"] = "failed"
        else:
            row["verdict"] = bar.verdict(number)
            if row["verdict"] == "missed":
                notes.insert(0, bar.missed_by(number))
    busy = max((share for run in concerned if good(run) for share in [busy_before(run)]), default=0)
    if busy > 0.05:
        notes.append(f"not quiet: the server's core was up to {100 * busy:.0f} % busy before")
    row["note"] = "; ".join(filter(None, notes))
    return row


def the_run(run):
    return run["measured"]["runs"][0]


def busy_before(run):
    runs = run["measured"].get("runs") or [{}]
    return ((runs[0].get("server_core_before")) or {}).get("busy_share") or 0


def core_cost(run):
    return the_run(run)["server_core_ns_per_delivery"]


def latency(name, percentile):
    return lambda run: the_run(run)["latency_ns"][name].get(percentile)


def finding(name):
    return lambda run: run["measured"]["findings"].get(name)


def cases(runs, experiment):
    """The runs of an experiment by their parameters, in the order in which they were run."""
    found = {}
    for run in runs:
        if run["experiment"] == experiment:
            found.setdefault(tuple(run["parameters"].items()), []).append(run)
    return [(dict(key), group) for key, group in found.items()]


def millions(number):
    return f"{number / 1e6:g} M" if number >= 1e5 else f"{number:,}"


def cost_rows(runs):
    for parameters, group in cases(runs, "cost"):
        yield make_row(f"a-{parameters['recipients']}",
                       f"a 64-byte line to {parameters['recipients']:,}: core time per delivery", "ns", group, core_cost,
                       floor=SEND_LOOP, bar=Bar(1.05))


def latency_rows(runs):
    for parameters, group in cases(runs, "latency"):
        rate = parameters["deliveries_per_second"]
        barred = rate in (300_000, 3_000_000, 10_000_000)
        what = f"{millions(rate)} deliveries/s to {parameters['recipients']:,}"
        if rate == 30_000_000:
            yield make_row("c-30M-p99", f"{what}: p99", "ns", group, latency("delivery", "p99"), floor=COALESCING,
                           bar=Bar(1.5), note="every delivery checked")
        letter = "c" if rate == 30_000_000 else "b" if barred else "load"
        for percentile in ("p50", "p99"):
            if letter == "c" and percentile == "p99":
                continue
            yield make_row(f"{letter}-{millions(rate).replace(' ', '')}-{percentile}", f"{what}: {percentile}", "ns",
                           group, latency("delivery", percentile), floor=COALESCING, bar=Bar(1.15) if barred else None)
        yield make_row(f"load-{millions(rate).replace(' ', '')}-core", f"{what}: core time per delivery", "ns", group,
                       core_cost, floor=COALESCING)


def throughput_rows(runs):
    for parameters, group in cases(runs, "throughput"):
        wanted = SHARE_OF_OFFERED * parameters["deliveries_per_second"]
        row = make_row("d-25M", f"{millions(wanted)} verified deliveries/s to {parameters['recipients']:,}",
                       "deliveries/s", group, lambda run: the_run(run)["achieved_deliveries_per_second"],
                       floor=COALESCING)
        row["bar"] = f">= {wanted / 1e6:g} M, nothing lost"
        if row["ratio"] is not None:
            row["verdict"] = "reached" if row["value"] >= wanted else "missed"
        else:
            row["verdict"] = why_not(group)[0]
        yield row


def beyond_headroom_rows(runs):
    """No verdict: the generator was busier than it may be, for the floor as for us."""
    for parameters, group in cases(runs, "beyond_headroom"):
        what = f"{millions(parameters['deliveries_per_second'])} deliveries/s to {parameters['recipients']:,}"
        for percentile in ("p50", "p99"):
            yield make_row(f"c-lifted-{percentile}", f"{what}, the generator's limit lifted: {percentile}", "ns", group,
                           latency("delivery", percentile), floor=COALESCING,
                           note="every delivery checked; the generator's queue is part of the times of both")


def sweep_rows(runs):
    """p99.9 of the time to the last, beside one sweep: what the floor needs for a line that comes alone."""
    found = cases(runs, "sweep")
    alone = {run["repetition"]: run for parameters, group in found for run in group
             if parameters["lines_per_second"] == min(case["lines_per_second"] for case, _ in found)
             and run["subject"] == COALESCING}
    for parameters, group in found:
        lines = parameters["lines_per_second"]
        ours = [run for run in group if run["subject"] == OURS]
        # The floor's run at this rate is shown by the plots; the bar's denominator is the lone sweep.
        paired = ours + list(alone.values())

        def measure(run):
            return the_run(run)["latency_ns"]["last_recipient"]["p50" if run["subject"] == COALESCING else "p99.9"]
        yield make_row(f"e-{lines}", f"{lines:,} lines/s to {parameters['recipients']:,}: p99.9 of the time to the "
                       "last, to one sweep of the floor", "ns", paired, measure, floor=COALESCING, bar=Bar(1.5))


def stall_rows(runs):
    for parameters, group in cases(runs, "stall"):
        many = f"{parameters['recipients']:,}"
        yield make_row("f-p99", f"10 % of {many} stop reading: the others' p99 with / without", "", group,
                       finding("p99 of the others / p99 when all read"), bar=Bar(1.1, "value"))

        def beyond_the_log(run):
            grown = run["measured"]["findings"].get("server's own memory grew by, bytes", 0)
            stalled = run["measured"]["runs"][1]
            said = stalled["lines_per_second"] * (stalled["seconds"] + stalled["warmup"]) * stalled["payload_bytes"]
            # The log's last segment is not full, and one more is at hand.
            return grown / (said + 2 * SEGMENT)
        yield make_row("f-memory", "the server's memory then grows by, to the bytes of the log", "", group,
                       beyond_the_log, bar=Bar(1.0, "value"))


def idle_rows(runs):
    for name, identity, bar in (("user memory per idle connection in the reactor", "g-reactor", 160),
                                ("user memory per idle logged-in connection", "g-session", 400)):
        for engine in ("epoll", "io_uring"):
            group = [run for run in runs if run["experiment"] == "idle_tests"
                     and (run["measured"] or {"findings": {}})["findings"].get(f"{name} ({engine})")]
            if engine == "epoll" and not group:
                group = [run for run in runs if run["experiment"] == "idle_tests"]
                group = [dict(run, exit_code=run["exit_code"] or 1) for run in group]
            if group:
                yield make_row(f"{identity}-{engine}", f"{name} ({engine})", "B", group,
                               finding(f"{name} ({engine})"), bar=Bar(bar, "value") if engine == "epoll" else None)
    for run in runs:
        if run["experiment"] == "allocations":
            yield make_row("allocations", "tests of allocations per delivery (0) that pass: allocation_test", "tests",
                           [run], finding("tests passed"))


def mass_leave_rows(runs):
    for parameters, group in cases(runs, "mass_leave"):
        staying = parameters["recipients"] // 11
        row = make_row("h", f"{parameters['recipients'] - staying:,} leave at once at "
                       f"{millions(parameters['deliveries_per_second'])}/s: lost by the {staying:,} who stay",
                       "deliveries", group, lambda run: the_run(run)["lost"])
        row["bar"] = "0"
        ours = [run for run in group if run["subject"] == OURS]
        row["verdict"] = "reached" if ours and all(good(run) for run in ours) else why_not(ours)[0]
        yield row


def rooms_rows(runs):
    for parameters, group in cases(runs, "rooms"):
        yield make_row("i", f"{parameters['recipients']:,} people in {parameters['rooms']:,} rooms, each a line a "
                       "second: core time per delivery", "ns", group, core_cost, floor=SEND_LOOP, bar=Bar(1.1))


def login_rows(runs):
    for parameters, group in cases(runs, "logins"):
        for identity, what, name in (("j", "all are in", "all let in, ms"),
                                     ("j-quiet", "and all are told of all", "all quiet, ms")):
            yield make_row(identity, f"{parameters['recipients']:,} logins at once, each announced: {what}", "ms", group,
                           finding(name), floor=SEND_LOOP, bar=Bar(3) if identity == "j" else None)


def engine_rows(runs):
    measures = {"receive": ("a line received and sent back: core time", "ns", core_cost),
                "send": ("a line to all: core time per delivery", "ns", core_cost),
                "idle": ("memory per idle connection", "B", finding("own memory per connection, bytes")),
                "accept": ("a login: core time", "ns",
                           lambda run: run["measured"]["server_core_busy_ns_whole_run"] / the_run(run)["clients"])}
    for parameters, group in cases(runs, "engines"):
        what, unit, measure = measures[parameters["what"]]
        yield make_row(f"engines-{parameters['what']}", f"io_uring to epoll, {what}", unit, group, measure,
                       subject=RING, floor=OURS)


def scenario_rows(runs):
    for parameters, group in cases(runs, "tell"):
        for percentile in (50, 99):
            yield make_row(f"tell-p{percentile}", f"a tell while {parameters['lines_per_second']:g} lines/s go to "
                           f"{parameters['recipients']:,}: p{percentile}", "ns", group,
                           lambda run, p=percentile: run["measured"]["runs"][1]["latency_ns"]["tell"].get(f"p{p}"))
    for parameters, group in cases(runs, "trickle"):
        yield make_row("trickle", f"lines byte by byte to {parameters['recipients']:,}: p99", "ns", group,
                       latency("delivery", "p99"), floor=SEND_LOOP)
    for parameters, group in cases(runs, "search"):
        yield make_row("search", f"highest deliveries/s to {parameters['recipients']:,} with p99 <= 10 ms",
                       "deliveries/s", group, finding("highest deliveries/s under the bound"), floor=COALESCING)
    for parameters, group in cases(runs, "syscalls"):
        yield make_row(f"syscalls-{millions(parameters['deliveries_per_second']).replace(' ', '')}",
                       f"{millions(parameters['deliveries_per_second'])} deliveries/s: system calls per delivery, "
                       "under strace", "calls", group, lambda run: run["measured"]["per_delivery"], floor=COALESCING)


def peer_rows(runs):
    for parameters, group in cases(runs, "peers_cost"):
        for subject in subjects_of(group, SEND_LOOP):
            yield make_row(f"peers-cost-{subject}", f"a line to {parameters['recipients']:,}: core time per delivery",
                           "ns", group, core_cost, subject=subject, floor=SEND_LOOP)
    for parameters, group in cases(runs, "peers_latency"):
        for subject in subjects_of(group, COALESCING):
            yield make_row(f"peers-{millions(parameters['deliveries_per_second']).replace(' ', '')}-{subject}",
                           f"{millions(parameters['deliveries_per_second'])} deliveries/s to "
                           f"{parameters['recipients']:,}: p50", "ns", group, latency("delivery", "p50"),
                           subject=subject, floor=COALESCING)
    for parameters, group in cases(runs, "peers_idle"):
        for subject in subjects_of(group, None):
            yield make_row(f"peers-idle-{parameters['recipients']}-{subject}",
                           f"memory per idle connection, {parameters['recipients']:,} of them", "B", group,
                           finding("own memory per connection, bytes"), subject=subject)


def subjects_of(group, floor):
    return [subject for subject in dict.fromkeys(run["subject"] for run in group) if subject != floor]


def rows(runs):
    makers = (cost_rows, latency_rows, beyond_headroom_rows, throughput_rows, sweep_rows, stall_rows, idle_rows,
              mass_leave_rows, rooms_rows, login_rows, engine_rows, scenario_rows, peer_rows)
    return sorted((row for maker in makers for row in maker(runs)), key=lambda row: (row["bar"] is None, row["id"][:1]
                  if row["bar"] else ""))


# How it is written.

def shown(number, unit):
    """A number for people, with its unit; times as they are best read."""
    if number is None:
        return ""
    if unit == "ns":
        for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "us")):
            if number >= size * (10 if name == "us" else 1):
                return f"{number / size:.3g} {name}"
        return f"{number:.0f} ns"
    if unit == "deliveries/s":
        return f"{number / 1e6:.3g} M/s"
    return f"{number:,.4g} {unit}".strip() if abs(number) < 10000 else f"{number:,.0f} {unit}"


def spread(row):
    if row["low"] is None or row["repetitions"] < 2:
        return ""
    if row["ratio"] is None:
        return f"{shown(row['low'], row['unit'])} .. {shown(row['high'], row['unit'])}"
    return f"{row['low']:.2f} .. {row['high']:.2f}"


def to_markdown(table_rows, mode):
    lines = [f"Mode: {mode}. A ratio is the median of the repetitions' ratios, with the smallest and the largest.", "",
             "| | what | subject / floor | ratio | smallest .. largest | subject | floor | bar | verdict | |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for row in table_rows:
        pair = row["subject"] + (f" / {row['floor']}" if row["floor"] else "")
        ratio = f"{row['ratio']:.3f}" if row["ratio"] is not None else ""
        verdict = f"**{row['verdict']}**" if row["verdict"] else ""
        lines.append(f"| {row['id']} | {row['what']} | {pair} | {ratio} | {spread(row)} | "
                     f"{shown(row['value'], row['unit'])} | {shown(row['floor_value'], row['unit'])} | "
                     f"{row['bar'] or ''} | {verdict} | {row['note']} |")
    return "\n".join(lines) + "\n"


RUN_COLUMNS = ("experiment", "subject", "repetition", "parameters", "exit_code", "offered", "achieved",
               "ns_per_delivery", "p50", "p99", "p99.9", "max", "last_p50", "last_p99", "last_p99.9", "last_max",
               "server_busy", "generator_busy", "faults")


def run_lines(runs):
    for run in runs:
        line = {"experiment": run["experiment"], "subject": run["subject"], "repetition": run["repetition"],
                "parameters": " ".join(f"{name}={value}" for name, value in run["parameters"].items()),
                "exit_code": run["exit_code"]}
        for measured in (run["measured"] or {}).get("runs") or [{}]:
            latencies = measured.get("latency_ns", {})
            yield {**line, "offered": measured.get("offered_deliveries_per_second"),
                   "achieved": measured.get("achieved_deliveries_per_second"),
                   "ns_per_delivery": measured.get("server_core_ns_per_delivery"),
                   **{p: latencies.get("delivery", {}).get(p) for p in ("p50", "p99", "p99.9", "max")},
                   **{f"last_{p}": latencies.get("last_recipient", {}).get(p) for p in ("p50", "p99", "p99.9", "max")},
                   "server_busy": (measured.get("server_core") or {}).get("busy_share"),
                   "generator_busy": measured.get("generator_share"),
                   "faults": sum(measured[name] for name in ("lost", "doubled", "reordered", "corrupt", "foreign",
                                                             "disconnected")) if "lost" in measured else None}


def write_csv(path, columns, lines):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def merge(folder, mode, machine, runs):
    """What an earlier run left in the folder stays, but for the experiments that have now been run again."""
    path = os.path.join(folder, "runs.json")
    if not os.path.exists(path):
        return mode, machine, runs
    with open(path, encoding="utf-8") as file:
        earlier = json.load(file)
    fresh = {run["experiment"] for run in runs}
    kept = [run for run in earlier["runs"] if run["experiment"] not in fresh]
    if not kept:
        return mode, machine, runs
    modes = dict.fromkeys([*earlier["mode"].split("+"), mode])
    return "+".join(modes), {**earlier["machine"], **machine}, kept + runs


def write(folder, mode, machine, runs):
    mode, machine, runs = merge(folder, mode, machine, runs)
    with open(os.path.join(folder, "runs.json"), "w", encoding="utf-8") as file:
        json.dump({"machine": machine, "mode": mode, "runs": runs}, file, separators=(",", ":"))
        file.write("\n")
    table_rows = rows(runs)
    with open(os.path.join(folder, "table.json"), "w", encoding="utf-8") as file:
        json.dump({"rows": table_rows}, file, indent=1)
        file.write("\n")
    write_csv(os.path.join(folder, "table.csv"), COLUMNS, table_rows)
    write_csv(os.path.join(folder, "runs.csv"), RUN_COLUMNS, run_lines(runs))
    with open(os.path.join(folder, "table.md"), "w", encoding="utf-8") as file:
        file.write(to_markdown(table_rows, mode))
