"""parleyd as whoever runs it sees it: starting, refusing to start, and stopping."""

import os
import re
import signal
import socket
import subprocess
import time
import unittest

import programs


class Stopping(unittest.TestCase):
    def setUp(self):
        self.server = programs.serve(self)

    def test_sigterm_says_goodbye_to_everybody(self):
        people = [programs.OnTerminal(self, *self.server.telnet()) for _ in range(3)]
        for number, person in enumerate(people[:2]):
            programs.log_in(person, f"person{number}")
        people[2].expect("login NAME")  # and one who has not come in yet
        self.server.expect_goodbye(signal.SIGTERM)
        for person in people:
            person.expect("The server is going down. Goodbye.")
            person.expect("Connection closed by foreign host")

    def test_sigint_says_goodbye_too(self):
        anna = programs.log_in(programs.OnPipes(self, *self.server.netcat()), "anna")
        self.server.expect_goodbye(signal.SIGINT)
        anna.expect("The server is going down")

    def test_terminal_that_closes_says_goodbye_too(self):
        anna = programs.log_in(programs.OnPipes(self, *self.server.netcat()), "anna")
        self.server.expect_goodbye(signal.SIGHUP)
        anna.expect("The server is going down")

    def test_terminal_that_closes_is_nothing_to_a_server_under_nohup(self):
        server = programs.serve(self, under=["nohup"])
        server.signal(signal.SIGHUP)
        programs.log_in(programs.OnPipes(self, *server.netcat()), "anna")

    def test_client_that_never_hangs_up_does_not_hold_it(self):
        with socket.create_connection(("127.0.0.1", int(self.server.port))) as silent:
            self.assertTrue(silent.recv(1))  # it is being served
            self.server.expect_goodbye()

    def test_nobody_comes_in_once_it_stops(self):
        self.server.expect_goodbye()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(self.server.port)))

    def heard_from(self, family, address):
        """What somebody hears who connects; nothing where nobody listens."""
        with socket.socket(family) as stranger:
            stranger.settimeout(programs.DEADLINE)
            try:
                stranger.connect(address)
                return stranger.recv(1000)
            except (ConnectionError, FileNotFoundError):
                return b""

    def test_nobody_comes_in_while_it_says_goodbye(self):
        for threads in ["--threads=1", "--threads=2"]:
            path = os.path.join(programs.folder(self), "socket")
            server = programs.serve(self, threads,
                                    listen=f"friendly@127.0.0.1:0,friendly@unix:{path}")
            address = ("127.0.0.1", int(server.port))
            with socket.create_connection(address, timeout=programs.DEADLINE) as silent:
                self.assertTrue(silent.recv(1))  # it is being served
                server.signal(signal.SIGTERM)
                # The server waits for this client's end, for two seconds.
                while silent.recv(1000):
                    pass
                self.assertEqual(self.heard_from(socket.AF_INET, address), b"")
                self.assertEqual(self.heard_from(socket.AF_UNIX, path), b"")
            server.expect_exit(0)

    def test_address_is_free_again_at_once(self):
        programs.log_in(programs.OnPipes(self, *self.server.netcat()), "anna")
        self.server.expect_goodbye()
        programs.serve(self, listen=f"friendly@127.0.0.1:{self.server.port}")


class NotStarting(unittest.TestCase):
    def assert_refuses(self, *flags, says, **options):
        server = programs.Parleyd(self, *flags, **options)
        said = server.log.expect_end()
        self.assertRegex(said, rf"^(parleyd: |ERROR: )[^\n]*{says}[^\n]*\n$", server.name)
        server.expect_exit(1)

    def test_port_in_use(self):
        for threads in ["--threads=1", "--threads=2"]:  # more than one share a port, but not with us
            port = programs.serve(self, threads).port
            self.assert_refuses(threads, listen=f"friendly@127.0.0.1:{port}",
                                says=f"127.0.0.1:{port}: the address is in use")

    def test_socket_file_in_use(self):
        address = f"unix:{programs.folder(self)}/socket"
        programs.serve(self, listen=f"friendly@{address}")
        self.assert_refuses(listen=f"friendly@{address}", says=f"{address}: the address is in use")

    def test_second_address_in_use_keeps_the_first_from_being_served(self):
        port = programs.serve(self).port
        with socket.create_server(("127.0.0.1", 0)) as taken:
            free_port = taken.getsockname()[1]
        self.assert_refuses(
            listen=f"friendly@127.0.0.1:{free_port},friendly@127.0.0.1:{port}",
            says=f"127.0.0.1:{port}: the address is in use")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", free_port))

    def test_bad_addresses(self):
        for listen, says in [
                ("", "empty"),
                ("nonsense", '"nonsense" is not PROFILE@HOST:PORT'),
                ("gopher@127.0.0.1:0", 'no profile "gopher"'),
                ("friendly@127.0.0.1", "127.0.0.1.*expected HOST:PORT"),
                ("friendly@127.0.0.1:99999", '"99999"'),
                ("friendly@127.0.0.1:http", '"http"'),
                ("friendly@127.0.0.1:0,nonsense", '"nonsense"'),
                ("friendly@192.0.2.1:5267", "192.0.2.1:5267"),  # RFC 5737: nobody's address
                ("friendly@host.invalid:5267", "host.invalid"),  # RFC 6761: nobody's name
                ("friendly@unix:/nonexistent/socket", "/nonexistent/socket"),
                ("friendly@unix:/" + "x" * 200, "unix"),
                ("friendly+nonsense@127.0.0.1:0", '"nonsense"'),
                ("friendly+room=@127.0.0.1:0", "room name"),
                ("friendly+room=a+room=b@127.0.0.1:0", "twice"),
                ("friendly+skip+disconnect@127.0.0.1:0", "two lag policies"),
                ("friendly+room=two words@127.0.0.1:0", "two words")]:
            with self.subTest(listen=listen):
                self.assert_refuses(listen=listen, says=says)

    def test_bad_flags(self):
        numbers = ["threads", "max_line_bytes", "max_connections", "max_connections_per_address",
                   "max_lines_per_second", "max_bytes_per_second",
                   "max_bytes_per_second_per_address", "max_lag_bytes", "soft_lag_bytes"]
        durations = ["login_deadline", "idle_time", "longest_lag", "peer_timeout"]
        table = [("--nosuch=1", "nosuch"), ("stray", '"stray"'), ("--listen", "listen"),
                 ("--lag_policy=wait", '"wait"'),
                 ("--engine=warp", '"warp"'), ("--threads=0", "threads")]
        table += [(f"--{flag}={value}", flag)
                  for flag in numbers for value in ["", "many", "-1", "1.5", "4294967296"]]
        table += [(f"--{flag}={value}", flag)
                  for flag in durations for value in ["-1s", "9999999h", "inf"]]
        table += [(f"--{flag}={value}", f"'{flag}'; give a unit, as in {example}")
                  for flag in durations
                  for value, example in [("5", "5s"), ("1.5", "1.5s"), ("soon", "5s"), ("", "5s")]]
        for flag, says in table:
            with self.subTest(flag=flag):
                self.assert_refuses(flag, says=says)

    def test_engine_of_the_environment_is_blamed_on_the_variable(self):
        for threads in ["--threads=1", "--threads=2"]:
            server = programs.Parleyd(self, threads, environment={"PARLEY_ENGINE": "warp"})
            self.assertRegex(server.log.expect_end(),
                             r'^parleyd: PARLEY_ENGINE: unknown engine "warp"; this build has '
                             r"auto, [^\n]*\n$")
            server.expect_exit(1)

    def test_engine_of_the_flag_is_blamed_on_the_flag(self):
        self.assert_refuses("--engine=warp", says='--engine: unknown engine "warp"',
                            environment={"PARLEY_ENGINE": "weft"})

    def test_more_connections_than_open_files(self):
        self.assert_refuses("--max_connections=1000", under=["prlimit", "--nofile=200:200"],
                            says="--max_connections=1000 .*200.*LimitNOFILE")


class Limits(unittest.TestCase):
    def test_who_is_one_too_many_is_told(self):
        server = programs.serve(self, "--max_connections=1")
        programs.log_in(programs.OnPipes(self, *server.netcat()), "anna")
        programs.OnPipes(self, *server.netcat()).expect("^The server is full")

    def test_who_is_one_too_many_is_told_even_when_they_speak_first(self):
        server = programs.serve(self, "--max_connections=1")
        programs.log_in(programs.OnPipes(self, *server.netcat()), "anna")
        for _ in range(20):
            said = programs.converse(self, server.netcat(), "login b\nlook\n")
            self.assertRegex(said, r"^The server is full \(1 connection\)[^\n]*\r\n$")

    def test_line_that_is_too_long_is_dropped_and_its_sender_told(self):
        server = programs.serve(self, "--max_line_bytes=100")
        said = programs.converse(self, server.netcat("-N"),
                                 "login a\n" + "x" * 101 + "\n" + "y" * 100 + "\n")
        self.assertRegex(said, r"(?s)longer than 100 bytes.*a: y{100}\r\n")
        self.assertNotIn("xx", said)

    def test_who_does_not_log_in_is_sent_away(self):
        server = programs.serve(self, "--login_deadline=50ms")
        visitor = programs.OnPipes(self, *server.netcat())
        visitor.expect("You did not log in within .* Goodbye")


class StoppedForAWhile(unittest.TestCase):
    """What waits in a socket is read before anybody is judged to be silent (F8)."""

    def stop_meanwhile(self, server, seconds, do):
        server.signal(signal.SIGSTOP)
        until = time.monotonic() + seconds
        do()
        time.sleep(max(0, until - time.monotonic()))  # that time passes is what the test is about
        server.signal(signal.SIGCONT)

    def test_who_spoke_meanwhile_is_not_idle(self):
        for threads in ["--threads=1", "--threads=2"]:
            with self.subTest(threads):
                server = programs.serve(self, "--idle_time=2s", threads)
                people = [programs.log_in(programs.OnPipes(self, *server.netcat()), name)
                          for name in ("anna", "bert", "cora")]
                self.stop_meanwhile(server, 2.5, lambda: [person.enter("say here") for person in people])
                for person in people:
                    for _ in people:
                        person.expect(r"\w+: here")
                    person.enter("who")
                    person.expect("(?s)anna.*bert.*cora")

    def test_logins_that_came_meanwhile_are_obeyed(self):
        for threads in ["--threads=1", "--threads=2"]:
            with self.subTest(threads):
                server = programs.serve(self, "--login_deadline=4s", threads)
                address = ("127.0.0.1", int(server.port))
                visitors = [socket.create_connection(address, timeout=programs.DEADLINE)
                            for _ in range(600)]  # more than a turn of the loop hears of
                for visitor in visitors:
                    self.addCleanup(visitor.close)
                    self.assertTrue(visitor.recv(4096))  # it is being served
                self.stop_meanwhile(server, 4.3, lambda: [
                    visitor.sendall(b"login p%d\n" % number) for number, visitor in enumerate(visitors)])
                for visitor in visitors:
                    self.assertRegex(visitor.recv(6), b"^Hello,")


class WithoutDescriptors(unittest.TestCase):
    def test_peers_are_turned_away_and_served_again_later(self):
        server = programs.serve(self, under=["prlimit", "--nofile=40:40"])
        address = ("127.0.0.1", int(server.port))
        people = []
        turned_away = False
        while not turned_away:
            person = socket.create_connection(address, timeout=programs.DEADLINE)
            self.addCleanup(person.close)
            turned_away = not person.recv(1)
            people.append(person)
            self.assertLess(len(people), 40)
        server.log.expect("no descriptor for new connections .*raise the limit on open files")
        for person in people:
            person.close()
        served = False
        until = time.monotonic() + programs.DEADLINE
        while not served and time.monotonic() < until:  # it has to learn first that they are gone
            with socket.create_connection(address, timeout=programs.DEADLINE) as person:
                served = bool(person.recv(1))
        self.assertTrue(served)
        # Who was refused since the last line about it is told at the end, behind which nothing comes.
        server.signal(signal.SIGTERM)
        server.expect_exit(0)
        self.assertRegex(server.log.expect_end(), r"parleyd has stopped\n$", server.log.transcript())

    def test_log_counts_everybody_who_was_turned_away(self):  # F9: it said "0 refused"
        for threads in ["--threads=1", "--threads=2"]:
            with self.subTest(threads):
                server = programs.serve(self, threads, under=["prlimit", "--nofile=40:40"])
                people = []
                for _ in range(60):
                    person = socket.create_connection(("127.0.0.1", int(server.port)),
                                                      timeout=programs.DEADLINE)
                    self.addCleanup(person.close)
                    people.append(person)
                refused = sum(not person.recv(1) for person in people)
                self.assertGreater(refused, 20)
                server.log.expect("no descriptor for new connections .*[^0-9][1-9][0-9]* refused")
                server.signal(signal.SIGTERM)
                for person in people:
                    person.close()
                server.expect_exit(0)
                server.log.expect_end()
                counts = re.findall(rb"(\d+) refused", server.log.all)
                self.assertEqual(sum(map(int, counts)), refused, server.log.transcript())
                self.assertLessEqual(len(counts), 2 * 2)


class Announcement(unittest.TestCase):
    def test_policy_of_a_listener_is_named(self):
        server = programs.serve(self, listen="friendly+skip@127.0.0.1:0")
        self.assertIn("friendly+skip@127.0.0.1:", server.log.transcript())

    def test_lag_limit_below_a_line_is_warned_of(self):
        for line, shown in (("0", "--max_line_bytes=0: 16 MiB"), ("2000", "--max_line_bytes=2000")):
            server = programs.serve(self, f"--max_line_bytes={line}", "--max_lag_bytes=1000")
            self.assertRegex(server.log.transcript(), rf"warning: --max_lag_bytes=1000 .*{shown}")

    def test_lag_limit_of_the_longest_line_is_not_warned_of(self):
        longest = 16 * 1024 * 1024
        server = programs.serve(self, "--max_line_bytes=0", f"--max_lag_bytes={longest}")
        self.assertNotIn("warning", server.log.transcript())


class AddressOfAnEndedServer(unittest.TestCase):
    """A listener may outlive its server for a moment (an io_uring is taken apart later)."""

    def kill_one_at(self, listen):
        server = programs.Parleyd(self, listen=listen).expect_listening()
        server.signal(signal.SIGKILL)
        server.expect_exit(-signal.SIGKILL)
        return server

    def test_socket_file_of_a_killed_server_is_no_obstacle(self):
        path = os.path.join(programs.folder(self), "socket")
        self.kill_one_at(f"friendly@unix:{path}")
        self.assertTrue(os.path.exists(path))
        programs.serve(self, listen=f"friendly@unix:{path}")

    def test_port_of_a_killed_server_is_free_again(self):
        port = self.kill_one_at("friendly@127.0.0.1:0").port
        for threads in ["1", "2"]:
            self.kill_one_at(f"friendly@127.0.0.1:{port}")
            programs.serve(self, f"--threads={threads}",
                           listen=f"friendly@127.0.0.1:{port}").expect_goodbye()

    def test_address_is_waited_for_while_it_is_in_use(self):
        path = os.path.join(programs.folder(self), "socket")
        with socket.socket(socket.AF_UNIX) as old:
            old.bind(path)
            old.listen()
            old.settimeout(programs.DEADLINE)
            server = programs.Parleyd(self, listen=f"friendly@unix:{path}")
            old.accept()[0].close()  # parleyd asks whether anybody lives here
        server.expect_listening().expect_goodbye()


class ParleydHelpAndVersion(unittest.TestCase):
    """F9: what is asked for is printed to standard output, and exits with 0."""

    def says(self, *arguments):
        program = programs.OnPipes(self, os.environ["PARLEYD"], *arguments,
                                   stderr=subprocess.DEVNULL)
        said = program.output.expect_end()
        program.expect_exit(0)
        return said

    def test_version(self):
        for flag in ["--version", "-version"]:
            self.assertEqual(self.says(flag), f"parleyd {programs.version()}\n")

    def test_help_lists_our_flags_with_their_defaults(self):
        for flag in ["--help", "-help", "-h"]:
            said = self.says("--threads=2", flag)
            self.assertRegex(said, r"^parleyd \[--listen=")
            self.assertIn("\n  --listen=friendly@127.0.0.1:5267\n      where to listen", said)
            self.assertIn("\n  --login_deadline=1m\n", said)
            self.assertLessEqual(max(map(len, said.splitlines())), 80)

    def test_help_lists_nothing_else_and_each_flag_once(self):
        flags = re.findall(r"(?m)^  --(\w+)", self.says("--help"))
        with open(os.path.join(programs.SOURCES, "chat/daemon/parleyd.cc")) as source:
            own = re.findall(r"ABSL_FLAG\(\s*[\w:]+,\s*(\w+),", source.read())
        self.assertEqual(sorted(flags), sorted(own))
        self.assertIn("longest_lag", own)


class WhereItWasBuilt(unittest.TestCase):
    def test_help_does_not_tell(self):
        said = programs.OnPipes(self, os.environ["PARLEYD"], "--help").output.expect_end()
        self.assertIn("--listen", said)
        self.assertNotRegex(said, r"(^|[ (])/\w+/")

    def test_program_does_not_hold_it(self):
        with open(os.environ["PARLEYD"], "rb") as file:
            program = file.read()
        if b"__asan_" in program or b"__ubsan_" in program:
            self.skipTest("these sanitizers name the sources as the compiler was given them")
        self.assertNotIn(f"{programs.SOURCES}/".encode(), program)
