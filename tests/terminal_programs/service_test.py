"""parleyd as systemd's service manager sees it: sd_notify(3) and the journal's prefixes."""

import os
import select
import signal
import socket
import unittest

import programs


class Service(unittest.TestCase):
    def setUp(self):
        path = os.path.join(programs.folder(self), "notify")
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(path)
        self.notify = {"NOTIFY_SOCKET": path}

    def notification(self):
        ready, _, _ = select.select([self.manager], [], [], programs.DEADLINE)
        self.assertTrue(ready, "parleyd notifies nobody")
        return self.manager.recv(65536).decode().split("\n")

    def test_ready_is_sent_once_it_can_be_reached(self):
        server = programs.Parleyd(self, environment=self.notify)
        message = self.notification()
        self.assertIn("READY=1", message)
        server.expect_listening()
        self.assertIn(f"STATUS=Listening on friendly@127.0.0.1:{server.port}", message)
        programs.converse(self, server.netcat("-N"), "who\n")
        server.expect_goodbye()

    def test_stopping_is_sent_before_the_goodbyes(self):
        server = programs.Parleyd(self, environment=self.notify)
        server.expect_listening()
        self.assertIn("READY=1", self.notification())
        anna = programs.log_in(programs.OnPipes(self, *server.netcat()), "anna")
        server.signal(signal.SIGTERM)
        self.assertIn("STOPPING=1", self.notification())
        anna.expect("The server is going down")
        server.expect_exit(0)

    def test_manager_that_does_not_read_does_not_hold_the_goodbye(self):
        server = programs.Parleyd(self, environment=self.notify).expect_listening()
        self.assertIn("READY=1", self.notification())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others:
            others.connect(self.notify["NOTIFY_SOCKET"])
            others.setblocking(False)
            with self.assertRaises(BlockingIOError):
                while True:
                    others.send(b"STATUS=")
        server.expect_goodbye()

    def test_server_that_cannot_start_never_says_ready(self):
        server = programs.Parleyd(self, listen="friendly@unix:/nonexistent/socket",
                                  environment=self.notify)
        server.expect_exit(1)
        self.assertEqual(select.select([self.manager], [], [], 0)[0], [])

    def test_manager_that_is_gone_is_no_reason_to_stop(self):
        server = programs.Parleyd(self, environment={"NOTIFY_SOCKET": "/nonexistent/notify"})
        server.expect_listening()
        self.assertIn("Nobody", programs.converse(self, server.netcat("-N"), "who\n"))
        server.expect_goodbye()

    def test_journal_is_given_priorities(self):
        in_journal = ["sh", "-c",
                      'JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec "$@"', "sh"]
        server = programs.Parleyd(self, under=in_journal)
        server.log.expect("(?m)^<6>parleyd listens on")

    def test_terminal_below_a_service_is_not_given_priorities(self):
        server = programs.Parleyd(self, environment={"JOURNAL_STREAM": "1:2"})
        server.log.expect("(?m)^info: parleyd listens on")
