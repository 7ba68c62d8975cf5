#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Serves very many models while many of them change each second, and judges: no call failed, no reply was wrong, only
what changed was compiled, no worker died, memory is flat. Configs come from a real etcd. Three kinds of rounds take
turns: quiet ones; ones in which as much is written to keys that aren't read from, so that etcd and who writes take
their share of the machine; and ones with changes. What changes cost the server's callers is the last next to the second.
"""
import argparse
import contextlib
import copy
import json
import os
import shutil
import statistics
import sys
import tempfile
import time

import rig
import workloads
from soak_memory import Memory

KINDS = ("quiet", "elsewhere", "changes")  # the last writes last: see settle()
ELSEWHERE = rig.PREFIX.replace("/soak/", "/another/")


def main():
    options = parse()
    with contextlib.ExitStack() as stack:
        directory = tempfile.mkdtemp(prefix="inferd-churn-")
        stack.callback(shutil.rmtree, directory)
        backend = stack.enter_context(rig.Backend(options))
        etcd = stack.enter_context(rig.Etcd(directory))
        etcd.arguments += ["--state-dir", os.path.join(directory, "state")]
        models = Models(options, etcd)
        began = time.monotonic()
        server = stack.enter_context(rig.Server(options, etcd, backend.ports, directory))
        result = {"start_ms": round((time.monotonic() - began) * 1000), "rounds": [], "problems": []}
        mix = models.write_mix(directory)
        memory = Memory(server)
        for i in range(options.rounds):
            for kind in KINDS:
                result["rounds"].append({"kind": kind, **load(options, server, mix, models.writing(kind), memory)})
        judge(result, options, server, models, memory)
        result["problems"] += server.end() + server.complaints()
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"options": vars(options), **result}, file, indent=1)
    print(summary(result, options))
    if result["problems"]:
        sys.exit("churn: " + "; ".join(result["problems"]))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    rig.add_arguments(parser, in_flight=4, connections=4)
    parser.add_argument("--models", type=int, default=2000, help="default: %(default)s")
    parser.add_argument("--changes", type=float, default=50, help="a second (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=30, help="of a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="of each kind (default: %(default)s)")
    parser.add_argument("--rate", type=int, default=0, help="calls a second; 0, the default: as many as can be")
    parser.add_argument("--json", default="bench/churn.json", help="default: %(default)s")
    return parser.parse_args()


class Models:
    """Copies of one model, each with something in it that may change without changing a reply."""

    def __init__(self, options, etcd):
        self.etcd, self.count, self.changes, self.changes_elsewhere = etcd, options.models, 0, 0
        self.workload = workloads.all_workloads()["w1"]
        self.config = self.workload.config()
        for first in range(0, self.count, 100):
            etcd.put({f"m{i}": self.text(0) for i in range(first, min(first + 100, self.count))})

    def text(self, version):
        config = copy.deepcopy(self.config)
        config["component_config"]["cache_ttl"] = 300 + version
        return json.dumps(config)

    def change(self):
        """One after the other, so that each has been changed before one is again."""
        self.changes += 1
        self.etcd.put({f"m{self.changes * 7 % self.count}": self.text(self.changes)})

    def change_elsewhere(self):
        self.changes_elsewhere += 1
        i = self.changes_elsewhere
        self.etcd.put({f"m{i * 7 % self.count}": self.text(i)}, ELSEWHERE)

    def writing(self, kind):
        return {"quiet": None, "elsewhere": self.change_elsewhere, "changes": self.change}[kind]

    def write_mix(self, directory):
        """Calls of eight of them."""
        path = os.path.join(directory, "mix")
        lines = []
        _, reply = self.workload.solve()
        for i in range(8):
            workload = copy.copy(self.workload)
            workload.name = f"m{i * self.count // 8}"
            for name, data in (("request", workload.request()), ("reply", reply)):
                workloads.save(os.path.join(directory, f"{workload.name}.{name}"), data)
            lines.append(f"{workload.name} 1 /Predict/InferPointWise 0 {directory}/{workload.name}.request "
                         f"{directory}/{workload.name}.reply\n")
        workloads.save(path, "".join(lines).encode())
        return path


def load(options, server, mix, write, memory):
    """One round, with something written meanwhile, or nothing."""
    began, written, cpu = time.monotonic(), 0, server.cpu_seconds()

    def until_next():
        return max(0, began + (written + 1) / options.changes - time.monotonic())

    def write_next():
        nonlocal written
        write()
        written += 1

    def progress(_, calls, *__):
        memory.sample(time.monotonic(), calls)

    with contextlib.ExitStack() as stack:
        changing = stack.enter_context(rig.Doing(write_next, until_next)) if write else None
        process = stack.enter_context(rig.Load(options, server, mix, "--in-flight", str(options.in_flight), "--warmup-ms",
                                               "1000", "--ms", str(int(options.seconds * 1000)), "--progress-ms", "1000",
                                               "--rate", str(options.rate)))
        result = process.finish(progress)
    result.update(written=written, problems=changing.failures if changing else [],
                  cpu_seconds=round(server.cpu_seconds() - cpu, 2))
    return result


def judge(result, options, server, models, memory):
    for one in result["rounds"]:
        result["problems"] += one["problems"]
        if one["errors"]:
            result["problems"].append(f"{one['errors']} calls failed, the first: {one['first_error']}")
        if one["mismatches"]:
            result["problems"].append(f"{one['mismatches']} wrong replies")
    if memory.samples:
        first = memory.samples[0][0]
        memory.samples = [(t - first, *rest) for t, *rest in memory.samples]
    result["memory"] = memory.judge()
    if result["memory"] and not result["memory"]["flat"]:
        result["problems"].append("memory grows")
    revision = models.etcd.ask("/v3/kv/range", {"key": "AA=="})["header"]["revision"]
    config = settle(server, int(revision))
    result["generations"] = config["generation"]
    result["compiled"] = int(server.metric("inferd_config_models_compiled_total"))
    most = options.workers * (options.models + models.changes)
    if not options.workers * options.models <= result["compiled"] <= most:
        result["problems"].append(f"{result['compiled']} configs were compiled, {most} at most were new")
    if config["counts"]["serving"] != options.models or config["counts"]["refused"]:
        result["problems"].append(f"it serves {config['counts']}")
    if server.metric("inferd_workers_died_total"):
        result["problems"].append("a worker died")


def settle(server, revision):
    """What it shows when all workers have the last change; nothing else tells when that is."""
    while True:
        config = json.loads(server.get("/config"))
        if all(worker["revision"] == revision for worker in config["workers"]):
            return config


def summary(result, options):
    lines = [f"churn: {options.models} models served {result['start_ms']} ms after the start; "
             f"{result['generations']} generations, {result['compiled']} configs compiled by {options.workers} workers"]
    for kind in KINDS:
        rounds = [one for one in result["rounds"] if one["kind"] == kind]
        lines.append(f"  {kind:9} {sum(r['requests'] for r in rounds):8} calls  {sum(r['errors'] for r in rounds)} failed  "
                     + "  ".join(f"{key} {statistics.median(r[key] for r in rounds):.0f}"
                                 for key in ("rps", "p50_us", "p99_us", "max_us")) +
                     f"  {sum(r['written'] for r in rounds)} written")
    return "\n".join(lines + [f"  memory {result['memory']}"])


if __name__ == "__main__":
    main()
