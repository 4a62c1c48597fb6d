"""A relay that listens in: it stands between a client and the server and remembers the bytes of both directions."""

import select
import socket
import threading
import time

import programs


class Relay:
    """Takes one connection on a port of its own and passes everything on to the server's port."""

    def __init__(self, test, server_port):
        self._test = test
        self._changed = threading.Condition()
        self._bytes = {"client": b"", "server": b""}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = str(self._listener.getsockname()[1])
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._run, args=(int(server_port),))
        self._thread.start()
        test.addCleanup(self._end)

    def expect(self, speaker, wanted):
        """Waits until the "client" or the "server" has sent these bytes."""
        until = time.monotonic() + programs.DEADLINE
        with self._changed:
            while wanted not in self._bytes[speaker]:
                if not self._changed.wait(max(0, until - time.monotonic())):
                    self._test.fail(f"the {speaker} never sent {wanted!r} but "
                                    f"{self._bytes[speaker]!r}")

    def _run(self, server_port):
        if self._listener not in select.select([self._listener, self._stopped], [], [])[0]:
            return
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", server_port))
        with client, server:
            other_of = {client: ("client", server), server: ("server", client)}
            while other_of:
                ready, _, _ = select.select([*other_of, self._stopped], [], [])
                if self._stopped in ready:
                    return
                for side in ready:
                    self._pass_on(side, other_of)

    def _pass_on(self, side, other_of):
        speaker, other = other_of[side]
        try:
            got = side.recv(65536)
            if got:
                other.sendall(got)
            else:
                other.shutdown(socket.SHUT_WR)
        except OSError:  # one of the two is gone: the other learns it from its end of input
            got = b""
        if not got:
            del other_of[side]
        with self._changed:
            self._bytes[speaker] += got
            self._changed.notify_all()

    def _end(self):
        self._stop.close()
        self._thread.join()
        self._stopped.close()
        self._listener.close()
