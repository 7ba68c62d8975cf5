#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Measures what it costs to be asked who calls, and to speak TLS: the same requests in plain, with a token, over TLS, and
both, by turns in one run so that the machine's drift hits all. "x plain" is the median over the rounds of the CPU's ratio
to plain in the same round; CPU is that of the server's whole process tree. Connections are kept, as clients keep them;
what they cost themselves comes last, over HTTP.
Needs openssl and the programs of this build.
"""
import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import handshakes
import rig
import run
import workloads
from ports import free_port


def main():
    options = parse()
    with contextlib.ExitStack() as stack:
        directory = tempfile.mkdtemp(prefix="inferd-guarded-")
        stack.callback(shutil.rmtree, directory)
        backend = stack.enter_context(rig.Backend(options))
        chosen = [workloads.all_workloads()[name] for name in options.workloads.split(",")]
        rows = [row for workload in chosen for row in measure(options, workload, directory, backend)]
        connections = measure_connections(options, chosen[0], directory, backend)
    print("workload  way           CPU us/req  x plain    req/s   p50 us   p99 us")
    for row in rows:
        print("{workload:8}  {way:12}  {cpu_us:10.1f}  {x_plain:7.2f}  {rps:7.0f}  {p50_us:7.0f}  {p99_us:7.0f}".format(**row))
    print("connection   CPU us/req  x plain")
    for row in connections:
        print("{way:11}  {cpu_us:10.1f}  {x_plain:7.2f}".format(**row))
    if options.document:
        document(options.document, rows, connections)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": run.machine(), "rows": rows, "connections": connections}, file, indent=1)
    wrong = [f"{row['workload']} {row['way']}: {row['problem']}" for row in rows if row["problem"]]
    if wrong:
        sys.exit("guarded: " + "; ".join(wrong))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    rig.add_arguments(parser, 16, 8)
    parser.add_argument("--inferctl", default="tools/inferctl/inferctl", help="default: %(default)s")
    parser.add_argument("--workloads", default="w0,w1,w3", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    run.add_length(parser, 1)
    parser.add_argument("--json", default="bench/guarded.json", help="default: %(default)s")
    parser.add_argument("--document", help="a Markdown file whose table, between its marks, is replaced by this run's")
    return parser.parse_args()


def make_certificate(directory):
    """A server's, which is its own CA."""
    cert, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=bench", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return cert, key


def make_token(options, directory):
    """A token, and an access file with it among nine others."""
    path, token = os.path.join(directory, "access"), None
    with open(path, "w", encoding="ascii") as file:
        for i in range(10):
            told = subprocess.run([options.inferctl, "token", f"caller-{i}", "--models=*", "--tenants=*"], check=True,
                                  capture_output=True, text=True).stdout
            file.write(re.search(r"^\S+ sha256:.*$", told, re.M)[0] + "\n")
            token = re.search(r"^inferd_[0-9a-f]+$", told, re.M)[0]
    return token, path


class Way:
    """How a server is asked."""

    def __init__(self, server, address, *more):
        self.server, self.address, self.more = server, address, more

    def cpu_seconds(self):
        return self.server.cpu_seconds()


def measure(options, workload, directory, backend):
    workload.write(directory, backend.ports)
    cert, key = make_certificate(directory)
    token, access = make_token(options, directory)
    ports = free_port(), free_port()
    tls = [["--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key] for port in ports]
    with run.Inferd(options, workload, directory, backend, tls[0]) as everybody, \
            run.Inferd(options, workload, directory, backend, [*tls[1], "--access-file", access]) as known:
        ways = {"plain": Way(everybody, everybody.address),
                "token": Way(known, known.address, "--token", token),
                "TLS": Way(everybody, f"127.0.0.1:{ports[0]}", "--ca", cert),
                "TLS, token": Way(known, f"127.0.0.1:{ports[1]}", "--ca", cert, "--token", token)}
        rounds = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, way in ways.items():
                rounds[name].append(run.load(options, workload, directory, way, backend, way.more))
    return [summarize(workload, name, rounds[name], rounds["plain"]) for name in ways]


def measure_connections(options, workload, directory, backend):
    cert, key = make_certificate(directory)
    port = free_port()
    with run.Inferd(options, workload, directory, backend,
                    ["--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key]) as server:
        return handshakes.measure(server, server.address, f"127.0.0.1:{port}", cert, options.rounds)


def summarize(workload, way, rounds, plain):
    row = {"workload": workload.name, "way": way, "rounds": rounds, "problem": None}
    for key in ("cpu_us", "rps", "p50_us", "p99_us"):
        row[key] = statistics.median(one[key] for one in rounds)
    row["x_plain"] = statistics.median(mine["cpu_us"] / max(theirs["cpu_us"], 1e-9) for mine, theirs in zip(rounds, plain))
    failed = [one for one in rounds if one["errors"] or one["mismatches"] or not one["requests"]]
    if failed:
        row["problem"] = f"{failed[0]['errors']} errors ({failed[0].get('first_error')}), {failed[0]['mismatches']} wrong replies"
    return row


def document(path, rows, connections):
    where = run.machine()
    lines = [f"{time.strftime('%Y-%m-%d', time.gmtime())}, {where['cores']} cores ({where['cpu']}); server, backends and load "
             "share them.", "", "| workload | asked | CPU µs/request | x plain | requests/s | p50 µs | p99 µs |",
             "|---|---|---|---|---|---|---|"]
    lines += ["| {workload} | {way} | {cpu_us:.0f} | {x_plain:.2f} | {rps:.0f} | {p50_us:.0f} | {p99_us:.0f} |".format(**row)
              for row in rows]
    lines += ["", "| GET /health/self, connections | CPU µs/request | x plain |", "|---|---|---|"]
    lines += ["| {way} | {cpu_us:.0f} | {x_plain:.2f} |".format(**row) for row in connections]
    rig.document(path, "make bench-guarded-document", lines)


if __name__ == "__main__":
    main()
