"""Runs real programs for a test and talks to them the way a person does.

    server = programs.serve(self)                        # on a port of its own
    anna = programs.OnTerminal(self, *server.telnet())   # telnet, on a terminal of its own
    anna.expect("login NAME")
    anna.enter("login anna")

Everything that is started for a test is ended with it, by its process id. What is expected is
waited for until a deadline, never slept for; a failure shows all that the program has said.
"""

import errno
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Far beyond what any step takes: machines are slow at times, and only failures wait so long.
DEADLINE = 15

TELNET = "inetutils-telnet"
NETCAT = "nc.openbsd"
CTRL_C = "\x03"
CTRL_D = "\x04"
CTRL_ESCAPE = "\x1d"  # Ctrl-], telnet's escape character


class Output:
    """What comes out of one descriptor, read as it is asked for."""

    def __init__(self, test, name, descriptor):
        self._test = test
        self._name = name
        self._descriptor = descriptor
        self._ended = False
        self.was_reset = False  # the far end of a socket did not end it but reset it
        self._seen = 0
        self.all = b""

    def close(self):
        os.close(self._descriptor)

    def expect(self, pattern):
        """Waits for a regular expression in what has not been expected yet; returns the match."""
        match = self.expect_within(pattern, DEADLINE)
        if not match:
            why = "the program has ended" if self._ended else f"nothing after {DEADLINE} s"
            self._test.fail(f"{self._name}: no {pattern!r}, {why}\n{self.transcript()}")
        return match

    def expect_within(self, pattern, seconds):
        """The same for so long at most; returns None when it does not come."""
        compiled = re.compile(pattern.encode())
        until = time.monotonic() + seconds
        while True:
            match = compiled.search(self.all, self._seen)
            if match:
                self._seen = match.end()
                return match
            if self._ended or not self._read_more(until):
                return None

    def expect_end(self):
        """Waits until nothing more can come; returns what was not expected yet, as text."""
        until = time.monotonic() + DEADLINE
        while not self._ended:
            if not self._read_more(until) and not self._ended:
                self._test.fail(f"{self._name}: still open after {DEADLINE} s\n{self.transcript()}")
        rest = self.all[self._seen:]
        self._seen = len(self.all)
        return rest.decode("utf-8", "backslashreplace")

    def rewind(self):
        """What was expected may be expected again: where two streams come in any order."""
        self._seen = 0

    def transcript(self):
        lines = self.all.decode("utf-8", "backslashreplace").splitlines()
        return f"--- {self._name} said:\n" + "\n".join(f"    {line!r}" for line in lines)

    def _read_more(self, until):
        ready, _, _ = select.select([self._descriptor], [], [], max(0, until - time.monotonic()))
        if not ready:
            return False
        try:
            got = os.read(self._descriptor, 65536)
        except OSError as error:  # EIO: nobody has the terminal open any more
            self.was_reset = error.errno == errno.ECONNRESET
            got = b""
        self._ended = not got
        self.all += got
        return not self._ended


class Program:
    """A running program; see the subclasses for what its input and output are."""

    def __init__(self, test, arguments, **options):
        self._test = test
        self.name = " ".join(os.path.basename(word) for word in arguments)
        # A shell that puts the tests in the background has them ignore Ctrl-C, and a program inherits that.
        self.process = subprocess.Popen(
            arguments, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **options)
        test.addCleanup(self._end)

    def expect_exit(self, code):
        try:
            got = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self._test.fail(f"{self.name}: still runs after {DEADLINE} s")
        self._test.assertEqual(got, code, f"exit code of {self.name}")

    def signal(self, number):
        self.process.send_signal(number)

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class OnTerminal(Program):
    """A program on a terminal of its own, with the line editing and signals of one."""

    def __init__(self, test, *arguments):
        ours, theirs = pty.openpty()
        try:
            # setsid(1) makes the terminal the one whose Ctrl-C reaches the program.
            super().__init__(test, ["setsid", "--ctty", *arguments], stdin=theirs, stdout=theirs,
                             stderr=theirs, env={**os.environ, "TERM": "xterm"})
        finally:
            os.close(theirs)
        self._ours = ours
        self.output = Output(test, self.name, ours)
        test.addCleanup(self.output.close)

    def type(self, keys):
        os.write(self._ours, keys.encode())

    def enter(self, line):
        """Types a line and Enter."""
        self.type(line + "\r")

    def expect(self, pattern):
        return self.output.expect(pattern)


class OnPipes(Program):
    """A program as a script runs it: input and output are pipes."""

    def __init__(self, test, *arguments, stderr=subprocess.STDOUT):
        super().__init__(test, arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=stderr, bufsize=0)
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.stdin.close)
        self.output = Output(test, self.name, os.dup(self.process.stdout.fileno()))
        test.addCleanup(self.output.close)

    def write(self, text):
        self.process.stdin.write(text.encode())

    def enter(self, line):
        self.write(line + "\n")

    def end_input(self):
        self.process.stdin.close()

    def expect(self, pattern):
        return self.output.expect(pattern)


class OnSocket:
    """A person without a program: a socket of the test's own."""

    def __init__(self, test, server):
        self._test = test
        self._socket = socket.create_connection(("127.0.0.1", int(server.port)), timeout=DEADLINE)
        test.addCleanup(self._socket.close)
        self.output = Output(test, f"a socket to {server.name}", self._socket.fileno())

    def write(self, text):
        self._socket.sendall(text.encode())

    def enter(self, line):
        self.write(line + "\n")

    def end_input(self):
        self._socket.shutdown(socket.SHUT_WR)

    def vanish(self):
        """Goes away with a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def expect(self, pattern):
        return self.output.expect(pattern)

    def expect_end(self):
        """Waits for the end, which must not be a reset; returns what was not expected yet."""
        rest = self.output.expect_end()
        self._test.assertFalse(self.output.was_reset, f"a reset\n{self.output.transcript()}")
        return rest


class Pipe:
    """A pipe for what a program writes; it can be filled first, so that nothing more fits."""

    def __init__(self, test):
        self.reader, self.writer = os.pipe()
        test.addCleanup(self.close_writer)

    def fill(self):
        os.set_blocking(self.writer, False)
        try:
            while True:
                os.write(self.writer, b"." * 4096)
        except BlockingIOError:
            os.set_blocking(self.writer, True)

    def close_writer(self):
        if self.writer is not None:
            os.close(self.writer)
            self.writer = None


class Parleyd(Program):
    """The server. Every test has its own, on ports that the kernel chooses.

    `under` is a command that starts the server, like prlimit(1). `log` is a Pipe for what it
    logs; it has one of its own otherwise.
    """

    def __init__(self, test, *flags, listen="friendly@127.0.0.1:0", environment=None, under=(),
                 log=None):
        log = log or Pipe(test)
        super().__init__(test, [*under, os.environ["PARLEYD"], f"--listen={listen}", *flags],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=log.writer, bufsize=0,
                         env={**os.environ, **(environment or {})})
        log.close_writer()
        self.log = Output(test, self.name, log.reader)
        test.addCleanup(self.log.close)
        self.port = None

    def expect_listening(self):
        """Waits until it serves; what it prints then tells where."""
        match = self.log.expect(r"parleyd listens on (.+) \(engine (\w+)\)")
        port = re.search(rb":(\d+)(,|$)", match[1])
        self.port = port and port[1].decode()  # of the first listener that has one
        wanted = os.environ.get("PARLEY_ENGINE")
        engine = match[2].decode()
        if wanted and engine != wanted:
            self._test.skipTest(f"engine {wanted} cannot be used here; parleyd took {engine}")
        return self

    def telnet(self):
        return [TELNET, "127.0.0.1", self.port]

    def netcat(self, *flags):
        return [NETCAT, *flags, "127.0.0.1", self.port]

    def expect_goodbye(self, number=signal.SIGTERM):
        """Tells it to stop and waits until it has, with nothing but that in its log."""
        self.signal(number)
        self.expect_exit(0)
        self._test.assertRegex(self.log.expect_end(), r"^\n(<6>|info: )parleyd has stopped\n$",
                               self.log.transcript())


def serve(test, *flags, **options):
    """A server that listens, and must end cleanly when the test is over."""
    server = Parleyd(test, *flags, **options).expect_listening()

    def stop():
        if server.process.poll() is None:
            server.expect_goodbye()

    test.addCleanup(stop)
    return server


def version():
    """What CMakeLists.txt says this project is."""
    with open(os.path.join(SOURCES, "CMakeLists.txt")) as file:
        return re.search(r"project\(Parley VERSION ([0-9.]+) ", file.read())[1]


def folder(test):
    """A folder that is there as long as what the test starts after it."""
    made = tempfile.TemporaryDirectory()
    test.addCleanup(made.cleanup)
    return made.name


def log_in(terminal, name):
    """Logs a person in from the greeting on, and waits until they are in the lobby."""
    terminal.expect('Type "login NAME" to come in')
    terminal.enter(f"login {name}")
    terminal.expect(f"Hello, {name}.")
    terminal.expect("You are in lobby[^\n]*\n")
    return terminal


def converse(test, arguments, text):
    """Runs a program with all of its input at once, as a shell's pipe does; returns its output."""
    program = OnPipes(test, *arguments)
    program.write(text)
    program.end_input()
    said = program.output.expect_end()
    program.expect_exit(0)
    return said
