# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Configs from a directory: live changes, refusals that leave the last good one serving, and `inferd --check`.
import json
import os
import subprocess
import threading

import grpc

import small_models as small
from daemon import MODULES, PROGRAM, WORKERS, Daemon, status_of, until


def only(columns):
    model = small.prices()
    model["response_config"]["features"] = columns
    return model


def columns(daemon, model):
    return [c.name for c in daemon.predict(small.request(model, ["p1"])).target_output_schema]


def wait_columns(daemon, model, wanted):
    """Until the worker behind our connection serves it: the other one may be the first."""
    while True:
        try:
            if columns(daemon, model) == wanted:
                return
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error


def wait_generation(daemon, text):
    while text not in daemon.wait_log("generation")["message"]:
        pass


def test_a_change_goes_live(sandbox, tmp_path):
    small.write(tmp_path, "prices", only(["product_id", "final"]))
    with Daemon(tmp_path, sandbox) as daemon:
        assert columns(daemon, "prices") == ["product_id", "final"]
        small.write(tmp_path, "prices", only(["product_id"]))
        wait_columns(daemon, "prices", ["product_id"])
        small.write(tmp_path, "second", only(["product_id", "final"]))
        wait_columns(daemon, "second", ["product_id", "final"])
        while json.loads(daemon.get("/config")[1])["models"].get("second", {}).get("serving") is not True:
            pass
        (tmp_path / "second.json").unlink()
        while "second" in json.loads(daemon.get("/config")[1])["models"]:
            pass


def test_a_bad_change_leaves_the_last_good_one(sandbox, tmp_path):
    small.write(tmp_path, "prices", only(["product_id", "final"]))
    with Daemon(tmp_path, sandbox) as daemon:
        assert columns(daemon, "prices") == ["product_id", "final"]
        for bad in ("{", "[]", json.dumps({"component_config": {"nobody_components": [{"component": "x"}]}})):
            small.write(tmp_path, "prices", bad)
            refused = daemon.wait_log("config_refused", model="prices")
            assert refused["message"]
            assert columns(daemon, "prices") == ["product_id", "final"]
        small.write(tmp_path, "prices", only(["product_id"]))
        wait_columns(daemon, "prices", ["product_id"])


def test_swaps_under_load_fail_no_call(sandbox, tmp_path):
    small.write(tmp_path, "prices", small.prices())
    with Daemon(tmp_path, sandbox) as daemon:
        if WORKERS != "0":  # the first, so that each line from now on is a change's; a single process has told of it
            daemon.wait_log("generation")
        assert columns(daemon, "prices")
        stop, failed, done = threading.Event(), [], []

        def load():
            while not stop.is_set():
                try:
                    daemon.predict(small.request("prices", ["p1", "p2"]))
                    done.append(1)
                except Exception as error:  # whatever it is, it is one too many
                    failed.append(error)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        for i in range(20):
            small.write(tmp_path, "prices", only(["product_id", "final"] if i % 2 else ["product_id"]))
            daemon.wait_log("generation")
        while len(done) < 20 and not failed:  # however slow the machine: some calls went on all along
            columns(daemon, "prices")
        stop.set()
        for thread in threads:
            thread.join()
        assert not failed


def test_nothing_is_told_of_a_file_that_a_link_leads_to(sandbox, tmp_path):
    """A refusal would show a piece of it."""
    configs = tmp_path / "models"
    configs.mkdir()
    (tmp_path / "secret").write_text("hunter2secret")
    small.write(configs, "prices", small.prices())
    (configs / "curious.json").symlink_to("../secret")
    (configs / "absolute.json").symlink_to(tmp_path / "secret")
    with Daemon(configs, sandbox) as daemon:
        assert columns(daemon, "prices")
        while len(said := [line for line in daemon.seen if line["event"] == "config_file_unreadable"]) < 2:
            daemon.next_line(60)
        assert {line["file"] for line in said} == {"curious.json", "absolute.json"}
        assert all("links may lead only to files within it" in line["message"] for line in said)
        shown = until(lambda: known(daemon))
        assert "hunter" not in shown and list(json.loads(shown)["models"]) == ["prices"]
    assert "hunter" not in str(daemon.seen)
    done = check(configs)
    assert done.returncode == 1 and "1 models, 2 refused" in done.stdout and "hunter" not in done.stdout + done.stderr
    for link in "curious.json", "absolute.json":
        (configs / link).unlink()
    (configs / "curious.json").write_text("hunter2secret")  # what a refusal would tell
    assert "hunter" in check(configs).stdout


def known(daemon):
    """What a worker shows that has taken the configs."""
    shown = daemon.get("/config")[1]
    return shown if json.loads(shown)["models"] else None


def test_a_config_opens_no_file(sandbox, tmp_path):
    """Wherever a text is, file: before a path is nothing but text; in a setting it is the file's."""
    secret = tmp_path / "secret"
    secret.write_text("hunter2secret")
    os.mkfifo(tmp_path / "pipe")  # whoever opens it waits for ever
    configs = tmp_path / "models"
    configs.mkdir()
    for name in secret, tmp_path / "pipe":
        for path in paths(small.prices()):
            for text in f"file:{name}", str(name):
                model = small.prices()
                place(model, path, text)
                small.write(configs, f"{name.name}-{len(list(configs.iterdir()))}", model)
    result = check(configs)
    assert f"{len(list(configs.iterdir()))} models, " in result.stdout, result
    assert "hunter" not in result.stdout + result.stderr


def paths(value, above=()):
    """Of all texts in it."""
    if isinstance(value, str):
        return [above]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in inner for path in paths(item, (*above, key))]


def place(value, path, text):
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = text


def check(directory):
    return subprocess.run([PROGRAM, "--check", f"--config-dir={directory}", f"--module-path={MODULES}"],
                          capture_output=True, text=True, timeout=60)


def test_check(tmp_path):
    small.write(tmp_path, "good", small.prices())
    result = check(tmp_path)
    assert result.returncode == 0 and "1 models, 0 refused" in result.stdout, result
    bad = small.prices()
    bad["component_config"]["feature_components"][0]["fs_keys"] = "product_id"
    small.write(tmp_path, "bad", bad)
    result = check(tmp_path)
    assert result.returncode == 1
    assert "component_config.feature_components[0].fs_keys" in result.stdout, result


def test_a_directory_that_is_not_there(tmp_path):
    result = check(tmp_path / "nowhere")
    assert result.returncode == 2 and "nowhere" in result.stderr, result


def test_refused_at_the_start_is_not_found(sandbox, tmp_path):
    small.write(tmp_path, "bad", "{}")
    small.write(tmp_path, "prices", small.prices())
    with Daemon(tmp_path, sandbox) as daemon:
        assert "component_config" in status_of(daemon.predict, small.request("bad", ["p1"]))[1]
        assert columns(daemon, "prices")
