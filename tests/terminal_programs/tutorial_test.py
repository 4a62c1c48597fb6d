"""The tutorial's programs do what their README says of them."""

import os
import re
import signal
import socket
import unittest

import programs

TUTORIAL = os.environ["PARLEY_TUTORIAL"]  # the folder of the programs


class Peer:
    """A connection that says and expects bytes."""

    def __init__(self, test, port):
        self._test = test
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=programs.DEADLINE)
        test.addCleanup(self._socket.close)
        self._heard = b""

    def say(self, text):
        self._socket.sendall(text.encode())

    def expect(self, text):
        wanted = text.encode()
        while len(self._heard) < len(wanted):
            got = self._socket.recv(4096)
            if not got:
                break
            self._heard += got
        self._test.assertEqual(self._heard[:len(wanted)], wanted)
        self._heard = self._heard[len(wanted):]

    def expect_end(self):
        self._test.assertEqual(self._heard + self._socket.recv(4096), b"")

    def close(self):
        self._socket.close()


class TutorialTest(unittest.TestCase):
    def start(self, name, port=0):
        program = programs.OnPipes(self, os.path.join(TUTORIAL, "tutorial_" + name), f"127.0.0.1:{port}")
        port = int(program.expect(r"listening 127\.0\.0\.1:(\d+)")[1])
        return program, port

    def test_step1_listens(self):
        _, port = self.start("step1_empty_server")
        Peer(self, port)

    def test_item_2_1_step2_says_who_has_come(self):
        program, port = self.start("step2_accept")
        Peer(self, port).expect_end()
        program.expect(r"Connection from 127\.0\.0\.1:\d+")

    def test_item_2_2_step3_ends_at_an_interrupt(self):
        program, port = self.start("step3_clean_up")
        Peer(self, port).expect_end()
        program.signal(signal.SIGINT)
        program.expect("the server has ended")
        program.expect_exit(0)

    def test_item_2_2_step3_starts_again_at_once_on_its_port(self):
        port = 0
        for _ in range(2):
            program, port = self.start("step3_clean_up", port)
            Peer(self, port).expect_end()  # the server ends it first: its port has that to remember
            program.signal(signal.SIGINT)
            program.expect_exit(0)

    def test_item_2_3_step4_collects_lines(self):
        program, port = self.start("step4_sessions")
        ann = Peer(self, port)
        ann.say("hel")
        ann.say("lo\r")
        ann.say("\nagain\r\n")
        program.expect("hello\n")
        program.expect("again\n")
        ann.close()
        program.expect("now there are 0")
        program.signal(signal.SIGINT)
        program.expect_exit(0)

    def test_item_2_4_step5_sends_every_line_to_everybody(self):
        program, port = self.start("step5_broadcast")
        ann, bob = Peer(self, port), Peer(self, port)
        for peer in (ann, bob):
            peer.expect("Welcome to ChatRoom \r\n")
        bob.say("hello\r\n")
        ann.expect("hello\r\n")
        bob.expect("hello\r\n")
        program.signal(signal.SIGINT)
        program.expect_exit(0)

    def test_item_2_6_the_chat_has_rooms(self):
        program, port = self.start("chat_with_rooms")
        ann, bob = Peer(self, port), Peer(self, port)
        ann.expect("Welcome. login NAME\r\n")
        ann.say("say hi\nlogin ann\nlook\n")
        ann.expect("Unknown command say\r\nIn this room:\r\nann\r\n")
        bob.expect("Welcome. login NAME\r\n")
        bob.say("login ann\r\nlogin bob\r\nsay hello\r\nlogout\r\nsay more\r\n")
        bob.expect("The name ann is taken\r\nbob: hello\r\n")
        bob.expect_end()
        ann.expect("bob has entered the room.\r\nbob: hello\r\nbob has left the room.\r\n")
        program.signal(signal.SIGINT)
        program.expect_exit(0)


if __name__ == "__main__":
    unittest.main()
