#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Loads inferd with a mix of everything for a long time, while its configs change every second, and judges: no call
failed, no reply was wrong, no worker died, and memory is flat. Configs come from a real etcd, where there is one. With
--faults things break meanwhile: then no reply was wrong, and each call that failed is explained by what was broken. Needs nothing but Python and the programs of this build.
"""
import argparse
import contextlib
import json
import os
import shutil
import sys
import time

import rig
from faults import faults
from mixed import Mixed, read_failures
from soak_memory import Memory


def main():
    options = parse()
    with Mixed(options, options.source, faulty=bool(options.faults)) as mixed:
        result = {"problems": mixed.settle()}
        result.update(soak(options, mixed))
        if not result["problems"]:
            result["problems"] += mixed.settle()
        result["problems"] += problems_of(mixed.server, result.get("faults"))
        result["problems"] += mixed.server.end()
        result["problems"] += complaints(mixed.server) if options.faults else mixed.server.complaints()
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"options": vars(options), **result}, file, indent=1)
    print(summary(result))
    if result["problems"]:
        sys.exit("soak: " + "; ".join(result["problems"]))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    rig.add_arguments(parser, in_flight=32, connections=8)
    parser.add_argument("--calls", type=int, default=0, help="end after so many (default: any number)")
    parser.add_argument("--seconds", type=float, default=120, help="at most (default: %(default)s)")
    parser.add_argument("--swap-seconds", type=float, default=1, help="between changes (default: %(default)s)")
    parser.add_argument("--faults", type=float, default=0, metavar="SECONDS",
                        help="something breaks every so many seconds: a worker, the master, a member of etcd (of three), the "
                        "backends, the network to one of them, or their replies; each call that fails must be explained by "
                        "such a fault, of its kind and in its time (default: nothing breaks, and no call may fail)")
    parser.add_argument("--source", choices=("etcd", "dir"), default="etcd" if shutil.which("etcd") else "dir",
                        help="of configs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of which models change, and what breaks (default: %(default)s)")
    parser.add_argument("--any-memory", action="store_true", help="don't judge memory: of a build with sanitizers, which keep "
                        "what is freed, or of a run that isn't about it")
    parser.add_argument("--keep", help="a directory for wrong replies")
    parser.add_argument("--json", default="bench/soak.json", help="default: %(default)s")
    return parser.parse_args()


class Breaking:
    """One fault after the other, each kind before one comes again; 'happened' has them."""

    def __init__(self, mixed):
        self.mixed, self.waiting, self.happened, self.problems = mixed, [], [], []
        self.began = time.monotonic()

    def until_next(self):
        return max(0, self.began + self.mixed.options.faults * (len(self.happened) + 1) - time.monotonic())

    def one(self):
        if not self.waiting:
            self.waiting = [f for f in faults.all_faults() if f.in_soak and f.fits(self.mixed)]
            self.mixed.configs.random.shuffle(self.waiting)
        self.judge_last()
        fault = self.waiting.pop()
        happened = faults.Happened(fault, self.mixed)
        self.happened.append(happened)
        time.sleep(fault.lasts)
        happened.mend(self.mixed)

    def judge_last(self):
        if self.happened:
            fault = self.happened[-1].fault
            self.problems += [f"{fault.name}: {problem}" for problem in fault.judge(self.mixed)]


def soak(options, mixed):
    more = ["--ms", str(int(options.seconds * 1000)), "--in-flight", str(options.in_flight), "--progress-ms", "1000"]
    if options.calls:
        more += ["--calls", str(options.calls)]
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
        more += ["--keep", options.keep]
    failures = os.path.join(mixed.directory, "failures")
    more += ["--failures", failures]
    if options.faults:
        more.append("--wait-for-ready")
    memory, configs, breaking = Memory(mixed.server), mixed.configs, Breaking(mixed)

    def progress(seconds, calls, errors, wrong):
        memory.sample(seconds, calls)
        show(seconds, calls, errors, wrong, configs, memory, breaking.happened)

    cpu = mixed.server.cpu_seconds()
    with contextlib.ExitStack() as stack:
        doing = [stack.enter_context(rig.Doing(configs.swap, lambda: options.swap_seconds))]
        if options.faults:
            doing.append(stack.enter_context(rig.Doing(breaking.one, breaking.until_next)))
        result = stack.enter_context(mixed.load(mixed.tasks, *more)).finish(progress)
    breaking.judge_last()
    result.update(swaps=configs.swaps, changes=configs.changes, memory=None if options.any_memory else memory.judge(), samples=memory.samples,
                  cpu_us=round((mixed.server.cpu_seconds() - cpu) * 1e6 / max(1, result["total"]), 1))
    result["problems"] = [failure for one in doing for failure in one.failures] + breaking.problems
    if options.faults:
        result["faults"], left = account(read_failures(failures), breaking.happened)
        result["unexplained"] = sum(f.calls for f in left)
        result["problems"] += [f"unexplained: {f}, {since(f, breaking.happened)}" for f in left[:5]]
    judge(result, configs)
    return result


def account(failures, happened):
    """What each kind of fault has cost, and the failures that none explains."""
    kinds = {}
    for one in happened:
        kinds.setdefault(one.fault.name, {"times": 0, "failed": 0})["times"] += 1
    left = []
    for failure in failures:
        culprit = next((one for one in reversed(happened) if one.explains(failure)), None)
        if culprit:
            kinds[culprit.fault.name]["failed"] += failure.calls
        else:
            left.append(failure)
    return kinds, left


def since(failure, happened):
    """For whoever looks for its cause."""
    before = [one for one in happened if one.begun < failure.ended]
    if not before:
        return "before any fault"
    return f"{failure.begun - before[-1].begun:.2f} to {failure.ended - before[-1].begun:.2f} s after: {before[-1].fault.name}"


def show(seconds, calls, errors, wrong, configs, memory, happened):
    broken = f"{len(happened)} faults  " if happened else ""
    text = (f"{seconds:5.0f} s  {calls:9.0f} calls  {errors:.0f} failed  {wrong:.0f} wrong  {configs.swaps} swaps  {broken}"
            f"{memory.samples[-1][2] if memory.samples else 0:.1f} MB")
    if sys.stderr.isatty():
        print("\r" + text, end="", file=sys.stderr, flush=True)
    elif round(seconds) % 30 == 0:
        print(text, file=sys.stderr, flush=True)


def judge(result, configs):
    problems = result["problems"]
    if result["errors"] and "faults" not in result:
        problems.append(f"{result['errors']} calls failed, the first: {result['first_error']}")
    if result["mismatches"]:
        wrong = {task["name"]: task["wrong"] for task in result["tasks"] if task["wrong"]}
        problems.append(f"wrong replies: {wrong}")
    if configs.swaps >= (100 if "faults" in result else 10):  # faults may take all of the time that one stands
        unseen = [task["name"] for task in result["tasks"] if task["calls"] > 1000 and not all(task["seen"]) and "cancelled" not in task["name"]]
        if unseen:
            problems.append(f"a config was never seen in replies: {unseen}")
    # Of workers that are killed now and then memory tells nothing.
    if result["memory"] and not result["memory"]["flat"] and "faults" not in result:
        problems.append("memory grows")


def complaints(server):
    """Lines of its log that tell of a worker that ended otherwise than by being killed, or of a sanitizer's."""
    with open(server.log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    bad = [line for line in lines if not line.startswith("{") or ('"worker_died"' in line and "SIGKILL" not in line)]
    return [f"it logged: {' '.join(bad[:5])}"] if bad else []


def problems_of(server, broken):
    """What the daemon's own counters say, now that nothing runs."""
    found = []
    for name in ["inferd_runs_in_flight"] + ["inferd_workers_died_total"] * (not broken):
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
    if "faults" in result:
        text = text.replace("; memory ", f", {result['unexplained']} without a fault that explains it")
        return "\n".join([text, *(f"  {one['times']:4} x  {name}: {one['failed']} calls failed"
                                  for name, one in sorted(result["faults"].items()))])
    if memory is None:
        return text + "not judged: it was too short for that, or nobody wants to know"
    return text + (f"{memory['level_mb']} MB, {memory['grown_mb']:+} MB in {memory['seconds']} s ({memory['bytes_a_call']:+} "
                   f"bytes a call): {'flat' if memory['flat'] else 'it grows'}")


if __name__ == "__main__":
    main()
