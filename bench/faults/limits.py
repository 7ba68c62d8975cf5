# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Faults of what the daemon stands on: its clock, its disk, descriptors and memory that it may not have, and a start
without its source. Each has a daemon of its own.
"""
import contextlib
import os
import re
import resource
import socket
import subprocess
import time

from faults.faults import CONNECTION, DRAIN, UNAVAILABLE, Fault


class Limit(Fault):
    own_daemon, in_soak = True, False


class Clock(Limit):
    name = "the clock put a day forward, then a year back"
    promise = "no call fails, and changes go on going live"
    lasts = 1.0

    def missing(self, options):
        return None if os.path.exists(options.clock) else f"{options.clock} isn't built: make check TESTS= builds it"

    def setup(self, options):
        # A sanitizer wants to be loaded first, and can do without.
        return {"environment": {"LD_PRELOAD": os.path.abspath(options.clock),
                                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"},
                "clock": True}

    def begin(self, mixed):
        mixed.set_clock(86400)

    def mend(self, mixed):
        mixed.set_clock(-365 * 86400)


class DiskFull(Limit):
    name = "no space for the last good configs"
    promise = "no call fails, and changes go on going live; it says so, and what is on disk stays whole"
    lasts = 7.0 # it writes every 5 s at most

    @staticmethod
    def command(state):
        return ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=256k none "{state}" && exec "$@"', "sh"]

    def missing(self, options):
        del options
        done = subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True, text=True)
        return done.stderr.strip() if done.returncode else None

    def setup(self, options):
        return {"command": self.command}

    def path(self, mixed, name=""):
        return f"/proc/{mixed.server.process.pid}/root{mixed.state}/{name}"

    def kept(self, mixed):
        with open(self.path(mixed, self.file), "rb") as file:
            return file.read()

    def begin(self, mixed):
        self.file = next(name for name in os.listdir(self.path(mixed)) if not name.startswith("."))
        self.before = mixed.server.metric("inferd_last_good_failed_total")
        with contextlib.suppress(OSError), open(self.path(mixed, ".filler"), "wb", buffering=0) as file:
            while True:
                file.write(bytes(512))
        self.content = self.kept(mixed)

    def mend(self, mixed):
        self.failed = mixed.server.metric("inferd_last_good_failed_total") - self.before
        self.whole = self.kept(mixed) == self.content
        os.unlink(self.path(mixed, ".filler"))

    def judge(self, mixed):
        if not self.failed:
            yield "it tells of no failure to write"
        if not self.whole:
            yield "what was on disk is not what it was"

    def measured(self, mixed):
        return f"{self.failed:.0f} failures to write were told"


def set_limit(pids, kind, value):
    """The soft one; what it was."""
    return {pid: (kind, resource.prlimit(pid, kind, (value, resource.prlimit(pid, kind)[1]))) for pid in pids}


def set_back(limits):
    for pid, (kind, before) in limits.items():
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, kind, before)


def highest_descriptor(pid):
    return max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))


def try_connection(address, seconds):
    """"answered", "ended" or "waiting": what becomes of a new connection."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        try:
            connection.sendall(b"GET /health/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return "answered" if connection.recv(4096).startswith(b"HTTP/1.1 200") else "ended"
        except TimeoutError:
            return "waiting"
        except OSError:
            return "ended"


class MastersDescriptors(Limit):
    name = "a master without a descriptor left"
    promise = "connections that are there go on; new ones wait, and are taken as soon as there are some"

    def begin(self, mixed):
        pid = mixed.server.process.pid
        self.limits = set_limit([pid], resource.RLIMIT_NOFILE, highest_descriptor(pid) + 1)
        self.became = [try_connection(mixed.server.address, 0.3) for _ in range(8)]

    def mend(self, mixed):
        set_back(self.limits)
        self.then = try_connection(mixed.server.address, 20)

    def judge(self, mixed):
        del mixed
        if self.then != "answered":
            yield f"a connection that comes when all is well again isn't answered: {self.then}"

    def measured(self, mixed):
        return counted("new connections", self.became)


class Crowd(Limit):
    name = "300 connections that stay, for 160 descriptors"
    promise = "connections that are there go on, and changes go on going live; new ones are served when others have gone"

    def setup(self, options):
        return {"command": lambda state: ["sh", "-c", 'ulimit -n 160 && exec "$@"', "sh"]}

    def begin(self, mixed):
        host, port = mixed.server.address.split(":")
        self.crowd = [socket.create_connection((host, int(port)), timeout=5) for _ in range(300)]
        for one in self.crowd:
            with contextlib.suppress(OSError):
                one.sendall(b"GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n")

    def mend(self, mixed):
        self.became = [self.outcome(one) for one in self.crowd]
        for one in self.crowd:
            one.close()
        self.then = try_connection(mixed.server.address, 20)

    @staticmethod
    def outcome(connection):
        connection.setblocking(False)
        try:
            return "answered" if connection.recv(4096).startswith(b"HTTP/1.1 200") else "ended"
        except BlockingIOError:
            return "waiting"
        except OSError:
            return "ended"

    def judge(self, mixed):
        if self.then != "answered":
            yield f"a connection that comes when all is well again isn't answered: {self.then}"
        if mixed.server.metric("inferd_workers_died_total"):
            yield "a worker died"

    def measured(self, mixed):
        return counted("connections", self.became)


def counted(what, outcomes):
    counts = {word: outcomes.count(word) for word in sorted(set(outcomes))}
    return f"of {len(outcomes)} {what} " + ", ".join(f"{n} {word}" for word, n in counts.items())


class AddressSpace(Limit):
    name = "a worker that gets no memory any more"
    promise = "at most its calls fail; it is replaced"
    excuses = ((UNAVAILABLE, CONNECTION), (0, "memory"), (8, "memory"),
               (8, "a required component failed"), (13, "memory"))
    lasts = 3.0

    def begin(self, mixed):
        self.pid = mixed.server.workers()[0]
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
            size = int(re.search(r"VmSize:\s+(\d+)", file.read())[1]) * 1024
        self.limits = set_limit([self.pid], resource.RLIMIT_AS, size)

    def mend(self, mixed):
        set_back(self.limits)

    def judge(self, mixed):
        if mixed.server.count_workers(mixed.options.workers) != mixed.options.workers:
            yield "a worker is missing"

    def measured(self, mixed):
        return "it was replaced" if self.pid not in mixed.server.workers() else "it lived on"


class StartAlone(Limit):
    name = "a restart while etcd is away"
    promise = "it serves what was good last; what etcd says is taken when it is back"
    excuses = DRAIN
    lasts = 1.0

    def begin(self, mixed):
        for member in mixed.source.members:
            member.process.kill()
            member.process.wait()
        mixed.server.process.terminate()
        mixed.server.process.wait()
        began = time.monotonic()
        mixed.server.start()
        self.seconds = time.monotonic() - began

    def mend(self, mixed):
        for member in mixed.source.members:
            member.start(mixed.source.cluster)
        mixed.source.wait_healthy()

    def measured(self, mixed):
        return f"it served {1000 * self.seconds:.0f} ms after its start"


def all_limits():
    return [Clock(), DiskFull(), MastersDescriptors(), Crowd(), AddressSpace(), StartAlone()]
