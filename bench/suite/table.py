"""The files of a results folder: all runs, and the table that is made from them.

    table.write(folder, mode, machine, runs)

bench/suite/README.md describes the files.
"""

import csv
import json
import os

from row import COLUMNS
from experiment_rows import all_rows


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


def origins(runs):
    """Which experiments were run when and of which commit, a sentence for each pair."""
    found = {}
    for run in runs:
        found.setdefault((run["taken"][:10], run["version"]), {})[run["experiment"]] = True
    return [f"- {date}, commit {version}: {', '.join(experiments)}." for (date, version), experiments in found.items()]


def to_markdown(table_rows, mode, machine, runs):
    lines = [f"Mode: {mode}. A ratio is the median of the repetitions' ratios, with the smallest and the largest.", "",
             *origins(runs), "",
             f"Machine: {'; '.join(f'{name}: {text}' for name, text in machine.items())}.", "",
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
    table_rows = all_rows(runs)
    with open(os.path.join(folder, "table.json"), "w", encoding="utf-8") as file:
        json.dump({"rows": table_rows}, file, indent=1)
        file.write("\n")
    write_csv(os.path.join(folder, "table.csv"), COLUMNS, table_rows)
    write_csv(os.path.join(folder, "runs.csv"), RUN_COLUMNS, run_lines(runs))
    with open(os.path.join(folder, "table.md"), "w", encoding="utf-8") as file:
        file.write(to_markdown(table_rows, mode, machine, runs))
