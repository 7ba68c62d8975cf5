#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Asks inferd, and the floor (make bench), for several times what each can do, and says what is left of its speed.

First 16 requests at a time, each followed by the next: that rate is called the peak, that p99 normal. Then so many times
the peak's rate, whatever becomes of the calls, each timed from when it was due. "served" is the share of the peak that
got a reply in that time, "x normal" the p99 of those replies as a multiple of normal. The load generator and the backends
share the machine: "answered" is the share of what was to be asked that got a reply or a refusal, and where inferd's is
small, the figures say more of the generator. The floor refuses nobody: it is what a server without a limit does.
"""
import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import rig
import run
import workloads


def main():
    options = parse()
    with contextlib.ExitStack() as stack:
        directory = tempfile.mkdtemp(prefix="inferd-overload-")
        stack.callback(shutil.rmtree, directory)
        backend = stack.enter_context(rig.Backend(options))
        rows = []
        for name in options.workloads.split(","):
            rows += measure(options, workloads.all_workloads()[name], directory, backend)
    print("workload server  peak/s   p99 ms   asked/s  answered  served/s   served   p99 ms  x normal  refused/s")
    for row in rows:
        print("{workload:8} {server:6} {peak:7.0f} {normal:8.1f}  {asked:8.0f} {answered:9.0%}  {rate:8.0f} {served:8.0%} "
              "{late:8.1f} {times:9.1f}  {refused:9.0f}".format(**row))
    if options.document:
        document(options.document, rows)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": run.machine(), "rows": rows}, file, indent=1)
    wrong = [row["problem"] for row in rows if row["problem"]]
    if wrong:
        sys.exit("overload: " + "; ".join(wrong))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    rig.add_arguments(parser, 16, 8)
    parser.add_argument("--floor", default="bench/floor/floor", help="default: %(default)s")
    parser.set_defaults(workers=os.cpu_count())
    parser.add_argument("--workloads", default="w1,w2,w3", help="default: %(default)s")
    parser.add_argument("--times", type=float, default=3, help="the peak's rate (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of both, by turns (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="of each (default: %(default)s)")
    parser.add_argument("--json", default="bench/overload.json", help="default: %(default)s")
    parser.add_argument("--document", help="a Markdown file whose table, between its marks, is replaced by this run's")
    return parser.parse_args()


def load(options, workload, directory, server, *more):
    base = os.path.join(directory, workload.name)
    command = [options.load, "--address", server.address, "--request", base + ".request", "--expect", base + ".reply",
               "--connections", str(options.connections),
               "--warmup-ms", "1000", "--ms", str(int(options.seconds * 1000)), *more]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


def measure(options, workload, directory, backend):
    workload.write(directory, backend.ports)
    rounds = {name: [] for name in run.SERVERS}
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(start(options, workload, directory, backend))
                   for name, start in run.SERVERS.items()}
        for _ in range(options.rounds):
            for name, server in servers.items():
                peak = load(options, workload, directory, server, "--in-flight", str(options.in_flight))
                rate = int(options.times * peak["rps"])
                over = load(options, workload, directory, server, "--in-flight", "20000", "--rate", str(rate))
                rounds[name].append((peak, over))
    return [summary(workload.name, name, options.times, of) for name, of in rounds.items()]


def summary(workload, server, times, rounds):
    def median(of):
        return statistics.median(of(peak, over) for peak, over in rounds)

    row = {"workload": workload, "server": server, "peak": median(lambda peak, _: peak["rps"]),
           "normal": median(lambda peak, _: peak["p99_us"] / 1000),
           "asked": median(lambda peak, _: peak["rps"] * times),
           "rate": median(lambda _, over: over["rps"]), "late": median(lambda _, over: over["p99_us"] / 1000),
           "served": median(lambda peak, over: over["rps"] / peak["rps"]),
           "times": median(lambda peak, over: over["p99_us"] / peak["p99_us"]),
           "refused": median(lambda _, over: over["refused"] / over["seconds"]),
           "answered": median(lambda peak, over: (over["requests"] + over["refused"]) / over["seconds"] / (times * peak["rps"])),
           "problem": ""}
    bad = [result for both in rounds for result in both if result["errors"] or result["mismatches"]]
    if bad and server == "inferd":
        row["problem"] = f"{workload}: {bad[0]['errors']} errors ({bad[0]['first_error']}), " \
                         f"{bad[0]['mismatches']} wrong replies"
    return row


def document(path, rows):
    """Puts the figures between a file's marks."""
    lines = [run.where(), "",
             "| workload | server | peak/s | normal p99, ms | asked/s | answered | served | p99, ms | x normal | refused/s |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    lines += ["| {workload} | {server} | {peak:.0f} | {normal:.1f} | {asked:.0f} | {answered:.0%} | {served:.0%} | {late:.1f} | "
              "{times:.1f} | {refused:.0f} |".format(**row) for row in rows]
    rig.document(path, "make bench-overload-document", lines)


if __name__ == "__main__":
    main()
