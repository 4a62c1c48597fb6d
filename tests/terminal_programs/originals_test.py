"""All five originals in one process: clients of their age, and what their servers print."""

import glob
import os
import pickle
import re
import signal
import socket
import struct
import subprocess
import sys
import unittest

import programs

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../chat/README.md")
CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "original_clients")
PROFILES = ("friendly", "classic", "qq", "relay", "pickle")


def runs(python, code):
    try:
        return subprocess.run([python, "-c", code], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=programs.DEADLINE).returncode == 0
    except OSError:
        return False


def find_python(code):
    """A Python of this machine in which `code` runs."""
    installed = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python")))
    for python in ["python2.7", "python3.11", "python3", sys.executable, *installed]:
        if runs(python, code):
            return python
    return None


class Server:
    """parleyd with a listener of each profile, on ports of their own."""

    def __init__(self, test, *flags):
        listen = ",".join(f"{profile}@127.0.0.1:0" for profile in PROFILES)
        self.program = programs.OnPipes(test, os.environ["PARLEYD"], f"--listen={listen}", *flags)
        where = self.program.expect(r"parleyd listens on (.+) \(engine (\w+)\)")
        wanted = os.environ["PARLEY_ENGINE"]
        if where[2].decode() != wanted:
            test.skipTest(f"engine {wanted} cannot be used here")
        self.program.output.rewind()
        self.ports = dict(re.findall(r"(\w+)@127\.0\.0\.1:(\d+)", where[1].decode()))

    def stop(self):
        self.program.signal(signal.SIGTERM)
        self.program.expect("parleyd has stopped")
        self.program.expect_exit(0)


class Visitor:
    """Somebody with a socket, and everything heard."""

    def __init__(self, test, port):
        self.socket = socket.create_connection(("127.0.0.1", int(port)), timeout=programs.DEADLINE)
        test.addCleanup(self.socket.close)
        self.heard = b""

    def say(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def lines(self):
        """What was heard, without spaces at the ends of lines."""
        return [line.rstrip() for line in self.heard.decode().splitlines()]

    def listen_until(self, line):
        while line not in self.lines():
            got = self.socket.recv(4096)
            if not got:
                raise EOFError(f"the end came before {line!r}: {self.lines()}")
            self.heard += got


class PickleVisitor(Visitor):
    def say(self, text):
        pickled = pickle.dumps(text, 0)
        self.socket.sendall(struct.pack(">I", len(pickled)) + pickled)

    def lines(self):
        found, rest = [], self.heard
        while len(rest) >= 4:
            end = 4 + struct.unpack(">I", rest[:4])[0]
            if len(rest) >= end:
                found += pickle.loads(rest[4:end]).strip("\n").splitlines()
            rest = rest[end:]
        return found


class FivePeopleOfTheReadme(unittest.TestCase):
    def test_each_reads_what_the_readme_says(self):
        with open(README, encoding="utf-8") as file:
            shown = re.findall(r"^(\w+) *\| (.*)$", file.read(), re.MULTILINE)
        expected = {}
        for name, line in shown:
            expected.setdefault(name, []).append(line)
        self.assertEqual(list(expected), ["fay", "cat", "qi", "guest", "pam"])
        server = Server(self)
        people = {}
        for name, profile, first_words, welcome in (
                ("fay", "friendly", "login fay", "You are in lobby. Nobody else is here."),
                ("cat", "classic", "login cat", "Connect SuccessLogin Success"),
                ("qi", "qq", "login qi", "qi has enter in the room"),
                ("guest", "relay", None, "Welcome to ChatRoom"),
                ("pam", "pickle", "NAME: pam", "CLIENT: 127.0.0.1")):
            visitor = PickleVisitor if profile == "pickle" else Visitor
            people[name] = visitor(self, server.ports[profile])
            if first_words is not None:
                people[name].say(first_words)
            people[name].listen_until(welcome)
        people["fay"].listen_until("pam has entered the room.")
        before = {name: None for name in people}
        # What each says, and what everybody has read once it was heard.
        for speaker, text, heard in (("cat", "say hello", 1), ("guest", "good evening", 2), ("fay", "me waves", 3),
                                     ("pam", "tea?", 4), ("pam", "", 5)):
            people[speaker].say(text)
            for name, person in people.items():
                if len(expected[name]) >= heard:
                    person.listen_until(expected[name][heard - 1])
                if before[name] is None:
                    before[name] = person.lines().index(expected[name][0])
        for name, person in people.items():
            self.assertEqual(person.lines()[before[name]:], expected[name], name)
        server.stop()


class ClientsOfTheOriginals(unittest.TestCase):
    def talk_in_pickles(self, python):
        server = Server(self)
        fay = programs.OnPipes(self, *[programs.NETCAT, "127.0.0.1", server.ports["friendly"]])
        programs.log_in(fay, "fay")

        def start(name):
            client = programs.OnPipes(self, python, os.path.join(CLIENTS, "select_client.py"), name,
                                      "127.0.0.1", server.ports["pickle"])
            client.expect(rf"\A\[{name}@[^\]]+\]>\nNow connceted to chat server at port \d+\n")
            client.expect(rf"\[{name}@127\.0\.0\.1\]>\n")
            return client

        ann = start("ann")
        bob = start("bob")
        ann.expect(r"\n \(Connected: New client \(3\) from bob@127\.0\.0\.1\n")
        bob.enter("")  # is not sent
        bob.expect(r"\[bob@127\.0\.0\.1\]>\n")
        bob.enter("it's a \"test\" \\ grüß dich")
        spoken = re.escape("it's a \"test\" \\ grüß dich")
        ann.expect(r"\n#\[bob@127\.0\.0\.1\]>>" + spoken + "\n")
        fay.expect("bob: " + spoken + "\r\n")
        fay.enter("hello")
        bob.expect("#\\[fay@friendly\\]>>hello\n")
        bob.expect(r"\[bob@127\.0\.0\.1\]>")  # by then it waits again
        bob.signal(signal.SIGINT)
        bob.expect("\n  Client interrupted, \n")
        bob.expect_exit(0)
        ann.expect("\n\\(now hung up: client from bob@127\\.0\\.0\\.1\\)\n")
        server.stop()
        ann.expect("\nClient shutting down\n")
        ann.expect_exit(0)
        late = programs.OnPipes(self, python, os.path.join(CLIENTS, "select_client.py"), "late",
                                "127.0.0.1", server.ports["pickle"])
        late.expect(f"\nFailed to connect to chat server @ port {server.ports['pickle']}\n")
        late.expect_exit(1)

    def test_item_4_7_select_client_of_python_2_talks(self):
        python = find_python("import cPickle")
        if python is None:
            self.skipTest("there is no Python 2.7 on this machine")
        self.talk_in_pickles(python)

    def test_item_4_7_select_client_of_python_3_talks(self):
        self.talk_in_pickles(sys.executable)

    def talk_by_asynchat(self, python):
        server = Server(self)

        def said(profile, *lines):
            client = programs.OnPipes(
                self, python, "-W", "ignore", os.path.join(CLIENTS, "asynchat_client.py"),
                "127.0.0.1", server.ports[profile], *lines)
            heard = client.output.expect_end()
            client.expect_exit(0)
            return heard

        self.assertEqual(
            said("classic", "login ann", "say  hi", "look", "logout"),
            "Connect SuccessLogin Successann: hi\nOnline Users:\nann\n")
        self.assertEqual(
            said("qq", "dance", "login ann", "say  hi", "logout"),
            'welcome to QQ \nplease log in \n "Use login <nick>" \nann has enter in the room \n'
            "ann: hi\n")
        server.stop()

    def test_asynchat_client_of_python_2_talks(self):
        python = find_python("import asynchat, cPickle")
        if python is None:
            self.skipTest("there is no Python 2.7 on this machine")
        self.talk_by_asynchat(python)

    def test_asynchat_client_of_python_3_talks(self):
        python = find_python("import asynchat, sys; assert sys.version_info > (3,)")
        if python is None:
            self.skipTest("there is no Python 3 with asynchat (up to 3.11) on this machine")
        self.talk_by_asynchat(python)


class ConsoleTest(unittest.TestCase):
    def start(self):
        server = Server(self, "--console")
        return server, server.program

    def connect(self, server, profile):
        return programs.OnPipes(self, programs.NETCAT, "127.0.0.1", server.ports[profile])

    def test_item_0_1_classic_prints_where_it_runs_and_that_it_ends(self):
        server, printed = self.start()
        printed.expect(f"chat server run at '127.0.0.1:{server.ports['classic']}'\n")
        printed.signal(signal.SIGINT)
        printed.expect("chat server exit\n")
        printed.expect_exit(0)

    def test_item_1_1_qq_prints_who_attempts_to_connect(self):
        server, printed = self.start()
        self.connect(server, "qq").expect("welcome to QQ")
        printed.expect("connection attemp from  127.0.0.1\n")

    def test_item_1_9_an_interrupt_is_quiet(self):
        server = programs.serve(self, "--console", listen="qq@127.0.0.1:0")
        server.expect_goodbye(signal.SIGINT)

    def test_item_2_3_relay_prints_connections_and_lines(self):
        server, printed = self.start()
        relay = self.connect(server, "relay")
        printed.expect("Connection from  127.0.0.1\n")
        relay.write("hello \x1b[2J all\r\n")
        printed.expect("hello ␛\\[2J all\n")

    def test_item_4_6_pickle_prints_connections_and_a_line_ends_it(self):
        server, printed = self.start()
        self.connect(server, "pickle")
        printed.expect("Chat server: got connection 1 from 127.0.0.1:\\d+\n")
        second = self.connect(server, "pickle")
        printed.expect("Chat server: got connection 2 from 127.0.0.1:\\d+\n")
        second.signal(signal.SIGTERM)
        printed.expect("Chat server: 2 hung up\n")
        printed.enter("")
        printed.expect("Shutting down server...\n")
        printed.expect_exit(0)

    def test_nobody_writes_lines_of_the_servers(self):
        server, printed = self.start()
        relay = self.connect(server, "relay")
        relay.write("first\r\none\nchat server exit\r\n")
        printed.expect("\none␊chat server exit\n")

    def test_is_off_unless_asked_for(self):
        server = Server(self)
        said = programs.converse(
            self, [programs.NETCAT, "-N", "127.0.0.1", server.ports["relay"]], "hello\r\n")
        self.assertEqual(said, "Welcome to ChatRoom \r\nhello\r\n")
        server.program.enter("this is not looked at")
        server.program.signal(signal.SIGTERM)
        self.assertRegex(server.program.output.expect_end(),
                         r"\Ainfo: parleyd listens on [^\n]+\ninfo: parleyd has stopped\n\Z")

    def test_the_end_of_input_ends_nothing(self):
        server = Server(self, "--console")
        server.program.end_input()
        said = programs.converse(
            self, [programs.NETCAT, "-N", "127.0.0.1", server.ports["relay"]], "hello\r\n")
        self.assertEqual(said, "Welcome to ChatRoom \r\nhello\r\n")
        server.stop()


class RoomOfAListener(unittest.TestCase):
    def test_its_people_begin_there(self):
        server = programs.serve(self, listen="classic+room=den@127.0.0.1:0,friendly@127.0.0.1:0")
        friendly = re.search(r"friendly@127\.0\.0\.1:(\d+)", server.log.all.decode())[1]
        fay = programs.log_in(
            programs.OnPipes(self, programs.NETCAT, "127.0.0.1", friendly), "fay")
        cat = programs.OnPipes(self, *server.netcat())
        cat.write("login cat\n")
        cat.expect("Login Success")
        fay.enter("join den")
        fay.expect("You are in den with cat.")
        cat.expect("fay has entered the room.\n")
        fay.enter("leave")
        fay.expect("You are in lobby. Nobody else is here.")
