#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Breaks one thing after the other under a daemon that serves a mix of everything while its configs change, and judges
what was promised for each: which calls may fail, with what, and until when; that no reply is wrong; that it serves what
is configured once all is whole again. Prints a table; exit status 1 if a promise isn't held. Needs a real etcd, Python
and the programs of this build.
"""
import argparse
import json
import os
import statistics
import sys
import time

import rig
from faults import faults, limits
from mixed import Mixed, read_failures


def main():
    options = parse()
    chosen = [f for f in faults.all_faults() + limits.all_limits() if options.only in f.name]
    rows, shared = [], None
    try:
        for fault in chosen:
            missing = fault.missing(options)
            if missing:
                rows.append({"fault": fault.name, "promise": fault.promise, "skipped": missing, "problems": []})
            elif fault.own_daemon:
                with Mixed(options, "etcd", faulty=True, **fault.setup(options)) as mixed:
                    rows.append(play(options, mixed, fault))
            else:
                shared = shared or Mixed(options, "etcd", faulty=True)
                rows.append(play(options, shared, fault))
            print(line(rows[-1]), file=sys.stderr, flush=True)
    finally:
        if shared:
            shared.close()
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
    print(table(rows))
    if options.document:
        rig.document(options.document, "make faults-document", document(rows))
    broken = [f"{row['fault']}: {problem}" for row in rows for problem in row["problems"]]
    if broken:
        print("faults: " + "\nfaults: ".join(broken), file=sys.stderr)
        sys.exit(1)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    rig.add_arguments(parser, in_flight=16, connections=8)
    parser.add_argument("--clock", default="tests/e2e/.libs/clock.so", help="what sets clocks (default: %(default)s)")
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    parser.add_argument("--swap-seconds", type=float, default=0.5, help="between changes of configs (default: %(default)s)")
    parser.add_argument("--before", type=float, default=1.5, help="seconds before the fault (default: %(default)s)")
    parser.add_argument("--after", type=float, default=3, help="seconds after it (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of which models change, and what breaks (default: %(default)s)")
    parser.add_argument("--json", default="bench/faults.json", help="default: %(default)s")
    parser.add_argument("--document", help="a Markdown file whose table, between its marks, is replaced by this run's")
    return parser.parse_args()


def play(options, mixed, fault):
    """One fault, with what it cost."""
    row = {"fault": fault.name, "promise": fault.promise, "problems": mixed.settle()}
    failures, progress = os.path.join(mixed.directory, "failures"), []
    with mixed.load(mixed.tasks, "--ms", "3600000", "--in-flight", str(options.in_flight), "--wait-for-ready",
                    "--progress-ms", "50", "--failures", failures) as load:
        reading = Reading(load, progress)
        with rig.Doing(mixed.configs.swap, lambda: options.swap_seconds) as swapping, reading:
            time.sleep(options.before)
            happened = faults.Happened(fault, mixed)
            time.sleep(fault.lasts)
            happened.mend(mixed)
            time.sleep(options.after)
            load.process.terminate()  # it ends what it has begun, and reports
    result = reading.result
    failed = read_failures(failures)
    left = faults.unexplained(failed, [happened])
    row["problems"] += swapping.failures + mixed.settle() + list(fault.judge(mixed))
    row["problems"] += [f"unexplained: {one}, {one.begun - happened.begun:.2f} to {one.ended - happened.begun:.2f} s after it began"
                        for one in left[:3]]
    if result["mismatches"]:
        row["problems"].append(f"{result['mismatches']} replies were wrong")
    over = happened.mended if fault.lasts else happened.begun
    row.update(calls=result["total"], failed=result["errors"], explained=result["errors"] - sum(f.calls for f in left),
               wrong=result["mismatches"], swaps=mixed.configs.swaps, measured=fault.measured(mixed),
               recovered_ms=round(1000 * max([f.ended - over for f in failed] + [0])),
               pause_ms=round(1000 * longest_pause(progress, happened, options.after)))
    return row


class Reading(rig.threading.Thread):
    """Takes down what the load generator says, and when."""

    def __init__(self, load, progress):
        super().__init__()
        self.load, self.progress, self.result = load, progress, None

    def run(self):
        self.result = self.load.finish(lambda _, calls, errors, __: self.progress.append((time.monotonic(), calls - errors)))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.join()


def longest_pause(progress, happened, after):
    """The longest time without a good reply, from shortly before it began on; 50 ms is how well it is known."""
    times, last = [], None
    for when, good in progress:
        if happened.begun - 0.5 < when < happened.mended + after and good != last:
            times.append(when)
        last = good
    return max((b - a for a, b in zip(times, times[1:])), default=after)


def line(row):
    if "skipped" in row:
        return f"{row['fault']}: skipped: {row['skipped']}"
    return (f"{row['fault']}: {row['calls']} calls, {row['failed']} failed, {row['wrong']} wrong"
            + "".join("\n    NOT HELD: " + problem for problem in row["problems"]))


def held(row):
    return "skipped" if "skipped" in row else "NOT HELD" if row["problems"] else "held"


COLUMNS = (("fault", "fault"), ("calls", "calls"), ("failed", "failed"), ("explained", "explained"), ("wrong", "wrong"),
           ("last failure, ms", "recovered_ms"), ("pause, ms", "pause_ms"))


def table(rows):
    lines = [[title for title, _ in COLUMNS] + ["", "measured"]]
    lines += [[str(row.get(key, "-")) for _, key in COLUMNS] + [held(row), row.get("measured", row.get("skipped", ""))]
              for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.rjust(width) if 0 < i < len(COLUMNS) else cell.ljust(width)
                               for i, (cell, width) in enumerate(zip(one, widths))).rstrip() for one in lines)


def document(rows):
    lines = ["| fault | promise | calls | failed | explained | wrong | last failure | pause | measured | |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = [row["fault"], row["promise"]]
        cells += [str(row.get(key, "-")) for key in ("calls", "failed", "explained", "wrong")]
        cells += [f"{row[key]} ms" if key in row else "-" for key in ("recovered_ms", "pause_ms")]
        lines.append("| " + " | ".join([*cells, row.get("measured", row.get("skipped", "")), held(row)]) + " |")
    whole = [row for row in rows if "skipped" not in row]
    lines += ["", f"{len(whole)} faults, {sum(row['calls'] for row in whole)} calls, "
              f"{sum(row['failed'] for row in whole)} failed, {sum(row['explained'] for row in whole)} of them explained, "
              f"{sum(row['wrong'] for row in whole)} wrong; the median of the pauses is "
              f"{statistics.median(row['pause_ms'] for row in whole)} ms."]
    return lines


if __name__ == "__main__":
    main()
