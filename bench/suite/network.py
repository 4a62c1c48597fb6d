"""A network namespace for the suite alone, in which every segment is acknowledged at once.

    said = network.enter_own()

    sudo python3 bench/suite/network.py bash        a shell in such a network

Everything that this process starts afterwards is in it too, and nobody else. Where no namespace may be made (it takes
root, and ip(8)) the suite stays on the machine's loopback and the text says so.

Why at once: on loopback an acknowledgement is made on one of the two cores that are measured. Delayed, it is made
by the client's next recv(), or, when 40 ms pass before, by a timer on the server's core. A sweep of ten thousand
takes about as long as that, so a server is in one gear or the other by chance (35 or 55 ms a sweep), and the
generator's core is the first to be full. Made at once it belongs to the send() that it answers, on the core of the
server, which is where the acknowledgements of clients on other machines arrive. See ip-route(8), `quickack`.
"""

import ctypes
import os
import subprocess
import sys

import programs

CLONE_NEWNET = 0x40000000  # unshare(2)


def enter_own():
    """Moves this process, which must have one thread. Returns what is to be said about the network."""
    program = programs.find_program("ip")
    if program is None:
        return "the machine's loopback, acknowledgements delayed (no namespace: there is no ip command)"
    if programs.LIBC.unshare(CLONE_NEWNET) != 0:
        return f"the machine's loopback, acknowledgements delayed (no namespace: {os.strerror(ctypes.get_errno())})"

    def ip(*words):
        subprocess.run([program, *words], check=True)

    ip("link", "set", "lo", "up")
    for addresses in ("127.0.0.0/8", "127.0.0.1"):
        ip("route", "change", "local", addresses, "dev", "lo", "table", "local", "proto", "kernel", "scope", "host",
           "src", "127.0.0.1", "quickack", "1")
    return "a namespace of its own, every segment acknowledged at once"


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: network.py COMMAND...")
    print(enter_own(), file=sys.stderr)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
