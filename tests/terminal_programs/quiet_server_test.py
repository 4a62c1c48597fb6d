"""A server on which nothing has happened for longer than every limit inside it, and then something does (F20)."""

import signal
import time
import unittest

import programs

# Longer than what draining, lingering and the goodbye may take (5 s, 2 s, 5 s).
QUIET = 6


class Village:
    """A server with two people in the lobby."""

    def __init__(self, test, threads):
        self._test = test
        self.server = programs.serve(test, f"--threads={threads}")
        self.anna = programs.log_in(programs.OnSocket(test, self.server), "anna")
        self.bob = programs.log_in(programs.OnSocket(test, self.server), "bob")
        self.anna.expect("bob has entered the room")

    def expect_bob_served(self):
        """Bob is still there, and heard of."""
        self.bob.enter("look")
        self.bob.expect("lobby")

    # What happens once the quiet is over.

    def speaks(self):
        self.anna.enter("hello")
        for person in (self.anna, self.bob):
            person.expect("anna: hello\r\n")
        self.bob.enter("good morning")
        self.anna.expect("bob: good morning\r\n")

    def tells(self):
        self.anna.enter("tell bob psst")
        self.bob.expect("anna.*psst")
        self.expect_bob_served()

    def joins_another_room(self):
        self.anna.enter("join den")
        self.anna.expect("You are in den")
        self.bob.expect("anna has left the room")
        self.anna.enter("hello")
        self.anna.expect("anna: hello\r\n")

    def logs_out(self):
        self.anna.enter("logout")
        self.assert_ends(self.anna, "Goodbye.\r\n")
        self.bob.expect("anna has left the room")
        self.expect_bob_served()

    def ends_their_input(self):
        self.anna.write("look")  # without a line end, which is answered too
        self.anna.end_input()
        self._test.assertIn("lobby", self.anna.expect_end())
        self.bob.expect("anna has left the room")
        self.expect_bob_served()

    def vanishes(self):
        self.anna.vanish()
        self.bob.expect("anna has left the room")
        self.expect_bob_served()

    def sigterm(self):
        self.goes_down(signal.SIGTERM)

    def sighup(self):
        self.goes_down(signal.SIGHUP)

    def goes_down(self, number):
        self.server.signal(number)
        for person in (self.anna, self.bob):
            self.assert_ends(person, "The server is going down. Goodbye.\r\n")
            person.end_input()
        self.server.expect_exit(0)

    def assert_ends(self, person, last_words):
        self._test.assertTrue(person.expect_end().endswith(last_words), person.output.transcript())


class AfterALongQuietTime(unittest.TestCase):
    def test_everything_that_a_person_can_do_works(self):
        happenings = [Village.speaks, Village.tells, Village.joins_another_room, Village.logs_out,
                      Village.ends_their_input, Village.vanishes, Village.sigterm, Village.sighup]
        # A server each, because the first thing that happens ends the quiet; they are quiet together.
        villages = [(threads, happens, Village(self, threads))
                    for threads in (1, 2) for happens in happenings]
        time.sleep(QUIET)
        for threads, happens, village in villages:
            with self.subTest(threads=threads, what=happens.__name__):
                happens(village)


class IdleTime(unittest.TestCase):
    def test_counts_from_the_last_line(self):
        for threads in (1, 2):
            with self.subTest(threads=threads):
                self.assert_counts_from_the_last_line(threads)

    def assert_counts_from_the_last_line(self, threads):
        server = programs.serve(self, f"--threads={threads}", "--idle_time=1s")
        spoke = 0
        while not spoke:
            anna = programs.log_in(programs.OnSocket(self, server), "anna")
            came = time.monotonic()
            time.sleep(0.6)
            spoke = time.monotonic()
            if spoke - came > 0.9:  # this machine was elsewhere: another try
                spoke = 0
                anna.expect_end()
                continue
            anna.enter("hello")
        anna.expect("anna: hello")
        anna.expect("You were idle for .*Goodbye")
        # Both are rounded to the millisecond.
        self.assertGreaterEqual(time.monotonic() - spoke, 0.998)
        anna.expect_end()
