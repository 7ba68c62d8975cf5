# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A module with a fault, in the real daemon: what each fault costs, who is quarantined for it, that everything else is
# served on, and what ends a quarantine.
import contextlib
import glob
import json
import os
import re
import signal

import grpc
import pytest

import small_models as small
from ctl import FINE, FOUND, ctl
from daemon import metric, status_of, until
from faulty import ask, crash_until_quarantined, frail, is_quarantined, is_sound, place, quarantined, serve
from load import PythonLoad


@pytest.fixture
def modules(modules):
    place(modules, "faulty_1_1")
    return modules


@pytest.mark.parametrize(("how", "told"), [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("corrupt", "SIGABRT"),
                                           ("exit", "exit(7)")])
def test_a_component_that_keeps_crashing_is_quarantined(configs, modules, sandbox, how, told):
    small.write(configs, "frail", frail(how))
    with serve(configs, modules, sandbox) as daemon:
        message = crash_until_quarantined(daemon)
        assert re.search(r"component bad \(faulty 1.1.0\): it is quarantined: it crashed workers [34] times, last by "
                         + re.escape(told) + " in run", message)
        line = daemon.wait_log("quarantine")
        assert (line["level"], line["model"], line["node"], line["module"]) == ("ERROR", "frail", "bad", "faulty 1.1.0")
        died = [seen for seen in daemon.seen if seen["event"] == "worker_died"]
        assert len(died) == 3 and all(seen["node"] == "bad" for seen in died)
        assert is_sound(daemon)
        crashes = metric(daemon, "inferd_workers_died_total")
        assert crashes in (3, 4)  # the other worker may have had one more run before it was told
        assert metric(daemon, "inferd_quarantined") == 1
        assert metric(daemon, "inferd_module_crashes_total") == crashes
        entry, = until(lambda: quarantined(daemon))
        assert (entry["model"], entry["node"], entry["module"]) == ("frail", "bad", "faulty 1.1.0")
        assert (entry["how"], entry["in"]) == (told, "run") and entry["crashes"] in (3, crashes)
        small.write(configs, "frail", frail("none"))  # another config: it begins anew
        daemon.wait_log("quarantine_lifted")
        assert until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon)))["one"] == [1.0]
        until(lambda: quarantined(daemon) == [])
        assert metric(daemon, "inferd_quarantined") == 0
        assert metric(daemon, "inferd_workers_died_total") == crashes


def test_a_component_after_which_workers_crash_in_no_plugin_is_quarantined(configs, modules, sandbox):
    """As those do whose heap it has broken."""
    model = small.config({"bad": ["feature_initializer"]}, ["product_id", "one"])
    model["component_config"]["faulty_components"] = [
        {"component": "bad", "how": "later", "output": "one", "required": True}]
    small.write(configs, "frail", model)
    with serve(configs, modules, sandbox, workers=1) as daemon:
        for _ in range(6):
            until(lambda: isinstance(ask(daemon), dict))
            line = daemon.wait_log("worker_died")
            assert line["message"].endswith("was ended by SIGABRT after run of module faulty 1.1.0")
            daemon.wait_log("worker_ready")
        message = crash_until_quarantined(daemon)
        assert "it is quarantined: it ran last before 6 crashes of workers in no plugin, last by SIGABRT" in message
        line, = (seen for seen in daemon.seen if seen["event"] == "quarantine")
        assert (line["model"], line["node"], line["module"]) == ("frail", "bad", "faulty 1.1.0")
        assert is_sound(daemon)
        assert metric(daemon, "inferd_workers_died_total") == 6
        assert metric(daemon, "inferd_module_crashes_total") == 0
        entry, = until(lambda: quarantined(daemon))
        assert (entry["node"], entry["after"], entry["crashes"]) == ("bad", "run", 6)
        told = ctl(FOUND, "status", "--address", daemon.address).stdout
        assert ": ran last before 6 crashes of workers in no plugin, last by SIGABRT\n" in told
        assert ": SIGABRT after run of module faulty 1.1.0, component bad of model frail; replaced 20" in told


def test_status_tells_of_a_quarantine(configs, modules, sandbox):
    small.write(configs, "frail", frail("segfault"))
    with serve(configs, modules, sandbox) as daemon:
        def status(code):
            return ctl(code, "status", "--address", daemon.address).stdout

        until(lambda: len(shown(daemon)["models"]) == 2)
        status(FINE)
        crash_until_quarantined(daemon)
        until(lambda: quarantined(daemon) and all_are_back(daemon))
        told = status(FOUND)
        listed = ctl(FOUND, "quarantine", "--address", daemon.address).stdout
        assert re.fullmatch(r"component bad of model frail \(module faulty 1.1.0\)\n"
                            r"  since 20\S+Z: crashed [34] times, last by SIGSEGV in run\n"
                            r"  until the model's config changes or the module has a higher version, or by hand: .*\n", listed)
        assert "\nquarantined\n" + re.sub("^", "  ", listed.rstrip("\n"), flags=re.M) + "\n" in told
        assert re.search(r"\n[34] workers died since the start\n  20\S+Z  worker [01]: SIGSEGV in run of module faulty 1.1.0, "
                         r"component bad of model frail; replaced 20", told)
        # That generation is among those of late: no config has changed.
        config = until(lambda: (lambda c: c if c["generations"][0]["generation"] == c["generation"] else None)(shown(daemon)))
        latest = config["generations"][0]
        assert (latest["changed"], latest["unchanged"], latest["recompiled"]) == (0, 2, 1)
        assert f"\n  {config['generation']} " in told and "1 compiled again, for a quarantine" in told
        small.write(configs, "frail", frail("none"))
        until(lambda: quarantined(daemon) == [])
        assert "workers died" in status(FINE)  # that is over


def shown(daemon):
    return json.loads(daemon.get("/config")[1])


def all_are_back(daemon):
    return all(death["back"] for death in shown(daemon)["deaths"]["latest"])


def test_status_tells_of_a_worker_that_does_not_come_up(configs, modules, sandbox, tmp_path):
    fuse = tmp_path / "fuse"
    small.write(configs, "frail", frail("segfault", **{"in": "create", "fuse": str(fuse)}))
    with serve(configs, modules, sandbox, "--quarantine-after=0", "--quarantine-module-after=0") as daemon:
        ready = [daemon.wait_log("worker_ready") for _ in range(2)]
        fuse.touch()
        os.kill(int(re.search(r"pid (\d+)", ready[0]["message"])[1]), signal.SIGKILL)
        for _ in range(4):
            daemon.wait_log("worker_died")
        told = ctl(FOUND, "status", "--address", daemon.address).stdout
        assert re.search(rf"worker {ready[0]['worker']}: SIGSEGV in create of module faulty 1.1.0, component bad of model frail; "
                         "NOT REPLACED yet", told)
        assert f"worker {ready[0]['worker']}: SIGKILL; NOT REPLACED yet" in told
        fuse.unlink()
        until(lambda: all_are_back(daemon))
        assert "NOT REPLACED" not in ctl(FINE, "status", "--address", daemon.address).stdout


def test_a_node_that_is_not_required_leaves_its_column_empty(configs, modules, sandbox):
    small.write(configs, "frail", frail("segfault", required=False, every=2))
    with serve(configs, modules, sandbox) as daemon:
        until(lambda: ask(daemon) and quarantined(daemon))
        answer = until(lambda: (lambda got: got if isinstance(got, dict) and got["one"] == [None] else None)(ask(daemon)))
        assert answer["final"] == [20.0]


def test_one_that_never_comes_back_is_killed_and_quarantined_alike(configs, modules, sandbox):
    small.write(configs, "frail", frail("loop"))
    with serve(configs, modules, sandbox, "--stuck-after=200ms") as daemon:
        assert "last by being stuck in run" in crash_until_quarantined(daemon)
        line = daemon.wait_log("worker_stuck")
        assert (line["model"], line["node"], line["call"]) == ("frail", "bad", "run")
        assert is_sound(daemon)
        assert metric(daemon, "inferd_workers_stuck_total") in (3, 4)


def leak(daemon, model="frail"):
    """Until the worker has too much memory. It leaks with each call, so it gets few more of them than that takes."""
    until(lambda: all(ask(daemon, model) for _ in range(20)) and metric(daemon, "inferd_workers_outgrown_total"))


def test_a_worker_that_leaks_is_replaced_and_nobody_blamed(configs, modules, sandbox):
    small.write(configs, "frail", frail("leak"))
    limits = "--worker-memory=256MiB", "--max-in-flight=64", "--min-in-flight=64"
    with serve(configs, modules, sandbox, *limits, workers=1) as daemon:
        daemon.wait_log("worker_ready", worker="0")
        with PythonLoad([daemon.address]) as load:
            leak(daemon)
            daemon.wait_log("worker_memory")
            daemon.wait_log("worker_relief")
            daemon.wait_log("worker_ready", worker="1")
            daemon.wait_log("worker_ended", worker="0")
        assert load.failures == [] and load.calls > 0
        assert is_sound(daemon)
        assert metric(daemon, "inferd_workers_died_total") == 0
        until(lambda: quarantined(daemon) == [])
        # It has the other one's place, and nothing is left of that.
        assert [worker["worker"] for worker in json.loads(daemon.get("/config")[1])["workers"]] == [1]
        assert metric(daemon, "inferd_runs_limit") == 64


def test_a_worker_that_leaks_serves_until_another_one_does(configs, modules, sandbox, tmp_path):
    """Those that are to relieve it die on their way, until the component that they die of is quarantined."""
    fuse = tmp_path / "fuse"
    small.write(configs, "frail", frail("leak"))
    small.write(configs, "worse", frail("segfault", **{"in": "create", "fuse": str(fuse)}))
    with serve(configs, modules, sandbox, "--worker-memory=256MiB", workers=1) as daemon:
        ready = daemon.wait_log("worker_ready")
        old = ready["message"].split(")")[0]  # worker 0 (pid …
        until(lambda: isinstance(ask(daemon, "worse"), dict))
        fuse.touch()
        with PythonLoad([daemon.address]) as load:
            leak(daemon)
            for _ in range(3):
                assert daemon.wait_log("worker_died")["worker"] == "1"
                assert ask(daemon, "prices")["final"] == [20.0]  # there is one that could have answered
            daemon.wait_log("worker_ready", worker="1")
            assert old in daemon.wait_log("worker_ended", worker="0")["message"]
        assert load.failures == [] and load.calls > 0
        assert is_sound(daemon)
        until(lambda: [entry["model"] for entry in quarantined(daemon)] == ["worse"])


def test_a_second_completion_does_no_harm(configs, modules, sandbox):
    small.write(configs, "frail", frail("twice"))
    with serve(configs, modules, sandbox) as daemon:
        for _ in range(5):
            assert ask(daemon) == {"product_id": ["p1"], "final": [20.0], "one": [1.0]}
        assert metric(daemon, "inferd_node_late_completions_total") == 5
        assert metric(daemon, "inferd_workers_died_total") == 0


@pytest.mark.parametrize("function", ["create", "bind", "start"])
def test_a_crash_in_the_making_of_a_component_is_contained_alike(configs, modules, sandbox, tmp_path, function):
    """Not in the checking child, or the config would be refused: the fuse is lit only after it has been accepted."""
    fuse = tmp_path / "fuse"
    small.write(configs, "frail", frail("segfault", **{"in": function, "fuse": str(fuse)}))
    with serve(configs, modules, sandbox, workers=1) as daemon:
        ready = daemon.wait_log("worker_ready")
        assert ask(daemon)["one"] == [1.0]
        fuse.touch()
        os.kill(int(re.search(r"pid (\d+)", ready["message"])[1]), signal.SIGKILL)
        line = daemon.wait_log("quarantine")
        assert f"last by SIGSEGV in {function}" in line["message"]
        daemon.wait_log("worker_ready")
        code, message = until(lambda: (lambda got: got if is_quarantined(got) else None)(ask(daemon)))
        assert code == grpc.StatusCode.UNAVAILABLE and f"in {function}" in message
        assert is_sound(daemon)
        assert metric(daemon, "inferd_workers_died_total") == 4


def checking_children(daemon):
    found, paths = [], glob.glob(f"/proc/{daemon.process.pid}/task/*/children")
    assert paths  # or it would find none whatever there is
    for path in paths:
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            found += [pid for pid in file.read().split() if name_of(pid) == "inferd-check"]
    return found


def name_of(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()
    return None


def test_a_config_that_kills_the_checking_child_is_refused_alone(configs, modules, sandbox):
    """Whether that is a new child, or one in which the config before was tried, and the next config will be."""
    with serve(configs, modules, sandbox) as daemon:
        daemon.wait_log("worker_ready")
        for name in "one", "two":
            small.write(configs, name, frail("none"))
            assert until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon, name)))["one"] == [1.0]
            small.write(configs, name + "-bad", frail("segfault", **{"in": "create"}))
            line = daemon.wait_log("config_refused", model=name + "-bad")
            assert re.search(r"crashed with SIGSEGV in create of module faulty.* node bad", line["message"])
        assert is_sound(daemon)
        assert metric(daemon, "inferd_workers_died_total") == 0
        until(lambda: not checking_children(daemon))  # none stays when there is nothing to do


def spread_crashes(daemon, names):
    """Each model crashes one worker."""
    for name in names:
        assert ask(daemon, name)[0] == grpc.StatusCode.UNAVAILABLE
        daemon.wait_log("worker_died")
        daemon.wait_log("worker_ready")


def test_crashes_all_over_a_module_have_its_other_version_stand_in(configs, modules, sandbox):
    place(modules, "faulty_1_0")
    names = ["a", "b", "c", "d"]
    for name in names:
        small.write(configs, name, frail("segfault"))
    with serve(configs, modules, sandbox, workers=1) as daemon:
        daemon.wait_log("worker_ready")
        spread_crashes(daemon, names[:3])
        for name in names:
            assert until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon, name)))["one"] == [1.0]
        entry, = until(lambda: [e for e in quarantined(daemon) if "model" not in e])
        assert entry["module"] == "faulty 1.1.0"
        assert any(line["event"] == "quarantine" and "crashed workers in 3 components" in line["message"]
                   for line in daemon.seen)
        assert metric(daemon, "inferd_workers_died_total") == 3


def test_without_another_version_all_of_its_components_are_quarantined(configs, modules, sandbox):
    names = ["a", "b", "c", "d"]
    for name in names:
        small.write(configs, name, frail("segfault"))
    with serve(configs, modules, sandbox, workers=1) as daemon:
        daemon.wait_log("worker_ready")
        spread_crashes(daemon, names[:3])
        for name in names:
            assert is_quarantined(until(lambda: (lambda got: got if is_quarantined(got) else None)(ask(daemon, name))))
        assert metric(daemon, "inferd_workers_died_total") == 3
        assert is_sound(daemon)
        place(modules, "faulty_1_0")  # a module comes, and with the next config it stands in
        small.write(configs, "e", frail("segfault"))
        for name in names + ["e"]:
            assert until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon, name)))["one"] == [1.0]


def test_sighup_ends_a_quarantine(configs, modules, sandbox, tmp_path):
    fuse = tmp_path / "fuse"
    fuse.touch()
    small.write(configs, "frail", frail("segfault", fuse=str(fuse)))
    with serve(configs, modules, sandbox) as daemon:
        crash_until_quarantined(daemon)
        fuse.unlink()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_log("quarantine_lifted")
        assert until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon)))["one"] == [1.0]


def test_two_versions_serve_side_by_side(configs, modules, sandbox):
    small.write(configs, "old", frail("twice", kind="faulty@1.0"))
    small.write(configs, "new", frail("twice"))
    with serve(configs, modules, sandbox, workers=1) as daemon:
        daemon.wait_log("generation")
        assert "no loaded module offers kind \"faulty\" in version 1.0" in ask(daemon, "old")[1]
        assert ask(daemon, "new")["one"] == [1.0]
        place(modules, "faulty_1_0")
        daemon.process.send_signal(signal.SIGHUP)  # nothing else has changed
        assert until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon, "old")))["one"] == [1.0]
        assert ask(daemon, "new")["one"] == [1.0]
        # Version 1.0.0 has no fault, so all second completions are the other's.
        assert metric(daemon, "inferd_node_late_completions_total") == 2


def test_a_module_path_that_anybody_may_write_to_is_refused(configs, modules, sandbox):
    modules.chmod(0o777)
    small.write(configs, "frail", frail("none"))
    with serve(configs, modules, sandbox) as daemon:
        line = daemon.wait_log("module_refused")
        assert line["path"] == str(modules) and "chmod o-w" in line["message"]
        assert is_sound(daemon)
        modules.chmod(0o755)
        (modules / "faulty_1_1.so").chmod(0o666)
        daemon.process.send_signal(signal.SIGHUP)
        line = daemon.wait_log("module_refused", path=str(modules / "faulty_1_1.so"))
        assert "chmod o-w" in line["message"]
        (modules / "faulty_1_1.so").chmod(0o644)
        daemon.process.send_signal(signal.SIGHUP)
        assert until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon)))["one"] == [1.0]


def test_never_means_never(configs, modules, sandbox):
    small.write(configs, "frail", frail("segfault"))
    options = "--quarantine-after=0", "--quarantine-module-after=0"
    with serve(configs, modules, sandbox, *options, workers=1) as daemon:
        daemon.wait_log("worker_ready")
        for _ in range(5):
            assert not is_quarantined(status_of(daemon.predict, small.request("frail", ["p1"])))
            daemon.wait_log("worker_died")
            daemon.wait_log("worker_ready")
        until(lambda: quarantined(daemon) == [])


def test_a_crash_in_stop_does_not_cost_a_worker_at_each_change(configs, modules, sandbox):
    """It is counted whatever config comes, and then the component is served on, but left alone at its end."""
    def change(i):
        model = frail("segfault", **{"in": "stop"})
        model["component_config"]["faulty_components"][0]["output"] = model["response_config"]["features"][2] = f"one{i}"
        small.write(configs, "frail", model)
        until(lambda: f"one{i}" in ask(daemon, "frail"))

    with serve(configs, modules, sandbox, "--quarantine-after=2", workers=1) as daemon:
        for i in range(2):
            change(i)
            until(lambda: metric(daemon, "inferd_workers_died_total") == i)
            until(lambda: f"one{i}" in ask(daemon, "frail"))  # by the worker that came after
        change(2)
        line = daemon.wait_log("quarantine")
        assert (line["model"], line["node"]) == ("frail", "bad")
        assert "served on, but neither stopped nor destroyed" in line["message"]
        for i in range(3, 8):
            change(i)
        assert metric(daemon, "inferd_workers_died_total") == 2
        [entry] = quarantined(daemon)
        assert entry["in"] == "stop" and is_sound(daemon)
        assert entry["serving"] and entry["until"] == "the module has a higher version"
        assert "served, but neither stopped nor destroyed, until the module has a higher version" in ctl(
            FOUND, "quarantine", "--address", daemon.address).stdout


def test_a_quarantine_outlives_a_restart(configs, modules, sandbox, tmp_path):
    def kept(daemon):
        config = json.loads(daemon.get("/config")[1])
        return config["last_good"].get("generation") == config["generation"]

    small.write(configs, "frail", frail("segfault"))
    state = f"--state-dir={tmp_path}/state"
    with serve(configs, modules, sandbox, state, "--quarantine-after=2", workers=1) as daemon:
        crash_until_quarantined(daemon)
        until(lambda: kept(daemon))
        before = quarantined(daemon)
    with serve(configs, modules, sandbox, state, workers=1) as daemon:
        [line] = [seen for seen in daemon.seen if seen["event"] == "quarantine_restored"]
        assert (line["model"], line["node"], line["module"]) == ("frail", "bad", "faulty 1.1.0")
        until(lambda: json.loads(daemon.get("/config")[1])["models"])
        assert quarantined(daemon) == before and is_quarantined(until(lambda: ask(daemon, "frail")))
        assert is_sound(daemon) and metric(daemon, "inferd_workers_died_total") == 0
        small.write(configs, "frail", frail("never"))
        until(lambda: isinstance(ask(daemon, "frail"), dict))
        until(lambda: quarantined(daemon) == [])
        until(lambda: kept(daemon))
    small.write(configs, "frail", frail("segfault", every=1000000))  # another config, while nobody looks
    with serve(configs, modules, sandbox, state, workers=1) as daemon:
        until(lambda: isinstance(ask(daemon, "frail"), dict))
        until(lambda: quarantined(daemon) == [])
