"""parleyd on addresses of every kind."""

import itertools
import socket
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
