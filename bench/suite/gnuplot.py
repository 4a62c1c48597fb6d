"""Draws line plots with gnuplot (Debian's gnuplot-nox): one look for all of them.

    write_svg(plot, folder / "cost.svg")
    write_png(plot, folder / "cost.png")

A line is named at its right end, in its colour, and not in a box. Bars at a point reach from the smallest to the
largest of the repetitions. An SVG has its light colours as attributes and a style sheet that changes them where the
reader prefers dark pages.
"""

import dataclasses
import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

WIDTH, HEIGHT = 860, 460
LEFT, RIGHT, TOP, BOTTOM = 0.088, 0.80, 0.825, 0.135  # of the frame, as shares of the picture
LABEL_DISTANCE = 18 / (HEIGHT * (TOP - BOTTOM))  # between two names at the right, as a share of the frame

BACKGROUND, INK, MUTED, GRID = "#ffffff", "#1f2328", "#59636e", "#d8dee4"
DARK = {BACKGROUND: "#15181d", INK: "#e6edf3", MUTED: "#9aa4af", GRID: "#30363d"}

COLOURS = {  # readable on both backgrounds
    "parleyd": "#2b7de9",
    "parleyd-io_uring": "#08a0b4",
    "floor_coalescing_loop": INK,
    "floor_send_loop": "#a27c5b",
    "redis": "#d9453a",
    "nats": "#2b9a4e",
    "inspircd": "#9163db",
    "ngircd": "#d1619f",
    "mosquitto": "#d98200",
    "asynchat": "#8f8b23",
}
OTHER_COLOUR = "#7d8590"
MOST_MARKS = 60  # a line of more points has none of them marked

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
RGB = re.compile(r"rgb\( *(\d+), *(\d+), *(\d+)\)")


@dataclasses.dataclass
class Axis:
    title: str
    format: object  # from a number to the text at a tic, with the unit
    log: bool = True
    tics: list | None = None  # where the tics are to be, when they are not to be found
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass
class Line:
    label: str
    subject: str
    points: list  # of results.Point
    dash: int = 1  # 1 is solid
    bars: bool = True


@dataclasses.dataclass
class Plot:
    name: str  # of the files
    title: str
    subtitle: str
    x: Axis
    y: Axis
    lines: list
    caption: str = ""


def is_there():
    return shutil.which("gnuplot") is not None


def colour_of(subject):
    return COLOURS.get(subject, OTHER_COLOUR)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def bounds(axis, values):
    """The ends of the axis: a little beyond the values."""
    low = min(values) if axis.low is None else axis.low
    high = max(values) if axis.high is None else axis.high
    if axis.log:
        low, high = max(low, 1e-9), max(high, 1e-9)
        room = max(1.12, (high / low) ** 0.04)
        low, high = low / (room if axis.low is None else 1), high * (room if axis.high is None else 1)
        if high / low < 4:  # so that there are two tics at least
            low, high = low / 2, high * 2
        return low, high
    room = 0.05 * (high - low) or abs(high) or 1
    return low if axis.low is not None else low - room, high + (0 if axis.high is not None else room)


def log_tics(low, high, most):
    """Numbers at powers of ten, and between them when that makes no more than `most`; marks at the others."""
    decades = math.log10(high / low)
    named = next(digits for digits in ((1, 2, 5), (1, 3), (1,)) if decades * len(digits) <= most or len(digits) == 1)
    for exponent in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for digit in range(1, 10):
            value = digit * 10.0**exponent
            if low <= value <= high:
                yield value, digit in named


def linear_tics(low, high):
    raw = (high - low) / 6
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= raw)
    first = math.ceil(low / step)
    return [(index * step, True) for index in range(first, math.floor(high / step + 1e-9) + 1)]


def tics(axis, low, high, most):
    if axis.tics is not None:
        found = [(value, True) for value in axis.tics if low <= value <= high]
    else:
        found = log_tics(low, high, most) if axis.log else linear_tics(low, high)
    # gnuplot takes the text for a format of its own.
    parts = [f'{quoted(axis.format(value).replace("%", "%%") if named else "")} {value:.9g} {0 if named else 1}'
             for value, named in found]
    return "(" + ", ".join(parts) + ")"


def share(axis, low, high, value):
    """Where on the axis a value is, from 0 to 1."""
    if axis.log:
        return math.log(max(value, low) / low) / math.log(high / low)
    return (value - low) / (high - low)


def spread(shares):
    """Moves names that would stand on each other apart, in their order and about their places."""
    order = sorted(range(len(shares)), key=lambda index: shares[index])
    groups = []  # of names that touch: [middle, members]
    for index in order:
        groups.append([shares[index], [index]])
        while len(groups) > 1:
            (below, lower), (above, upper) = groups[-2:]
            if above - below >= LABEL_DISTANCE * (len(lower) + len(upper)) / 2:
                break
            members = lower + upper
            groups[-2:] = [[(below * len(lower) + above * len(upper)) / len(members), members]]
    places = [0.0] * len(shares)
    for middle, members in groups:
        half = LABEL_DISTANCE * (len(members) - 1) / 2
        middle = min(max(middle, half), max(1 - half, half))
        for position, index in enumerate(members):
            places[index] = middle - half + position * LABEL_DISTANCE
    return places


def frame(plot, x_range, y_range):
    for axis, letter, ends, most in ((plot.x, "x", x_range, 8), (plot.y, "y", y_range, 5)):
        if axis.log:
            yield f"set logscale {letter} 10"
        yield f"set {letter}range [{ends[0]:.9g}:{ends[1]:.9g}]"
        yield f"set {letter}tics {tics(axis, *ends, most)} nomirror scale 0.6,0.3 textcolor rgb '{MUTED}'"
    yield f"set grid xtics ytics back linetype 1 linecolor rgb '{GRID}' linewidth 0.8"
    yield f"set border 3 linecolor rgb '{MUTED}' linewidth 0.8"
    yield f"set lmargin at screen {LEFT}; set rmargin at screen {RIGHT}"
    yield f"set tmargin at screen {TOP}; set bmargin at screen {BOTTOM}"
    yield f"set xlabel {quoted(plot.x.title)} textcolor rgb '{MUTED}' offset 0,0.2"
    yield f"set label {quoted(plot.title)} at screen 0.016,0.945 font heading textcolor rgb '{INK}'"
    yield f"set label {quoted(plot.subtitle)} at screen 0.016,0.885 textcolor rgb '{MUTED}'"


def style(line):
    floor = line.subject.startswith("floor")
    width = 2.8 if line.subject.startswith("parleyd") else 1.8
    look = (f"linecolor rgb '{colour_of(line.subject)}' linewidth {width} "
            f"dashtype {2 if floor and line.dash == 1 else line.dash}")
    marks = f" pointtype {5 if floor else 7} pointsize {0.4 if floor else 0.3 * width:.2f}"
    return look, "" if len(line.points) > MOST_MARKS else marks


def depth(line):
    """What is drawn later lies above: a floor's thin line on ours, so that both are seen where they meet."""
    return 2 if line.subject.startswith("floor") else 1 if line.subject.startswith("parleyd") else 0


def script(plot):
    """All that gnuplot is told but the terminal and the file."""
    points = [point for line in plot.lines for point in line.points]
    x_range = bounds(plot.x, [point.x for point in points])
    y_range = bounds(plot.y, [edge for point in points for edge in (point.low, point.high)])
    yield "set encoding utf8"
    yield "unset key"
    yield from frame(plot, x_range, y_range)

    ends = [share(plot.y, *y_range, line.points[-1].y) for line in plot.lines]
    for line, place in zip(plot.lines, spread(ends)):
        yield (f"set label {quoted(line.label)} at graph 1.015,graph {place:.4f} left "
               f"textcolor rgb '{colour_of(line.subject)}'")
    parts = []
    for index, line in enumerate(sorted(plot.lines, key=depth)):
        yield f"$line{index} << EOD"
        for point in line.points:
            yield f"{point.x:.9g} {point.y:.9g} {point.low:.9g} {point.high:.9g}"
        yield "EOD"
        look, marks = style(line)
        if line.bars and any(point.low < point.high for point in line.points):
            parts.append(f"$line{index} using 1:3:(0):($4-$3) with vectors nohead "
                         f"linecolor rgb '{colour_of(line.subject)}' linewidth 1")
        parts.append(f"$line{index} using 1:2 with {'linespoints' if marks else 'lines'} {look}{marks}")
    yield "plot " + ", \\\n     ".join(parts)


def draw(terminal, heading, path, plot):
    commands = [f"set terminal {terminal}", f"set output {quoted(str(path))}", f"heading = '{heading}'",
                *script(plot), "set output"]
    drawn = subprocess.run(["gnuplot"], input="\n".join(commands) + "\n", text=True, capture_output=True, check=False)
    if drawn.returncode != 0:
        raise RuntimeError(f"gnuplot could not draw {plot.name}: {drawn.stderr.strip()}")


def write_png(plot, path):
    """Twice as many dots as the SVG, for screens that have them."""
    draw(f"pngcairo noenhanced size {2 * WIDTH},{2 * HEIGHT} fontscale 2 font 'DejaVu Sans,9' "
         f"background '{BACKGROUND}' linewidth 2 pointscale 1.6 dashlength 0.6", "DejaVu Sans:Bold,11", path, plot)


def write_svg(plot, path):
    draw(f"svg noenhanced size {WIDTH},{HEIGHT} dynamic font 'sans-serif,13' background '{BACKGROUND}' dashlength 1.1",
         "sans-serif:Bold,15", path, plot)
    root = ElementTree.fromstring(path.read_text())
    tidy(root, plot)
    style_sheet = ElementTree.Element(f"{{{SVG}}}style")
    style_sheet.text = dark_style()
    root.insert(0, style_sheet)
    ElementTree.register_namespace("", SVG)
    path.write_text(ElementTree.tostring(root, encoding="unicode") + "\n")


def dark_style():
    """Changes the light colours, for a picture by itself and for a page that has pictures in it."""
    rules = [f'svg [{attribute}="{light}"] {{ {attribute}: {dark} }}'
             for light, dark in DARK.items() for attribute in ("fill", "stroke", "color")]
    return "@media (prefers-color-scheme: dark) { " + " ".join(rules) + " }"


def hexadecimal(match):
    return "#" + "".join(f"{int(part):02x}" for part in match.groups())


def tidy(root, plot):
    """Leaves out what gnuplot writes for nothing, and makes ids and colours such that pictures can share a page."""
    root.set("role", "img")
    root.set("aria-label", f"{plot.title}. {plot.subtitle}")
    root.set("font-family", "system-ui, sans-serif")
    for parent in list(root.iter()):
        for child in list(parent):
            tag = child.tag.removeprefix(f"{{{SVG}}}")
            if tag in ("title", "desc", "filter") or (tag == "g" and len(child) == 0):
                parent.remove(child)
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "font-family" and element is not root:
                del element.attrib[name]
                if "Bold" in value:
                    element.set("font-weight", "bold")
            elif name == f"{{{XLINK}}}href":
                del element.attrib[name]
                element.set("href", f"#{plot.name}-{value[1:]}")
            elif name == "id":
                element.set("id", f"{plot.name}-{value}")
            elif name in ("fill", "stroke", "color"):
                value = RGB.sub(hexadecimal, value)
                element.set(name, INK if value == "black" else value.lower() if value[0] == "#" else value)
