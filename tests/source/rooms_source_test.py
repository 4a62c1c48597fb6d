"""The rooms know no byte format: no line end, no sentence, no gateway call; and none asks another of which kind it is.

Looks at the string literals and the code of chat/rooms. A literal there is a name ("lobby"): anything that no name has,
a blank, a full stop, a capital letter, is taken for a sentence. What a kind of room does by itself is a virtual method,
so a function that turns a room into one of a certain kind, or says whether it is one, is a cast too.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
NAME = re.compile(r"[a-z0-9_-]*")
FORBIDDEN = {
    "a cast": re.compile(
        r"\bdynamic_\w*cast|\btypeid\b"
        r"|\b(?!const_)\w+_cast<[^>]*Room\b"  # static_cast<ChatRoom&>, reinterpret_cast<const chat::Room*>
        r"|\((?:const )?\w*Room(?: const)? ?[*&]+\)\s*[\w*&(]"  # (ChatRoom&)room
        r"|\b(?:[Aa]s|[Tt]o|[Ii]s)(?:_|(?=[A-Z]))\w*[Rr]oom\("  # AsChatRoom(), is_login_room()
        r"|\bvirtual (?:const )?\w+Room(?: const)? ?[*&]"),
    "a line end": re.compile(r"'\\[rn]'|\\x0[adAD]|\\0?1[25]\b"),
    "a call of the gateway": re.compile(r"\b[Gg]ateway\w*(?:\.|->)"),
    "a raw string": re.compile(r'\bR""'),
}

# What must be found, and what must not.
WRONG = {
    "a sentence": ['x = "two words";', 'x = "Goodbye.";', 'x = "Welcome";'],
    "a line end": ['y = "a\\r\\n";', "z = '\\n';", 'y = "a\\x0d";', "z = '\\012';"],
    "a call of the gateway": ["gateway_.Reply(1);", "gateway->Reply(1);"],
    "a raw string": ['y = R"(a)";'],
    "a cast": [
        "auto& r = static_cast<ChatRoom&>(room);", "const auto* r = static_cast<const ChatRoom*>(room);",
        "auto* r = static_cast<parley::chat::LoginRoom*>(room);", "auto* r = reinterpret_cast<ChatRoom*>(room);",
        "if (dynamic_cast<const ChatRoom*>(room_)) return;", "if (typeid(room) == typeid(ChatRoom)) return;",
        "auto* r = (ChatRoom*)room;", "auto& r = (const ChatRoom&)*room;", "auto* r = down_cast<ChatRoom*>(room);",
        "virtual ChatRoom* AsChatRoom() { return nullptr; }", "ChatRoom* AsChatRoom() override { return this; }",
        "if (room_->is_login_room()) return;", "if (IsChatRoom(room)) return;",
        "virtual const ChatRoom* Talk() const = 0;"
    ],
}
RIGHT = [
    'Make("lobby");', "// a line, and static_cast<ChatRoom&>(room) in a comment", '#include "chat/rooms/chat_room.h"',
    "visit(static_cast<uint32_t>(people_.size()));", "void Enter(Room& room);", "Further* FindFurther(RoomId room);",
    "return const_cast<ChatSession*>(this)->MembershipIn(room);", "void EnterFurther(ChatRoom& room);",
    "Outcome EnterRoom(const Call& call, ChatRoom& room, bool further = false);", "virtual void Left(Room& room) = 0;",
    "TopicOfRoom(room);"
]


def complaints(source, text):
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#include", "//")):
            continue
        code = LITERAL.sub('""', line).split("//")[0]
        found = {what for what, pattern in FORBIDDEN.items() if pattern.search(code)}
        for literal in LITERAL.findall(line):
            if FORBIDDEN["a line end"].search(literal) or re.search(r"\\[rn]", literal):
                found.add("a line end")
            elif not NAME.fullmatch(literal):
                found.add("a sentence")
        yield from (f"{source}:{number}: {what}: {line.strip()}" for what in sorted(found))


def main():
    for what, lines in WRONG.items():
        for line in lines:
            assert any(f": {what}: " in each for each in complaints("wrong.cc", line)), (what, line)
    assert not list(complaints("right.cc", "\n".join(RIGHT))), list(complaints("right.cc", "\n".join(RIGHT)))
    sources = sorted((ROOT / "chat" / "rooms").glob("*.*"))
    assert len(sources) > 10, sources
    found = [each for source in sources
             for each in complaints(source.relative_to(ROOT), source.read_text())]
    print("\n".join(found) or f"{len(sources)} files know no byte format")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
