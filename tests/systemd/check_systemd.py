#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Installs inferd into a container whose process 1 is the machine's systemd, and runs its service there: as its own
user with all of the unit's restrictions, reloaded, upgraded, killed, stopped, and started by its socket. Needs root.
Nothing outside the container changes. Run in the build directory, by "make check-systemd".
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = HERE.parents[1] / "examples" / "ranking"
SANDBOX_PORT = 9000
CONFIGS = "/etc/inferd/models"  # in the container; homes, where the example may be, are not to be seen by the service
SETTINGS = f"""INFERD_CONFIG_DIR={CONFIGS}
EXTERNAL_SERVICE_ONFS_FS_HOST=127.0.0.1
EXTERNAL_SERVICE_ONFS_FS_PORT={SANDBOX_PORT}
EXTERNAL_SERVICE_PREDATOR_PORT={SANDBOX_PORT}
NUMERIX_CLIENT_V1_HOST=127.0.0.1
NUMERIX_CLIENT_V1_PORT={SANDBOX_PORT}
"""
CASES = []


def case(function):
    CASES.append(function)
    return function


class Container:
    """A booted systemd, and commands in there."""

    def __init__(self, boot):
        self.boot = boot
        self.pid = until("systemd is process 1", self.find)
        until("systemd has booted", lambda: self.run("systemctl", "is-system-running").stdout.strip()
              in ("running", "degraded"))  # another service of the machine may not like it here

    def find(self):
        """Outside, the number of its process 1: the only child of unshare."""
        if self.boot.poll() is not None:
            sys.exit("check-systemd: systemd can't be booted in a container here:\n" + self.boot.stdout.read())
        children = pathlib.Path(f"/proc/{self.boot.pid}/task/{self.boot.pid}/children").read_text().split()
        return children and pathlib.Path(f"/proc/{children[0]}/comm").read_text().strip() == "systemd" and children[0]

    def run(self, *command, check=False):
        return subprocess.run(["nsenter", "-t", self.pid, "-a", "-r", f"-w{os.getcwd()}", *command], check=check,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def show(self, name):
        return self.run("systemctl", "show", "-p", name, "--value", "inferd").stdout.strip()

    def does(self, *command):
        done = self.run(*command)
        assert done.returncode == 0, f"{command}: {done.returncode}: {done.stdout}"
        return done.stdout

    def log(self):
        return self.run("journalctl", "-u", "inferd", "-o", "cat", "--no-pager").stdout

    def rank(self):
        """What the example's client, which is gRPC's own, is told; it waits for nobody."""
        return self.run(sys.executable, str(EXAMPLE / "rank.py"), "127.0.0.1:8085")


def until(what, holds, seconds=60):
    """Looks until it is true: each look asks another process, which takes its time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
    raise AssertionError(f"{what}: not within {seconds} s")


def is_ranked(done):
    return done.returncode == 0 and "final score" in done.stdout


def of_service(container, pid):
    return dict(line.split(":\t", 1) for line in container.run("cat", f"/proc/{pid}/status").stdout.splitlines()
                if ":\t" in line)


@case
def starts_when_it_serves(container):
    """Type=notify: "start" returns when it can be asked."""
    container.does("systemctl", "start", "inferd")
    assert is_ranked(container.rank()), container.rank().stdout
    assert container.show("StatusText") == "serving"
    assert "/var/lib/inferd/" in container.log()  # it may write there, and there alone


@case
def runs_as_its_own_user_without_capabilities(container):
    for pid in container.does("pgrep", "-u", "inferd").split():
        status = of_service(container, pid)
        assert {name: status[name] for name in status if name.startswith("Cap")} == dict.fromkeys(
            ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), "0" * 16), status
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), status


@case
def leaves_no_core_dumps(container):
    for pid in container.does("pgrep", "-u", "inferd").split():
        limit, = [line for line in container.does("cat", f"/proc/{pid}/limits").splitlines()
                  if line.startswith("Max core file size")]
        assert limit.split()[4:6] == ["0", "0"], limit


@case
def loses_a_worker_and_not_the_service_for_want_of_memory(container):
    assert container.show("OOMPolicy") == "continue"


@case
def reloads(container):
    before = container.log().count('"event":"generation"')
    container.does("systemctl", "reload", "inferd")
    until("a generation after a reload", lambda: container.log().count('"event":"generation"') > before)
    assert is_ranked(container.rank())


@case
def is_upgraded_and_the_new_one_is_the_main_process(container):
    before = container.show("MainPID")
    container.does("systemctl", "kill", "--kill-whom=main", "-s", "USR2", "inferd")
    until("another main process", lambda: container.show("MainPID") not in (before, "0"))
    assert is_ranked(container.rank())
    until("the end of the one before", lambda: container.run("kill", "-0", before).returncode != 0)
    assert (container.show("ActiveState"), container.show("NRestarts")) == ("active", "0")
    assert is_ranked(container.rank())


@case
def is_started_again_when_it_was_killed(container):
    before = container.show("MainPID")
    container.does("systemctl", "kill", "--kill-whom=main", "-s", "KILL", "inferd")
    until("a restart", lambda: container.show("NRestarts") == "1" and container.show("ActiveState") == "active")
    assert container.show("MainPID") != before and is_ranked(container.rank())


@case
def is_started_again_however_often(container):
    """More often than systemd does where it isn't told to."""
    before = int(container.show("NRestarts"))
    for number in range(before + 1, before + 8):
        container.does("systemctl", "kill", "--kill-whom=main", "-s", "KILL", "inferd")
        until("a restart", lambda: container.show("NRestarts") == str(number) and container.show("ActiveState") == "active")
    assert container.show("StartLimitIntervalUSec") in ("0", "infinity"), container.show("StartLimitIntervalUSec")
    assert is_ranked(container.rank())


@case
def stops(container):
    container.does("systemctl", "stop", "inferd")
    assert (container.show("ActiveState"), container.show("Result")) == ("inactive", "success")
    assert container.run("pgrep", "-u", "inferd").stdout == ""
    assert not is_ranked(container.rank())


@case
def is_started_by_its_socket(container):
    container.does("systemctl", "start", "inferd.socket")
    assert container.show("ActiveState") == "inactive"
    assert is_ranked(container.rank())  # the connection waits until it serves
    assert container.show("ActiveState") == "active"


@case
def refuses_nobody_while_it_restarts(container):
    before = container.show("MainPID")
    restart = subprocess.Popen(["nsenter", "-t", container.pid, "-a", "-r", "systemctl", "restart", "inferd"])
    calls = []
    while restart.poll() is None or len(calls) < 3:
        calls.append(container.rank())
    assert restart.returncode == 0 and container.show("MainPID") != before
    assert all(map(is_ranked, calls)), [done.stdout for done in calls if not is_ranked(done)]


def prepare(container, make):
    container.does(make, "install")
    container.does("systemd-sysusers")
    container.does("systemctl", "daemon-reload")
    settings = container.does("sed", "-n", "s/^EnvironmentFile=-//p", container.show("FragmentPath")).strip()
    write = "mkdir -p \"$(dirname \"$0\")\" && printf %s \"$1\" > \"$0\""
    container.does("sh", "-c", write, settings, SETTINGS)
    container.does("mkdir", "-p", os.path.dirname(CONFIGS))
    container.does("cp", "-r", str(EXAMPLE / "config"), CONFIGS)
    container.does("chmod", "-R", "a+rX", os.path.dirname(CONFIGS))
    sandbox = os.path.abspath("tools/sandbox/inferd-sandbox")
    container.does("systemd-run", "--unit=sandbox", sandbox, f"--port={SANDBOX_PORT}", str(EXAMPLE))


def is_removed(group):
    """What a group has can't be removed before its last process has ended."""
    for directory, _, _ in os.walk(group, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(directory)
    return not os.path.exists(group)


@contextlib.contextmanager
def own_group():
    """A group for the container in the hierarchy of groups that systemd uses: its directory, and the hierarchy's kind."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        own = {names: path for _, names, path in (line.strip().split(":", 2) for line in file)}
    names = "name=systemd" if "name=systemd" in own else ""
    kind = ("-t", "cgroup", "-O", names) if names else ("-t", "cgroup2")
    found = subprocess.run(["findmnt", "-n", "-o", "TARGET", *kind], stdout=subprocess.PIPE, text=True, check=False)
    if names not in own or not found.stdout:
        sys.exit("check-systemd: no hierarchy of control groups is mounted that systemd could use")
    group = f"{found.stdout.split()[0]}{own[names].rstrip('/')}/check-systemd-{os.getpid()}"
    os.mkdir(group)
    try:
        yield group, kind[1]
    finally:
        until("the end of all that ran there", lambda: is_removed(group))


@contextlib.contextmanager
def booted(group, hierarchy, directory):
    """Ends with its process 1, with which the kernel ends all others of the container."""
    def enter():
        with open(f"{group}/cgroup.procs", "w", encoding="ascii") as file:
            file.write("0")

    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "--net", "--cgroup",
               str(HERE / "boot.sh"), directory, hierarchy]
    boot = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, preexec_fn=enter)
    try:
        yield Container(boot)
    finally:
        boot.kill()
        boot.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", default="make", help="default: %(default)s")
    options = parser.parse_args()
    if os.geteuid() != 0 or not os.path.exists("/lib/systemd/systemd"):
        sys.exit("check-systemd: needs root, and systemd")
    failed = 0
    with contextlib.ExitStack() as stack:
        directory = tempfile.mkdtemp(prefix="inferd-systemd-")
        stack.callback(shutil.rmtree, directory)
        container = stack.enter_context(booted(*stack.enter_context(own_group()), directory))
        prepare(container, options.make)
        for function in CASES:
            try:
                function(container)
                print("held   ", function.__name__, flush=True)
            except AssertionError as error:
                failed += 1
                print("BROKEN ", function.__name__, error, container.log()[-2000:], flush=True)
    print(f"{len(CASES) - failed} of {len(CASES)} held")
    sys.exit(failed != 0)


main()
