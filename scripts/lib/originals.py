"""Which tests show that the five original chat servers work: a pattern of test names for each item, and for each bug.

Items are numbered as their requirements are: original, then item. Most tests have the number in their own name
(Item0_3_..., test_item_2_1_...); where an item is what the library promises anyway, its tests are named here. What was
wrong with an original and is right here has rows of its own, "bug 0" and so on, in the order of their requirements; a
bug that cannot be had here (a misspelt call does not compile) is shown by the tests of what it kept from working.
"""

import collections
import re

# item: (what it is, a pattern beside the item's number in a name)
ITEMS = {
    "0-1": ("all addresses; where it runs is printed; its end", None),
    "0-2": ("lines end with LF, text is UTF-8", r"\.Bug0_(ACharacterMayBeSplit|BytesThatAreNoUtf8)"),
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
    "2-1": ("accept and print", None),
    "2-2": ("address reuse, a clean end", None),
    "2-3": ("sessions with a terminator", None),
    "2-4": ("every line to everybody", None),
    "2-5": ("closing", None),
    "2-6": ("commands and rooms", None),
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
    "4-8": ("records of who is there", r"PickleTest\.(Item4_[35]_|Bug4_WhoHangsUp)"),
    "4-9": ("pickles of strings", None),
}

# original: [(what was wrong, a pattern of the tests that show it right)]
BUGS = {
    0: [
        ("the CR of telnet is kept", r"\.Bug0_LinesOfTelnet"),
        ("a character split over segments disconnects", r"\.Bug0_ACharacterMayBeSplit"),
        ("bytes that are no UTF-8 disconnect", r"\.Bug0_BytesThatAreNoUtf8"),
        ("a second logout in the pipe ends the server", r"\.Bug0_APipelinedDoubleLogout"),
        ("lines behind a logout are handled", r"\.Bug0_LinesBehindALogout"),
        ("an error of types is an unknown command", r"\.Bug0_(ACommandThatExists|NothingButACommand)"),
        ("no limit for names", r"\.Bug0_ANameHasALimit"),
        ("no limit for lines", r"\.Bug0_ALineHasALimit"),
        ("no limit for output", r"\.Bug0_WhatIsKeptForAReader"),
        ("names with spaces and escapes", r"\.Bug0_NamesHaveNoSpaces"),
        ("a list that changes under a broadcast", r"\.Bug0_WhoLeavesWhileALineGoesOut"),
        ("prompts run together: stays", r"\.Bug0_PromptsWithoutALineEnd"),
    ],
    1: [
        ("a taken name is answered with the hint", r"\.Bug1_ATakenName"),
        ("a name is lost for ever", r"\.Bug1_ANameIsFreeAgain"),
        ("look spams all", r"\.Bug1_LookIsRead|\.Item1_7_|\.WhatALineHasOthersToldIsCharged"),
        ("every line is printed", r"\.test_bug_1_what_people_say"),
        ("replies without a line end: stays", r"\.Bug1_RepliesWithoutALineEnd"),
    ],
    2: [
        ("programs that do not run", r"\.TutorialTest\.test_"),
        ("lines that end with LF are never complete", r"\.Bug2_LinesThatEndWithLf"),
    ],
    4: [
        ("a slow client stops all", r"\.Bug4_(FramesMayCome|OneWhoStops)"),
        ("short recv() and send()", r"\.Bug4_(AFrameThatNoBufferHolds|FramesMayCome)"),
        ("a length is compared with bytes", r"\.Bug4_AFrameEnds"),
        ("the server's socket is closed in the loop", r"\.Bug4_WhoHangsUpIsForgotten"),
        ("the map is never cleaned", r"\.Bug4_WhoHangsUpIsForgotten"),
        ("misspelt calls", r"PickleTest\.Item4_[345]_|test_item_4_6_"),
        ("the count is a string", r"\.Bug4_TheCount"),
        ("unpickling runs code", r"\.Bug4_APickleOfAnythingElse"),
        ("no limit for lengths", r"\.Bug4_AFrameOverTheLimit"),
    ],
}

# What holds for all of them together, and what is decided where they disagree.
COMMON = {
    "all five in one process": r"FivePeopleOfTheReadme\.",
    "each in the words of its own profile": r"ProfilesTogetherTest\.EachHears|PickleTest\.PeopleOfOtherProfiles",
    "nothing is left, in any order": r"\.NothingIsLeftAfterAnyOrder",
    "guests have names of their own": r"GuestsHaveNamesOfTheirOwn",
    "relay shows no comings and goings": r"ComingsAndGoingsAreNotShown",
    "an address is shown to pickle people alone": r"PickleTest\.PeopleOfOtherProfiles",
    "login in a room is an unknown command": r"LoginInAChatRoomIsAnUnknownCommand",
    "controls and escapes are marks": r"ControlsAndEscapesAreShownAsMarks",
    "a LF in a text survives and forges nobody": r"ALfInside|NobodyForgesALine",
    "a name that is taken or not allowed": r"ANameThatIsTakenBecomes|AnIllegalOrTooLongName|Bug0_NamesHaveNoSpaces",
}


def pattern_of(item, extra):
    """Of the names of an item's tests."""
    original, _, number = item.partition("-")
    return re.compile("|".join(filter(None, [rf"[Ii]tem_?{original}_{number}_", extra])))


def rows():
    """(item, what it is, a pattern) of every row of the table, in its order."""
    for item, (what, extra) in ITEMS.items():
        yield item, what, pattern_of(item, extra)
    for original, bugs in BUGS.items():
        for what, pattern in bugs:
            yield f"bug {original}", what, re.compile(pattern)
    for what, pattern in COMMON.items():
        yield "common", what, re.compile(pattern)


def name_of(result):
    """Of the test, without its program and without what it ran on: PickleTest.Item4_1_..."""
    return re.sub(r"^(?:With|Engines|Families)/|(?<=\w)/[^/]*$", "", result.name.split(".", 1)[-1])


def by_test(results):
    """[(a test's name, how often each of its results came)], in the order of the results."""
    tests = {}
    for result in results:
        tests.setdefault(name_of(result), collections.Counter())[result.outcome] += 1
    return [(name, ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())))
            for name, counts in tests.items()]


def print_table(results):
    """Prints item, tests and their results; returns the rows for which no test has passed."""
    found = [(item, what, [result for result in results if pattern.search(result.name)])
             for item, what, pattern in rows()]
    if not any(of_item for _, _, of_item in found):
        return []
    print("\nThe originals, item by item:")
    for item, what, of_item in found:
        for name, outcome in by_test(of_item) or [("", "no test")]:
            print(f"  {item:8} {what:50} {outcome:12} {name}".rstrip())
            item = what = ""
    return [f"{item} ({what})" for item, what, of_item in found
            if not any(result.outcome in ("passed", "flaky") for result in of_item)]
