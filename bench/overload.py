#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Asks inferd for several times what it can do, and says what is left of its speed.

First 16 requests at a time, each followed by the next: that rate is called the peak, that p99 normal. Then so many times
the peak's rate, whatever becomes of the calls, each timed from when it was due. "served" is the share of the peak that
got a reply, "p99" that of those replies as a multiple of normal. The load generator and the backends share the machine;
where it could not ask for as much as it should ("made" is the share that it did), the figures say more of it than of inferd.
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
        rows = [measure(options, workloads.all_workloads()[name], directory, backend)
                for name in options.workloads.split(",")]
    print("workload   peak/s   p99 ms   asked/s  served/s   served   p99 ms      p99   refused/s   made")
    for row in rows:
        print("{workload:8} {peak:8.0f} {normal:8.1f}  {asked:8.0f}  {rate:8.0f} {served:7.0%}  {late:7.1f}  {times:5.1f} x  "
              "{refused:9.0f} {made:6.0%}".format(**row))
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": run.machine(), "rows": rows}, file, indent=1)
    wrong = [row["problem"] for row in rows if row["problem"]]
    if wrong:
        sys.exit("overload: " + "; ".join(wrong))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    rig.add_arguments(parser, 16, 8)
    parser.set_defaults(workers=os.cpu_count())
    parser.add_argument("--workloads", default="w2,w3", help="default: %(default)s")
    parser.add_argument("--times", type=float, default=3, help="the peak's rate (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of both, by turns (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="of each (default: %(default)s)")
    parser.add_argument("--json", default="bench/overload.json", help="default: %(default)s")
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
    rounds = []
    with run.Inferd(options, workload, directory, backend) as server:
        for _ in range(options.rounds):
            peak = load(options, workload, directory, server, "--in-flight", str(options.in_flight))
            asked = options.times * peak["rps"]
            rounds.append((peak, load(options, workload, directory, server, "--in-flight", "20000",
                                      "--rate", str(int(asked)))))

    def median(of):
        return statistics.median(of(peak, over) for peak, over in rounds)

    row = {"workload": workload.name, "peak": median(lambda peak, _: peak["rps"]),
           "normal": median(lambda peak, _: peak["p99_us"] / 1000),
           "asked": median(lambda peak, _: peak["rps"] * options.times),
           "rate": median(lambda _, over: over["rps"]), "late": median(lambda _, over: over["p99_us"] / 1000),
           "served": median(lambda peak, over: over["rps"] / peak["rps"]),
           "times": median(lambda peak, over: over["p99_us"] / peak["p99_us"]),
           "refused": median(lambda _, over: over["refused"] / over["seconds"]), "made": median(lambda peak, over: (over["requests"] + over["refused"]) / over["seconds"] / peak["rps"] / options.times),
           "problem": ""}
    bad = [result for both in rounds for result in both if result["errors"] or result["mismatches"]]
    if bad:
        row["problem"] = f"{workload.name}: {bad[0]['errors']} errors ({bad[0]['first_error']}), " \
                         f"{bad[0]['mismatches']} wrong replies"
    return row


if __name__ == "__main__":
    main()
