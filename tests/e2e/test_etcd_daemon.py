# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The daemon with its model configs in a real etcd, found by nothing but the environment an Inferflow deployment has.
import json
import time

import grpc
import pytest

import small_models as small
from daemon import Daemon
from etcd import Etcd
from ports import free_port

PREFIX = "/config/inferflow/services/shop/model-config"


@pytest.fixture
def etcd(tmp_path):
    with Etcd(tmp_path) as etcd:
        yield etcd


def environment(etcd):
    return {"APP_NAME": "shop", "ETCD_SERVER": etcd.url, "ETCD_WATCHER_ENABLED": "true"}


def key(name):
    return f"{PREFIX}/config-map/{name}"


def only(*columns):
    model = small.prices()
    model["response_config"]["features"] = list(columns)
    return json.dumps(model)


def columns(daemon, model):
    return [c.name for c in daemon.predict(small.request(model, ["p1"])).target_output_schema]


def missing(daemon, model):
    try:
        columns(daemon, model)
    except grpc.RpcError as error:
        return error.code() == grpc.StatusCode.NOT_FOUND
    return False


def wait_until(true):
    """Asks again and again: the workers take a generation some time after the master has published it."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end


def serves(daemon, model, *names):
    def true():
        try:
            return columns(daemon, model) == list(names)
        except grpc.RpcError:
            return False

    return true


def test_follows_etcd(etcd, sandbox):
    etcd.put(key("prices"), only("product_id", "final"))
    with Daemon(sandbox=sandbox, env=environment(etcd)) as daemon:
        wait_until(serves(daemon, "prices", "product_id", "final"))
        etcd.put(key("prices"), only("product_id"))
        wait_until(serves(daemon, "prices", "product_id"))
        etcd.put(key("second"), only("product_id"))
        wait_until(serves(daemon, "second", "product_id"))
        etcd.put(key("prices"), b"\xff not JSON")
        assert daemon.wait_log("config_refused", model="prices")["message"]
        assert columns(daemon, "prices") == ["product_id"]
        etcd.delete(key("second"))
        wait_until(lambda: missing(daemon, "second"))
        assert columns(daemon, "prices") == ["product_id"]


def test_7_13_serves_on_while_etcd_is_away(etcd, sandbox):
    etcd.put(key("prices"), only("product_id", "final"))
    with Daemon(sandbox=sandbox, env=environment(etcd)) as daemon:
        wait_until(serves(daemon, "prices", "product_id", "final"))
        etcd.kill()
        assert "the models stay as they are" in daemon.wait_log("config_etcd_away")["message"]
        assert columns(daemon, "prices") == ["product_id", "final"]
        etcd.start()
        etcd.put(key("prices"), only("product_id"))
        wait_until(serves(daemon, "prices", "product_id"))


def test_waits_for_etcd_at_the_start(tmp_path, sandbox):
    etcd = Etcd(tmp_path)
    with Daemon(sandbox=sandbox, env=environment(etcd)) as daemon:
        if not any(line["event"] == "config_etcd_away" for line in daemon.seen):
            daemon.wait_log("config_etcd_away")
        with etcd:
            etcd.put(PREFIX + "/config-map", json.dumps({"prices": json.loads(only("product_id"))}))
            wait_until(serves(daemon, "prices", "product_id"))


def test_prefers_the_directory_that_the_command_line_names(tmp_path, sandbox):
    small.write(tmp_path, "prices", only("product_id"))
    env = {"APP_NAME": "shop", "ETCD_SERVER": f"http://127.0.0.1:{free_port()}"}
    with Daemon(tmp_path, sandbox, env=env) as daemon:
        wait_until(serves(daemon, "prices", "product_id"))
