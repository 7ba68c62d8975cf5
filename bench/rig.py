# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""What the bench's programs stand on: processes and what they use up, the backend, a source of configs (a real etcd, or
files), the daemon, and the load generator. Needs nothing but Python and the programs of this build.
"""
import base64
import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import workloads
from ports import free_port

TICKS = os.sysconf("SC_CLK_TCK")
PREFIX = "/config/inferflow/services/soak/model-config/config-map/"


def add_arguments(parser, in_flight, connections):
    """Of a program that loads the daemon."""
    for program, path in (("load", "load"), ("backend", "backend/backend"), ("proxy", "faults/proxy")):
        parser.add_argument("--" + program, default="bench/" + path, help="default: %(default)s")
    parser.add_argument("--inferd", default="host/inferd", help="default: %(default)s")
    parser.add_argument("--module-path", default="plugins", help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--in-flight", type=int, default=in_flight, help="calls at a time (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=connections, help="default: %(default)s")


def document(path, made_by, lines):
    """Puts lines between a file's marks, which name what makes them."""
    begin, end = f"<!-- {made_by}: begin -->\n", f"<!-- {made_by}: end -->\n"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"{path} lacks its marks, {begin.strip()} and {end.strip()}")
    head, rest = text.split(begin)
    with open(path, "w", encoding="utf-8") as file:
        file.write(head + begin + "\n" + "\n".join(lines) + "\n\n" + end + rest.split(end)[1])


class Process:
    """A program of the bench; stopped with the block it is made in."""

    def __init__(self, arguments, environment=None, **pipes):
        self.began = time.monotonic()
        self.process = subprocess.Popen(arguments, text=True, env=environment, **pipes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(45)  # longer than a drain
        except subprocess.TimeoutExpired:
            for pid in self.tree():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            sys.exit(f"{self.process.args[0]} had not ended 45 s after SIGTERM; it was killed, with its children")

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[0]} ended with status {self.process.wait()}")
        return line.strip()

    def ask(self, line):
        """What it answers to a line."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.line()

    def port(self):
        return int(self.line().removeprefix("listening "))

    def tree(self):
        """The process and all its descendants."""
        parents = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                parents[int(pid)] = int(stat(pid)[1])
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu_seconds(self):
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                total += sum(map(int, stat(pid)[11:13]))
        return total / TICKS

    def memory_mb(self, key):
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError), open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith(key + ":"))
        return round(total / 1024, 1)


def stat(pid):
    """/proc/PID/stat from the state on."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rsplit(")", 1)[1].split()


def children_of(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]
    return []


def wait_end(pidfd, seconds=60):
    """Of a process that need not be our child."""
    try:
        if not select.select([pidfd], [], [], seconds)[0]:
            sys.exit(f"a process that should have ended hasn't after {seconds} s")
    finally:
        os.close(pidfd)


class Backend(Process):
    """The feature store, the model server and the calculator, in this order."""

    def __init__(self, options):
        super().__init__([options.backend], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ports = [self.port() for _ in range(3)]

    def counts(self):
        """What was called since this was asked last."""
        return json.loads(self.ask(""))


class Member(Process):
    """One of an etcd."""

    def __init__(self, directory, name):
        self.name, self.directory = name, directory
        self.url, self.peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))

    def start(self, cluster):
        with open(os.path.join(self.directory, f"etcd-{self.name}.log"), "ab") as log:
            super().__init__(
                ["etcd", f"--name={self.name}", f"--data-dir={self.directory}/etcd-{self.name}",
                 f"--listen-client-urls={self.url}", f"--advertise-client-urls={self.url}",
                 f"--listen-peer-urls={self.peer}", f"--initial-advertise-peer-urls={self.peer}",
                 f"--initial-cluster={cluster}"], stdout=log, stderr=log)

    def healthy(self):
        if self.process.poll() is not None:
            sys.exit(f"etcd doesn't start: it ended with status {self.process.poll()}")
        try:
            with urllib.request.urlopen(self.url + "/health", timeout=5) as reply:
                return json.load(reply)["health"] == "true"
        except OSError:
            return False


class Etcd:
    """A real etcd of so many members, written to by its JSON gateway."""

    def __init__(self, directory, members=1):
        self.members = [Member(directory, name) for name in ("one", "two", "three")[:members]]
        self.cluster = ",".join(f"{m.name}={m.peer}" for m in self.members)
        self.arguments = ["--etcd-endpoints", ",".join(m.url for m in self.members)]
        self.puts = 0
        for member in self.members:
            member.start(self.cluster)
        self.wait_healthy()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for member in self.members:
            member.__exit__(*exc)

    def wait_healthy(self):
        deadline = time.monotonic() + 30
        while not all([member.healthy() for member in self.members]):
            if time.monotonic() > deadline:
                sys.exit("etcd isn't healthy after 30 s")
            time.sleep(0.01)

    def ask(self, path, body):
        """By the first member that answers; of several one will, when they have agreed on who leads."""
        alone = len(self.members) == 1
        deadline = time.monotonic() + 60
        while True:
            for member in self.members:
                request = urllib.request.Request(member.url + path, json.dumps(body).encode(),
                                                 {"Content-Type": "application/json"})
                try:
                    with urllib.request.urlopen(request, timeout=30 if alone else 3) as reply:
                        return json.load(reply)
                except OSError:
                    if alone or time.monotonic() > deadline:
                        raise
            time.sleep(0.05)

    def put(self, texts, prefix=PREFIX):
        """All at one revision; now and then those before are forgotten."""
        def encoded(text):
            return base64.b64encode(text.encode()).decode()

        done = self.ask("/v3/kv/txn", {"success": [
            {"request_put": {"key": encoded(prefix + name), "value": encoded(text)}} for name, text in texts.items()]})
        self.puts += 1
        if self.puts % 100 == 0:
            self.ask("/v3/kv/compaction", {"revision": done["header"]["revision"]})


class Files(contextlib.AbstractContextManager):
    """A directory; each file is replaced in one step."""

    def __init__(self, directory):
        self.directory = os.path.join(directory, "models")
        os.mkdir(self.directory)
        self.arguments = ["--config-dir", self.directory]

    def __exit__(self, *_):
        pass

    def put(self, texts):
        for name, text in texts.items():
            fresh = os.path.join(self.directory, ".new-" + name)
            workloads.save(fresh, text.encode())
            os.rename(fresh, os.path.join(self.directory, name + ".json"))


class Server(Process):
    """The daemon. start() again after it has ended: on the same port, with the same log."""

    def __init__(self, options, source, backend_ports, directory, arguments=(), environment=(), command=()):
        port = free_port()
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith(("ETCD_", "INFERD_", "EXTERNAL_SERVICE_", "NUMERIX_"))}
        self.environment.update(workloads.settings(backend_ports), APP_NAME="soak")
        self.environment.update(environment)
        self.arguments = [*command, options.inferd, *source.arguments, "--listen-address", "127.0.0.1", "--port", str(port),
                          "--workers", str(options.workers), "--module-path", options.module_path, *arguments]
        self.log = os.path.join(directory, "inferd.log")
        self.address = f"127.0.0.1:{port}"
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            super().__init__(self.arguments, self.environment, stderr=log)
        while not self.ready():
            time.sleep(0.01)

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=30) as reply:
            return reply.read().decode()

    def ready(self):
        if self.process.poll() is not None or time.monotonic() - self.began > 60:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                sys.exit(f"inferd isn't ready: {self.process.poll()}: {file.read()[-2000:]}")
        try:
            self.get("/health/ready")
            return True
        except OSError:
            return False

    def workers(self):
        """The processes that serve: children that last, not those that check configs."""
        found = []
        for pid in children_of(self.process.pid):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                if any(word.startswith("--worker-index") for word in file.read().split("\0")):
                    found.append(pid)
        return found

    def count_workers(self, wanted, seconds=10):
        """How many there are, once there are as many as are wanted, or after that time."""
        deadline = time.monotonic() + seconds
        while len(found := self.workers()) != wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(found)

    def metric(self, name):
        """Summed over its tags."""
        lines = re.findall(rf"^{name}(?:\{{.*\}})? ([0-9.e+]+)$", self.get("/metrics"), re.M)
        return sum(map(float, lines))

    def complaints(self):
        """The first lines of its log, which has errors only."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        return [f"it logged {len(lines)} errors: {' '.join(lines[:5])}"] if lines else []

    def end(self):
        """Tells it to end; what is wrong with how it does."""
        self.process.terminate()
        status = self.process.wait(60)
        return [f"it ended with {status} when it was told to"] if status else []


class Load(Process):
    """The load generator on a mix (see bench/load_mix.h)."""

    def __init__(self, options, server, mix, *more):
        super().__init__([options.load, "--address", server.address, "--mix", mix, "--connections",
                          str(options.connections), "--deadline-ms", "30000", *more], stdout=subprocess.PIPE)

    def finish(self, progress=None):
        """What it says at its end. 'progress' gets what it says meanwhile: seconds, calls, errors, wrong."""
        while not (line := self.line()).startswith("{"):
            if progress and line.startswith("at "):
                progress(*map(float, line.split()[1:]))
        return json.loads(line)


class Doing(threading.Thread):
    """Does something again and again while a block lasts; pause() says after how many seconds."""

    def __init__(self, action, pause):
        super().__init__()
        self.action, self.pause, self.over, self.failures = action, pause, threading.Event(), []

    def run(self):
        while not self.over.wait(self.pause()):
            try:
                self.action()
            except OSError as error:
                self.failures.append(f"etcd: {error}")
            except SystemExit as error:  # of what this block uses; in a thread nobody would hear of it
                self.failures.append(str(error))
                return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
