"""How a run of parley-bench ended: its exit codes, and what they say of the run.

A run is good where its exit code is GOOD and it was measured, and usable where it also had the server's core for
itself. What others have measured is in no ratio and no picture; that nothing was lost, a good run says in any case.
"""

GOOD = 0
COULD_NOT_RUN = 1
DELIVERIES_WRONG = 2
REFUSED = 3  # the generator's own core was too busy to be believed

# Of two seconds, three of the ticks in which the kernel counts: fewer may be a rounding.
MOST_STOLEN = 0.015

NAMES = {GOOD: "good", COULD_NOT_RUN: "could not run", DELIVERIES_WRONG: "deliveries wrong", REFUSED: "refused"}


def is_good(run):
    return run["exit_code"] == GOOD and bool(run["measured"])


def stolen_share(run):
    """How much of the server's core a hypervisor gave to others while it was measured: its steal in /proc/stat."""
    cores = [part.get("server_core") or {} for part in run["measured"].get("runs") or []]
    return max((core["steal"] / core["wall"] for core in cores if core.get("wall")), default=0)


def had_its_core(run):
    return stolen_share(run) <= MOST_STOLEN


def is_usable(run):
    return is_good(run) and had_its_core(run)


def outcome_of(run):
    """In words, for people."""
    if run["exit_code"] == GOOD and not run["measured"]:
        return "not measured"
    if is_good(run) and not had_its_core(run):
        return "core shared with other machines"
    return NAMES.get(run["exit_code"], f"exit code {run['exit_code']}")
