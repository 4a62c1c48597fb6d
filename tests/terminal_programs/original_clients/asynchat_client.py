"""A client as people wrote it with asyncore and asynchat, which Python had up to 3.11.

    asynchat_client.py HOST PORT LINE...

Says the lines, the next when something has come back for the one before, prints what it hears byte
for byte, and ends when the server closes.
"""

import asynchat
import asyncore
import socket
import sys


class Client(asynchat.async_chat):
    def __init__(self, address, lines):
        asynchat.async_chat.__init__(self)
        self.lines = lines
        self.create_socket(socket.AF_INET, socket.SOCK_STREAM)
        self.connect(address)
        self.set_terminator(None)  # whatever comes, as it comes

    def collect_incoming_data(self, data):
        getattr(sys.stdout, "buffer", sys.stdout).write(data)
        sys.stdout.flush()
        if self.lines:
            self.push((self.lines.pop(0) + "\n").encode())

    def found_terminator(self):
        pass


Client((sys.argv[1], int(sys.argv[2])), sys.argv[3:])
asyncore.loop()
