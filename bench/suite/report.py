"""Makes pictures and a page from what a run of the suite wrote.

    python3 bench/suite/report.py bench/results/<date>

Reads runs.json and table.json in that folder and writes beside them an SVG for each picture, a PNG of those that a
README shows, and report.html, which has everything in it and fetches nothing. A picture that cannot be drawn is named
with the reason, on the page and here. Ends with 1 when there is nothing to report from.
"""

import argparse
import datetime
import json
import pathlib
import re
import sys

import gnuplot
import page
import plots
from results import Results


def draw(entries, folder):
    """The SVG text of every picture that could be drawn. The others get the reason."""
    names = [entry.name for entry in entries]
    for old in [*folder.glob("*.svg"), *folder.glob("*.png")]:
        if old.stem in names or old.stem.startswith("percentiles-"):
            old.unlink()
    pictures = {}
    for entry in entries:
        if entry.plot is None:
            continue
        if not gnuplot.is_there():
            entry.missing = "gnuplot is not installed (Debian has it in gnuplot-nox)"
            continue
        path = folder / f"{entry.name}.svg"
        gnuplot.write_svg(entry.plot, path)
        if entry.name in plots.IN_READMES:
            gnuplot.write_png(entry.plot, path.with_suffix(".png"))
        pictures[entry.name] = path.read_text()
    return pictures


def date_of(folder):
    """The folder is called after the day, or the day is that of its files."""
    named = re.match(r"\d{4}-\d\d-\d\d", folder.resolve().name)
    written = datetime.date.fromtimestamp((folder / "runs.json").stat().st_mtime)
    return named[0] if named else written.isoformat()


def main():
    parser = argparse.ArgumentParser(description="Makes pictures and a page from what a run of the suite wrote.")
    parser.add_argument("folder", type=pathlib.Path, help="where runs.json and table.json are")
    folder = parser.parse_args().folder
    try:
        results = Results.read(folder)
    except (OSError, json.JSONDecodeError, KeyError) as error:
        print(f"report: there is nothing to report from in {folder}: {error}", file=sys.stderr)
        return 1
    entries = plots.all_entries(results)
    pictures = draw(entries, folder)
    report = folder / "report.html"
    report.write_text(page.build(results, entries, pictures, date_of(folder), gnuplot.dark_style()))
    for entry in entries:
        if entry.name not in pictures:
            print(f"report: no picture '{entry.name}': {entry.missing}", file=sys.stderr)
    print(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
