# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Faults that can happen to a daemon that serves (mixed.Mixed, faulty), each with what a call may fail with because of it,
and until when. A fault for which nothing is given may fail no call at all.
"""
import os
import re
import signal
import time

import rig

OK, CANCELLED, DEADLINE, EXHAUSTED, INTERNAL, UNAVAILABLE = 0, 1, 4, 8, 13, 14
ROUTES = ("feature store", "model server", "calculator")

# What a client's own connection says when its other end has gone.
CONNECTION = (r"^(?!component ).*(Socket closed|[Cc]onnection reset|recvmsg|Broken pipe|GOAWAY|end of TCP stream|EOF|"
              r"failed to connect|draining)")
# What gRPC says of calls that reach a server between its goodbye and the client's reading of it.
DRAIN = ((CANCELLED, "^(?!component )"), (UNAVAILABLE, CONNECTION))
# What a component says of a backend: of all a request's rows, or of those that it concerns.
COMPONENT = r"(feature store|model \S+|expression \S+) (on )?\S+: "


class Fault:
    name = promise = ""
    lasts = 2.0           # seconds until it is mended
    grace = 2.0           # and until nothing may fail for it any more
    excuses = ()          # (status, what the message says)
    in_soak = True
    own_daemon = False    # with what setup() says

    def missing(self, options):
        """What this machine lacks for it, or None."""
        del options

    def setup(self, options):
        """What its daemon is made with; see mixed.Mixed."""
        del options
        return {}

    def fits(self, mixed):
        """Whether it can happen there."""
        del mixed
        return True

    def begin(self, mixed):
        """Makes it happen."""

    def mend(self, mixed):
        """Ends it; returns when whoever is outside of the daemon is whole again."""

    def judge(self, mixed):
        """What it should have done and hasn't, when all is over; texts."""
        del mixed
        return ()

    def measured(self, mixed):
        """A figure of its own; a text."""
        del mixed
        return ""


def of_backends(*words):
    """Excuses of a fault of a backend: the step failed, or rows did. RetrieveModelScore can't say of rows."""
    return ((OK, "^lame: "),) + tuple((status, COMPONENT + word) for word in words for status in (OK, DEADLINE, EXHAUSTED, INTERNAL, UNAVAILABLE))


class WorkerKilled(Fault):
    name = "kill -9 of a worker"
    promise = "only calls that it had fail; a new one comes by itself"
    lasts = 0
    excuses = ((UNAVAILABLE, CONNECTION),)

    def begin(self, mixed):
        workers = mixed.server.workers()
        os.kill(mixed.configs.random.choice(workers), signal.SIGKILL)

    def judge(self, mixed):
        if mixed.server.count_workers(mixed.options.workers) != mixed.options.workers:
            yield f"there are {len(mixed.server.workers())} workers"


class MasterKilled(Fault):
    name = "kill -9 of the master"
    promise = "workers finish what they have, and exit; the next master serves on the same port"
    lasts = 0
    excuses = DRAIN

    def begin(self, mixed):
        self.ends = [os.pidfd_open(pid) for pid in mixed.server.workers()]
        mixed.server.process.kill()
        mixed.server.process.wait()

    def mend(self, mixed):
        began = time.monotonic()
        for end in self.ends:
            rig.wait_end(end)
        self.seconds = time.monotonic() - began
        mixed.server.start()

    def measured(self, mixed):
        return f"its workers had ended {1000 * self.seconds:.0f} ms later"


class MemberKilled(Fault):
    name = "kill -9 of a member of etcd"
    promise = "no call fails, and changes go on going live"

    def fits(self, mixed):
        return isinstance(mixed.source, rig.Etcd) and len(mixed.source.members) > 1

    def begin(self, mixed):
        self.member = mixed.configs.random.choice(mixed.source.members)
        self.member.process.kill()
        self.member.process.wait()

    def mend(self, mixed):
        self.member.start(mixed.source.cluster)
        mixed.source.wait_healthy()


class MembersKilled(Fault):
    name = "kill -9 of all members of etcd"
    promise = "no call fails; what was configured last is served, and what comes after it is taken"
    in_soak = False

    def begin(self, mixed):
        for member in mixed.source.members:
            member.process.kill()
        for member in mixed.source.members:
            member.process.wait()

    def mend(self, mixed):
        for member in mixed.source.members:
            member.start(mixed.source.cluster)
        mixed.source.wait_healthy()


class BackendsKilled(Fault):
    name = "kill -9 of the backends, in mid-reply"
    promise = "calls that need them fail at once, saying which it was; none once they are back"
    excuses = of_backends("UNAVAILABLE", "INTERNAL", "CANCELLED")

    def begin(self, mixed):
        mixed.backend.process.kill()
        mixed.backend.process.wait()

    def mend(self, mixed):
        mixed.replace_backend()


class OfRoute(Fault):
    """A fault of the network to one of the backends."""
    command = ""

    def begin(self, mixed):
        mixed.proxy.ask(self.command.format(mixed.configs.random.randrange(len(ROUTES))))

    def mend(self, mixed):
        mixed.proxy.ask("pass *")


class Blackhole(OfRoute):
    name = "a backend that nothing reaches any more"
    promise = "calls that need it fail within its deadline (2 s), others don't notice"
    command, lasts = "hole {}", 3.0
    excuses = of_backends("DEADLINE_EXCEEDED", "UNAVAILABLE")


class Slow(OfRoute):
    name = "a backend at 80 kB/s"
    promise = "calls that need it fail within its deadline (2 s) or are right, others don't notice"
    command, lasts = "slow {} 50", 3.0
    excuses = of_backends("DEADLINE_EXCEEDED", "UNAVAILABLE")


class Reset(OfRoute):
    name = "connections to a backend that are reset"
    promise = "only calls on them fail"
    command, lasts, grace = "reset {}", 0, 1.0
    excuses = of_backends("UNAVAILABLE", "INTERNAL", "CANCELLED")


class CutMidReply(OfRoute):
    name = "connections to a backend that end in mid-reply"
    promise = "only calls on them fail, and none sees half a reply"
    command, lasts = "cut {} 1000", 1.0
    excuses = of_backends("UNAVAILABLE", "INTERNAL", "CANCELLED")


class Spoiled(Fault):
    word = ""
    lasts, grace = 1.0, 1.0

    def begin(self, mixed):
        mixed.backend.ask(self.word)

    def mend(self, mixed):
        mixed.backend.ask("plain")


class Truncated(Spoiled):
    name = "replies of backends that lack their last byte"
    promise = "refused, saying whose it was; no value of them is used"
    word = "cut"
    excuses = of_backends(".*")


class Oversized(Spoiled):
    name = "replies of backends of 65 MiB"
    promise = "refused, saying whose it was, or cut short by their deadline; calls are right as soon as it ends"
    word = "swell"
    excuses = of_backends("RESOURCE_EXHAUSTED", "UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED")
    grace = 3.0

    def begin(self, mixed):
        self.before = mixed.server.memory_mb("VmHWM")
        super().begin(mixed)

    def measured(self, mixed):
        return f"the most memory it had has grown by {mixed.server.memory_mb('VmHWM') - self.before:.0f} MB"


class Refusing(Spoiled):
    name = "backends that answer UNAVAILABLE"
    promise = "passed on, saying whose it was"
    word = "refuse"
    excuses = of_backends("UNAVAILABLE")


def all_faults():
    return [WorkerKilled(), MasterKilled(), MemberKilled(), MembersKilled(), BackendsKilled(), Blackhole(), Slow(), Reset(),
            CutMidReply(), Truncated(), Oversized(), Refusing()]


class Happened:
    """A fault in its time."""

    def __init__(self, fault, mixed):
        self.fault = fault
        self.begun = time.monotonic()
        fault.begin(mixed)
        self.mended = None

    def mend(self, mixed):
        self.fault.mend(mixed)
        self.mended = time.monotonic()

    def explains(self, failure):
        if failure.ended < self.begun or (self.mended and failure.begun > self.mended + self.fault.grace):
            return False
        return any(failure.status == status and re.search(words, failure.detail) for status, words in self.fault.excuses)


def unexplained(failures, happened):
    return [f for f in failures if not any(h.explains(f) for h in happened)]
