"""A chat room on Python's asyncore and asynchat, as the first of Parley's originals was built on them.

    python3.11 bench/peers/asynchat_room.py PORT

Lines end with LF. `login NAME` answers "Login Success" and tells the others; `say TEXT` is given to everybody as
"NAME: TEXT"; `look` lists who is there; `logout` ends. Unlike in the original every reply is a whole line, so that
a program can tell where it ends, and poll() is asked instead of select(), which cannot watch more than 1,024
sockets. Needs Python 3.11 or older: the modules are gone since 3.12.
"""

import asynchat
import asyncore
import socket
import sys


class Session(asynchat.async_chat):
    """One person: collects a line, then does what its first word says."""

    def __init__(self, connection, people):
        super().__init__(connection)
        self.people = people
        self.name = None
        self.collected = []
        self.set_terminator(b"\n")
        self.send_line("Connect Success")

    def send_line(self, text):
        self.push(text.encode() + b"\n")

    def collect_incoming_data(self, data):
        self.collected.append(data)

    def found_terminator(self):
        line = b"".join(self.collected).decode(errors="replace").strip()
        self.collected = []
        word, _, rest = line.partition(" ")
        handler = getattr(self, "do_" + word, None)
        if not line:
            return
        if handler is None or (self.name is None and word not in ("login", "logout")):
            self.send_line("Unknown command " + word)
            return
        handler(rest.strip())

    def do_login(self, name):
        if not name:
            self.send_line("UserName Empty")
        elif name in self.people:
            self.send_line("UserName Exist")
        else:
            self.send_line("Login Success")
            for other in self.people.values():
                other.send_line(name + " has entered the room.")
            self.name = name
            self.people[name] = self

    def do_say(self, text):
        for person in self.people.values():
            person.send_line(self.name + ": " + text)

    def do_look(self, _rest):
        self.send_line("Online Users:")
        for name in self.people:
            self.send_line(name)

    def do_logout(self, _rest):
        self.handle_close()

    def handle_close(self):
        if self.people.pop(self.name, None) is not None:
            for other in self.people.values():
                other.send_line(self.name + " has left the room.")
        self.close()


class Room(asyncore.dispatcher):
    """Listens, and knows who has logged in."""

    def __init__(self, port):
        super().__init__()
        self.people = {}
        self.create_socket(socket.AF_INET, socket.SOCK_STREAM)
        self.set_reuse_addr()
        self.bind(("127.0.0.1", port))
        self.listen(1024)

    def handle_accepted(self, connection, _address):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Session(connection, self.people)


if __name__ == "__main__":
    Room(int(sys.argv[1]))
    asyncore.loop(use_poll=True)
