"""parleyd whose log nobody reads (F1): standard error is a pipe that is full."""

import os
import re
import select
import signal
import socket
import time
import unittest

import programs


class UnreadLog(unittest.TestCase):
    THREADS = ["--threads=1", "--threads=2"]

    def setUp(self):
        path = os.path.join(programs.folder(self), "notify")
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(path)
        self.notify = {"NOTIFY_SOCKET": path}

    def start(self, *flags, **options):
        """A server that tells its service manager where it listens, because nobody reads its log."""
        server = programs.Parleyd(self, *flags, environment=self.notify, **options)
        while True:
            if not select.select([self.manager], [], [], programs.DEADLINE)[0]:
                self.fail("parleyd does not get as far as to serve, or was built without systemd")
            if listening := re.search(r"Listening on .*:(\d+)", self.manager.recv(65536).decode()):
                server.port = listening[1]
                return server

    def full_pipe(self):
        pipe = programs.Pipe(self)
        pipe.fill()
        return pipe

    def people(self, server, *names):
        return [programs.log_in(programs.OnPipes(self, *server.netcat()), name) for name in names]

    def assert_they_talk(self, speaker, listener, text):
        speaker.enter(f"say {text}")
        listener.expect(text)

    def connect(self, server):
        peer = socket.create_connection(("127.0.0.1", int(server.port)), programs.DEADLINE)
        self.addCleanup(peer.close)
        return peer

    def test_full_pipe_at_start_stops_nobody(self):
        for threads in self.THREADS:
            with self.subTest(threads):
                # A warning, too, before anything is served.
                server = self.start(threads, "--max_lag_bytes=1000", log=self.full_pipe())
                anna, bob = self.people(server, "anna", "bob")
                self.assert_they_talk(anna, bob, "can you hear me")
                server.signal(signal.SIGTERM)
                for person in (anna, bob):
                    person.expect("The server is going down. Goodbye.")
                server.expect_exit(0)

    def test_what_is_logged_while_people_talk_stops_nobody(self):
        for threads in self.THREADS:
            with self.subTest(threads):
                server = self.start(threads, under=["prlimit", "--nofile=40:40"],
                                    log=self.full_pipe())
                anna, bob = self.people(server, "anna", "bob")
                crowd = [self.connect(server) for _ in range(40)]
                self.assertTrue(any(not peer.recv(1) for peer in crowd))  # are turned away
                # The warning is logged a second later: they talk before, meanwhile and after.
                until = time.monotonic() + 2
                lines = 0
                while time.monotonic() < until:
                    lines += 1
                    self.assert_they_talk(anna, bob, f"line {lines}.")
                    self.assert_they_talk(bob, anna, f"answer {lines}.")
                server.log.expect("no descriptor for new connections")  # somebody reads after all
                server.signal(signal.SIGTERM)
                anna.expect("The server is going down. Goodbye.")
                for peer in crowd:
                    peer.close()
                server.expect_exit(0)

    def test_second_signal_ends_it_at_once(self):
        for threads in self.THREADS:
            with self.subTest(threads):
                server = self.start(threads, "--max_lines_per_second=0", "--max_bytes_per_second=0",
                                    "--max_bytes_per_second_per_address=0", "--lag_policy=disconnect",
                                    log=self.full_pipe())
                bob, = self.people(server, "bob")
                stuck = self.connect(server)  # reads nothing of what it is owed
                speech = "".join(f"say {'x' * 3000} line {number}.\r\n" for number in range(300))
                stuck.sendall(f"login stuck\r\n{speech}".encode())
                bob.expect("line 299[.]")
                server.signal(signal.SIGTERM)
                bob.expect("The server is going down. Goodbye.")
                began = time.monotonic()
                server.signal(signal.SIGTERM)
                server.expect_exit(0)
                self.assertLess(time.monotonic() - began, 3)  # the goodbye alone would take 5 s

    def test_log_that_is_read_after_all_is_whole(self):
        server = self.start("--max_lag_bytes=1000", log=self.full_pipe())
        server.log.expect("[.]warning: --max_lag_bytes=1000 [^\n]*\ninfo: parleyd listens on [^\n]*")
        server.expect_goodbye()

    def test_log_is_sent_to_no_peer_when_standard_error_is_closed(self):
        server = self.start(under=["sh", "-c", 'exec "$@" 2>&-', "sh"])
        with self.connect(server) as peer:  # of whose sockets one would have number 2
            self.people(server, "anna")
            server.signal(signal.SIGTERM)
            said = b""
            while got := peer.recv(65536):
                said += got
        server.expect_exit(0)
        self.assertNotIn(b"parleyd has stopped", said)
        self.assertIn(b"The server is going down", said)
