"""One row of the table: the median of what a measure takes out of runs, the ratio to the floor, the verdict.

    row = make_row("a-1000", "a 64-byte line to 1,000", "ns", runs, core_cost, floor=SEND_LOOP, bar=bars.COST)

A ratio is taken within a repetition, where subject and floor ran one right after the other, and the row has
the median of the ratios. A run that was refused (the generator's core was too busy), that had to share the server's
core with other virtual machines, or whose deliveries were wrong, gives no ratio: with more than half of its pairs
gone a row says "refused" or "failed" and not how a bar was met. Below are the measures: functions that take a good run
and return a number.
"""

import statistics

from experiments import OURS
from outcomes import COULD_NOT_RUN, DELIVERIES_WRONG, REFUSED, had_its_core, is_good, is_usable, stolen_share

COLUMNS = ("id", "what", "subject", "floor", "unit", "ratio", "low", "high", "value", "floor_value", "bar", "verdict",
           "note", "repetitions")


def why_not(runs):
    """The verdict and a sentence for runs of which none can be used."""
    wrong = [run for run in runs if run["exit_code"] == DELIVERIES_WRONG]
    refused = [run for run in runs if run["exit_code"] == REFUSED]
    if wrong:
        return "failed", f"{wrong[0]['subject']}: {wrong[0].get('message') or 'deliveries were not right'}"
    if refused:
        return "refused", f"the generator's own core was too busy to be believed ({named_in(refused)})"
    failed = [run for run in runs if not is_good(run)]
    if failed:
        return "failed", f"{failed[0]['subject']}: {failed[0].get('message') or 'could not run'}"
    shared = [run for run in runs if not had_its_core(run)]
    if not shared:
        return "failed", "not run"
    most = 100 * max(map(stolen_share, shared))
    return "refused", f"other virtual machines had up to {most:.0f} % of the server's core ({named_in(shared)})"


def named_in(runs):
    return ", ".join(sorted({run["subject"] for run in runs}))


def make_row(identity, what, unit, runs, measure, subject=OURS, floor=None, bar=None, note=""):
    """One row. `runs` are those of the experiment's one case; `measure` takes the number out of a run."""
    ours = {run["repetition"]: run for run in runs if run["subject"] == subject}
    floors = {run["repetition"]: run for run in runs if run["subject"] == floor}
    row = dict.fromkeys(COLUMNS)
    row.update(id=identity, what=what, subject=subject, floor=floor, unit=unit, bar=str(bar) if bar else None,
               note=note, repetitions=len(ours))
    absent = {"exit_code": COULD_NOT_RUN}
    usable = sorted(repetition for repetition, run in ours.items()
                    if is_usable(run) and (floor is None or is_usable(floors.get(repetition, absent))))
    concerned = [*ours.values(), *floors.values()]
    wrong = any(run["exit_code"] == DELIVERIES_WRONG for run in ours.values())
    # The subject's own numbers are shown even where its floor could not be measured.
    values = [measure(run) for run in ours.values() if is_usable(run)]
    floor_values = [measure(run) for run in floors.values() if is_usable(run)]
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
    busy = max((busy_before(run) for run in concerned if is_usable(run)), default=0)
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
