# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Model configs from a real etcd through the daemon: what is put, changed and deleted goes live, what is bad doesn't, an
# outage costs no call, and a kind from outside the tree is bound while the daemon runs.
import json
import os
import shlex
import signal
import subprocess
import threading

import grpc
import pytest

import small_models as small
from daemon import MODULES, Daemon, Follower, status_of
from etcd import Etcd
from ports import free_port

PREFIX = "/config/inferflow/services/shop/model-config/config-map"
PLUGIN = os.path.join(os.environ["srcdir"], "examples", "plugin", "scale.c")
SDK = os.path.join(os.environ["srcdir"], "sdk", "include")


@pytest.fixture
def etcd(tmp_path):
    with Etcd(tmp_path) as running:
        yield running


def serve(etcd, sandbox, **more):
    return Follower(None, sandbox, env={"ETCD_SERVER": etcd.url, "APP_NAME": "shop"}, **more)


def only(*columns):
    model = small.prices()
    model["response_config"]["features"] = list(columns)
    return model


def put(etcd, name, model):
    etcd.put(f"{PREFIX}/{name}", model if isinstance(model, str) else json.dumps(model))


def columns(daemon, model):
    """Of its reply; None: it isn't served, by the worker that the connection is with."""
    try:
        return [c.name for c in daemon.predict(small.request(model, ["p1"])).target_output_schema]
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error
        return None


def until(look, *wanted):
    """Looks until it is what is wanted, or anything true, and returns it. Workers take a generation one by one, and
    nothing tells when all have it."""
    while True:
        seen = look()
        if seen in wanted if wanted else seen:
            return seen


def refusal(daemon, model):
    """What /config says of a model whose newest config is refused."""
    state = json.loads(daemon.get("/config")[1])["models"].get(model, {})
    return state if state.get("refused") else None


class Load:
    """Calls from several threads until it ends; what fails is kept. wait(n): until n more calls are done."""

    def __init__(self, daemon, model="prices", threads=4):
        self.daemon, self.model = daemon, model
        self.failed = []
        self.done = threading.Semaphore(0)
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def run(self):
        while not self.stop.is_set():
            try:
                self.daemon.predict(small.request(self.model, ["p1", "p2"]))
            except grpc.RpcError as error:
                self.failed.append((error.code(), error.details()))
            self.done.release()

    def wait(self, calls=40):
        for _ in range(calls):
            assert self.done.acquire(timeout=60), "no call comes to its end"

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def test_models_come_change_and_go(etcd, sandbox):
    put(etcd, "prices", only("product_id", "final"))
    with serve(etcd, sandbox) as daemon:
        assert columns(daemon, "prices") == ["product_id", "final"]
        put(etcd, "prices", only("product_id"))
        until(lambda: columns(daemon, "prices"), ["product_id"])
        assert columns(daemon, "second") is None
        put(etcd, "second", small.prices())
        until(lambda: columns(daemon, "second"), ["product_id", "product:attrs:price", "final"])
        etcd.delete(f"{PREFIX}/second")
        until(lambda: columns(daemon, "second"), None)
        assert columns(daemon, "prices") == ["product_id"]


def test_a_refused_config_leaves_the_last_good_one(etcd, sandbox):
    put(etcd, "prices", only("product_id", "final"))
    with serve(etcd, sandbox) as daemon:
        assert columns(daemon, "prices") == ["product_id", "final"]
        bad = small.prices()
        bad["component_config"]["numerix_components"][0]["score_col"] = 7
        put(etcd, "prices", bad)
        put(etcd, "fresh", "{")
        assert not until(lambda: refusal(daemon, "fresh"))["serving"]
        state = until(lambda: refusal(daemon, "prices"))
        assert state["serving"] and "component_config.numerix_components[0].score_col" in state["reason"]
        until(lambda: "refused" in status_of(daemon.predict, small.request("fresh", ["p1"]))[1])
        assert columns(daemon, "prices") == ["product_id", "final"]
        put(etcd, "prices", only("product_id"))
        until(lambda: columns(daemon, "prices"), ["product_id"])
        until(lambda: refusal(daemon, "prices"), None)


def test_all_models_in_one_key(etcd, sandbox):
    etcd.put(PREFIX, json.dumps({"one": only("product_id"), "two": only("product_id", "final"), "bad": {"x": 1}}))
    with serve(etcd, sandbox) as daemon:
        assert columns(daemon, "one") == ["product_id"]
        assert columns(daemon, "two") == ["product_id", "final"]
        assert "refused" in status_of(daemon.predict, small.request("bad", ["p1"]))[1]
        etcd.put(PREFIX, json.dumps({"one": only("product_id", "final"), "three": only("product_id")}))
        until(lambda: columns(daemon, "three"), ["product_id"])
        assert columns(daemon, "one") == ["product_id", "final"] and columns(daemon, "two") is None
        etcd.put(PREFIX, "{")  # no map at all: everything stays
        put(etcd, "four", small.prices())
        until(lambda: columns(daemon, "four"))
        assert columns(daemon, "one") == ["product_id", "final"]


def test_swaps_under_load_fail_no_call(etcd, sandbox):
    put(etcd, "prices", small.prices())
    with serve(etcd, sandbox) as daemon, Load(daemon) as load:
        for i in range(10):
            load.wait(4)
            wanted = ["product_id", "final"] if i % 2 else ["product_id"]
            put(etcd, "prices", only(*wanted))
            until(lambda: columns(daemon, "prices"), wanted)
        load.wait()
    assert not load.failed


def test_7_13_an_outage_of_etcd_costs_no_call(etcd, sandbox):
    put(etcd, "prices", small.prices())
    with serve(etcd, sandbox) as daemon, Load(daemon) as load:
        load.wait()
        etcd.kill()
        daemon.wait_log("config_etcd_away")
        load.wait()
        etcd.start()
        load.wait()
        put(etcd, "prices", only("product_id"))
        until(lambda: columns(daemon, "prices"), ["product_id"])
        load.wait()
        etcd.kill()  # and once more, with a change that comes while the daemon is away
        etcd.start()
        put(etcd, "prices", only("product_id", "final"))
        until(lambda: columns(daemon, "prices"), ["product_id", "final"])
    assert not load.failed


def install_plugin(directory, name):
    """Built by hand, with nothing but the SDK's headers, and put into place in one step."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    fresh = directory / (name + ".new")
    subprocess.run([*compiler, "-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Werror", "-I", SDK,
                    "-o", fresh, PLUGIN], check=True)
    fresh.rename(directory / name)


def scaled(factor):
    model = small.prices()
    model["component_config"]["scale_components"] = [
        {"component": "taxed", "input": "product:attrs:price", "output": "price_taxed", "factor": factor, "offset": 1}]
    model["dag_execution_config"]["component_dependency"]["taxed"] = ["fs_product"]
    model["response_config"]["features"] = ["product_id", "price_taxed"]
    return model


def prices_taxed(daemon):
    """Of three products, one of them unknown; None: the model isn't served yet."""
    if columns(daemon, "taxed") is None:
        return None
    return small.table(daemon.predict(small.request("taxed", ["p1", "p2", "nobody"])))["price_taxed"]


def test_7_06_a_kind_from_outside_is_bound_in_a_running_daemon(etcd, sandbox, tmp_path):
    folder = tmp_path / "modules"
    folder.mkdir()
    put(etcd, "prices", small.prices())
    with serve(etcd, sandbox, modules=f"{MODULES}:{folder}") as daemon, Load(daemon) as load:
        put(etcd, "taxed", scaled(1.5))
        assert "scale" in until(lambda: refusal(daemon, "taxed"))["reason"]
        install_plugin(folder, "scale.so")
        put(etcd, "taxed", scaled(2))
        until(lambda: prices_taxed(daemon), [21.0, 7.0, None])
        put(etcd, "taxed", scaled("much"))  # the module's own table refuses it
        assert "component_config.scale_components[0].factor" in until(lambda: refusal(daemon, "taxed"))["reason"]
        assert prices_taxed(daemon) == [21.0, 7.0, None]
        load.wait()
    assert not load.failed


def test_sighup_takes_a_module_that_a_refused_config_waits_for(etcd, sandbox, tmp_path):
    folder = tmp_path / "modules"
    folder.mkdir()
    put(etcd, "prices", small.prices())
    put(etcd, "taxed", scaled(1.5))
    with serve(etcd, sandbox, modules=f"{MODULES}:{folder}") as daemon:
        assert "scale" in until(lambda: refusal(daemon, "taxed"))["reason"]
        install_plugin(folder, "scale.so")
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: prices_taxed(daemon), [16.0, 5.5, None])
        assert columns(daemon, "prices")


def test_ends_when_told_though_etcd_never_came(tmp_path):
    daemon = Daemon(env={"ETCD_SERVER": f"http://127.0.0.1:{free_port()}", "APP_NAME": "shop"})
    daemon.run()
    daemon.wait_log("config_etcd_away")
    assert daemon.stop() == 0
