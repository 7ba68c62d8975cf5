# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The last good configs on disk: a start while etcd is away serves them and says so, and etcd's are taken when it is
# back; they stand in for what is refused; a bad file, a full disk and a directory that can't be written cost nothing; an
# etcd that comes back without any model isn't believed, unless it is to be.
import json
import os
import subprocess

import grpc
import pytest

import small_models as small
from daemon import Daemon, metric
from etcd import Etcd

ATTEMPTS = 10  # etcd has half a second to answer, which is short for a machine that is busy
PREFIX = "/config/inferflow/services/shop/model-config/config-map"


@pytest.fixture
def etcd(tmp_path):
    with Etcd(tmp_path) as running:
        yield running


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def serve(etcd, sandbox, state, *options, **more):
    return Daemon(None, sandbox, options, env={"ETCD_SERVER": etcd.url, "APP_NAME": "shop"}, state=state, **more)


def only(*columns):
    model = small.prices()
    model["response_config"]["features"] = list(columns)
    return json.dumps(model)


def put(etcd, name, text):
    etcd.put(f"{PREFIX}/{name}", text)


def columns(daemon, model):
    while True:
        try:
            return [c.name for c in daemon.predict(small.request(model, ["p1"])).target_output_schema]
        except grpc.RpcError as error:
            if "have not been read yet" in error.details():
                continue  # etcd is slow
            assert error.code() == grpc.StatusCode.NOT_FOUND, error
            return None


def until(look, wanted):
    """The workers take a generation one by one, and nothing tells when all have it."""
    while look() != wanted:
        pass


def shown(daemon):
    return json.loads(daemon.get("/config")[1])


def saw(daemon, event):
    """That line, seen already or still to come."""
    return next((l for l in daemon.seen if l["event"] == event), None) or daemon.wait_log(event)


def leave(etcd, sandbox, state, **models):
    """A daemon that keeps these models on disk and ends."""
    for name, text in models.items():
        put(etcd, name, text)
    with serve(etcd, sandbox, state) as daemon:
        saw(daemon, "last_good_kept")
        saw(daemon, "worker_ready")
    return next(state.iterdir())


def test_a_start_while_etcd_is_away_serves_the_last_good(etcd, sandbox, state):
    leave(etcd, sandbox, state, prices=only("product_id", "final"), gone=only("product_id"))
    etcd.kill()
    with serve(etcd, sandbox, state) as daemon:
        line = saw(daemon, "config_from_disk")
        assert line["level"] == "WARNING" and "the 2 models that were good last" in line["message"]
        saw(daemon, "worker_ready")
        assert columns(daemon, "prices") == ["product_id", "final"] and columns(daemon, "gone") == ["product_id"]
        assert metric(daemon, "inferd_config_from_disk") == 1
        until(lambda: metric(daemon, "inferd_config_source_away"), 1)
        until(lambda: shown(daemon)["from_disk"] and shown(daemon)["models"]["prices"]["serving"], True)
        etcd.start()
        put(etcd, "prices", only("product_id"))
        etcd.delete(f"{PREFIX}/gone")
        until(lambda: columns(daemon, "prices"), ["product_id"])
        until(lambda: columns(daemon, "gone"), None)
        until(lambda: shown(daemon)["from_disk"], False)
        assert metric(daemon, "inferd_config_from_disk") == 0
        until(lambda: metric(daemon, "inferd_config_source_away"), 0)  # it is back once its watch is, after what was read


def test_the_service_config_is_kept_as_well(etcd, sandbox, state):
    """Also one that changed alone, after the models; and what is refused never takes its place."""
    service = PREFIX.removesuffix("config-map") + "service-config"

    def logs(daemon):
        told = shown(daemon)["service"]
        return told and (told["v2-logging-type"], told["compression-enabled"])

    put(etcd, "prices", only("product_id"))
    with serve(etcd, sandbox, state) as daemon:
        saw(daemon, "worker_ready")
        until(lambda: logs(daemon), ("proto", False))
        etcd.put(service, json.dumps({"v2-logging-type": "arrow", "compression-enabled": True}))
        until(lambda: logs(daemon), ("arrow", True))
        etcd.put(service, json.dumps({"v2-logging-type": "telegraph"}))
        until(lambda: (shown(daemon)["service"] or {}).get("refused"), True)
        assert logs(daemon) == ("arrow", True)
    etcd.kill()
    with serve(etcd, sandbox, state) as daemon:
        saw(daemon, "config_from_disk")
        until(lambda: logs(daemon), ("arrow", True))
        assert columns(daemon, "prices") == ["product_id"]
        etcd.start()
        etcd.put(service, json.dumps({"v2-logging-type": "parquet"}))
        until(lambda: logs(daemon), ("parquet", False))


def test_etcd_that_answers_is_read_and_not_the_disk(etcd, sandbox, state):
    for _ in range(ATTEMPTS):
        leave(etcd, sandbox, state, prices=only("product_id", "final"), gone=only("product_id"))
        put(etcd, "prices", only("product_id"))
        etcd.delete(f"{PREFIX}/gone")
        with serve(etcd, sandbox, state) as daemon:
            saw(daemon, "generation")
            if not any(l["event"] == "config_from_disk" for l in daemon.seen):
                saw(daemon, "worker_ready")
                assert columns(daemon, "prices") == ["product_id"] and columns(daemon, "gone") is None
                return
    raise AssertionError("it is never waited for")


def test_etcd_that_does_not_answer_is_not_waited_for(etcd, sandbox, state):
    leave(etcd, sandbox, state, prices=only("product_id"))
    etcd.pause()
    with serve(etcd, sandbox, state) as daemon:
        saw(daemon, "config_from_disk")
        saw(daemon, "worker_ready")
        assert columns(daemon, "prices") == ["product_id"]
        etcd.resume()
        until(lambda: shown(daemon)["from_disk"], False)


def test_the_last_good_text_stands_in_for_one_that_is_refused_at_the_start(etcd, sandbox, state):
    leave(etcd, sandbox, state, prices=only("product_id"))
    put(etcd, "prices", "{")
    with serve(etcd, sandbox, state) as daemon:
        assert saw(daemon, "config_refused")["model"] == "prices"
        saw(daemon, "worker_ready")
        assert columns(daemon, "prices") == ["product_id"]
        # It is shown once it is served; if etcd was slow to answer, first as what was on disk.
        until(lambda: shown(daemon)["models"].get("prices", {}).get("refused"), True)
        assert shown(daemon)["models"]["prices"]["serving"]


@pytest.mark.parametrize("damage, words", [
    (lambda b: b[:-1], "it is cut short"),
    (lambda b: b[:-1] + bytes([b[-1] ^ 1]), "the checksum differs"),
    (lambda b: b"#!/bin/sh\n", "it is not inferd's"),
    (lambda b: b.replace(b"inferd-generation 1 ", b"inferd-generation 2 ", 1), "a newer inferd wrote it"),
], ids=["truncated", "corrupt", "foreign", "newer"])
def test_a_file_that_is_not_right_is_refused(etcd, sandbox, state, damage, words):
    file = leave(etcd, sandbox, state, prices=only("product_id"))
    file.write_bytes(damage(file.read_bytes()))
    etcd.kill()
    with serve(etcd, sandbox, state) as daemon:
        line = saw(daemon, "last_good_refused")
        assert words in line["message"] and str(file) in line["message"]
        etcd.start()
        until(lambda: columns(daemon, "prices"), ["product_id"])
        assert metric(daemon, "inferd_last_good_refused_total") == 1
        saw(daemon, "last_good_kept")
    assert file.read_bytes().startswith(b"inferd-generation 1 ")


def test_a_directory_that_can_not_be_written_costs_nothing(etcd, sandbox, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, where a directory should be")
    put(etcd, "prices", only("product_id"))
    with serve(etcd, sandbox, blocked) as daemon:
        line = saw(daemon, "last_good_failed")
        assert line["level"] == "WARNING" and "--state-dir" in line["message"]
        until(lambda: columns(daemon, "prices"), ["product_id"])
        put(etcd, "prices", only("product_id", "final"))
        until(lambda: columns(daemon, "prices"), ["product_id", "final"])
        assert metric(daemon, "inferd_last_good_failed_total") == 1


def test_a_full_disk_costs_nothing(etcd, sandbox, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k,mode=700", "none", str(disk)]
    if subprocess.run(["unshare", "-m", *mount], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    for i in range(10):
        put(etcd, f"m{i}", only("product_id"))
    daemon = serve(etcd, sandbox, disk)
    daemon.command = ["unshare", "-m", "sh", "-c", " ".join(mount) + ' && exec "$@"', "sh", *daemon.command]
    with daemon:
        assert "No space left on device" in saw(daemon, "last_good_failed")["message"]
        until(lambda: columns(daemon, "m9"), ["product_id"])


def test_nothing_is_kept_where_no_directory_is_named(etcd, sandbox, tmp_path):
    put(etcd, "prices", only("product_id"))
    with serve(etcd, sandbox, "") as daemon:
        saw(daemon, "worker_ready")
        assert columns(daemon, "prices") == ["product_id"]
        assert metric(daemon, "inferd_last_good_written_total") == metric(daemon, "inferd_last_good_failed_total") == 0


def recreate(etcd):
    etcd.kill()
    etcd.forget()
    etcd.start()


def test_an_etcd_that_comes_back_empty_is_not_believed(etcd, sandbox, state):
    put(etcd, "prices", only("product_id"))
    put(etcd, "other", only("product_id"))
    with serve(etcd, sandbox, state) as daemon:
        saw(daemon, "last_good_kept")
        saw(daemon, "worker_ready")
        recreate(etcd)
        assert "the 2 models that were good last stay" in saw(daemon, "config_source_empty")["message"]
        daemon.wait_log("generation")
        assert columns(daemon, "prices") == ["product_id"]
        until(lambda: metric(daemon, "inferd_config_models_kept"), 2)
        # What it says from now on is believed, model by model.
        put(etcd, "prices", only("product_id", "final"))
        until(lambda: columns(daemon, "prices"), ["product_id", "final"])
        assert columns(daemon, "other") == ["product_id"]
        put(etcd, "other", only("product_id"))
        etcd.delete(f"{PREFIX}/other")
        until(lambda: columns(daemon, "other"), None)
        until(lambda: metric(daemon, "inferd_config_models_kept"), 0)
    etcd.delete(PREFIX, "--prefix")
    with serve(etcd, sandbox, state) as daemon:  # nor at a start
        saw(daemon, "config_source_empty")
        saw(daemon, "worker_ready")
        assert columns(daemon, "prices") == ["product_id", "final"]


def test_an_empty_etcd_is_believed_if_it_is_to_be(etcd, sandbox, state):
    leave(etcd, sandbox, state, prices=only("product_id"))
    recreate(etcd)
    with serve(etcd, sandbox, state, "--config-believe-empty") as daemon:
        saw(daemon, "worker_ready")
        until(lambda: columns(daemon, "prices"), None)  # what is on disk may be served until it has answered


def test_a_directory_of_configs_is_kept_too(sandbox, tmp_path, state):
    configs = tmp_path / "models"
    configs.mkdir()
    small.write(configs, "prices", only("product_id"))
    with Daemon(configs, sandbox, state=state) as daemon:
        saw(daemon, "last_good_kept")
    small.write(configs, "prices", "{")
    with Daemon(configs, sandbox, state=state) as daemon:
        saw(daemon, "worker_ready")
        assert columns(daemon, "prices") == ["product_id"]
    os.remove(configs / "prices.json")
    with Daemon(configs, sandbox, state=state) as daemon:  # an empty directory is one
        saw(daemon, "worker_ready")
        until(lambda: columns(daemon, "prices"), None)
