# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Under a service manager: what it is told, sockets that it hands over, a user of its own without capabilities, and units
# that systemd takes.
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys

import pytest

import small_models as small
from daemon import BUILD, MODULES, PROGRAM, Daemon
from ports import free_port

UNITS = os.path.join(os.environ["srcdir"], "deploy", "systemd")
PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def manager(tmp_path):
    """What the service manager hears on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(60)
        yield heard


def hear(manager, line):
    """Returns the message with that line."""
    while True:
        lines = manager.recv(4096).decode().split("\n")
        if line in lines:
            return lines


@pytest.mark.parametrize("workers", [0, 2])
def test_a_manager_is_told(configs, sandbox, manager, workers):
    with Daemon(configs, sandbox, workers=workers, env={"NOTIFY_SOCKET": manager.getsockname()}) as daemon:
        hear(manager, "READY=1")
        assert daemon.get("/health/self") == (200, "true")
        daemon.process.send_signal(signal.SIGTERM)
        hear(manager, "STOPPING=1")


def test_a_manager_is_told_of_an_upgrade(configs, sandbox, manager):
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    daemon = Daemon(configs, sandbox, workers=2, env={"NOTIFY_SOCKET": manager.getsockname()}).start()
    hear(manager, "READY=1")
    daemon.process.send_signal(signal.SIGUSR2)
    hear(manager, "RELOADING=1")
    main = []
    while not main:  # the new one says that it is ready, too
        main = [line for line in hear(manager, "READY=1") if line.startswith("MAINPID=")]
    successor = int(main[0].split("=")[1])
    assert daemon.process.wait(timeout=60) == 0
    assert small.table(daemon.predict(small.request("prices", ["p1"])))["final"] == [20.0]
    daemon.channel.close()
    os.kill(successor, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(successor, 0)[1]) == 0


HAND_OVER = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="main")
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_sockets_of_a_manager_are_used(configs, sandbox):
    """As systemd hands them over: from descriptor 3 on, blocking, with the pid of who is meant."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        daemon = Daemon(configs, sandbox, workers=2)
        daemon.command = [sys.executable, "-c", HAND_OVER, str(listener.fileno()), *daemon.command]
        daemon.process = subprocess.Popen(daemon.command, env=daemon.env, stderr=subprocess.DEVNULL,
                                          pass_fds=[listener.fileno()])
        daemon.port = listener.getsockname()[1]
        while daemon.get("/health/ready") != (200, "true"):
            pass
        daemon.process.terminate()
        assert daemon.process.wait(timeout=60) == 0


def test_systemd_hands_its_socket_over(configs, sandbox):
    activate = shutil.which("systemd-socket-activate")
    if not activate:
        pytest.skip("there is no systemd-socket-activate")
    port = free_port()
    daemon = Daemon(configs, sandbox, workers=2)
    passed = [f"--setenv={name}" for name in daemon.env if name.startswith(("EXTERNAL_", "NUMERIX_"))]
    process = subprocess.Popen([activate, f"--listen=127.0.0.1:{port}", "--fdname=main", *passed, *daemon.command],
                               env=daemon.env, stderr=subprocess.PIPE, text=True)
    assert "Listening on" in process.stderr.readline()
    daemon.process, daemon.port = process, port
    assert daemon.get("/health/self") == (200, "true")
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_it_serves_as_another_user_without_capabilities(configs, sandbox, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; whoever runs this has no capabilities anyway")
    capsh = shutil.which("setpriv")
    if not capsh:
        pytest.skip("there is no setpriv")
    nobody = pwd.getpwnam("nobody")
    try:
        subprocess.run([capsh, "--reuid=nobody", "--clear-groups", "--regid", str(nobody.pw_gid), "test", "-r", str(configs),
                        "-a", "-x", PROGRAM, "-a", "-r", MODULES], check=True)
    except subprocess.CalledProcessError:
        for path in [tmp_path, *tmp_path.parents][:-2]:
            if path.stat().st_uid == 0 and path != path.parent and "pytest" in str(path):
                path.chmod(0o755)
    daemon = Daemon(configs, sandbox, workers=2)
    daemon.command = [capsh, "--reuid=nobody", f"--regid={nobody.pw_gid}", "--clear-groups", "--no-new-privs",
                      "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", *daemon.command]
    with daemon:
        assert small.table(daemon.predict(small.request("prices", ["p1"])))["final"] == [20.0]
        with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        assert int(status["Uid"].split()[1]) == nobody.pw_uid
        assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}


def test_systemd_takes_the_units(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("there is no systemd-analyze")
    with open(os.path.join(BUILD, "deploy", "systemd", "inferd.service"), encoding="utf-8") as file:
        unit = file.read()
    start = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    (tmp_path / "inferd.service").write_text(unit.replace(start, f"ExecStart={PROGRAM}"))
    shutil.copy(os.path.join(UNITS, "inferd.socket"), tmp_path)
    for name in "inferd.service", "inferd.socket":
        got = subprocess.run([analyze, "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True, check=False)
        said = [line for line in got.stderr.splitlines() if "inferd" in line]
        assert (got.returncode, said) == (0, []), got.stderr
    got = subprocess.run([analyze, "security", "--offline=yes", "--threshold=20", str(tmp_path / "inferd.service")],
                         capture_output=True, text=True, check=False)
    assert got.returncode == 0, got.stdout
