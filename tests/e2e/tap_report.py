# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin that reports each case in TAP on a file descriptor of its own, so that nothing a test prints can be
taken for a result. A case that hangs is ended, with all its threads' stacks on standard error, so that it is known where."""

import contextlib
import faulthandler
import os
import signal
import threading

HANGS = 0 if os.environ.get("VALGRIND") else 600  # seconds; 0: never


def pytest_addoption(parser):
    parser.addoption("--tap-fd", type=int, help="write TAP to this file descriptor")


def pytest_configure(config):
    fd = config.getoption("--tap-fd")
    if fd is not None:
        config.pluginmanager.register(Tap(os.fdopen(fd, "w"), os.dup(2)), "tap")


class Tap:
    def __init__(self, out, log):
        self.out = out
        self.log = log
        self.count = 0
        self.timer = None

    def say(self, result, what, directive=""):
        self.count += 1
        name = what.replace("#", "_")
        print(f"{result} {self.count} - {name}{directive}", file=self.out, flush=True)

    def pytest_runtest_logstart(self):
        if HANGS:
            self.timer = threading.Timer(HANGS, self.end)
            self.timer.daemon = True
            self.timer.start()

    def pytest_runtest_logfinish(self):
        if self.timer:
            self.timer.cancel()

    def end(self):
        """Without a plan, which is an error in TAP."""
        os.write(self.log, f"This case has taken {HANGS} s. What its threads do:\n".encode())
        faulthandler.dump_traceback(self.log)
        kill_all_of(os.getpid())
        os._exit(1)

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


def kill_all_of(pid):
    """The children of a process, theirs first: they hold on to where our output goes."""
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                for child in map(int, file.read().split()):
                    kill_all_of(child)
                    os.kill(child, signal.SIGKILL)


def reason(report):
    longrepr = report.longrepr
    return (longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)).replace("\n", " ")
