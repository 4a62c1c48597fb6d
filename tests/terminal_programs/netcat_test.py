"""The server as OpenBSD's nc shows it to scripts and people: no telnet, line feeds, pipes."""

import os
import socket
import unittest

import programs


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


class Netcat(unittest.TestCase):
    def setUp(self):
        self.server = programs.serve(self)

    def converse(self, text, *flags):
        return programs.converse(self, self.server.netcat(*flags), text)

    def test_piped_commands_print_their_replies(self):
        said = self.converse("login a\nlook\nlogout\n", "-N")
        self.assertRegex(said, r"(?s)Hello, a\..*Room lobby: 1 person: a\r\n.*Goodbye\.\r\n$")

    def test_end_of_input_is_enough_to_leave_with_all_replies(self):
        said = self.converse("login a\nlook\nrooms\nwho\n", "-N")
        self.assertRegex(said, r"(?s)Hello, a\..*Room lobby.*1 room:.*1 person on the server")
        self.assertRegex(self.converse("who\n", "-N"), "Nobody is logged in")

    def test_last_line_needs_no_line_end(self):
        self.assertIn("Room lobby: 1 person: a", self.converse("login a\nlook", "-N"))

    def test_piped_lines_beyond_the_rate_are_all_served(self):
        script = "".join(f"say line {i}\n" for i in range(50))
        said = self.converse(f"login a\n{script}logout\n", "-N")
        self.assertEqual([line for line in said.splitlines() if line.startswith("a: ")],
                         [f"a: line {i}" for i in range(50)])

    def test_lines_that_end_in_carriage_return_and_line_feed(self):
        said = self.converse("login a\nlook\nlogout\n", "-N", "-C")
        self.assertRegex(said, r"(?s)Hello, a\..*Room lobby: 1 person: a\r\n.*Goodbye\.\r\n$")

    def test_conversation_with_somebody_on_telnet(self):
        anna = programs.log_in(programs.OnTerminal(self, *self.server.telnet()), "anna")
        ben = programs.log_in(programs.OnTerminal(self, *self.server.netcat()), "ben")
        ben.enter("hello from nc")
        anna.expect("ben: hello from nc\r+\n")
        anna.enter("hello from telnet")
        ben.expect("anna: hello from telnet\r+\n")

    def test_ctrl_c_ends_nc_and_the_others_learn_it(self):
        anna = programs.log_in(programs.OnTerminal(self, *self.server.telnet()), "anna")
        ben = programs.log_in(programs.OnTerminal(self, *self.server.netcat()), "ben")
        anna.expect("ben has entered the room")
        ben.type(programs.CTRL_C)
        anna.expect("ben has left the room")

    def test_text_is_clean_of_telnet_and_colours(self):
        said = self.converse("login a\nhelp\nlook\nnonsense\n/nonsense\nlogout\n", "-N")
        self.assertNotRegex(said, "[^\r\n\x20-\x7e]")

    def test_name_taken_is_refused(self):
        programs.log_in(programs.OnPipes(self, *self.server.netcat()), "anna")
        self.assertIn('The name "Anna" is taken', self.converse("login Anna\n", "-N"))


class OtherAddresses(unittest.TestCase):
    def test_unix_socket(self):
        path = os.path.join(programs.folder(self), "socket")
        server = programs.serve(self, listen=f"friendly@unix:{path}")
        said = programs.converse(self, [programs.NETCAT, "-U", "-N", path], "login a\nlook\n")
        self.assertIn("Room lobby: 1 person: a\r\n", said)
        server.expect_goodbye()
        self.assertFalse(os.path.exists(path), "the server left its socket file behind")

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6")
    def test_ipv6(self):
        server = programs.serve(self, listen="friendly@[::1]:0")
        said = programs.converse(self, [programs.NETCAT, "-6", "-N", "::1", server.port],
                                 "login a\nlook\n")
        self.assertIn("Room lobby: 1 person: a\r\n", said)

    def test_people_on_two_listeners_meet(self):
        path = os.path.join(programs.folder(self), "socket")
        server = programs.serve(self, f"--listen=friendly@unix:{path}")
        local = programs.log_in(programs.OnPipes(self, programs.NETCAT, "-U", path), "anna")
        programs.converse(self, server.netcat("-N"), "login ben\nsay hello\n")
        local.expect("ben: hello\r+\n")
