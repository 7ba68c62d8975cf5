#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Measures inferd against the floor, a bare proxy that makes the same calls on the same gRPC library, both by turns in
one run so that the machine's drift hits both. Prints a table and writes all figures as JSON.

CPU is that of the server's whole process tree; 'x floor' is the median over the rounds of its ratio to the floor in the
same round. Every reply is compared with the right one. Needs nothing but Python and the programs of this build.
"""
import argparse
import contextlib
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import rig
import workloads
from ports import free_port
from rig import Backend, Process


def main():
    options = parse()
    known = workloads.all_workloads()
    unknown = [name for name in options.workloads.split(",") if name not in known]
    if unknown:
        sys.exit(f"bench: no workload {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in options.workloads.split(",")]
    if options.only_floor:
        subjects = ["floor"]
    else:
        subjects = ["floor", "inferd"]
        missing = [path for path in (options.inferd, *options.module_path.split(":")) if not os.path.exists(path)]
        if missing:
            sys.exit(f"bench: {', '.join(missing)}: not there; build inferd, or measure the floor with --only-floor")
    rows = []
    with contextlib.ExitStack() as stack:
        directory = tempfile.mkdtemp(prefix="inferd-bench-")
        stack.callback(shutil.rmtree, directory)
        backend = stack.enter_context(Backend(options))
        for workload in chosen:
            rows += measure(options, workload, directory, backend, subjects)
    before = {}
    if options.against:
        with open(options.against, encoding="utf-8") as file:
            before = {(row["workload"], row["server"]): row for row in json.load(file)["rows"]}
    print(table(rows, before))
    if options.document:
        document(options.document, rows)
    result = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine(),
              "options": {key: value for key, value in vars(options).items() if value is not None}, "rows": rows}
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    print(f"\nAll figures: {options.json}")
    wrong = [f"{row['workload']} {row['server']}: {problem}" for row in rows for problem in row["problems"]]
    if wrong:
        sys.exit("bench: " + "; ".join(wrong))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for program, path in (("load", "load"), ("backend", "backend/backend"), ("floor", "floor/floor")):
        parser.add_argument("--" + program, default="bench/" + path, help="default: %(default)s")
    parser.add_argument("--inferd", default="host/inferd", help="default: %(default)s")
    parser.add_argument("--module-path", default="plugins", help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=1, help="inferd's (default: 1, as the floor has one thread)")
    parser.add_argument("--only-floor", action="store_true", help="measure no inferd")
    parser.add_argument("--workloads", default="w0,w1,w2,w3,w4", help="default: %(default)s")
    parser.add_argument("--in-flight", type=int, default=16, help="requests at a time (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    add_length(parser, 2)
    parser.add_argument("--json", default="bench/results.json", help="default: %(default)s")
    parser.add_argument("--document", help="a Markdown file whose table, between its marks, is replaced by this run's")
    parser.add_argument("--against", help="results of an earlier build to compare with")
    return parser.parse_args()


class Floor(Process):
    def __init__(self, options, workload, directory, _backend):
        base = os.path.join(directory, workload.name)
        super().__init__([options.floor, "--reply", base + ".reply",
                          "--calls", base + ".calls"], stdout=subprocess.PIPE)
        self.address = f"127.0.0.1:{self.port()}"
        self.start_ms = (time.monotonic() - self.began) * 1000


class Inferd(Process):
    def __init__(self, options, _workload, directory, backend, more=()):
        port = free_port()
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("ETCD_", "INFERD_", "EXTERNAL_SERVICE_", "NUMERIX_"))}
        environment.update(workloads.settings(backend.ports))
        super().__init__([options.inferd, "--state-dir=", "--config-dir", os.path.join(directory, "models"),
                          "--listen-address", "127.0.0.1", "--port", str(port),
                          "--workers", str(options.workers), "--module-path", options.module_path, *more], environment)
        self.address = f"127.0.0.1:{port}"
        while not self.listens(port):
            time.sleep(0.001)
        self.start_ms = (time.monotonic() - self.began) * 1000

    def listens(self, port):
        if self.process.poll() is not None:
            sys.exit(f"bench: inferd ended with status {self.process.returncode} before it listened")
        if time.monotonic() - self.began > 20:
            sys.exit("bench: inferd doesn't listen after 20 s")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0


SERVERS = {"floor": Floor, "inferd": Inferd}


def add_length(parser, seconds):
    """How long a round takes."""
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=float, default=seconds, help="of each round (default: %(default)s)")
    length.add_argument("--calls", type=int, help="of each round, however long they take")


def load(options, workload, directory, server, backend, more=()):
    """Loads a server for a round; what load says, with the server's CPU and the backend's calls per request."""
    base = os.path.join(directory, workload.name)
    length = ["--calls", str(options.calls), "--ms", "3600000"] if options.calls else ["--ms", str(int(options.seconds * 1000))]
    command = [options.load, "--address", server.address, "--request", base + ".request", "--expect", base + ".reply",
               "--in-flight", str(options.in_flight), "--warmup-ms", "300", *length, *more]
    backend.counts()
    with Process(command, stdout=subprocess.PIPE) as process:
        process.line()  # begin
        before = server.cpu_seconds()
        process.line()  # end
        cpu = server.cpu_seconds() - before
        result = json.loads(process.line())
    counts = backend.counts().values()
    for key in ("calls", "request_bytes", "reply_bytes"):
        result[key] = sum(count[key] for count in counts) / max(1, result["total"])
    result["cpu_us"] = cpu * 1e6 / max(1, result["requests"])
    return result


def measure(options, workload, directory, backend, names):
    workload.write(directory, backend.ports)
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(SERVERS[name](options, workload, directory, backend)) for name in names}
        rows = {name: {"workload": workload.name, "server": name, "start_ms": round(server.start_ms, 1),
                       "idle_rss_mb": server.memory_mb("VmRSS"), "rounds": []} for name, server in servers.items()}
        for _ in range(options.rounds):
            for name, server in servers.items():
                rows[name]["rounds"].append(load(options, workload, directory, server, backend))
        for name, server in servers.items():
            rows[name]["peak_rss_mb"] = server.memory_mb("VmHWM")
            summarize(rows[name], rows["floor"])
        return list(rows.values())


def summarize(row, floor):
    """Adds the medians of the rounds, and what went wrong in any."""
    rounds = row["rounds"]
    for key in ("cpu_us", "rps", "p50_us", "p99_us", "calls", "request_bytes", "reply_bytes"):
        row[key] = round(statistics.median(r[key] for r in rounds), 1)
    ratios = [mine["cpu_us"] / max(theirs["cpu_us"], 1e-9) for mine, theirs in zip(rounds, floor["rounds"])]
    row["x_floor"] = round(statistics.median(ratios), 2)
    row["problems"] = []
    if not all(r["requests"] for r in rounds):
        row["problems"].append("a round without a reply")
    if sum(r["errors"] for r in rounds):
        first = next(r["first_error"] for r in rounds if r["errors"])
        row["problems"].append(f"{sum(r['errors'] for r in rounds)} errors, the first: {first}")
    if sum(r["mismatches"] for r in rounds):
        row["problems"].append(f"{sum(r['mismatches'] for r in rounds)} wrong replies")


def table(rows, before):
    columns = [("workload", "{workload}"), ("server", "{server}"), ("CPU µs/req", "{cpu_us:.1f}"),
               ("x floor", "{x_floor:.2f}"), ("req/s", "{rps:.0f}"), ("p50 µs", "{p50_us:.0f}"),
               ("p99 µs", "{p99_us:.0f}"), ("calls", "{calls:.2f}"), ("KB sent", "{sent_kb:.1f}"),
               ("KB got", "{got_kb:.1f}"), ("idle MB", "{idle_rss_mb:.1f}"), ("peak MB", "{peak_rss_mb:.1f}"),
               ("start ms", "{start_ms:.0f}")]
    if before:
        columns.insert(4, ("was", "{was}"))
    lines = [[title for title, _ in columns]]
    for row in rows:
        was = before.get((row["workload"], row["server"]))
        extra = {"sent_kb": row["request_bytes"] / 1000, "got_kb": row["reply_bytes"] / 1000,
                 "was": f"{was['x_floor']:.2f}" if was else "-"}
        lines.append([form.format(**row, **extra) for _, form in columns])
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.ljust(width) if i < 2 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))) for line in lines)


def document(path, rows):
    """Puts the figures between a file's marks."""
    where = machine()
    lines = [f"{time.strftime('%Y-%m-%d', time.gmtime())}, {where['cores']} cores ({where['cpu']}), Linux "
             f"{where['kernel']}; server, backends and load share them.", "",
             "| workload | server | CPU µs/request | x floor | requests/s | p50 µs | p99 µs | calls | peak MB |",
             "|---|---|---|---|---|---|---|---|---|"]
    lines += ["| {workload} | {server} | {cpu_us:.0f} | {x_floor:.2f} | {rps:.0f} | {p50_us:.0f} | {p99_us:.0f} | {calls:.1f} | "
              "{peak_rss_mb:.0f} |".format(**row) for row in rows]
    rig.document(path, "make bench-document", lines)


def machine():
    model = platform.processor()
    with contextlib.suppress(OSError, StopIteration), open("/proc/cpuinfo", encoding="ascii") as file:
        model = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release()}


if __name__ == "__main__":
    main()
