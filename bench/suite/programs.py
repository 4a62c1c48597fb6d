"""The servers that are measured: started on their core with their limits off, waited for, stopped.

    with programs.started(programs.SUBJECTS["redis"], places) as server:
        ... server.port, server.pid, server.command ...

A subject has its settings written into a temporary folder and is given a free port, so that nothing on the
machine is touched and several can exist side by side. It is ended by its process id when the block ends.
"""

import contextlib
import ctypes
import dataclasses
import errno
import functools
import getpass
import os
import random
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Callable

START_DEADLINE = 20
STOP_DEADLINE = 5
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1  # prctl(2)


def find_program(name):
    """The file, or None; also where only root's PATH leads."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


@dataclasses.dataclass
class Places:
    """Where programs are and run: the folder of the built ones, the server's core, the load's core."""

    binaries: str
    server_core: int = 0
    load_core: int = 1


@dataclasses.dataclass
class Subject:
    """A server that can be measured. `start` gets the places, its folder and its port and returns what to run."""

    name: str
    protocol: str
    start: Callable[[Places, str, int], list]
    version: tuple = ()  # the flags that make it say which it is, for those that are not ours
    # Flags of parley-bench that this server needs.
    bench_flags: tuple = ()
    both_cores: bool = False  # it runs on the load's core, too

    def cores(self, places):
        return sorted({places.server_core, places.load_core}) if self.both_cores else [places.server_core]

    def program(self, places):
        """The file that is run, or None when it is not on this machine."""
        return find_program(self.start(places, "", 0)[0])


def write(folder, name, text):
    """Writes a file of settings and returns its path. Without a folder nothing is written: only the path is wanted."""
    path = os.path.join(folder, name)
    if folder:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    return path


def parleyd(*flags):
    def start(places, _folder, port):
        # A reader may be as far behind as the floor's log is long.
        return [f"{places.binaries}/parleyd", f"--listen=friendly+disconnect@127.0.0.1:{port}",
                "--max_lines_per_second=0", "--max_bytes_per_second=0", "--max_bytes_per_second_per_address=0",
                "--login_deadline=0", "--idle_time=0", "--max_connections=0", "--max_connections_per_address=0",
                f"--max_lag_bytes={64 << 20}", *flags]
    return start


def ours(name, *flags):
    return lambda places, _folder, port: [f"{places.binaries}/{name}", f"--port={port}", *flags]


def redis(_places, folder, port):
    return ["redis-server", write(folder, "redis.conf", f"""\
bind 127.0.0.1
port {port}
save ""
appendonly no
protected-mode no
maxclients 18000
tcp-backlog 4096
client-output-buffer-limit pubsub 0 0 0
loglevel warning
dir {folder or '.'}
""")]


def nats(_places, folder, port):
    return ["nats-server", "-c", write(folder, "nats.conf", f"""\
listen: 127.0.0.1:{port}
max_connections: 19000
max_pending: 1GB
write_deadline: "60s"
logfile: "{folder}/nats.log"
""")]


def inspircd(_places, folder, port):
    root = ["--runasroot"] if os.geteuid() == 0 else []
    config = write(folder, "inspircd.conf", f"""\
<server name="irc.bench.test" description="bench" network="bench">
<admin name="bench" nick="bench" email="bench@bench.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect allow="*" timeout="120" pingfreq="600" maxchans="10" threshold="100000000" commandrate="100000000"
         fakelag="no" hardsendq="1073741824" softsendq="1073741824" recvq="1048576" localmax="100000"
         globalmax="100000" maxconnwarn="no" resolvehostnames="no" useident="no" modes="">
<class name="none" commands="">
<performance netbuffersize="65536" maxwho="4096" somaxconn="4096" limitsomaxconn="100000" softlimit="100000"
             quietbursts="yes" nouserdns="yes">
<options defaultmodes="t" hostintopic="no">
<pid file="{folder}/inspircd.pid">
""")
    return ["inspircd", *root, "--nofork", f"--config={config}"]


def ngircd(_places, folder, port):
    return ["ngircd", "-n", "-f", write(folder, "ngircd.conf", f"""\
[Global]
Name = irc.bench.test
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = bench
ServerUID = {getpass.getuser()}
ServerGID = {os.getgid()}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
PingTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
""")]


def mosquitto(_places, folder, port):
    return ["mosquitto", "-c", write(folder, "mosquitto.conf", f"""\
listener {port} 127.0.0.1
allow_anonymous true
max_connections -1
max_queued_messages 0
set_tcp_nodelay true
persistence false
log_type error
user {getpass.getuser()}
""")]


@functools.cache
def python_with_asynchat():
    """The first Python on this machine that still has the module: 3.12 has not."""
    for name in ("python3.11", "python3", "python3.10", "python3.9", "python2.7"):
        path = shutil.which(name)
        if path and subprocess.run([path, "-W", "ignore", "-c", "import asynchat"], check=False,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return path
    return "no-python-with-asynchat"


def asynchat(_places, _folder, port):
    room = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers", "asynchat_room.py")
    return [python_with_asynchat(), "-W", "ignore", os.path.relpath(room), str(port)]


SUBJECTS = {subject.name: subject for subject in (
    Subject("parleyd", "friendly", parleyd("--engine=epoll")),
    Subject("parleyd-io_uring", "friendly", parleyd("--engine=io_uring")),
    Subject("parleyd-two-threads", "friendly", parleyd("--engine=epoll", "--threads=2"), both_cores=True),
    Subject("parleyd-twenty-renderings", "friendly", ours("parley_many_renderings", "--renderings=20")),
    Subject("floor_send_loop", "lines", ours("floor_send_loop")),
    Subject("floor_coalescing_loop", "lines", ours("floor_coalescing_loop")),
    Subject("redis", "redis", redis, ("--version",)),
    Subject("nats", "nats", nats, ("--version",)),
    # Lets people in once a second, however many have come.
    Subject("inspircd", "irc", inspircd, ("--version",), ("--connect_window=1000",)),
    Subject("ngircd", "irc", ngircd, ("--version",), ("--connect_window=8",)),
    Subject("mosquitto", "mqtt", mosquitto, ("-h",), ("--connect_window=8",)),
    Subject("asynchat", "classic", asynchat, ("--version",), ("--connect_window=4",)),
)}

PEERS = ("redis", "nats", "inspircd", "ngircd", "mosquitto", "asynchat")


def version_of(subject, places):
    """What a peer says that it is, in a line; None when it is not on this machine."""
    program = subject.program(places)
    if program is None:
        return None
    said = subprocess.run([program, *subject.version], check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout.strip()
    return said.splitlines()[0] if said else "unknown"


def free_port():
    """A port that nobody listens on, below those that the kernel gives to clients."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise


class NotStarted(Exception):
    """A server that is not there or did not come up; the text says which and what it said."""


@dataclasses.dataclass
class Server:
    subject: Subject
    port: int
    pid: int
    command: str  # as it can be typed; the folder of its settings is called SETTINGS


def allow_all_descriptors():
    """Raises the limit of open files to the highest that is allowed, here and in all that is started from here."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def before_exec(cores):
    """Run in the child: its cores, and an end when the suite ends."""
    os.sched_setaffinity(0, cores)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until_listening(process, port, log):
    deadline = time.monotonic() + START_DEADLINE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    log.seek(0)
    said = log.read().decode(errors="replace").strip()
    raise NotStarted(f"{process.args[0]} did not begin to listen: {said[-300:] or 'it said nothing'}")


def stop(process):
    """Ends the one process, politely first. A stopped child of ours is always waited for."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


@contextlib.contextmanager
def started(subject, places):
    """Gives a fresh server that listens; it is gone when the block ends. It may open as many files as the caller."""
    program = subject.program(places)
    if program is None:
        raise NotStarted(f"{subject.name} is not on this machine")
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, tempfile.TemporaryFile() as log:
        port = free_port()
        command = subject.start(places, folder, port)
        cores = subject.cores(places)
        process = subprocess.Popen([program, *command[1:]], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT, preexec_fn=lambda: before_exec(cores))
        try:
            wait_until_listening(process, port, log)
            typed = ["taskset", "-c", ",".join(map(str, cores)), *command]
            typed = [os.path.basename(word) if word == program and os.path.isabs(word) else word for word in typed]
            yield Server(subject, port, process.pid, shlex.join(typed).replace(folder, "SETTINGS"))
        finally:
            stop(process)


def main():
    """Starts the named subject until Ctrl-C: to look at one by hand, in a shell of network.py or outside."""
    allow_all_descriptors()
    places = Places(sys.argv[2] if len(sys.argv) > 2 else "build/release/bin")
    with started(SUBJECTS[sys.argv[1]], places) as server:
        print(f"{server.command}\nlistening on 127.0.0.1:{server.port}, process {server.pid}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
