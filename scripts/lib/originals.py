"""Which tests show that the five original chat servers work: a pattern of test names for each item.

Items are numbered as their requirements are: original, then item. Most tests have the number in their own name
(Item0_3_..., test_item_2_1_...); where an item is what the library promises anyway, its tests are named here.
"""

import collections
import re

# item: (what it is, a pattern beside the item's number in a name)
ITEMS = {
    "0-1": ("where it runs is printed, and that it ends", None),
    "0-2": ("lines end with LF, text is UTF-8", r"Bug0_ACharacterMayBeSplit"),
    "0-3": ("the greeting", None),
    "0-4": ("blank lines", None),
    "0-5": ("what is a command", None),
    "0-6": ("unknown commands", None),
    "0-7": ("login", None),
    "0-8": ("entering", None),
    "0-9": ("say", None),
    "0-10": ("look", None),
    "0-11": ("logout", None),
    "0-12": ("a peer that closes", None),
    "0-13": ("several lines at once", None),
    "0-14": ("sessions and rooms", r"rooms_source_test"),
    "0 mended": ("bugs of original 0", r"\.Bug0_"),
    "1-1": ("connection attempts are printed", None),
    "1-2": ("the greeting", None),
    "1-3": ("unknown commands", None),
    "1-4": ("login", None),
    "1-5": ("entering and leaving", None),
    "1-6": ("say", None),
    "1-7": ("look, for all", None),
    "1-8": ("logout", None),
    "1-9": ("an interrupt is quiet", None),
    "1-10": ("rooms and the order of handlers", None),
    "1 mended": ("bugs of original 1", r"\.Bug1_"),
    "2-1": ("accept and print", None),
    "2-2": ("address reuse, a clean end", None),
    "2-3": ("sessions with a terminator", None),
    "2-4": ("every line to everybody", None),
    "2-5": ("closing", None),
    "2-6": ("commands and rooms", None),
    "2 mended": ("bugs of original 2", r"\.Bug2_"),
    "3-1": ("a loop until the last channel closes", r"AsyncoreTest\.Behaviour1[57]_"),
    "3-2": ("connect, close, accepted", r"FamilyTest\.Behaviour3[1-6]_"),
    "3-3": ("readable() and writable()", r"AsyncoreTest\.(Behaviour1[69]_|Plain|Writer)"),
    "3-4": ("any terminator", r"AsyncChatTest\.Behaviour0[1-6]_"),
    "3-5": ("the commands", None),
    "3-6": ("look and who", None),
    "3-7": ("who leaves is gone once", None),
    "3-8": ("a legal name that is free", None),
    "3-9": ("bytes and text", None),
    "3-10": ("several rooms", None),
    "4-1": ("frames", None),
    "4-2": ("the handshake", None),
    "4-3": ("the notice of joining", None),
    "4-4": ("relayed to the others", None),
    "4-5": ("the notice of hanging up", None),
    "4-6": ("connections are printed, a line ends it", None),
    "4-7": ("a select() client", None),
    "4-8": ("records of who is there", r"PickleTest\.Item4_[35]_"),
    "4-9": ("pickles of strings", None),
    "4 mended": ("bugs of original 4", r"\.Bug4_"),
}


def pattern_of(item, extra):
    original, _, number = item.partition("-")
    numbered = rf"[Ii]tem_?{original}_{number}_" if number else None
    return re.compile("|".join(filter(None, [numbered, extra])))


def of_items(results):
    """{item: its results}."""
    return {item: [result for result in results if pattern_of(item, extra).search(result.name)]
            for item, (_, extra) in ITEMS.items()}


def name_of(result):
    """Of the test, without its program and without what it ran on: PickleTest.Item4_1_..."""
    return re.sub(r"^(?:With|Engines|Families)/|(?<=\w)/[^/]*$", "", result.name.split(".", 1)[-1])


def print_table(results):
    """Prints item, test and result; returns the items that no test has passed."""
    found = of_items(results)
    if not any(found.values()):
        return []
    print("\nThe originals, item by item:")
    for item, of_item in found.items():
        counts = collections.Counter(result.outcome for result in of_item)
        outcome = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "no test"
        name = name_of(of_item[0]) if of_item else ""
        print(f"  {item:9} {ITEMS[item][0]:44} {outcome:24} {name[:70]}")
    return [item for item, of_item in found.items()
            if not any(result.outcome in ("passed", "flaky") for result in of_item)]
