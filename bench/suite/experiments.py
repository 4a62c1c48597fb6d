"""What is run: each experiment is a grid of calls of parley-bench, subject and floor in turns.

    for step in experiments.plan("quick"):
        step.subject, step.repetition, step.parameters, step.flags

A Step is one fresh server and one run against it. Within a repetition a subject and its floor stand one right
after the other, and every other repetition begins with the other one: a machine that grows slower over the
minutes is unfair to neither. bench/suite/README.md lists the experiments, bench/README.md what each is for.
"""

import dataclasses

import bars

LINE_BYTES = 64
# Stalled readers are given long lines, so that the kernel's buffers are full within a second and it is the
# server that has them to keep.
STALL_LINE_BYTES = 2048

OURS = "parleyd"
RING = "parleyd-io_uring"
TWO_THREADS = "parleyd-two-threads"
TWENTY_RENDERINGS = "parleyd-twenty-renderings"
SEND_LOOP = "floor_send_loop"
COALESCING = "floor_coalescing_loop"


# Where a core has no room for a recv() for every send() of the server, the clients look at their sockets less often
# and find more in each; and where lines are due every few microseconds, those of a moment go out together. Both are
# part of every latency, and the same for the floor. Microseconds.
LOOK_EVERY_MS = "--look_interval_us=1000"  # a sweep of ten thousand takes 15 ms and more
FOR_HIGH_LOADS = (LOOK_EVERY_MS, "--say_interval_us=250")
LOOK_FOR_COUNT = "--look_interval_us=60000"  # where nothing is said about latency
# The clients sleep while the server sends, so that it may have both cores; the kernel says when they were reached.
CLIENTS_ASLEEP = ("--look_interval_us=100000", "--kernel_times")


@dataclasses.dataclass
class Step:
    experiment: str
    subject: str
    repetition: int
    parameters: dict
    flags: list  # of parley-bench
    seconds: float  # about how long it takes
    kind: str = "load"  # "strace": the server is counted; "test": a test program that prints a number
    needs_pid: bool = False


@dataclasses.dataclass
class Scale:
    """How long and how often. Recipients of the issue's bars are `small` and `big` (1,000 and 10,000)."""

    repetitions: int  # of what the verdicts come from
    big_repetitions: int  # of the same with ten thousand recipients
    plot_repetitions: int  # of what is only drawn
    seconds: float
    warmup: float
    cost_stretch: float = 1.5  # row a is measured so much longer: the fewest deliveries, and the narrowest bar
    small: int = 1000
    big: int = 10000
    crowd: int = 3000  # in the busy room beside the small one
    rate: float = 1  # of the rates that the bars name
    experiments: tuple = ()
    flags: tuple = ()


BARS = ("cost", "latency", "throughput", "sweep", "stall", "idle_tests", "mass_leave", "rooms", "logins",
        "small_room")

SCALES = {
    "quick": Scale(repetitions=2, big_repetitions=1, plot_repetitions=0, seconds=1.0, warmup=0.4,
                   experiments=BARS),
    "full": Scale(repetitions=10, big_repetitions=10, plot_repetitions=2, seconds=2.0, warmup=0.5, cost_stretch=3,
                  experiments=BARS + ("load", "grid", "recipients", "stall_picture", "idle", "engines", "cores",
                                      "tell", "trickle", "search", "syscalls")),
    "peers": Scale(repetitions=3, big_repetitions=1, plot_repetitions=1, seconds=2.0, warmup=0.5,
                   experiments=("peers_cost", "peers_latency", "peers_idle")),
    # For the tests: everything that the other modes do, with so little that it takes seconds.
    "smoke": Scale(repetitions=1, big_repetitions=1, plot_repetitions=1, seconds=0.1, warmup=0.0, small=20, big=40,
                   crowd=30, rate=0.001, experiments=("cost", "latency", "mass_leave", "logins", "small_room"),
                   flags=("--max_generator_share=1000", "--drain_deadline=2", "--max_send_delay_ms=0")),
}


def flags_at(deliveries_per_second):
    """The flags that a load to a thousand needs."""
    return FOR_HIGH_LOADS if deliveries_per_second > max(bars.LATENCY_LOADS) else ()


def in_turns(repetitions, *subjects):
    """(repetition, subject) with the subjects side by side and the order turned round every time."""
    for repetition in range(repetitions):
        for subject in subjects if repetition % 2 == 0 else reversed(subjects):
            yield repetition, subject


def estimate(recipients, seconds, logins=1):
    """Seconds that a run takes: start, logins, silence before the schedule, the schedule."""
    return 1.3 + logins * recipients / 5000 + seconds


class Planner:
    def __init__(self, scale, peers=()):
        self.scale = scale
        self.peers = list(peers)

    def fan_out(self, experiment, repetitions, subjects, recipients, lines_per_second, parameters, extra=(),
                seconds=None):
        """One point of a grid: every subject, every repetition."""
        scale = self.scale
        seconds = seconds or scale.seconds
        for repetition, subject in in_turns(repetitions, *subjects):
            flags = [f"--recipients={recipients}", f"--lines_per_second={lines_per_second:g}",
                     f"--seconds={seconds:g}", f"--warmup={scale.warmup:g}", f"--payload_bytes={LINE_BYTES}", *extra]
            yield Step(experiment, subject, repetition, {"recipients": recipients, **parameters}, flags,
                       estimate(recipients, seconds + scale.warmup))

    # The bars of the fan-out issue, a to j.

    def cost(self):
        scale = self.scale
        for recipients, lines, repetitions in ((scale.small, 100, scale.repetitions),
                                               (scale.big, 10, scale.big_repetitions)):
            yield from self.fan_out("cost", repetitions, (SEND_LOOP, OURS), recipients, lines,
                                    {"lines_per_second": lines}, seconds=scale.seconds * scale.cost_stretch)

    def at_rate(self, experiment, repetitions, subjects, recipients, deliveries, extra=(), seconds=None):
        deliveries *= self.scale.rate
        return self.fan_out(experiment, repetitions, subjects, recipients, deliveries / recipients,
                            {"deliveries_per_second": int(deliveries)}, extra, seconds)

    def latency_at(self, repetitions, loads):
        for deliveries in loads:
            yield from self.at_rate("latency", repetitions, (COALESCING, OURS), self.scale.small, deliveries,
                                    flags_at(deliveries))

    def latency(self):
        yield from self.latency_at(self.scale.repetitions, (*bars.LATENCY_LOADS, bars.HIGHEST_LOAD))

    def throughput(self):
        yield from self.at_rate("throughput", self.scale.big_repetitions, (COALESCING, OURS), self.scale.big,
                                bars.THROUGHPUT_OFFERED, (LOOK_FOR_COUNT,),
                                seconds=max(self.scale.seconds, 3) if self.scale.rate == 1 else None)

    def sweep(self):
        scale = self.scale
        steps = []
        alone = 8 if scale.plot_repetitions else 4  # so many lines, a second apart, say what a lone sweep is
        for lines in (1, 10, 100, 1000) if scale.plot_repetitions else (1, 100, 1000):
            steps += self.fan_out("sweep", scale.big_repetitions, (COALESCING, OURS), scale.big, lines,
                                  {"lines_per_second": lines}, (LOOK_EVERY_MS,),
                                  seconds=max(scale.seconds, alone if lines == 1 else 0))
        # All loads are set beside the sweep of a line that comes alone, so each repetition has that and all of them.
        return sorted(steps, key=lambda step: step.repetition)

    def stall_steps(self, experiment, subjects, repetitions, seconds, recipients, extra=()):
        for repetition, subject in in_turns(repetitions, *subjects):
            parameters = {"recipients": recipients, "stalled_share": 0.1, "lines_per_second": 10,
                          "payload_bytes": STALL_LINE_BYTES}
            flags = ["--scenario=slow-readers", f"--recipients={recipients}", "--stalled_share=0.1",
                     "--lines_per_second=10", f"--payload_bytes={STALL_LINE_BYTES}", f"--seconds={seconds:g}",
                     f"--warmup={seconds / 2:g}", "--drain_deadline=15", *extra]
            yield Step(experiment, subject, repetition, parameters, flags, 2 * estimate(recipients, 1.6 * seconds),
                       needs_pid=True)

    def stall(self):
        yield from self.stall_steps("stall", (OURS,), self.scale.big_repetitions, max(4, self.scale.seconds),
                                    self.scale.big)

    def stall_picture(self):
        yield from self.stall_steps("stall_picture", (COALESCING, OURS), 1, 20, self.scale.big, ("--series",))

    def idle_tests(self):
        yield Step("idle_tests", OURS, 0, {}, ["idle_memory_test"], 8, kind="test")
        yield Step("allocations", OURS, 0, {}, ["allocation_test"], 1, kind="test")

    def idle(self):
        for recipients in (1000, 5000, 10000, 18000):
            for subject in (COALESCING, OURS, RING):
                yield self.idle_step("idle", subject, 0, recipients)

    def idle_step(self, experiment, subject, repetition, recipients, parameters=None):
        return Step(experiment, subject, repetition, {"recipients": recipients, **(parameters or {})},
                    ["--scenario=idle-memory", f"--recipients={recipients}", "--publishers=0"],
                    estimate(recipients, 0, 2), needs_pid=True)

    def mass_leave(self):
        scale = self.scale
        staying, leaving = scale.big // 10, scale.big
        recipients = staying + leaving
        yield from self.at_rate("mass_leave", scale.big_repetitions, (COALESCING, OURS), recipients,
                                bars.MASS_LEAVE_LOAD, (LOOK_FOR_COUNT, "--scenario=mass-leave",
                                                       f"--leaving_share={leaving / recipients:.6f}"))

    def rooms(self):
        scale = self.scale
        rooms = scale.big // 10
        yield from self.fan_out("rooms", scale.big_repetitions, (SEND_LOOP, OURS), scale.big, rooms,
                                {"rooms": rooms, "lines_per_second": rooms}, ("--scenario=rooms", f"--rooms={rooms}"))

    def logins(self):
        recipients = self.scale.big
        for repetition, subject in in_turns(self.scale.big_repetitions, SEND_LOOP, OURS):
            yield self.login_step("logins", subject, repetition, recipients)

    def login_step(self, experiment, subject, repetition, recipients, parameters=None):
        return Step(experiment, subject, repetition, {"recipients": recipients, **(parameters or {})},
                    ["--scenario=login-storm", f"--recipients={recipients}"], estimate(recipients, 0, 1.5))

    def small_room(self):
        scale = self.scale
        for rooms, lines in ((1, 200), (scale.small, scale.small)):
            for busy in bars.BUSY_ROOM_LINES:
                yield from self.small_room_steps(rooms, lines, busy * scale.rate)

    def small_room_steps(self, rooms, lines, busy):
        scale = self.scale
        seconds = max(scale.seconds, 2) if scale.rate == 1 else scale.seconds
        # A server that lets the small rooms wait gives them their lines when the busy one is silent again, which it
        # may be long after its last line.
        flags = ["--scenario=small-room", f"--rooms={rooms}", f"--lines_per_second={lines:g}", f"--crowd={scale.crowd}",
                 f"--crowd_lines_per_second={busy:g}", f"--seconds={seconds:g}", f"--warmup={scale.warmup:g}",
                 f"--payload_bytes={LINE_BYTES}", "--max_send_delay_ms=2", "--drain_deadline=30"]
        parameters = {"rooms": rooms, "lines_per_second": lines, "crowd": scale.crowd,
                      "crowd_lines_per_second": busy}
        for repetition, subject in in_turns(scale.big_repetitions, OURS, TWENTY_RENDERINGS):
            yield Step("small_room", subject, repetition, parameters, flags,
                       2 * estimate(scale.crowd + 2 * rooms, seconds + scale.warmup, 1.5))

    # What is drawn.

    def load(self):
        yield from self.latency_at(self.scale.plot_repetitions, (0.1e6, 1e6, 20e6))

    def grid(self):
        for recipients in (100, 1000, 10000):
            for deliveries in (0.1e6, 1e6, 10e6):
                yield from self.at_rate("grid", self.scale.plot_repetitions, (COALESCING, OURS), recipients, deliveries,
                                        (LOOK_EVERY_MS,) if recipients == self.scale.big else ())

    def recipients(self):
        for recipients in (100, 300, 1000, 3000, 10000):
            yield from self.fan_out("recipients", self.scale.plot_repetitions, (COALESCING, OURS), recipients, 10,
                                    {"lines_per_second": 10})

    def engines(self):
        scale = self.scale
        small, big, repetitions = scale.small, scale.big, max(1, scale.repetitions // 2)
        # Everybody speaks in a room of his own: as many lines are received as are sent.
        yield from self.fan_out("engines", repetitions, (OURS, RING), small, 15 * small,
                                {"what": "receive", "lines_per_second": 15 * small},
                                ("--scenario=rooms", f"--rooms={small}"))
        for repetition, subject in in_turns(repetitions, OURS, RING):
            yield self.login_step("engines", subject, repetition, big, {"what": "accept"})
        yield from self.fan_out("engines", repetitions, (OURS, RING), small, 100,
                                {"what": "send", "lines_per_second": 100})
        for repetition, subject in in_turns(max(1, repetitions // 2), OURS, RING):
            yield self.idle_step("engines", subject, repetition, big, {"what": "idle"})

    def cores(self):
        yield from self.fan_out("cores", max(1, self.scale.repetitions // 2), (OURS, TWO_THREADS), self.scale.big, 5,
                                {"lines_per_second": 5}, CLIENTS_ASLEEP)

    def tell(self):
        lines = 10e6 * self.scale.rate / self.scale.small
        yield from self.fan_out("tell", self.scale.plot_repetitions, (COALESCING, OURS), self.scale.small, lines,
                                {"lines_per_second": lines},
                                ("--scenario=tell-latency", "--tells_per_second=100"))

    def trickle(self):
        yield from self.fan_out("trickle", self.scale.plot_repetitions, (SEND_LOOP, OURS), 100, 50,
                                {"lines_per_second": 50}, ("--scenario=trickle", "--publishers=10"))

    def search(self):
        for step in self.fan_out("search", 1, (COALESCING, OURS), self.scale.small, 4000, {"lines_per_second": 4000},
                                 ("--scenario=search", "--p99_bound_ms=10", "--drain_deadline=3", *FOR_HIGH_LOADS),
                                 seconds=1.0):
            step.seconds = 40
            yield step

    def syscalls(self):
        for deliveries in (0.1e6, *bars.LATENCY_LOADS, bars.HIGHEST_LOAD):
            for step in self.at_rate("syscalls", 1, (COALESCING, OURS), self.scale.small, deliveries,
                                     flags_at(deliveries)):
                step.kind = "strace"
                yield step

    # The peers, on the same axes as we.

    def peers_cost(self):
        yield from self.fan_out("peers_cost", self.scale.repetitions, (SEND_LOOP, OURS, *self.peers), self.scale.small,
                                20, {"lines_per_second": 20})

    def peers_latency(self):
        for deliveries in (0.1e6, 0.3e6, 1e6, 3e6, 10e6):
            yield from self.at_rate("peers_latency", self.scale.plot_repetitions, (COALESCING, OURS, *self.peers),
                                    self.scale.small, deliveries, ("--drain_deadline=3",))

    def peers_idle(self):
        for recipients in (1000, 5000):
            for subject in (OURS, *self.peers):
                step = self.idle_step("peers_idle", subject, 0, recipients)
                if subject != "asynchat":
                    # Ten to a room: what everybody is told of everybody would take minutes.
                    step.flags.append(f"--rooms={recipients // 10}")
                elif recipients > 1000:
                    continue  # it has one room
                yield step


def plan(mode, peers=(), repetitions=None):
    """All steps of a mode, in order. `peers` are the names of those that are on this machine."""
    scale = SCALES[mode]
    if repetitions is not None:
        scale = dataclasses.replace(scale, repetitions=repetitions, big_repetitions=repetitions)
    planner = Planner(scale, peers)
    return [step for name in planner.scale.experiments for step in getattr(planner, name)()]
