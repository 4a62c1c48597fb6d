"""All five originals in one process: clients of their age, and what their servers print."""

import functools
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


def with_one_thread_and_with_two(method):
    """A test that is run twice: one thread does everything, and two I/O threads beside the main thread."""
    @functools.wraps(method)
    def each(test):
        for threads in ("--threads=1", "--threads=2"):
            method(test, threads)
    return each


class Server:
    """parleyd with a listener of each profile, on ports of their own."""

    def __init__(self, test, *flags, host="127.0.0.1", ports=None, on=programs.OnPipes):
        ports = ports or dict.fromkeys(PROFILES, 0)
        listen = ",".join(f"{profile}@{host}:{port}" for profile, port in ports.items())
        self.program = on(test, os.environ["PARLEYD"], f"--listen={listen}", *flags)
        where = self.program.expect(r"parleyd listens on (.+) \(engine (\w+)\)")
        wanted = os.environ["PARLEY_ENGINE"]
        if where[2].decode() != wanted:
            test.skipTest(f"engine {wanted} cannot be used here")
        self.program.output.rewind()
        self.ports = dict(re.findall(r"(\w+)@[^,]+:(\d+)", where[1].decode()))

    def lines(self):
        """All that is printed until it ends, in any order: two streams go the same way."""
        self.program.output.expect_end()
        self.program.expect_exit(0)
        return sorted(self.program.output.all.decode().splitlines())

    def stop(self):
        self.program.signal(signal.SIGTERM)
        self.program.expect("parleyd has stopped")
        self.program.expect_exit(0)


class Visitor:
    """Somebody with a socket, and everything heard."""

    def __init__(self, test, port, host="127.0.0.1"):
        self.socket = socket.create_connection((host, int(port)), timeout=programs.DEADLINE)
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

    def listen_to_the_end(self):
        while got := self.socket.recv(4096):
            self.heard += got
        self.leave()  # a server that stops waits a while for those who do not

    def leave(self):
        self.socket.close()


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
    @with_one_thread_and_with_two
    def test_each_reads_what_the_readme_says(self, threads):
        with open(README, encoding="utf-8") as file:
            shown = re.findall(r"^(\w+) *\| (.*)$", file.read(), re.MULTILINE)
        expected = {}
        for name, line in shown:
            expected.setdefault(name, []).append(line)
        self.assertEqual(list(expected), ["fay", "cat", "qi", "guest", "pam"])
        server = Server(self, threads)
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
            person.leave()
        server.stop()


class ClientsOfTheOriginals(unittest.TestCase):
    def talk_in_pickles(self, python, threads):
        server = Server(self, threads)
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
        fay.end_input()  # so that nc ends when the server does
        server.stop()
        ann.expect("\nClient shutting down\n")
        ann.expect_exit(0)
        late = programs.OnPipes(self, python, os.path.join(CLIENTS, "select_client.py"), "late",
                                "127.0.0.1", server.ports["pickle"])
        late.expect(f"\nFailed to connect to chat server @ port {server.ports['pickle']}\n")
        late.expect_exit(1)

    @with_one_thread_and_with_two
    def test_item_4_7_select_client_of_python_2_talks(self, threads):
        python = find_python("import cPickle")
        if python is None:
            self.skipTest("there is no Python 2.7 on this machine")
        self.talk_in_pickles(python, threads)

    @with_one_thread_and_with_two
    def test_item_4_7_select_client_of_python_3_talks(self, threads):
        self.talk_in_pickles(sys.executable, threads)

    def talk_by_asynchat(self, python, threads):
        server = Server(self, threads)

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

    @with_one_thread_and_with_two
    def test_asynchat_client_of_python_2_talks(self, threads):
        python = find_python("import asynchat, cPickle")
        if python is None:
            self.skipTest("there is no Python 2.7 on this machine")
        self.talk_by_asynchat(python, threads)

    @with_one_thread_and_with_two
    def test_asynchat_client_of_python_3_talks(self, threads):
        python = find_python("import asynchat, sys; assert sys.version_info > (3,)")
        if python is None:
            self.skipTest("there is no Python 3 with asynchat (up to 3.11) on this machine")
        self.talk_by_asynchat(python, threads)


class ConsoleTest(unittest.TestCase):
    def start(self, *flags, **options):
        server = Server(self, "--console", *flags, **options)
        return server, server.program

    def connect(self, server, profile, text=""):
        """Somebody with nc who says this and stays until the server ends it."""
        client = programs.OnPipes(self, programs.NETCAT, "127.0.0.1", server.ports[profile])
        client.write(text)
        client.end_input()
        return client

    @with_one_thread_and_with_two
    def test_item_0_1_classic_serves_every_address_and_ends_without_a_trace(self, threads):
        server, printed = self.start(threads, host="*", ports={"classic": 0})
        port = server.ports["classic"]
        for host in ("127.0.0.1", "127.0.0.2"):
            visitor = Visitor(self, port, host)
            visitor.listen_until("Connect Success")
            visitor.leave()
        printed.signal(signal.SIGINT)
        self.assertEqual(server.lines(), [
            "chat server exit", f"chat server run at '0.0.0.0:{port}'",
            "info: parleyd has stopped",
            f"info: parleyd listens on classic@*:{port} (engine {os.environ['PARLEY_ENGINE']})"])

    @with_one_thread_and_with_two
    def test_item_0_1_five_who_come_at_once_wait_for_a_server_that_is_busy(self, threads):
        server, printed = self.start(threads, ports={"classic": 0})
        printed.expect(f"chat server run at '127.0.0.1:{server.ports['classic']}'\n")
        printed.signal(signal.SIGSTOP)
        visitors = [Visitor(self, server.ports["classic"]) for _ in range(5)]
        printed.signal(signal.SIGCONT)
        for visitor in visitors:
            visitor.listen_until("Connect Success")
            visitor.leave()
        server.stop()

    @with_one_thread_and_with_two
    def test_item_1_1_qq_prints_who_attempts_to_connect(self, threads):
        server, printed = self.start(threads, host="*", ports={"qq": 0})
        self.connect(server, "qq").expect("welcome to QQ")
        printed.expect("connection attemp from  127\\.0\\.0\\.1\n")
        server.stop()

    @with_one_thread_and_with_two
    def test_item_1_9_an_interrupt_is_quiet(self, threads):
        server = programs.serve(self, "--console", threads, listen="qq@127.0.0.1:0")
        server.expect_goodbye(signal.SIGINT)

    @with_one_thread_and_with_two
    def test_bug_1_what_people_say_is_not_printed(self, threads):
        server, printed = self.start(threads)
        people = []
        for profile, login, speech, heard in (
                ("friendly", "login fay", "secret", "fay: secret"),
                ("classic", "login cat", "say secret", "Connect SuccessLogin Successcat: secret"),
                ("qq", "login qi", "say secret", "qi:secret"), ("pickle", "NAME: pam", "secret", None)):
            visitor = PickleVisitor if profile == "pickle" else Visitor
            people.append(visitor(self, server.ports[profile]))
            people[-1].say(login)
            people[-1].say(speech)
            if heard:
                people[-1].listen_until(heard)
        people[0].listen_until("pam: secret")
        for person in people:
            person.leave()
        printed.signal(signal.SIGTERM)
        self.assertEqual([line for line in server.lines() if "secret" in line or "login" in line], [])

    @with_one_thread_and_with_two
    def test_item_2_1_relay_prints_who_comes_by_telnet_or_nc(self, threads):
        server, printed = self.start(threads, host="*", ports={"relay": 0})
        for program in (programs.TELNET, programs.NETCAT):
            visitor = programs.OnTerminal(self, program, "127.0.0.1", server.ports["relay"])
            visitor.expect("Welcome to ChatRoom \r+\n")
            printed.expect("Connection from  127\\.0\\.0\\.1\n")
            visitor.enter(f"by {program}")
            printed.expect(f"by {program}\n")
            visitor.expect(f"by {program}\r+\n(.*\n)?by {program}\r+\n")  # typed, and heard
            visitor.type(programs.CTRL_D)
        server.stop()

    @with_one_thread_and_with_two
    def test_item_2_2_relay_ends_at_ctrl_c_and_starts_again_at_once(self, threads):
        ports = {"relay": 0}
        for _ in range(2):
            server, printed = self.start(threads, ports=ports, on=programs.OnTerminal)
            ports = server.ports
            visitor = Visitor(self, ports["relay"])
            visitor.listen_until("Welcome to ChatRoom")
            printed.type(programs.CTRL_C)
            visitor.listen_to_the_end()  # the server ends it first: its port has that to remember
            printed.expect("parleyd has stopped\r+\n")
            self.assertEqual(printed.output.expect_end(), "")
            printed.expect_exit(0)

    @with_one_thread_and_with_two
    def test_item_2_3_relay_prints_connections_and_lines(self, threads):
        server, printed = self.start(threads)
        self.connect(server, "relay", "hello \x1b[2J all\r\n")
        printed.expect("Connection from  127\\.0\\.0\\.1\n")
        printed.expect("hello ␛\\[2J all\n")
        server.stop()

    @with_one_thread_and_with_two
    def test_item_4_6_pickle_prints_connections_and_a_line_ends_it(self, threads):
        server, printed = self.start(threads)
        self.connect(server, "pickle")
        printed.expect("Chat server: got connection 1 from 127\\.0\\.0\\.1:\\d+\n")
        second = self.connect(server, "pickle")
        printed.expect("Chat server: got connection 2 from 127\\.0\\.0\\.1:\\d+\n")
        second.signal(signal.SIGTERM)
        printed.expect("Chat server: 2 hung up\n")
        printed.enter("")
        printed.expect("Shutting down server...\n")
        printed.expect_exit(0)

    def expect_all_to_be_closed(self, threads, how_it_ends):
        server, printed = self.start(threads, host="*")
        people = []
        for profile, greeting in (("friendly", 'Welcome to Parley. Type "login NAME" to come in, "help" for more.'),
                                  ("classic", "Connect Success"), ("qq", "welcome to QQ"),
                                  ("relay", "Welcome to ChatRoom")):
            people.append(Visitor(self, server.ports[profile]))
            people[-1].listen_until(greeting)
        for number in (1, 2):
            people.append(PickleVisitor(self, server.ports["pickle"]))
            host, port = people[-1].socket.getsockname()
            printed.expect(f"Chat server: got connection {number} from {re.escape(host)}:{port}\n")
        people[-1].say("NAME: pam")
        people[-1].listen_until("CLIENT: 127.0.0.1")
        how_it_ends(printed)
        for person in people:
            person.listen_to_the_end()
        self.assertIn("Shutting down server...", server.lines())

    @with_one_thread_and_with_two
    def test_item_4_6_a_line_closes_everybody(self, threads):
        self.expect_all_to_be_closed(threads, lambda program: program.enter("enough"))

    @with_one_thread_and_with_two
    def test_item_4_6_an_interrupt_closes_everybody(self, threads):
        self.expect_all_to_be_closed(threads, lambda program: program.signal(signal.SIGINT))

    def test_nobody_writes_lines_of_the_servers(self):
        server, printed = self.start()
        self.connect(server, "relay", "first\r\none\nchat server exit\r\n")
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
    @with_one_thread_and_with_two
    def test_its_people_begin_there(self, threads):
        server = programs.serve(self, threads, listen="classic+room=den@127.0.0.1:0,friendly@127.0.0.1:0")
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
