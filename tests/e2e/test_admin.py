# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The admin address: who may come, what they may do, and that it answers while no worker does.
import http.client
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile

import grpc
import pytest

import small_models as small
from admin import Unix, ask
from daemon import Daemon, metric, status_of, until
from faulty import crash_until_quarantined, frail, place, quarantined, serve


@pytest.fixture
def place_for_all():
    """A directory whose way is open to other users, as /run is, and its path short enough for a socket."""
    directory = tempfile.mkdtemp(prefix="inferd-")
    os.chmod(directory, 0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def path(place_for_all):
    return os.path.join(place_for_all, "admin")


@pytest.fixture
def modules(modules):
    place(modules, "faulty_1_1")
    return modules


def wait_generation(path, number):
    return until(lambda: (lambda seen: seen if seen["generation"] >= number else None)(
        json.loads(ask(Unix(path), "GET", "/config")[1])))


def lift(path, which=""):
    status, body = ask(Unix(path), "POST", "/quarantine/lift" + which)
    assert status == 200, body
    return json.loads(body)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_it_shows_and_does_what_it_is_asked(configs, sandbox, path, workers):
    with Daemon(configs, sandbox, options=[f"--admin-address=unix:{path}"], workers=workers) as daemon:
        assert ask(Unix(path), "GET", "/health/self") == (200, "true")
        shown = wait_generation(path, 1)
        assert shown["models"]["prices"]["serving"] is True
        assert "inferd_admin_actions_total 0" in ask(Unix(path), "GET", "/metrics")[1]
        for action in "/reload", "/modules/rescan":
            status, body = ask(Unix(path), "POST", action)
            assert status == 200
            number = json.loads(body)["generation"]
            assert wait_generation(path, number)["models"]["prices"]["serving"] is True
        assert lift(path)["lifted"] == 0
        assert ask(Unix(path), "GET", "/reload")[0] == 405
        assert ask(Unix(path), "POST", "/config")[0] == 405
        assert ask(Unix(path), "POST", "/quit")[0] == 404
        assert metric(daemon, "inferd_admin_actions_total") == 3
    assert not os.path.exists(path)


def test_who_asked_for_what_is_logged(configs, sandbox, path):
    me = f"process {os.getpid()} of user {os.geteuid()}"
    with Daemon(configs, sandbox, options=[f"--admin-address=unix:{path}"]) as daemon:
        lift(path, "?model=a&node=bad&module=faulty%201.0")
        done = daemon.wait_log("admin", who=me, model="a", node="bad", module="faulty 1.0")
        assert done["message"] == "asked to end quarantines"
        lift(path)
        done = daemon.wait_log("admin", who=me)
        assert done["message"] == "asked to end all quarantines" and "model" not in done
        ask(Unix(path), "POST", "/reload")
        daemon.wait_log("admin", who=me, message="asked to read everything again")


def test_there_is_none_by_default(configs, sandbox):
    with Daemon(configs, sandbox) as daemon:
        connection = http.client.HTTPConnection(daemon.address, timeout=30)
        for action in "/reload", "/modules/rescan", "/quarantine/lift":
            assert ask(connection, "POST", action)[0] == 404
        assert daemon.get("/config")[0] == 200
        assert not any(line["event"] == "admin" for line in daemon.seen)


def test_config_can_be_shown_there_only(configs, sandbox, path):
    options = [f"--admin-address=unix:{path}", "--public-config=false"]
    with Daemon(configs, sandbox, options=options) as daemon:
        wait_generation(path, 1)
        assert daemon.get("/config")[0] == 404
        assert daemon.get("/health/self")[0] == 200 and daemon.get("/metrics")[0] == 200
        assert "--public-config=true shows it here" in daemon.get("/config")[1]
        assert wait_generation(path, 1)["models"]["prices"]["serving"] is True


def test_a_rescan_finds_a_module_without_a_change_of_configs(configs, modules, sandbox, path):
    small.write(configs, "old", frail("none", kind="faulty@1.0"))
    with serve(configs, modules, sandbox, f"--admin-address=unix:{path}") as daemon:
        daemon.wait_log("generation")
        assert "in version 1.0" in status_of(daemon.predict, small.request("old", ["p1"]))[1]
        place(modules, "faulty_1_0")
        number = json.loads(ask(Unix(path), "POST", "/modules/rescan")[1])["generation"]
        shown = wait_generation(path, number)
        assert shown["models"]["old"]["refused"] is False
        assert "faulty_1_0.so" in " ".join(module["path"] for module in shown["modules"])


def test_quarantines_are_lifted_by_name(configs, modules, sandbox, path, tmp_path):
    fuse = tmp_path / "fuse"
    fuse.touch()
    for name in "a", "b":
        small.write(configs, name, frail("segfault", fuse=str(fuse)))
    with serve(configs, modules, sandbox, f"--admin-address=unix:{path}") as daemon:
        crash_until_quarantined(daemon, "a")
        crash_until_quarantined(daemon, "b")
        fuse.unlink()
        assert lift(path, "?model=c")["lifted"] == 0
        assert lift(path, "?model=a&node=other")["lifted"] == 0
        assert lift(path, "?module=fault")["lifted"] == 0
        number = lift(path, "?model=a&node=bad&module=faulty")
        assert number["lifted"] == 1
        assert [entry["model"] for entry in wait_generation(path, number["generation"])["quarantined"]] == ["b"]
        until(lambda: [entry["model"] for entry in quarantined(daemon)] == ["b"])
        assert small.table(until(lambda: served(daemon, "a")))["one"] == [1.0]
        assert lift(path, "?module=faulty%201.1.0")["lifted"] == 1
        assert small.table(until(lambda: served(daemon, "b")))["one"] == [1.0]


def served(daemon, model):
    try:
        return daemon.predict(small.request(model, ["p1"]))
    except grpc.RpcError:
        return None


def test_it_answers_while_no_worker_can(configs, sandbox, path, tmp_path):
    """Each worker dies as it comes up; the checking child, which looks at modules first, does not."""
    fuse = tmp_path / "fuse"
    small.write(configs, "frail", frail("segfault", **{"in": "create", "fuse": str(fuse)}))
    modules = tmp_path / "modules"
    modules.mkdir()
    place(modules, "faulty_1_1")
    options = [f"--admin-address=unix:{path}", "--quarantine-after=0", "--quarantine-module-after=0"]
    with serve(configs, modules, sandbox, *options, workers=1) as daemon:
        pid = int(daemon.wait_log("worker_ready")["message"].split("pid ")[1].split(")")[0].split(",")[0])
        fuse.touch()
        os.kill(pid, 9)
        for _ in range(3):
            daemon.wait_log("worker_died")
        assert ask(Unix(path), "GET", "/config")[0] == 200
        assert json.loads(ask(Unix(path), "POST", "/reload")[1])["generation"] > 1
        assert "inferd_workers_died_total" in ask(Unix(path), "GET", "/metrics")[1]
        fuse.unlink()
        daemon.wait_log("worker_ready")


def test_only_its_owner_may_come(configs, sandbox, path):
    with Daemon(configs, sandbox, options=[f"--admin-address=unix:{path}"]) as daemon:
        wait_generation(path, 1)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        if os.geteuid() != 0:
            pytest.skip("only root can come as somebody else")
        come = [sys.executable, "-c",
                "import socket, sys; s = socket.socket(socket.AF_UNIX); s.settimeout(30); s.connect(sys.argv[1]);"
                "s.sendall(b'GET /config HTTP/1.0\\r\\n\\r\\n'); print(len(s.recv(1)))", path]
        other = {"user": 65534, "group": 65534, "extra_groups": [], "text": True, "capture_output": True}
        assert "PermissionError" in subprocess.run(come, **other).stderr
        os.chmod(path, 0o666)  # the peer's credentials count, too
        done = subprocess.run(come, **other)
        assert done.stdout == "0\n" or "ConnectionResetError" in done.stderr or "BrokenPipeError" in done.stderr
        assert daemon.wait_log("admin_refused")["message"].startswith("closed a connection to the admin socket by user 65534")
        assert metric(daemon, "inferd_admin_refused_total") == 1
        assert ask(Unix(path), "GET", "/health/self") == (200, "true")


def test_a_socket_left_behind_is_replaced_and_anything_else_is_not(configs, sandbox, path):
    left = socket.socket(socket.AF_UNIX)
    left.bind(path)
    left.close()
    with Daemon(configs, sandbox, options=[f"--admin-address=unix:{path}"]) as daemon:
        wait_generation(path, 1)
        assert ask(Unix(path), "GET", "/health/self") == (200, "true")
    with open(path, "w") as file:
        file.write("precious")
    assert "no socket is there" in start(configs, f"unix:{path}")
    with open(path) as file:
        assert file.read() == "precious"


def start(configs, address, *options):
    """What a daemon says that must not start."""
    daemon = Daemon(configs, options=[f"--admin-address={address}", *options])
    daemon.run()
    line = daemon.wait_log("start_failed")
    assert daemon.process.wait(timeout=60) == 1
    return line["message"]


@pytest.mark.parametrize(("address", "told"), [
    ("127.0.0.1:0", "anybody on this machine"), ("unix:admin", "must begin with /"),
    ("unix:/" + "a" * 200, "too long"), ("unix:/nowhere/admin", "must exist")])
def test_an_address_that_will_not_do_is_told(configs, address, told):
    assert told in start(configs, address)


@pytest.mark.parametrize(("address", "told"), [
    ("0.0.0.0:0", "can be reached from other machines"), (":0", "can be reached from other machines"),
    ("admin", "not an address")])
def test_a_port_that_others_can_reach_is_refused_whatever_is_asked_of_them(configs, tmp_path, address, told):
    (tmp_path / "access").write_text("")
    assert told in start(configs, address, f"--access-file={tmp_path / 'access'}")
