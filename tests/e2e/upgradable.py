# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A daemon whose program is replaced while it serves. A test of it has the fixture 'reaper', too; and backends for it.
import ctypes
import json
import os
import re
import select
import shutil
import signal
import stat

import pytest

import small_models as small
from daemon import PROGRAM, Daemon
from sandbox import Sandbox, fill

PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture(scope="module", autouse=True)
def reaper():
    """Successors are the children of who they succeed; when that is gone, ours."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """Backends that take their time, so that calls are under way when something ends."""
    with Sandbox(fill(tmp_path_factory.mktemp("data"), small.FEATURES), "--latency-ms=5") as running:
        yield running


class Upgradable(Daemon):
    """A daemon started from a file of the test's own, so that another program can be put in its place."""

    def __init__(self, directory, *args, **options):
        super().__init__(*args, **options)
        self.program = directory / "inferd"
        shutil.copy(PROGRAM, self.program)
        self.command[0] = str(self.program)

    def start(self):
        super().start()
        self.pid = self.process.pid
        self.wait_log("worker_ready")
        return self

    def install(self, text):
        """Another program at the same path, in one step, as packages do it."""
        fresh = self.program.with_suffix(".new")
        fresh.write_text(text)
        fresh.chmod(fresh.stat().st_mode | stat.S_IXUSR)
        fresh.rename(self.program)

    def ask_for_upgrade(self):
        os.kill(self.pid, signal.SIGUSR2)
        return int(re.search(r"as process (\d+)", self.wait_log("upgrade", process="master", pid=self.pid)["message"])[1])

    def upgrade(self):
        """Returns when the old process has ended."""
        old, new = os.pidfd_open(self.pid), self.ask_for_upgrade()
        self.wait_log("took_over", pid=new)
        assert select.select([old], [], [], 60)[0]
        os.close(old)
        status = self.process.wait() if self.pid == self.process.pid else os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        assert status == 0
        self.pid = new

    def stop(self):
        if self.channel:
            self.channel.close()
        os.kill(self.pid, signal.SIGTERM)
        if self.pid == self.process.pid:
            return self.process.wait(timeout=60)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def config(self):
        return json.loads(self.get("/config")[1])
