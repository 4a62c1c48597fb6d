"""How a run of parley-bench ended: its exit codes, and what they say of the run.

A run counts where its exit code is GOOD and it was measured; what a refused or failed run has measured is never used.
"""

GOOD = 0
COULD_NOT_RUN = 1
DELIVERIES_WRONG = 2
REFUSED = 3  # the generator's own core was too busy to be believed

NAMES = {GOOD: "good", COULD_NOT_RUN: "could not run", DELIVERIES_WRONG: "deliveries wrong", REFUSED: "refused"}


def is_good(run):
    return run["exit_code"] == GOOD and bool(run["measured"])


def outcome_of(run):
    """In words, for people."""
    if run["exit_code"] == GOOD and not run["measured"]:
        return "not measured"
    return NAMES.get(run["exit_code"], f"exit code {run['exit_code']}")
