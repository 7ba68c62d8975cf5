# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# SIGUSR2: another process of the program takes the listening sockets over, and nobody notices; or it can't, and the one
# that is there goes on.
import http.client
import json
import os
import select
import signal
import socket

import pytest

import load
import small_models as small
from access_file import token, write
from ctl import FINE, FOUND, ctl
from daemon import PROGRAM, Daemon, metric, until
from secure import tls_options, tls_port
from test_tls import tls_is_elsewhere
from upgradable import Upgradable, reaper, sandbox  # noqa: F401

ROUNDS = 3


@pytest.fixture(params=["grpcio", "grpc-go"])
def new_load(request, tmp_path):
    if request.param == "grpcio":
        return load.PythonLoad
    program = load.build(tmp_path)
    return lambda addresses, tls=None: load.GoLoad(tmp_path, program, addresses, tls)


@pytest.mark.parametrize("port", ["plain", "tls"])
def test_no_call_is_lost_by_an_upgrade(configs, sandbox, tmp_path, new_load, port, tls):
    state = tmp_path / "state"
    certificates = tls if port == "tls" else None
    options = ["--tls-port=0", *tls_options(tls)] if certificates else []
    with Upgradable(tmp_path, configs, sandbox, options, state=str(state)) as daemon:
        address = f"127.0.0.1:{tls_port(daemon)}" if certificates else daemon.address
        with new_load([address], certificates) as clients:
            for i in range(ROUNDS):
                daemon.upgrade()
                assert metric(daemon, "inferd_upgrades_total") == 1
                until(lambda: daemon.config()["upgrade"])
                assert "\nupgrade     done, 20" in ctl(FINE, "status", "--address", daemon.address).stdout
        assert clients.failures == []
        assert clients.calls > 50
        # It is a whole daemon: it takes changes, and keeps them.
        small.write(configs, "other", small.prices())
        while "other" not in daemon.config()["models"]:
            pass
        while daemon.config()["last_good"]["generation"] < daemon.config()["generation"]:
            pass
        assert small.table(daemon.predict(small.request("other", ["p1"])))["final"] == [20.0]


def test_ports_keep_their_addresses(configs, sandbox, tmp_path, tls):
    options = ["--tls-port=0", "--tls-address=127.0.0.2", *tls_options(tls, ask=False)]
    with Upgradable(tmp_path, configs, sandbox, options) as daemon:
        port = tls_port(daemon)
        daemon.upgrade()
        tls_is_elsewhere(daemon, port)


def expect_failure(daemon, reason):
    """The one that is there goes on and says so."""
    failed = daemon.wait_log("upgrade_failed")
    assert reason in failed["message"] and failed["pid"] == daemon.pid
    assert small.table(daemon.predict(small.request("prices", ["p1"])))["final"] == [20.0]
    assert metric(daemon, "inferd_upgrades_failed_total") == 1
    shown = daemon.config()["upgrade"]
    assert shown["state"] == "failed" and reason in shown["reason"]
    told = ctl(FOUND, "status", "--address", daemon.address).stdout
    assert f"\nupgrade     FAILED at {shown['time']}, the process before serves on: {shown['reason']}\n" in told


def test_one_that_exits_takes_nothing_over(configs, sandbox, tmp_path):
    with Upgradable(tmp_path, configs, sandbox) as daemon, load.PythonLoad([daemon.address]) as clients:
        daemon.install("#!/bin/sh\nexit 3\n")
        daemon.ask_for_upgrade()
        expect_failure(daemon, "exited with status 3")
    assert clients.failures == []


def test_one_that_is_no_program_is_not_started(configs, sandbox, tmp_path):
    with Upgradable(tmp_path, configs, sandbox) as daemon:
        daemon.install("this is no program")
        os.kill(daemon.pid, signal.SIGUSR2)
        assert "Exec format error" in daemon.wait_log("upgrade_refused")["message"]
        assert daemon.config()["upgrade"]["state"] == "failed"


def test_one_that_is_never_ready_is_killed(configs, sandbox, tmp_path):
    with Upgradable(tmp_path, configs, sandbox, options=["--upgrade-timeout=1s"]) as daemon:
        daemon.install("#!/bin/sh\nexec sleep 600\n")
        new = daemon.ask_for_upgrade()
        expect_failure(daemon, "not ready within 1.0 s")
        with pytest.raises(ProcessLookupError):
            os.kill(new, 0)


def test_one_that_refuses_what_is_served_takes_nothing_over(configs, sandbox, tmp_path):
    """A program that lacks the kinds of the models that are served."""
    with Upgradable(tmp_path, configs, sandbox) as daemon, load.PythonLoad([daemon.address]) as clients:
        (tmp_path / "empty").mkdir()
        daemon.install(f"#!/bin/sh\nexec {PROGRAM} \"$@\" --module-path={tmp_path}/empty\n")
        daemon.ask_for_upgrade()
        expect_failure(daemon, "refuses the config of model prices")
    assert clients.failures == []


def test_sigterm_ends_an_upgrade_that_is_under_way(configs, sandbox, tmp_path):
    with Upgradable(tmp_path, configs, sandbox) as daemon:
        daemon.install("#!/bin/sh\nexec sleep 600\n")
        new = os.pidfd_open(daemon.ask_for_upgrade())
        # And a second one meanwhile is refused.
        os.kill(daemon.pid, signal.SIGUSR2)
        assert "one is under way" in daemon.wait_log("upgrade_refused")["message"]
        assert daemon.config()["upgrade"]["state"] == "under way"
    assert select.select([new], [], [], 60)[0]
    os.close(new)


def test_one_whose_predecessor_is_killed_serves(configs, sandbox, tmp_path):
    """However far it was: it has the sockets, so nobody is refused."""
    with Upgradable(tmp_path, configs, sandbox) as daemon:
        new = daemon.ask_for_upgrade()
        daemon.process.kill()
        daemon.process.wait()
        daemon.pid = new
        daemon.wait_log("took_over", pid=new)
        assert daemon.get("/health/self") == (200, "true")


def test_administrators_are_heard_by_the_new_one(configs, sandbox, tmp_path):
    path = tmp_path / "admin"
    with Upgradable(tmp_path, configs, sandbox, options=[f"--admin-address=unix:{path}"]) as daemon:
        daemon.upgrade()
        daemon.wait_log("admin", pid=daemon.pid)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(b"GET /config HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            reply = b"".join(iter(lambda: connection.recv(65536), b""))
        assert reply.startswith(b"HTTP/1.1 200 ") and b"prices" in reply
        daemon.install("#!/bin/sh\nexit 1\n")
        daemon.ask_for_upgrade()
        daemon.wait_log("upgrade_failed")
        assert path.is_socket()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))


def test_a_port_for_administrators_is_taken_over(configs, sandbox, tmp_path):
    boss, line = token("boss", "--admin")
    option = write(tmp_path / "access", line)
    with Upgradable(tmp_path, configs, sandbox, options=["--admin-address=127.0.0.1:0", option]) as daemon:
        said, = [line for line in daemon.seen if line["event"] == "admin"]
        port = int(said["message"].rsplit(" ", 1)[1])

        def shown():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/config", headers={"Authorization": "Bearer " + boss, "Connection": "close"})
            reply = connection.getresponse()
            assert reply.status == 200
            return json.loads(reply.read())

        assert shown().get("upgrade") is None
        for _ in range(2):
            daemon.upgrade()
            assert daemon.wait_log("admin", pid=daemon.pid)["message"] == said["message"]
            until(lambda: shown()["upgrade"]["state"] == "done")
        daemon.install("#!/bin/sh\nexit 1\n")
        daemon.ask_for_upgrade()
        daemon.wait_log("upgrade_failed")
        until(lambda: shown()["upgrade"]["state"] == "failed")  # it is logged first


def test_a_single_process_refuses(configs, sandbox):
    with Daemon(configs, sandbox, workers=0) as daemon:
        daemon.process.send_signal(signal.SIGUSR2)
        assert "--workers 0" in daemon.wait_log("upgrade_refused")["message"]
        assert daemon.get("/health/self") == (200, "true")
