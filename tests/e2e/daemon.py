# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The daemon for tests: started on a free port from the build tree, ended with SIGTERM, its exit status checked.
#
#     with Daemon(config_dir, sandbox) as daemon:
#         daemon.predict(request)                  # the reply, or grpc.RpcError
#         daemon.get("/health/self")               # (status, body)
#         daemon.wait_log("generation")            # the next line of that event
import json
import os
import queue
import re
import shlex
import signal
import subprocess
import threading
import urllib.error
import urllib.request

import grpc

import protos

BUILD = os.environ["builddir"]
PROGRAM = os.path.join(BUILD, "host", "inferd")
MODULES = os.path.join(BUILD, "plugins")
WORKERS = os.environ.get("TEST_WORKERS", "2")
VALGRIND = shlex.split(os.environ.get("VALGRIND", ""))  # what to run it with (make check-valgrind)


def of_check(*names):
    """A file of the build directory that "make" doesn't build, but "make check" does."""
    path = os.path.join(BUILD, *names)
    assert os.path.exists(path), f"{path} isn't built: \"make check TESTS=\" builds what the tests need"
    return path


def sanitizers(more):
    """The environment in which sanitizers do this, too, beside what "make check" tells them."""
    return {name: f"{os.environ.get(name, '')}:{more}" for name in ("ASAN_OPTIONS", "TSAN_OPTIONS")}


def backends(sandbox):
    """The environment an Inferflow deployment has, with the sandbox behind it."""
    onfs, kserve, numerix = (sandbox.address(s).rsplit(":", 1) for s in ("onfs", "kserve", "numerix"))
    return {
        "EXTERNAL_SERVICE_ONFS_FS_HOST": onfs[0],
        "EXTERNAL_SERVICE_ONFS_FS_PORT": onfs[1],
        "EXTERNAL_SERVICE_ONFS_FS_DEAD_LINE": "60000",
        "EXTERNAL_SERVICE_PREDATOR_PORT": kserve[1],
        "NUMERIX_CLIENT_V1_HOST": numerix[0],
        "NUMERIX_CLIENT_V1_PORT": numerix[1],
        "NUMERIX_CLIENT_V1_DEADLINE_MS": "60000",
    }


class Daemon:
    def __init__(self, config_dir=None, sandbox=None, options=(), env=None, workers=WORKERS, modules=MODULES,
                 state=""):
        if VALGRIND:  # to the master, its own program is valgrind, so that it can't start workers
            workers = 0
        self.command = [*VALGRIND, PROGRAM, "--port=0", "--listen-address=127.0.0.1", f"--workers={workers}",
                        f"--module-path={modules}", f"--state-dir={state}"]
        if config_dir:
            self.command.append(f"--config-dir={config_dir}")
        self.command += options
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("ETCD_", "EXTERNAL_", "NUMERIX_", "APP_"))}
        self.env.update(backends(sandbox) if sandbox else {})
        self.env.update(env or {})
        self.lines = queue.Queue()
        self.seen = []
        self.early = []  # of these, what may still be waited for
        self.channel = None

    def run(self):
        """Starts it, but doesn't wait until it serves."""
        self.process = subprocess.Popen(self.command, env=self.env, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()

    def start(self):
        self.run()
        listening = self.wait_log("listening")
        # A master's threads may have read and published before it comes to say so; a single process always has.
        self.early = self.seen[:-1] if listening.get("process") == "master" else []
        self.port = int(re.search(r"port (\d+)", listening["message"])[1])
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=[("grpc.use_local_subchannel_pool", 1)])
        return self

    def read_log(self):
        for line in self.process.stderr:
            try:
                self.lines.put(json.loads(line))
            except ValueError:
                self.lines.put({"event": "not JSON", "message": line})
        self.lines.put(None)

    def wait_log(self, event, timeout=60, **fields):
        """The next log line of that event with those fields; what comes before is kept in 'seen'."""
        while True:
            line = self.early.pop(0) if self.early else self.next_line(timeout)
            if line.get("event") == event and all(line.get(k) == v for k, v in fields.items()):
                return line

    def next_line(self, timeout):
        line = self.lines.get(timeout=timeout)
        assert line is not None, f"{self.command} ended with {self.process.wait()}: {self.seen}"
        self.seen.append(line)
        return line

    def stop(self):
        if self.channel:
            self.channel.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        status = self.stop()
        self.reader.join()
        while not self.lines.empty():
            self.seen.append(self.lines.get())
        assert status == 0, self.seen
        # A worker's status is not the daemon's, but how it ended is here, and what a sanitizer says of it.
        drained = [i for i, line in enumerate(self.seen) if line and line["event"] == "drain"]
        if drained:
            crashed = [line["message"] for line in self.seen[drained[0]:] if line and line["event"] == "worker_died"]
            assert not any(re.search("SIG(SEGV|ABRT|BUS|ILL|FPE)", line) for line in crashed), crashed
        found = [line["message"] for line in self.seen if line and line["event"] == "not JSON"]
        assert not any("Sanitizer" in line or "runtime error:" in line for line in found), "".join(found)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=30) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def call(self, method, request, reply, **options):
        serialize = (lambda b: b) if isinstance(request, bytes) else type(request).SerializeToString
        fn = self.channel.unary_unary(method, request_serializer=serialize, response_deserializer=reply.FromString)
        return fn(request, timeout=options.pop("timeout", 30), **options)

    def predict(self, request, **options):
        return self.call("/Predict/InferPointWise", request, protos.load("predict").PointWiseResponse, **options)

    def score(self, request, **options):
        reply = protos.load("inferflow").InferflowResponseProto
        return self.call("/Inferflow/RetrieveModelScore", request, reply, **options)


class Follower(Daemon):
    """One whose configs come from etcd: it is there when each worker has what etcd said first, however late that was."""

    def start(self):
        super().start()
        until(lambda: all(w["generation"] for w in json.loads(self.get("/config")[1])["workers"]))
        return self


def status_of(call, *args, **options):
    """The code and message of a call that must fail."""
    try:
        call(*args, **options)
    except grpc.RpcError as error:
        return error.code(), error.details()
    raise AssertionError("the call succeeded")


def metric(daemon, name, **labels):
    """The sum of a metric's samples that have these labels; many have none until there is something to count."""
    total = 0
    with open(os.path.join(os.environ["srcdir"], "docs", "metrics.md"), encoding="utf-8") as documented:
        assert name.removesuffix("_total") in documented.read().replace(".", "_"), f"there is no metric {name}"
    for line in daemon.get("/metrics")[1].splitlines():
        if line.startswith((name + " ", name + "{")) and all(f'{key}="{value}"' in line for key, value in labels.items()):
            total += float(line.rsplit(" ", 1)[1])
    return total


def until(look):
    """Looks until it is anything true, and returns it: workers take what the master says some time after it is said. The
    one that was to say it may be one that dies."""
    while True:
        try:
            if seen := look():
                return seen
        except (ConnectionError, urllib.error.URLError):
            pass
