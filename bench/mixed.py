# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon that serves a mix of everything while its configs change: what the soak and the faults' suite have in common.
Replies are compared to the byte, and each call that fails is written down with the time it took.
"""
import contextlib
import json
import os
import random
import shutil
import tempfile
import time

import rig
import soak_models
import workloads


class Configs:
    """Which of its two configs each model has."""

    def __init__(self, source, seed, deadline_ms):
        self.source, self.random = source, random.Random(seed)
        self.models = {name: [self.text(one, deadline_ms) for one in both] for name, both in soak_models.all_models().items()}
        self.now = {name: 0 for name in self.models}
        self.swaps = self.changes = 0
        self.put(self.models)

    @staticmethod
    def text(config, deadline_ms):
        for component in config["component_config"]["predator_components"]:
            component["deadline"] = deadline_ms
        return json.dumps(config)

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


class Mixed(contextlib.ExitStack):
    """Backends, a source, the daemon, and what it is asked. 'faulty': backends behind a network that can be broken, and
    three members of etcd; 'environment' is the daemon's, 'command' makes what it is started by of its directory of states,
    and with 'clock' its clock can be set."""

    def __init__(self, options, source, faulty=False, environment=(), command=None, clock=False):
        super().__init__()
        self.options, self.proxy = options, None
        self.directory = tempfile.mkdtemp(prefix="inferd-mixed-")
        self.callback(shutil.rmtree, self.directory)
        self.clock_file = os.path.join(self.directory, "clock")
        with contextlib.ExitStack() as failing:
            failing.push(self)
            self.backend = self.enter_context(rig.Backend(options))
            ports = self.backend.ports
            if faulty:
                self.proxy = self.enter_context(Proxy(options, ports))
                ports = self.proxy.ports
            deadline = 2000 if faulty else 5000
            self.source = self.enter_context(
                rig.Files(self.directory) if source == "dir" else rig.Etcd(self.directory, 3 if faulty else 1))
            self.configs = Configs(self.source, options.seed, deadline)
            environment = {"EXTERNAL_SERVICE_ONFS_FS_DEAD_LINE": str(deadline),
                           "NUMERIX_CLIENT_V1_DEADLINE_MS": str(deadline), **dict(environment)}
            if clock:
                self.set_clock(0)
                environment["CLOCK_FILE"] = self.clock_file
            self.state = os.path.join(self.directory, "state")
            os.mkdir(self.state)
            self.server = self.enter_context(rig.Server(
                options, self.source, ports, self.directory, ["--state-dir", self.state], environment,
                command(self.state) if command else ()))
            self.tasks = self.write_tasks()
            failing.pop_all()

    def write_tasks(self):
        tasks = soak_models.all_tasks()
        for task in tasks:
            task.files = []
            for i, data in enumerate((task.request, *task.rights)):
                task.files.append(os.path.join(self.directory, f"{task.name}.{i}"))
                workloads.save(task.files[-1], data)
            if self.proxy and task.lame:
                workloads.save(os.path.join(self.directory, f"{task.name}.lame"), task.lame)
                task.files.append("~" + os.path.join(self.directory, f"{task.name}.lame"))
        return tasks

    def load(self, tasks, *more):
        mix = os.path.join(self.directory, "mix")
        workloads.save(mix, "".join(
            f"{task.name} {task.weight} {task.path} {task.status} {' '.join(task.files)}\n" for task in tasks).encode())
        return rig.Load(self.options, self.server, mix, "--warmup-ms", "0", *more)

    def settle(self, seconds=60):
        """Until every worker serves what is configured now, and nothing else; what is wrong when it never does."""
        current = []
        for task in self.tasks:
            if task.model and task.status == soak_models.OK:
                one = soak_models.Task(task.name, 1, task.path, task.request, model=task.model)
                one.files = [task.files[0], task.files[1 + self.configs.now[task.model]]]
                current.append(one)
        deadline = time.monotonic() + seconds
        while True:
            with self.load(current, "--calls", str(20 * len(current)), "--ms", "60000") as process:
                result = process.finish()
            if result["errors"] == result["mismatches"] == 0:
                return []
            if time.monotonic() > deadline:
                return [f"it doesn't come to serve what is configured: {json.dumps(result)}"]

    def set_clock(self, seconds):
        """Of a daemon that has tests/e2e/clock.c preloaded."""
        workloads.save(self.clock_file + ".new", str(seconds).encode())
        os.rename(self.clock_file + ".new", self.clock_file)

    def replace_backend(self):
        """After its end: one on other ports, for connections that come."""
        self.backend = self.enter_context(rig.Backend(self.options))
        for i, port in enumerate(self.backend.ports):
            self.proxy.ask(f"port {i} {port}")


class Proxy(rig.Process):
    """The network to the backends (bench/faults/proxy.c)."""

    def __init__(self, options, ports):
        super().__init__([options.proxy, *map(str, ports)], stdin=rig.subprocess.PIPE, stdout=rig.subprocess.PIPE)
        self.ports = [self.port() for _ in ports]


class Failure:
    """Calls of one task that failed alike and at about the same time."""

    def __init__(self, line):
        self.task, calls, begun, ended, status, self.detail = (line.rstrip("\n").split(" ", 5) + [""])[:6]
        self.calls, self.begun, self.ended, self.status = int(calls), float(begun), float(ended), int(status)  # -1: wrong

    def __str__(self):
        return f"{self.calls} of {self.task}: {self.status} {self.detail}"


def read_failures(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [Failure(line) for line in file]
