# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin that reports each case in TAP on a file descriptor of its own, so that nothing a test prints can be
taken for a result."""

import os


def pytest_addoption(parser):
    parser.addoption("--tap-fd", type=int, help="write TAP to this file descriptor")


def pytest_configure(config):
    fd = config.getoption("--tap-fd")
    if fd is not None:
        config.pluginmanager.register(Tap(os.fdopen(fd, "w")), "tap")


class Tap:
    def __init__(self, out):
        self.out = out
        self.count = 0

    def say(self, result, what, directive=""):
        self.count += 1
        name = what.replace("#", "_")
        print(f"{result} {self.count} - {name}{directive}", file=self.out, flush=True)

    def pytest_collectreport(self, report):
        if report.failed:
            self.say("not ok", f"{report.nodeid} (collecting)")
        elif report.skipped:
            self.say("ok", report.nodeid, f" # SKIP {reason(report)}")

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.passed:
            return
        if report.failed:
            step = "" if report.when == "call" else f" ({report.when})"
            self.say("not ok", report.nodeid + step)
        elif report.skipped:
            self.say("ok", report.nodeid, f" # SKIP {reason(report)}")
        else:
            self.say("ok", report.nodeid)

    def pytest_sessionfinish(self, exitstatus):
        last = f"1..{self.count}" if exitstatus in (0, 1) else f"Bail out! pytest ended with {int(exitstatus)}"
        print(last, file=self.out, flush=True)


def reason(report):
    longrepr = report.longrepr
    return (longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)).replace("\n", " ")
