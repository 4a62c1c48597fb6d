"""`parley`, the client: on a terminal, and as a script runs it."""

import os
import socket
import subprocess
import unittest
import unittest.mock

import programs

PARLEY = os.environ["PARLEY"]


class ParleyClient(unittest.TestCase):
    def setUp(self):
        self.server = programs.serve(self)
        self.address = f"127.0.0.1:{self.server.port}"

    def test_piped_commands_print_their_replies(self):
        said = programs.converse(self, [PARLEY, self.address], "login a\nlook\nlogout\n")
        self.assertRegex(said, r"(?s)Hello, a\..*Room lobby: 1 person: a\r\n.*Goodbye\.\r\n$")

    def test_end_of_input_is_enough_to_leave_with_all_replies(self):
        said = programs.converse(self, [PARLEY, "--name=a", self.address], "look\nwho\n")
        self.assertRegex(said, r"(?s)Hello, a\..*Room lobby.*1 person on the server")

    def test_terminal_conversation_by_name(self):
        anna = programs.OnTerminal(self, PARLEY, "--name=anna", self.address)
        anna.expect("Hello, anna")
        ben = programs.OnTerminal(self, PARLEY, "--name=ben", self.address)
        anna.expect("ben has entered the room")
        ben.enter("good evening")
        anna.expect("ben: good evening\r+\n")
        ben.enter("logout")
        ben.expect("Goodbye.")
        ben.expect_exit(0)
        anna.expect("ben has left the room")

    def test_ctrl_d_on_an_empty_line_leaves(self):
        anna = programs.OnTerminal(self, PARLEY, "--name=anna", self.address)
        anna.expect("You are in lobby[^\n]*\n")
        anna.type(programs.CTRL_D)
        anna.expect_exit(0)

    def test_server_that_goes_down_ends_it(self):
        anna = programs.OnTerminal(self, PARLEY, "--name=anna", self.address)
        anna.expect("You are in lobby[^\n]*\n")
        self.server.expect_goodbye()
        anna.expect("The server is going down")
        anna.expect_exit(0)


    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "wb") as full:
            client = programs.Program(
                self, [PARLEY, "--name=anna", self.address], stdin=subprocess.DEVNULL,
                stdout=full, stderr=subprocess.PIPE)
        with client.process.stderr:
            said = client.process.stderr.read().decode()
        client.expect_exit(1)
        self.assertEqual(
            said, "parley: cannot write to standard output: No space left on device\n")


class ParleyClientErrors(unittest.TestCase):
    def assert_one_sentence(self, arguments, pattern):
        client = programs.OnPipes(self, PARLEY, *arguments)
        client.end_input()
        self.assertRegex(client.output.expect_end(), f"^[^\n]*{pattern}[^\n]*\n$")
        client.expect_exit(1)

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
        self.assert_one_sentence([address], f"{address}.*Connection refused")

    def test_no_such_socket_file(self):
        self.assert_one_sentence([f"unix:{programs.folder(self)}/socket"], "No such file")

    def test_address_that_is_none(self):
        self.assert_one_sentence(["nonsense"], '"nonsense": expected HOST:PORT')

    def test_two_addresses(self):
        self.assert_one_sentence(["127.0.0.1:1", "127.0.0.1:2"], '"127.0.0.1:2"')

    def test_unknown_flag(self):
        self.assert_one_sentence(["--nosuch"], "nosuch")

    def test_engine_of_the_environment(self):
        with unittest.mock.patch.dict(os.environ, PARLEY_ENGINE="warp"):
            self.assert_one_sentence(["127.0.0.1:1"], 'PARLEY_ENGINE: unknown engine "warp"')


class ParleyHelpAndVersion(unittest.TestCase):
    """F9: what is asked for is printed to standard output, and exits with 0."""

    def says(self, *arguments):
        client = programs.OnPipes(self, PARLEY, *arguments, stderr=subprocess.DEVNULL)
        said = client.output.expect_end()
        client.expect_exit(0)
        return said

    def test_version(self):
        self.assertEqual(self.says("--version"), f"parley {programs.version()}\n")

    def test_help_lists_our_flags_only(self):
        for flag in ["--help", "-h"]:
            self.assertRegex(self.says(flag), r"^parley \[--name=NAME\] [^\n]*\n\nFlags:\n"
                             r"  --name\n      log in under this name\n$")
