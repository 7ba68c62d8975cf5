# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Generations: what each meant for every model, that only what has changed is compiled, which older ones runs still hold,
# a worker that can't take one, and how `inferctl status` tells all of it.
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
import threading

import grpc
import pytest

import small_models as small
from admin import Unix, ask
from daemon import BUILD, MODULES, Daemon, metric, until
from ports import free_port
from fake import GOOD, PATIENCE, Fake

INFERCTL = os.path.join(BUILD, "tools", "inferctl", "inferctl")
STUBBORN = os.path.join(BUILD, "tests", "e2e", ".libs", "stubborn.so")


@pytest.fixture
def configs(tmp_path):
    directory = tmp_path / "models"
    directory.mkdir()
    for name in "a", "b", "c":
        small.write(directory, name, small.prices())
    return directory


def only(*columns):
    model = small.prices()
    model["response_config"]["features"] = list(columns)
    return model


def shown(daemon):
    return json.loads(daemon.get("/config")[1])


def columns_of(daemon, model):
    return [c.name for c in daemon.predict(small.request(model, ["p1"])).target_output_schema]


def all_have(daemon, generation):
    until(lambda: all(w["generation"] == generation for w in shown(daemon)["workers"]))
    return until(lambda: (lambda c: c if c["generation"] == generation else None)(shown(daemon)))


def status(daemon, *options):
    return subprocess.run([INFERCTL, "status", f"--address={daemon.address}", *options], capture_output=True, text=True,
                          timeout=60, check=False)


def test_each_says_what_it_meant_for_every_model(configs, sandbox):
    # In one process, which has no checking child, the history tells what was published and not what became of it.
    with Daemon(configs, sandbox, workers=2) as daemon:
        first = all_have(daemon, 1)
        assert {m["outcome"] for m in first["models"].values()} == {"compiled"}
        assert first["counts"] == {"serving": 3, "refused": 0, "compiled": 3, "unchanged": 0}
        small.write(configs, "a", only("product_id"))
        assert {k: m["outcome"] for k, m in all_have(daemon, 2)["models"].items()} == {
            "a": "compiled", "b": "unchanged", "c": "unchanged"}
        small.write(configs, "b", "{")
        third = all_have(daemon, 3)
        assert {k: m["outcome"] for k, m in third["models"].items()} == {"a": "unchanged", "b": "refused", "c": "unchanged"}
        assert third["models"]["b"]["serving"] and third["models"]["b"]["generation"] == 1
        assert third["counts"] == {"serving": 3, "refused": 1, "compiled": 0, "unchanged": 2}
        os.remove(configs / "c.json")
        last = all_have(daemon, 4)
        assert sorted(last["models"]) == ["a", "b"]
        assert [(g["generation"], g["changed"], g["refused"], g["removed"], g["unchanged"]) for g in last["generations"]] == [
            (4, 0, 0, 1, 2), (3, 0, 1, 0, 3), (2, 1, 0, 0, 2), (1, 3, 0, 0, 0)]
        assert last["since"] == last["generations"][0]["time"] and last["revision"] == last["generations"][0]["revision"]


def test_only_what_has_changed_is_compiled(configs, sandbox):
    with Daemon(configs, sandbox, workers=2) as daemon:
        all_have(daemon, 1)
        assert metric(daemon, "inferd_config_models_compiled_total") == 6
        small.write(configs, "a", only("product_id"))
        all_have(daemon, 2)
        assert metric(daemon, "inferd_config_models_compiled_total") == 8
        small.write(configs, "b", "{")
        all_have(daemon, 3)
        assert metric(daemon, "inferd_config_models_compiled_total") == 8


def test_a_new_worker_has_what_the_others_have(configs, sandbox):
    with Daemon(configs, sandbox, workers=2) as daemon:
        all_have(daemon, 1)
        small.write(configs, "a", only("product_id"))
        before = all_have(daemon, 2)
        pid = int(daemon.wait_log("worker_ready")["message"].split("(pid ")[1].split(")")[0])
        os.kill(pid, 9)
        daemon.wait_log("worker_died")
        daemon.wait_log("worker_ready")
        for _ in range(20):  # of either worker
            after = all_have(daemon, 2)
            assert after["models"] == before["models"] and after["since"] == before["since"]


def test_what_runs_still_hold_is_shown(configs, tmp_path):
    opened = threading.Event()

    def gate(call):
        assert opened.wait(PATIENCE)
        return GOOD["numerix"](call)

    with Fake(**{**GOOD, "numerix": gate}) as fake, Daemon(configs, env=fake.env, workers=2) as daemon:
        all_have(daemon, 1)
        assert shown(daemon)["held"] == []
        channels = [grpc.insecure_channel(daemon.address, options=[("grpc.use_local_subchannel_pool", 1)])
                    for _ in range(4)]
        calls = [channel.unary_unary("/Predict/InferPointWise").future(
            small.request("a", ["p1"]).SerializeToString(), timeout=PATIENCE) for channel in channels]
        for _ in calls:
            fake.wait("numerix")
        small.write(configs, "a", only("product_id"))
        all_have(daemon, 2)
        held = until(lambda: [h for h in shown(daemon)["held"] if h["runs"] == 4])
        assert held == [{"generation": 1, "plans": 2, "runs": 4, "workers": [0, 1]}]
        small.write(configs, "a", only("product_id", "final"))  # nobody has begun on that one
        all_have(daemon, 3)
        assert [h["generation"] for h in shown(daemon)["held"]] == [1]
        assert "4 runs with 2 plans, in worker 0, 1" in status(daemon).stdout
        opened.set()
        for call in calls:
            call.result()
        until(lambda: shown(daemon)["held"] == [])
        for channel in channels:
            channel.close()


def test_a_worker_that_can_not_take_one_keeps_what_it_has(configs, sandbox, tmp_path):
    obstacle = tmp_path / "obstacle"
    model = small.prices()
    model["component_config"]["stubborn_components"] = [{"component": "odd", "obstacle": str(obstacle)}]
    model["dag_execution_config"]["component_dependency"]["odd"] = ["fs_product"]
    small.write(configs, "a", model)
    with Daemon(configs, sandbox, modules=f"{MODULES}:{STUBBORN}", workers=2) as daemon:
        assert all_have(daemon, 1)["counts"]["refused"] == 0
        obstacle.touch()
        model["response_config"]["features"] = ["product_id"]
        small.write(configs, "a", model)
        for _ in range(2):
            line = daemon.wait_log("generation_not_taken")
            assert line["process"] == "master" and line["model"] == "a" and "it is in the way" in line["message"]
            assert "serves on what it had" in line["message"]
        config = all_have(daemon, 2)
        assert [list(w["failed"]) for w in config["workers"]] == [["a"], ["a"]]
        assert metric(daemon, "inferd_config_models_not_taken_total") == 2
        assert columns_of(daemon, "a") == ["product_id", "product:attrs:price", "final"]
        told = status(daemon)
        assert told.returncode == 1 and told.stdout.count("COULD NOT TAKE a: ") == 2
        obstacle.unlink()
        model["response_config"]["features"] = ["product_id", "final"]
        small.write(configs, "a", model)
        assert [w["failed"] for w in all_have(daemon, 3)["workers"]] == [{}, {}]
        assert status(daemon).returncode == 0


def test_status_tells_it_to_a_person_and_to_a_program(configs, sandbox):
    with Daemon(configs, sandbox) as daemon:
        all_have(daemon, 1)
        told = status(daemon)
        assert told.returncode == 0 and told.stderr == ""
        assert told.stdout.startswith("generation  1, of revision 1, since 20")
        assert "models      3 served, 0 refused (3 compiled, 0 unchanged)" in told.stdout
        assert f"source      dir:{configs}" in told.stdout
        small.write(configs, "b", "{")
        all_have(daemon, 2)
        told = status(daemon)
        assert told.returncode == 1 and "  b (generation 1 is served)\n    " in told.stdout
        told = status(daemon, "--json")
        assert told.returncode == 1 and json.loads(told.stdout)["models"]["b"]["outcome"] == "refused"


def test_status_says_when_nobody_answers(sandbox):
    done = subprocess.run([INFERCTL, "status", f"--address=127.0.0.1:{free_port()}"], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 3 and done.stdout == ""
    assert "no inferd answers at 127.0.0.1:" in done.stderr and "--address" in done.stderr
    other = sandbox.address("onfs")
    done = subprocess.run([INFERCTL, "status", f"--address={other}"], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 3 and done.stdout == ""


def test_one_process_shows_the_same(configs, sandbox):
    with Daemon(configs, sandbox, workers=0) as daemon:
        until(lambda: daemon.get("/health/ready")[0] == 200)
        config = all_have(daemon, 1)
        assert config["counts"]["serving"] == 3 and config["source"]["origin"] == f"dir:{configs}"
        # Nothing is tried before it is published; the history tells what became of it all the same.
        broken = small.prices()
        broken["component_config"]["numerix_components"][0]["score_col"] = 3
        small.write(configs, "broken", broken)

        def known():
            told = json.loads(daemon.get("/config")[1])["generations"]
            return told[0] if told and told[0]["refused"] else None

        last = until(known)
        assert (last["changed"], last["refused"]) == (0, 1)


@pytest.fixture
def admin():
    directory = tempfile.mkdtemp(prefix="inferd-")  # the path of a socket is short
    yield f"unix:{directory}/admin"
    shutil.rmtree(directory)


def count_at(admin, name):
    return int(re.search(rf"^{name} (\d+)$", ask(Unix(admin.removeprefix("unix:")), "GET", "/metrics")[1], re.M)[1])


def of_many_features(count):
    model, names = small.prices(), [f"a_feature_of_many_{i}" for i in range(count)]
    model["component_config"]["feature_components"] = [
        small.feature("fs_product", "product", [("product_id", "product_id")], [("attrs", "DataTypeFP32", ["price", *names])])]
    model["response_config"]["features"] = ["product_id", *(f"product:attrs:{name}" for name in names)]
    return model


def test_a_config_that_needs_more_memory_than_there_is_is_refused(configs, sandbox):
    """It is large enough to need several times the memory that the worker may still have."""
    with Daemon(configs, sandbox, workers=1) as daemon:
        pid = int(re.search(r"pid (\d+)", daemon.wait_log("worker_ready")["message"])[1])
        before = columns_of(daemon, "a")
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            size = int(re.search(r"VmSize:\s+(\d+)", file.read())[1]) << 10
        if size > 1 << 40:
            pytest.skip("a sanitizer's process can't have a limit of memory")
        limit = resource.prlimit(pid, resource.RLIMIT_AS, (size + (48 << 20), resource.prlimit(pid, resource.RLIMIT_AS)[1]))
        small.write(configs, "a", of_many_features(200000))
        refused = daemon.wait_log("config_refused", model="a")
        assert refused["process"] == "worker-0" and "there isn't enough memory to compile it" in refused["message"]
        assert "there isn't enough memory" in daemon.wait_log("generation_not_taken", model="a")["message"]
        assert columns_of(daemon, "a") == before
        resource.prlimit(pid, resource.RLIMIT_AS, limit)
        small.write(configs, "a", only("product_id"))
        until(lambda: columns_of(daemon, "a") == ["product_id"])
        assert metric(daemon, "inferd_workers_spawned_total") == 1  # it is the same worker


def test_a_worker_without_a_descriptor_keeps_what_it_has_and_gets_it_later(configs, sandbox, admin):
    """It couldn't take a connection to be asked on, either; so the admin address is asked, which is the master's."""
    with Daemon(configs, sandbox, options=[f"--admin-address={admin}"], workers=1) as daemon:
        pid = int(re.search(r"pid (\d+)", daemon.wait_log("worker_ready")["message"])[1])
        before = columns_of(daemon, "a")
        limit = resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]))
        small.write(configs, "a", only("product_id"))
        line = daemon.wait_log("worker_behind", worker="0")
        assert "no descriptor is left in the worker; raise the limit" in line["message"]
        until(lambda: count_at(admin, "inferd_config_generations_missed_total") > 2)  # it is tried again
        small.write(configs, "b", only("product_id", "final"))  # and this can't be taken without the one before
        assert columns_of(daemon, "a") == columns_of(daemon, "b") == before
        told = subprocess.run([INFERCTL, "status", f"--address={admin}"], capture_output=True, text=True, timeout=60,
                              check=False)
        assert told.returncode == 1 and "0  generation 1, taken " in told.stdout, told.stdout
        assert "IS BEHIND, could not take what is newer: no descriptor is left" in told.stdout
        assert count_at(admin, "inferd_config_workers_behind") == 1
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
        daemon.wait_log("worker_caught_up", worker="0")
        until(lambda: columns_of(daemon, "a") == ["product_id"] and columns_of(daemon, "b") == ["product_id", "final"])
        until(lambda: "missed" not in all_have(daemon, 3)["workers"][0])
        assert count_at(admin, "inferd_config_workers_behind") == 0
        assert metric(daemon, "inferd_workers_spawned_total") == 1
        assert status(daemon).returncode == 0
