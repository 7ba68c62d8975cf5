#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Loads inferd with a mix of everything for a long time, while its configs change every second, and judges: no call
failed, no reply was wrong, no worker died, and memory is flat. Configs come from a real etcd, where there is one.
Needs nothing but Python and the programs of this build.
"""
import argparse
import base64
import contextlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import run
import soak_models
import workloads
from soak_memory import Memory

PREFIX = "/config/inferflow/services/soak/model-config/config-map/"


def main():
    options = parse()
    with contextlib.ExitStack() as stack:
        directory = tempfile.mkdtemp(prefix="inferd-soak-")
        stack.callback(shutil.rmtree, directory)
        backend = stack.enter_context(run.Backend(options))
        source = (Etcd if options.source == "etcd" else Files)(directory)
        stack.enter_context(source)
        configs = Configs(source, options.seed)
        server = stack.enter_context(Server(options, source, backend, directory))
        tasks = write_tasks(directory)
        settle(options, directory, server, tasks, configs)
        result = soak(options, directory, server, tasks, configs)
        if not result["problems"]:
            settle(options, directory, server, tasks, configs)
        result["problems"] += problems_of(server)
        server.process.terminate()
        if server.process.wait(60) != 0:
            result["problems"].append(f"it ended with {server.process.returncode} when it was told to")
        result["problems"] += server.complaints()
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"options": vars(options), **result}, file, indent=1)
    print(summary(result))
    if result["problems"]:
        sys.exit("soak: " + "; ".join(result["problems"]))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for program, path in (("load", "load"), ("backend", "backend/backend")):
        parser.add_argument("--" + program, default="bench/" + path, help="default: %(default)s")
    parser.add_argument("--inferd", default="host/inferd", help="default: %(default)s")
    parser.add_argument("--module-path", default="plugins", help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--calls", type=int, default=0, help="end after so many (default: any number)")
    parser.add_argument("--seconds", type=float, default=120, help="at most (default: %(default)s)")
    parser.add_argument("--in-flight", type=int, default=32, help="calls at a time (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--swap-seconds", type=float, default=1, help="between changes (default: %(default)s)")
    parser.add_argument("--source", choices=("etcd", "dir"), default="etcd" if shutil.which("etcd") else "dir",
                        help="of configs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of which models change (default: %(default)s)")
    parser.add_argument("--keep", help="a directory for wrong replies")
    parser.add_argument("--json", default="bench/soak.json", help="default: %(default)s")
    return parser.parse_args()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Etcd(run.Process):
    """A real etcd, written to by its JSON gateway."""

    def __init__(self, directory):
        self.url, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.log = open(os.path.join(directory, "etcd.log"), "wb")
        super().__init__(
            ["etcd", "--name=one", f"--data-dir={directory}/etcd", f"--listen-client-urls={self.url}",
             f"--advertise-client-urls={self.url}", f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
             f"--initial-cluster=one={peer}"], stdout=self.log, stderr=self.log)
        self.arguments = ["--etcd-endpoints", self.url]
        self.puts = 0
        while not self.healthy():
            time.sleep(0.01)

    def healthy(self):
        if self.process.poll() is not None or time.monotonic() - self.began > 30:
            sys.exit(f"soak: etcd doesn't start: {self.process.poll()}")
        try:
            with urllib.request.urlopen(self.url + "/health", timeout=5) as reply:
                return json.load(reply)["health"] == "true"
        except OSError:
            return False

    def ask(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def put(self, texts):
        """All at one revision; now and then those before are forgotten."""
        def encoded(text):
            return base64.b64encode(text.encode()).decode()

        done = self.ask("/v3/kv/txn", {"success": [
            {"request_put": {"key": encoded(PREFIX + name), "value": encoded(text)}} for name, text in texts.items()]})
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


class Configs:
    """Which of its two configs each model has."""

    def __init__(self, source, seed):
        self.source, self.random = source, random.Random(seed)
        self.models = {name: [json.dumps(one) for one in both] for name, both in soak_models.all_models().items()}
        self.now = {name: 0 for name in self.models}
        self.swaps = self.changes = 0
        self.put(self.models)

    def put(self, names):
        self.source.put({name: self.models[name][self.now[name]] for name in names})

    def swap(self):
        """Changes some models at once."""
        chosen = self.random.sample(sorted(self.models), self.random.randint(1, len(self.models)))
        for name in chosen:
            self.now[name] ^= 1
        self.put(chosen)
        self.swaps += 1
        self.changes += len(chosen)


class Server(run.Process):
    def __init__(self, options, source, backend, directory):
        port = free_port()
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("ETCD_", "INFERD_", "EXTERNAL_SERVICE_", "NUMERIX_"))}
        environment.update(workloads.settings(backend.ports), APP_NAME="soak")
        self.log = os.path.join(directory, "inferd.log")
        with open(self.log, "wb") as log:
            super().__init__([options.inferd, *source.arguments, "--listen-address", "127.0.0.1", "--port", str(port),
                              "--workers", str(options.workers), "--module-path", options.module_path], environment,
                             stderr=log)
        self.address = f"127.0.0.1:{port}"
        while not self.ready():
            time.sleep(0.01)

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=30) as reply:
            return reply.read().decode()

    def ready(self):
        if self.process.poll() is not None or time.monotonic() - self.began > 60:
            sys.exit(f"soak: inferd isn't ready: {self.process.poll()}")
        try:
            self.get("/health/ready")
            return True
        except OSError:
            return False

    def metric(self, name):
        """Summed over its tags."""
        lines = re.findall(rf"^{name}(?:\{{.*\}})? ([0-9.e+]+)$", self.get("/metrics"), re.M)
        return sum(map(float, lines))


    def complaints(self):
        """The first lines of its log, which has errors only."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        return [f"it logged {len(lines)} errors: {' '.join(lines[:5])}"] if lines else []


def write_tasks(directory):
    tasks = soak_models.all_tasks()
    for task in tasks:
        task.files = []
        for i, data in enumerate((task.request, *task.rights)):
            task.files.append(os.path.join(directory, f"{task.name}.{i}"))
            workloads.save(task.files[-1], data)
    return tasks


def load(options, directory, server, tasks, *more):
    """Starts the load generator on those tasks."""
    mix = os.path.join(directory, "mix")
    workloads.save(mix, "".join(
        f"{task.name} {task.weight} {task.path} {task.status} {' '.join(task.files)}\n" for task in tasks).encode())
    return run.Process([options.load, "--address", server.address, "--mix", mix, "--warmup-ms", "0", "--connections",
                        str(options.connections), "--deadline-ms", "30000", *more], stdout=subprocess.PIPE)


def finish(process):
    """What load says at its end."""
    while not (line := process.line()).startswith("{"):
        pass
    return json.loads(line)


def settle(options, directory, server, tasks, configs):
    """Waits until every worker serves what is configured now, and nothing else."""
    current = []
    for task in tasks:
        if task.model and task.status == soak_models.OK:
            one = soak_models.Task(task.name, 1, task.path, task.request, model=task.model)
            one.files = [task.files[0], task.files[1 + configs.now[task.model]]]
            current.append(one)
    deadline = time.monotonic() + 60
    while True:
        with load(options, directory, server, current, "--calls", str(20 * len(current)), "--ms", "60000") as process:
            result = finish(process)
        if result["errors"] == result["mismatches"] == 0:
            return
        if time.monotonic() > deadline:
            sys.exit(f"soak: inferd doesn't come to serve what is configured: {json.dumps(result)}")


def soak(options, directory, server, tasks, configs):
    more = ["--ms", str(int(options.seconds * 1000)), "--in-flight", str(options.in_flight), "--progress"]
    if options.calls:
        more += ["--calls", str(options.calls)]
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
        more += ["--keep", options.keep]
    memory, over = Memory(server), threading.Event()
    failures = []

    def swap():
        while not over.wait(options.swap_seconds):
            try:
                configs.swap()
            except OSError as error:
                failures.append(f"etcd: {error}")

    cpu = server.cpu_seconds()
    with load(options, directory, server, tasks, *more) as process:
        swapper = threading.Thread(target=swap)
        swapper.start()
        try:
            while not (line := process.line()).startswith("{"):
                if line.startswith("at "):
                    seconds, calls, errors, wrong = map(float, line.split()[1:])
                    memory.sample(seconds, calls)
                    show(seconds, calls, errors, wrong, configs, memory)
        finally:
            over.set()
            swapper.join()
    result = json.loads(line)
    result.update(swaps=configs.swaps, changes=configs.changes, memory=memory.judge(), samples=memory.samples,
                  cpu_us=round((server.cpu_seconds() - cpu) * 1e6 / max(1, result["total"]), 1))
    result["problems"] = failures + judge(result, configs)
    return result


def show(seconds, calls, errors, wrong, configs, memory):
    text = (f"{seconds:5.0f} s  {calls:9.0f} calls  {errors:.0f} failed  {wrong:.0f} wrong  {configs.swaps} swaps  "
            f"{memory.samples[-1][2] if memory.samples else 0:.1f} MB")
    if sys.stderr.isatty():
        print("\r" + text, end="", file=sys.stderr, flush=True)
    elif round(seconds) % 30 == 0:
        print(text, file=sys.stderr, flush=True)


def judge(result, configs):
    problems = []
    if result["errors"]:
        problems.append(f"{result['errors']} calls failed, the first: {result['first_error']}")
    if result["mismatches"]:
        wrong = {task["name"]: task["wrong"] for task in result["tasks"] if task["wrong"]}
        problems.append(f"wrong replies: {wrong}")
    if configs.swaps >= 10:
        unseen = [task["name"] for task in result["tasks"] if task["calls"] > 1000 and not all(task["seen"]) and "cancelled" not in task["name"]]
        if unseen:
            problems.append(f"a config was never seen in replies: {unseen}")
    if result["memory"] and not result["memory"]["flat"]:
        problems.append("memory grows")
    return problems


def problems_of(server):
    """What the daemon's own counters say, now that nothing runs."""
    found = []
    for name in ("inferd_workers_died_total", "inferd_runs_in_flight"):
        value = server.metric(name)
        if value:
            found.append(f"{name} is {value:.0f}")
    refused = [name for name, model in json.loads(server.get("/config")).get("models", {}).items()
               if isinstance(model, dict) and model.get("refused")]
    if refused:
        found.append(f"refused: {refused}")
    return found


def summary(result):
    text = (f"soak: {result['total']} calls in {result['seconds']:.0f} s ({result['rps']:.0f}/s, p50 {result['p50_us']} µs, "
            f"p99 {result['p99_us']} µs, {result['cpu_us']} µs of CPU each), {result['swaps']} swaps of "
            f"{result['changes']} configs: {result['errors']} failed, {result['mismatches']} wrong; memory ")
    memory = result["memory"]
    if memory is None:
        return text + "not judged: it was too short for that"
    return text + (f"{memory['level_mb']} MB, {memory['grown_mb']:+} MB in {memory['seconds']} s ({memory['bytes_a_call']:+} "
                   f"bytes a call): {'flat' if memory['flat'] else 'it grows'}")


if __name__ == "__main__":
    main()
