"""Which rows the table has: for each experiment the measures that are taken of it, the floor and the bar.

    for row in all_rows(runs): ...
"""

import bars
from experiments import COALESCING, OURS, RING, SEND_LOOP, TWENTY_RENDERINGS, TWO_THREADS
from outcomes import COULD_NOT_RUN, is_good
from row import core_cost, finding, latency, make_row, the_run, why_not

SEGMENT = 65536
AT_THIS_LOAD = "floor at this load"
BUSY_SILENT = "the busy room silent"
BUSY_ENOUGH = 0.9  # of its lines that a busy room is given within the measured time


def cases(runs, experiment):
    """The runs of an experiment by their parameters, in the order in which they were run."""
    found = {}
    for run in runs:
        if run["experiment"] == experiment:
            found.setdefault(tuple(run["parameters"].items()), []).append(run)
    return [(dict(key), group) for key, group in found.items()]


def millions(number):
    return f"{number / 1e6:g} M" if number >= 1e5 else f"{number:,}"


def in_an_id(number):
    return millions(number).replace(" ", "")


def percentile_rows(identity, what, group, percentiles=("p50", "p99"), **more):
    """Rows of each delivery's latency beside the coalescing floor's."""
    for percentile in percentiles:
        yield make_row(f"{identity}-{percentile}", f"{what}: {percentile}", "ns", group,
                       latency("delivery", percentile), floor=COALESCING, **more)


def memory_rows(identity, runs, experiment, floor):
    for parameters, group in cases(runs, experiment):
        for subject in subjects_of(group, floor):
            yield make_row(f"{identity}-{parameters['recipients']}-{subject}",
                           f"memory per idle connection, {parameters['recipients']:,} of them", "B", group,
                           finding("own memory per connection, bytes"), subject=subject, floor=floor)


def cost_rows(runs):
    for parameters, group in cases(runs, "cost"):
        yield make_row(f"a-{parameters['recipients']}",
                       f"a 64-byte line to {parameters['recipients']:,}: core time per delivery", "ns", group,
                       core_cost, floor=SEND_LOOP, bar=bars.COST)


def latency_rows(runs):
    for parameters, group in cases(runs, "latency"):
        rate = parameters["deliveries_per_second"]
        what = f"{millions(rate)} deliveries/s to {parameters['recipients']:,}"
        if rate == bars.HIGHEST_LOAD:
            identity = f"c-{in_an_id(rate)}"
            yield from percentile_rows(identity, what, group, ("p99",), bar=bars.HIGHEST_LOAD_P99,
                                       note="every delivery checked")
            yield from percentile_rows(identity, what, group, ("p50",))
        elif rate in bars.LATENCY_LOADS:
            yield from percentile_rows(f"b-{in_an_id(rate)}", what, group, bar=bars.LATENCY)
        else:
            yield from percentile_rows(f"load-{in_an_id(rate)}", what, group)
        yield make_row(f"load-{in_an_id(rate)}-core", f"{what}: core time per delivery", "ns", group, core_cost,
                       floor=COALESCING)


def grid_rows(runs):
    for parameters, group in cases(runs, "grid"):
        rate, recipients = parameters["deliveries_per_second"], parameters["recipients"]
        yield from percentile_rows(f"grid-{recipients}-{in_an_id(rate)}",
                                   f"{millions(rate)} deliveries/s to {recipients:,}", group)


def throughput_rows(runs):
    for parameters, group in cases(runs, "throughput"):
        wanted = parameters["deliveries_per_second"] * bars.THROUGHPUT / bars.THROUGHPUT_OFFERED
        row = make_row("d-25M", f"{millions(wanted)} verified deliveries/s to {parameters['recipients']:,}",
                       "deliveries/s", group, lambda run: the_run(run)["achieved_deliveries_per_second"],
                       floor=COALESCING)
        row["bar"] = f">= {wanted / 1e6:g} M, nothing lost"
        if row["ratio"] is not None:
            row["verdict"] = "reached" if row["value"] >= wanted else "missed"
        else:
            row["verdict"] = why_not(group)[0]
        yield row


def time_to_last(run):
    """One sweep of the floor: the median; what is beside it: p99.9."""
    return the_run(run)["latency_ns"]["last_recipient"]["p50" if run["subject"] == COALESCING else "p99.9"]


def sweep_rows(runs):
    """p99.9 of the time to the last, beside one sweep: what the floor needs for a line that comes alone."""
    found = cases(runs, "sweep")
    alone = {run["repetition"]: run for parameters, group in found for run in group
             if parameters["lines_per_second"] == min(case["lines_per_second"] for case, _ in found)
             and run["subject"] == COALESCING}
    for parameters, group in found:
        lines = parameters["lines_per_second"]
        sweeps = list(alone.values())
        ours = [run for run in group if run["subject"] == OURS]
        itself = [dict(run, subject=AT_THIS_LOAD) for run in group if run["subject"] == COALESCING]
        what = (f"{lines:,} lines/s to {parameters['recipients']:,}: p99.9 of the time to the last, to one sweep of "
                "the floor")
        yield make_row(f"e-{lines}", what, "ns", ours + sweeps, time_to_last, floor=COALESCING, bar=bars.SWEEP)
        yield make_row(f"e-{lines}-floor", f"{what}: the floor's own", "ns", itself + sweeps, time_to_last,
                       subject=AT_THIS_LOAD, floor=COALESCING)


def stall_rows(runs):
    for parameters, group in cases(runs, "stall"):
        many = f"{parameters['recipients']:,}"
        yield make_row("f-p99", f"10 % of {many} stop reading: the others' p99 with / without", "", group,
                       finding("p99 of the others / p99 when all read"), bar=bars.STALL_P99)

        def beyond_the_log(run):
            grown = run["measured"]["findings"].get("server's own memory grew by, bytes", 0)
            stalled = run["measured"]["runs"][1]
            said = stalled["lines_per_second"] * (stalled["seconds"] + stalled["warmup"]) * stalled["payload_bytes"]
            # The log's last segment is not full, and one more is at hand.
            return grown / (said + 2 * SEGMENT)
        yield make_row("f-memory", "the server's memory then grows by, to the bytes of the log", "", group,
                       beyond_the_log, bar=bars.STALL_MEMORY)


def idle_rows(runs):
    for name, identity, bar in (
            ("user memory per idle connection in the reactor", "g-reactor", bars.IDLE_REACTOR_BYTES),
            ("user memory per idle logged-in connection", "g-session", bars.IDLE_SESSION_BYTES)):
        for engine in ("epoll", "io_uring"):
            group = [run for run in runs if run["experiment"] == "idle_tests"
                     and (run["measured"] or {"findings": {}})["findings"].get(f"{name} ({engine})")]
            if engine == "epoll" and not group:
                group = [run for run in runs if run["experiment"] == "idle_tests"]
                group = [dict(run, exit_code=run["exit_code"] or COULD_NOT_RUN) for run in group]
            if group:
                yield make_row(f"{identity}-{engine}", f"{name} ({engine})", "B", group,
                               finding(f"{name} ({engine})"), bar=bar if engine == "epoll" else None)
    yield from memory_rows("idle", runs, "idle", COALESCING)
    for run in runs:
        if run["experiment"] == "allocations":
            yield make_row("allocations", "tests of allocations per delivery (0) that pass: allocation_test", "tests",
                           [run], finding("tests passed"))


def mass_leave_rows(runs):
    for parameters, group in cases(runs, "mass_leave"):
        staying = parameters["recipients"] // 11
        row = make_row("h", f"{parameters['recipients'] - staying:,} leave at once at "
                       f"{millions(parameters['deliveries_per_second'])}/s: lost by the {staying:,} who stay",
                       "deliveries", group, lambda run: the_run(run)["lost"], floor=COALESCING)
        row["bar"] = "0"
        ours = [run for run in group if run["subject"] == OURS]
        row["verdict"] = "reached" if ours and all(is_good(run) for run in ours) else why_not(ours)[0]
        yield row


def rooms_rows(runs):
    for parameters, group in cases(runs, "rooms"):
        yield make_row("i", f"{parameters['recipients']:,} people in {parameters['rooms']:,} rooms, each a line a "
                       "second: core time per delivery", "ns", group, core_cost, floor=SEND_LOOP, bar=bars.ROOMS)


def login_rows(runs):
    for parameters, group in cases(runs, "logins"):
        for identity, what, name in (("j", "all are in", "all let in, ms"),
                                     ("j-quiet", "and all are told of all", "all quiet, ms")):
            yield make_row(identity, f"{parameters['recipients']:,} logins at once, each announced: {what}", "ms",
                           group, finding(name), floor=SEND_LOOP, bar=bars.LOGINS if identity == "j" else None)


def small_room_rows(runs):
    """What is heard in small rooms beside a busy one, less and beside what is heard there while it is silent."""
    for parameters, group in cases(runs, "small_room"):
        rooms, busy = parameters["rooms"], parameters["crowd_lines_per_second"]
        where = "a room of two" if rooms == 1 else f"{rooms:,} rooms of two"
        what = f"{where} beside {parameters['crowd']:,} with {busy:,g} lines/s"
        yield from rows_beside_busy(f"k-{rooms}-{busy:g}", what, group, OURS)
        if TWENTY_RENDERINGS in subjects_of(group, OURS):
            yield from rows_beside_busy(f"k20-{rooms}-{busy:g}", f"{what} and 20 renderings", group, TWENTY_RENDERINGS)


def rows_beside_busy(identity, what, runs, subject):
    """The rows of one server: `runs` are those of one case."""
    runs = [run for run in runs if run["subject"] == subject]
    row = make_row(identity, f"{what}: p99 above that beside silent ones", "ms", runs, finding("p99 above quiet, ms"),
                   subject=subject, bar=bars.SMALL_ROOM)
    given = make_row(f"{identity}-given", f"{what}: of these lines the busy room was given", "", runs,
                     finding("of what was said in the busy room it was given"), subject=subject)
    if given["value"] is not None and given["value"] < BUSY_ENOUGH:
        told = f"the busy room was given {100 * given['value']:.0f} % of its lines"
        row["note"] = "; ".join(filter(None, (row["note"], told)))
    yield row
    silent = [dict(run, subject=BUSY_SILENT) for run in runs]
    for percentile in ("p50", "p99", "max"):
        yield make_row(f"{identity}-{percentile}", f"{what}: {percentile}", "ns", runs + silent,
                       lambda run, p=percentile: run["measured"]["runs"][run["subject"] != BUSY_SILENT]
                       ["latency_ns"]["delivery"].get(p), subject=subject, floor=BUSY_SILENT)
    yield given


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


def core_rows(runs):
    for parameters, group in cases(runs, "cores"):
        yield make_row("cores", f"a line to {parameters['recipients']:,}, two I/O threads on two cores to one on one: "
                       "p50 of the time to the last", "ns", group, latency("last_recipient", "p50"),
                       subject=TWO_THREADS, floor=OURS)


def scenario_rows(runs):
    for parameters, group in cases(runs, "tell"):
        for percentile in (50, 99):
            yield make_row(f"tell-p{percentile}", f"a tell while {parameters['lines_per_second']:g} lines/s go to "
                           f"{parameters['recipients']:,}: p{percentile}", "ns", group,
                           lambda run, p=percentile: run["measured"]["runs"][1]["latency_ns"]["tell"].get(f"p{p}"),
                           floor=COALESCING)
    for parameters, group in cases(runs, "trickle"):
        yield make_row("trickle", f"lines byte by byte to {parameters['recipients']:,}: p99", "ns", group,
                       latency("delivery", "p99"), floor=SEND_LOOP)
    for parameters, group in cases(runs, "search"):
        yield make_row("search", f"highest deliveries/s to {parameters['recipients']:,} with p99 <= 10 ms",
                       "deliveries/s", group, finding("highest deliveries/s under the bound"), floor=COALESCING)
    for parameters, group in cases(runs, "syscalls"):
        yield make_row(f"syscalls-{in_an_id(parameters['deliveries_per_second'])}",
                       f"{millions(parameters['deliveries_per_second'])} deliveries/s: system calls per delivery, "
                       "under strace", "calls", group, lambda run: run["measured"]["per_delivery"], floor=COALESCING)


def peer_rows(runs):
    for parameters, group in cases(runs, "peers_cost"):
        for subject in subjects_of(group, SEND_LOOP):
            yield make_row(f"peers-cost-{subject}", f"a line to {parameters['recipients']:,}: core time per delivery",
                           "ns", group, core_cost, subject=subject, floor=SEND_LOOP)
    for parameters, group in cases(runs, "peers_latency"):
        for subject in subjects_of(group, COALESCING):
            yield make_row(f"peers-{in_an_id(parameters['deliveries_per_second'])}-{subject}",
                           f"{millions(parameters['deliveries_per_second'])} deliveries/s to "
                           f"{parameters['recipients']:,}: p50", "ns", group, latency("delivery", "p50"),
                           subject=subject, floor=COALESCING)
    yield from memory_rows("peers-idle", runs, "peers_idle", None)


def subjects_of(group, floor):
    return [subject for subject in dict.fromkeys(run["subject"] for run in group) if subject != floor]


def all_rows(runs):
    makers = (cost_rows, latency_rows, grid_rows, throughput_rows, sweep_rows, stall_rows,
              idle_rows, mass_leave_rows, rooms_rows, login_rows, small_room_rows, engine_rows, core_rows,
              scenario_rows, peer_rows)
    return sorted((row for maker in makers for row in maker(runs)), key=lambda row: (row["bar"] is None, row["id"][:1]
                  if row["bar"] else ""))
