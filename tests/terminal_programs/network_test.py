"""parleyd on addresses of every kind, and in a network that loses people."""

import itertools
import os
import shutil
import socket
import subprocess
import time
import unittest

import programs


def free_port():
    """A port that nobody has on any address, IPv4 or IPv6."""
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        return taken.getsockname()[1]


class Wildcards(unittest.TestCase):
    THREADS = ["--threads=1", "--threads=2"]

    def setUp(self):
        try:
            self.port = free_port()
        except OSError as error:
            self.skipTest(f"this machine has no IPv6: {error}")

    def assert_served(self, server, *hosts):
        for host in hosts:
            said = programs.converse(self, [programs.NETCAT, "-N", host, str(self.port)], "who\n")
            self.assertIn("Nobody", said, f"{server.name}: {host}")

    def assert_not_served(self, host):
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((host, self.port), programs.DEADLINE)

    def test_both_are_served_on_one_port(self):  # F12
        for threads, order in itertools.product(self.THREADS, (1, -1)):
            listen = ",".join([f"friendly@0.0.0.0:{self.port}", f"friendly@[::]:{self.port}"][::order])
            with self.subTest(threads=threads, listen=listen):
                server = programs.serve(self, threads, listen=listen)
                self.assertIn(listen.replace(",", ", "), server.log.transcript())
                self.assert_served(server, "127.0.0.1", "::1")
                server.expect_goodbye()

    def test_explicit_one_of_ipv6_serves_no_ipv4(self):
        for threads in self.THREADS:
            with self.subTest(threads=threads):
                server = programs.serve(self, threads, listen=f"friendly@[::]:{self.port}")
                self.assert_served(server, "::1")
                self.assert_not_served("127.0.0.1")
                server.expect_goodbye()

    def test_star_serves_both_also_on_a_port_that_the_kernel_chooses(self):
        for threads in self.THREADS:
            with self.subTest(threads=threads):
                server = programs.serve(self, threads, listen="friendly@*:0")
                self.assertIn(f"friendly@*:{server.port}", server.log.transcript())
                self.port = server.port
                self.assert_served(server, "127.0.0.1", "::1")
                server.expect_goodbye()

    def test_addresses_that_overlap_are_refused_before_anything_is_served(self):
        for one, other in [("*", "0.0.0.0"), ("*", "[::]"), ("0.0.0.0", "127.0.0.1"), ("[::1]", "*")]:
            with self.subTest(one=one, other=other):
                server = programs.Parleyd(
                    self, listen=f"friendly@{one}:{self.port},friendly@{other}:{self.port}")
                self.assertEqual(
                    server.log.expect_end(),
                    f"parleyd: --listen: {one}:{self.port} and {other}:{self.port} overlap: "
                    "one socket cannot have what another has\n")
                server.expect_exit(1)

    def test_star_of_another_server_is_in_use(self):
        programs.serve(self, listen=f"friendly@*:{self.port}")
        server = programs.Parleyd(self, listen=f"friendly@0.0.0.0:{self.port}")
        self.assertEqual(
            server.log.expect_end(),
            f"parleyd: cannot listen on 0.0.0.0:{self.port}: the address is in use\n")
        server.expect_exit(1)


class Vanished(unittest.TestCase):
    """People in a network of the test's own, from which one can be taken without a word (F3)."""

    HERE = "10.52.67.1"
    THERE = "10.52.67.2"  # of the one who vanishes
    SECONDS = 4           # instead of two minutes

    def setUp(self):
        self.ip_path = shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if os.geteuid() != 0:
            self.skipTest("a network of its own needs root")
        if self.ip_path is None:
            self.skipTest("a network of its own needs ip (iproute2)")
        self.network = f"parley-test-{os.getpid()}"
        made = self.ip("netns", "add", self.network, check=False)
        if made.returncode != 0:
            self.skipTest(f"this machine allows no network of its own: {made.stderr.strip()}")
        self.addCleanup(self.ip, "netns", "delete", self.network)
        self.within = [self.ip_path, "netns", "exec", self.network]
        self.ip("-n", self.network, "link", "set", "lo", "up")
        for address in (self.HERE, self.THERE):
            self.ip("-n", self.network, "address", "add", f"{address}/32", "dev", "lo")
        # What is sent into this end goes nowhere.
        self.ip("-n", self.network, "link", "add", "hole", "type", "veth", "peer", "name", "end")
        for end in ("hole", "end"):
            self.ip("-n", self.network, "link", "set", end, "up")

    def ip(self, *arguments, check=True):
        return subprocess.run([self.ip_path, *arguments], check=check, text=True,
                              capture_output=True, timeout=programs.DEADLINE)

    def swallow(self):
        """The other address is gone, and what is sent to it is lost: no error, no reset."""
        self.ip("-n", self.network, "address", "delete", f"{self.THERE}/32", "dev", "lo")
        self.ip("-n", self.network, "neighbour", "add", self.THERE, "lladdr", "02:00:00:00:00:01",
                "nud", "permanent", "dev", "hole")
        self.ip("-n", self.network, "route", "add", f"{self.THERE}/32", "dev", "hole")

    def person(self, server, name, address):
        netcat = [programs.NETCAT, "-s", address, self.HERE, server.port]
        return programs.log_in(programs.OnPipes(self, *self.within, *netcat), name)

    def assert_is_missed(self, threads, talk):
        server = programs.serve(self, threads, f"--peer_timeout={self.SECONDS}s",
                                listen=f"friendly@{self.HERE}:0", under=self.within)
        anna = self.person(server, "anna", self.HERE)
        self.person(server, "ghost", self.THERE)
        anna.expect("ghost")
        self.swallow()
        began = time.monotonic()
        left = None
        while not left and time.monotonic() - began < programs.DEADLINE:
            if talk:
                anna.enter("say Is anybody there?")
            left = anna.output.expect_within("ghost has left the room", 0.2)
        self.assertTrue(left, "the one who vanished is still there\n" + anna.output.transcript())
        self.assertGreater(time.monotonic() - began, self.SECONDS - 1)
        self.person(server, "ghost", self.HERE)  # the name is free again
        self.assertNotIn("warning", server.log.transcript())
        server.expect_goodbye()

    def test_who_vanishes_from_a_busy_room_is_gone_in_time(self):
        self.assert_is_missed("--threads=1", talk=True)

    def test_who_vanishes_from_a_busy_room_is_gone_in_time_with_threads(self):
        self.assert_is_missed("--threads=2", talk=True)

    def test_who_vanishes_from_a_silent_room_is_gone_in_the_same_time(self):
        self.assert_is_missed("--threads=1", talk=False)
