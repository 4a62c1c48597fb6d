"""Reads what callgrind writes: the instructions of each function, alone and with what it calls.

The format is described in valgrind's manual, "Callgrind Format Specification". Names must not be compressed
(--compress-strings=no).
"""

import collections
import dataclasses


@dataclasses.dataclass
class Function:
    alone: int = 0  # instructions of its own, what was inlined into it included
    inclusive: int = 0  # and of what it calls; more than that when it calls itself


@dataclasses.dataclass
class Profile:
    total: int
    functions: dict  # name -> Function


def read(lines):
    """A profile from the lines of a callgrind file. Raises ValueError when the sums do not agree."""
    functions = collections.defaultdict(Function)
    total = None
    current = None
    of_call = False  # the next cost is that of a call
    for line in lines:
        line = line.strip()
        if line.startswith("totals:"):
            total = int(line.split()[1])
        elif line.startswith("fn="):
            current = functions[line[3:]]
        elif line.startswith("calls="):
            of_call = True
        elif line[:1].isdigit() or line[:1] in ("+", "-", "*"):
            cost = int(line.split()[1])
            current.inclusive += cost
            if not of_call:
                current.alone += cost
            of_call = False
    counted = sum(function.alone for function in functions.values())
    if total is None or counted != total:
        raise ValueError(f"the functions have {counted} instructions together, the profile says {total}")
    return Profile(total, dict(functions))
