"""The rooms know no byte format: no line end, no sentence, no cast to a kind of room, no gateway call.

Looks at the string literals and the code of chat/rooms. A name in a literal ("lobby") is no sentence; two words with a
blank between them are taken for one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
FORBIDDEN = {
    "a cast": re.compile(r"\b(?:dynamic_cast|static_cast<(?:const )?\w*Room\b)"),
    "a line end": re.compile(r"'\\[rn]'|\\x0[adAD]"),
    "a call of the gateway": re.compile(r"\b[Gg]ateway\w*(?:\.|->)"),
}
SENTENCE = re.compile(r"\w[ ,;:'!?.]+\w")


def complaints(source, text):
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#include"):
            continue
        code = LITERAL.sub('""', line).split("//")[0]
        for what, pattern in FORBIDDEN.items():
            if pattern.search(code):
                yield f"{source}:{number}: {what}: {line.strip()}"
        if line.lstrip().startswith("//"):
            continue
        for literal in LITERAL.findall(line):
            if "\\r" in literal or "\\n" in literal:
                yield f"{source}:{number}: a line end: {line.strip()}"
            elif SENTENCE.search(literal):
                yield f"{source}:{number}: a sentence: {line.strip()}"


def main():
    # The checks themselves must be able to find something.
    bad = 'x = "two words";\ny = "a\\r\\n";\nauto& r = static_cast<ChatRoom&>(room);\ngateway_.Reply(1);\n' \
          "z = '\\n';\n"
    assert len(list(complaints("bad.cc", bad))) == 5, list(complaints("bad.cc", bad))
    sources = sorted((ROOT / "chat" / "rooms").glob("*.*"))
    assert len(sources) > 10, sources
    found = [each for source in sources
             for each in complaints(source.relative_to(ROOT), source.read_text())]
    print("\n".join(found) or f"{len(sources)} files know no byte format")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
