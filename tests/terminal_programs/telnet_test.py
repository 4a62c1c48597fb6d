"""The server as it looks to who types `telnet HOST PORT`: GNU inetutils' telnet on a terminal."""

import unittest

import programs
import relay
from programs import CTRL_C, CTRL_D, CTRL_ESCAPE


class Telnet(unittest.TestCase):
    def setUp(self):
        self.server = programs.serve(self)

    def dial(self):
        return programs.OnTerminal(self, *self.server.telnet())

    def person(self, name):
        return programs.log_in(self.dial(), name)

    def test_greeting_says_what_to_type(self):
        self.dial().expect(r'Welcome to Parley\. Type "login NAME" to come in, "help" for more\.')

    def test_two_people_log_in_and_talk(self):
        anna = self.person("anna")
        ben = self.person("ben")
        anna.expect("ben has entered the room")
        anna.enter("say hello ben")
        ben.expect("anna: hello ben\r+\n")
        ben.enter("no word needed to speak")
        anna.expect("ben: no word needed to speak\r+\n")

    def test_speech_in_chinese_arrives_whole(self):
        anna = self.person("anna")
        ben = self.person("ben")
        anna.enter("你好,世界")
        ben.expect("anna: 你好,世界\r+\n")

    def test_characters_that_telnet_takes_for_control_characters_arrive_whole(self):
        anna = self.person("anna")
        ben = self.person("ben")
        for text in ["Über 日本 Ã Śmiało", "“quoted” Ångström"]:
            anna.enter(text)
            ben.expect(f"anna: {text}\r+\n")
            anna.expect(f"anna: {text}\r+\n")

    def test_rooms_keep_conversations_apart(self):
        anna = self.person("anna")
        ben = self.person("ben")
        anna.enter("join garden")
        anna.expect("You are in garden. Nobody else is here")
        ben.expect("anna has left the room")
        ben.enter("rooms")
        ben.expect(r"(?s)lobby: 1 person.*garden: 1 person")
        anna.enter("only flowers hear this")
        anna.expect("anna: only flowers hear this")
        anna.enter("leave")
        anna.expect("You are in lobby with ben")
        self.assertNotIn("flowers", self.said_until(ben, "anna has entered the room"))

    def said_until(self, person, pattern):
        person.expect(pattern)
        return person.output.all.decode()

    def test_tell_reaches_one_person_in_another_room(self):
        anna = self.person("anna")
        ben = self.person("ben")
        carl = self.person("carl")
        ben.enter("join garden")
        ben.expect("You are in garden")
        anna.enter("tell ben meet me at noon")
        ben.expect("anna tells you: meet me at noon\r+\n")
        anna.expect("You tell ben: meet me at noon")
        anna.enter("that was all")
        self.assertNotIn("noon", self.said_until(carl, "anna: that was all"))

    def test_name_taken_in_any_case_is_refused(self):
        self.person("anna")
        other = self.dial()
        other.expect("login NAME")
        other.enter("login ANNA")
        other.expect('The name "ANNA" is taken')
        other.enter("login ben")
        other.expect("Hello, ben")

    def test_ctrl_c_is_answered_so_that_the_screen_comes_back(self):
        tap = relay.Relay(self, self.server.port)
        anna = programs.log_in(
            programs.OnTerminal(self, programs.TELNET, "127.0.0.1", tap.port), "anna")
        anna.type(CTRL_C)
        tap.expect("client", b"\xff\xf4\xff\xfd\x06")  # IP, DO TIMING-MARK
        tap.expect("server", b"\xff\xfc\x06")  # WONT TIMING-MARK
        anna.enter("look")
        anna.expect("Room lobby: 1 person: anna")

    def test_ctrl_c_drops_what_was_typed(self):
        anna = self.person("anna")
        ben = self.person("ben")
        anna.type("not to be heard" + CTRL_C)
        anna.enter("this is")
        self.assertNotIn("not to be", self.said_until(ben, "anna: this is\r+\n"))

    def test_ctrl_c_drops_a_partial_line_that_was_sent_already(self):
        tap = relay.Relay(self, self.server.port)
        ben = self.person("ben")
        anna = programs.log_in(
            programs.OnTerminal(self, programs.TELNET, "127.0.0.1", tap.port), "anna")
        anna.type("not to be heard" + CTRL_D)
        tap.expect("client", b"not to be heard")
        anna.type(CTRL_C)
        tap.expect("server", b"\xff\xfc\x06")
        anna.enter("this is")
        self.assertNotIn("not to be", self.said_until(ben, "anna: this is\r+\n"))

    def test_ctrl_d_in_a_line_does_not_tear_it(self):
        tap = relay.Relay(self, self.server.port)
        ben = self.person("ben")
        anna = programs.log_in(
            programs.OnTerminal(self, programs.TELNET, "127.0.0.1", tap.port), "anna")
        anna.type("one line " + CTRL_D)
        tap.expect("client", b"one line ")
        anna.enter("in two parts")
        ben.expect("anna: one line in two parts\r+\n")

    def test_escape_character_and_quit_leave_the_chat(self):
        ben = self.person("ben")
        anna = self.person("anna")
        anna.type(CTRL_ESCAPE)
        anna.expect("telnet> ")
        anna.enter("quit")
        anna.expect("Connection closed")
        anna.expect_exit(0)
        ben.expect("anna has left the room")
        ben.enter("look")
        ben.expect("Room lobby: 1 person: ben")

    def test_escape_character_and_back_goes_on(self):
        anna = self.person("anna")
        anna.type(CTRL_ESCAPE)
        anna.expect("telnet> ")
        anna.enter("send ayt")
        anna.expect("yes, still here")
        anna.enter("look")
        anna.expect("Room lobby: 1 person: anna")

    def test_quit_says_goodbye_and_hangs_up(self):
        anna = self.person("anna")
        anna.enter("quit")
        anna.expect("Goodbye.")
        anna.expect("Connection closed by foreign host")
        anna.expect_exit(0)

    def test_colours_from_others_do_not_reach_the_terminal(self):
        anna = self.person("anna")
        ben = programs.log_in(programs.OnPipes(self, *self.server.netcat()), "ben")
        ben.enter("\x1b[31mred\x07\x1b[2J")
        anna.expect("ben: [^\n]*red")
        anna.enter("look")
        self.assertNotIn("\x1b", self.said_until(anna, "Room lobby: 2 people"))
