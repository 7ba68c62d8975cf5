# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferctl check of configs: a file, a map, a directory, a prefix of etcd now and earlier; every refusal with its path;
# what it exits with. And the JSON Schema it prints: a validator that nobody here wrote takes what the daemon takes, and
# refuses what the tables refuse.
import copy
import glob
import json
import os
import shutil
import signal
import socket
from pathlib import Path

import pytest

import small_models as small
from ctl import FINE, FOUND, TROUBLE, USAGE, ctl, ctl_json, run, start
from daemon import BUILD, MODULES
from etcd import Etcd
from ports import free_port

SOURCE = os.environ["srcdir"]
PREFIX = "/config/inferflow/services/shop/model-config"


def broken():
    model = small.prices()
    model["component_config"]["numerix_components"][0]["score_mapping"] = {"price@FP33": "product:attrs:price"}
    model["component_config"]["feature_components"][0]["comp_cache_ttl"] = "soon"
    model["response_config"]["logging_perc"] = 101
    return model


def test_a_file(tmp_path):
    small.write(tmp_path, "prices", small.prices())
    assert ctl(FINE, "check", tmp_path / "prices.json").stdout == f"{tmp_path}/prices.json: fine\n1 model, 0 refused\n"
    assert ctl(FINE, "check", "--quiet", tmp_path / "prices.json").stdout == "1 model, 0 refused\n"
    small.write(tmp_path, "broken", broken())
    said = ctl(FOUND, "check", tmp_path / "broken.json").stdout.splitlines()
    assert said[0] == f"{tmp_path}/broken.json: refused" and said[-1] == "1 model, 1 refused"
    assert any(line.startswith("  component_config.feature_components[0].comp_cache_ttl: ") for line in said), said
    [told] = ctl_json(FOUND, "check", tmp_path / "broken.json")
    assert told["model"] == "broken" and told["refused"] is True
    assert told["problems"] and all(problem["message"] for problem in told["problems"])


def test_all_of_a_directory(tmp_path):
    small.write(tmp_path, "good", small.prices())
    small.write(tmp_path, "bad", broken())
    (tmp_path / "config-map.json").write_text(json.dumps({"mapped": small.prices(), "worse": {"component_config": {}}}))
    (tmp_path / "service-config.json").write_text('{"v2-logging-type": 3}')
    told = ctl_json(FOUND, "check", tmp_path)
    assert {one["model"]: one["refused"] for one in told} == {
        None: True, "bad": True, "good": False, "mapped": False, "worse": True}
    assert ctl(FOUND, "check", tmp_path).stdout.endswith("4 models, 3 refused\n")
    (tmp_path / "config-map.json").write_text("{")
    assert "can't be read" in ctl(FOUND, "check", tmp_path).stdout


def test_a_map_and_what_is_no_json(tmp_path):
    (tmp_path / "all.json").write_text(json.dumps({"one": small.prices(), "two": broken()}))
    told = ctl_json(FOUND, "check", tmp_path / "all.json")
    assert [(one["model"], one["refused"]) for one in told] == [("one", False), ("two", True)]
    assert told[1]["source"] == f'{tmp_path}/all.json["two"]'
    for name, content in {"cut": b'{"a": ', "binary": b"\xff\x00\xfe", "empty": b"", "list": b"[]"}.items():
        (tmp_path / f"{name}.json").write_bytes(content)
        [told] = ctl_json(FOUND, "check", tmp_path / f"{name}.json")
        assert told["problems"][0]["message"], told


def test_warnings(tmp_path):
    model = small.prices()
    model["component_config"]["feature_components"][0]["comp_cache_tl"] = 1
    small.write(tmp_path, "typo", model)
    said = ctl(FINE, "check", tmp_path / "typo.json").stdout
    assert 'warning: component_config.feature_components[0].comp_cache_tl: is not known' in said
    assert said.endswith("1 model, 0 refused, 1 warning\n")
    assert ctl(FOUND, "check", "--strict", tmp_path / "typo.json").stdout.endswith("1 refused, 1 warning\n")


def test_a_prefix_of_etcd(tmp_path):
    with Etcd(tmp_path) as etcd:
        at = {"ETCD_SERVER": etcd.url, "APP_NAME": "shop"}
        etcd.put(f"{PREFIX}/config-map/prices", json.dumps(small.prices()))
        good = etcd.revision()
        etcd.put(f"{PREFIX}/config-map/prices", json.dumps(broken()))
        assert f"{PREFIX}/config-map/prices: refused" in ctl(FOUND, "check", "etcd:", **at).stdout
        assert ctl(FINE, "check", f"etcd:@{good}", **at).stdout.endswith("1 model, 0 refused\n")
        assert ctl(FOUND, "check", f"etcd:{PREFIX}", "--etcd-endpoints", etcd.url).stdout.endswith("1 refused\n")
        done = ctl(FOUND, "check", "etcd:/nothing/there", **at)
        assert "there are no configs in etcd:/nothing/there" in done.stderr and done.stdout == ""
        assert ctl_json(FOUND, "check", "etcd:/nothing/there", **at) == []
        assert "etcd has not come to revision 9999" in ctl(TROUBLE, "check", "etcd:@9999", **at).stderr
        etcd.compact()
        assert "it was compacted away" in ctl(TROUBLE, "check", f"etcd:@{good}", **at).stderr
    assert "etcd does not answer" in ctl(TROUBLE, "check", "etcd:", **at).stderr
    assert "say where etcd is" in ctl(TROUBLE, "check", "etcd:").stderr
    assert "expected etcd:" in ctl(TROUBLE, "check", "etcd:shop@x", **at).stderr


def test_a_file_asks_nobody(tmp_path):
    """What a config reads beside itself is looked for beside the file, though etcd is where the daemon would look."""
    model = small.prices()
    model["component_config"]["numerix_components"][0]["compute"] = "local"
    small.write(tmp_path, "local", model)
    nobody = {"ETCD_SERVER": f"http://127.0.0.1:{free_port()}"}
    said = ctl(FOUND, "check", tmp_path / "local.json", **nobody).stdout
    assert f"there is no {tmp_path}/numerix/expression-config/boosted.json" in said
    os.makedirs(tmp_path / "numerix/expression-config")
    (tmp_path / "numerix/expression-config/boosted.json").write_text('{"expression": "score price *"}')
    ctl(FINE, "check", tmp_path / "local.json", **nobody)


def test_a_password_is_no_word_of_a_process_of_inferctls(tmp_path):
    """The child that compiles asks etcd for an expression, with the password that it has by the environment."""
    model = small.prices()
    model["component_config"]["numerix_components"][0]["compute"] = "local"
    small.write(tmp_path, "local", model)
    with socket.create_server(("127.0.0.1", 0)) as etcd:
        etcd.settimeout(100)
        url = f"http://127.0.0.1:{etcd.getsockname()[1]}"
        words = ["check", tmp_path / "local.json", f"--etcd-endpoints={url}", "--etcd-username=ann"]
        with start(*words, "--etcd-password=hush") as process:
            etcd.accept()[0].close()  # it is the child's
            child = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
            shown = Path(f"/proc/{child}/cmdline").read_text().split("\0")
            secret = "ETCD_PASSWORD=hush" in Path(f"/proc/{child}/environ").read_text().split("\0")
            process.kill()
            os.kill(int(child), signal.SIGKILL)
            said = process.stderr.read()
    assert "--etcd-username=ann" in shown and not [word for word in shown if "hush" in word] and secret
    assert said.startswith("inferctl: warning: --etcd-password is a secret that everybody") and "hush" not in said


def test_a_module_that_crashes(tmp_path):
    """One that ends the process is told of by the config it was at, and the others are checked all the same."""
    modules = tmp_path / "modules"
    shutil.copytree(f"{MODULES}/.libs", modules, ignore=lambda _, names: [n for n in names if not n.endswith(".so")])
    shutil.copy(f"{BUILD}/tests/modules/.libs/crashing.so", modules)
    small.write(tmp_path, "prices", small.prices())
    done = ctl(FOUND, "check", "-p", modules, tmp_path / "prices.json")
    assert "it crashed" in done.stderr and "inferctl check" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--frob", "a.json"], ["--schema", "a.json"]])
def test_wrong_command_lines(arguments):
    assert "Try 'inferctl check --help'" in ctl(USAGE, "check", *arguments).stderr


def test_what_is_not_there(tmp_path):
    assert "No such file" in ctl(TROUBLE, "check", tmp_path / "none.json").stderr
    assert "there are no modules in it, and no configs" in ctl(FOUND, "check", tmp_path).stdout
    (tmp_path / "config-map.json").write_text("{}")
    assert f"there are no configs in {tmp_path}" in ctl(FOUND, "check", tmp_path).stderr


def test_the_service_config_alone(tmp_path):
    path = tmp_path / "service-config.json"
    path.write_text('{"v2-logging-type": "proto"}')
    assert ctl(FINE, "check", path).stdout == f"{path}: fine\n0 models, 0 refused\n"
    path.write_text('{"v2-logging-type": 3}')
    assert "v2-logging-type: " in ctl(FOUND, "check", path).stdout


@pytest.fixture(scope="module")
def validator():
    jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is missing")
    schema = json.loads(ctl(FINE, "check", "--schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def known_configs():
    for path in sorted(glob.glob(f"{SOURCE}/tests/golden/calls/*/case.json")):
        with open(path, encoding="utf-8") as file:
            yield os.path.basename(os.path.dirname(path)), json.load(file)["config"]
    for path in sorted(glob.glob(f"{SOURCE}/tests/golden/guide/*.json") +
                       glob.glob(f"{SOURCE}/examples/ranking/config/*.json")):
        with open(path, encoding="utf-8") as file:
            yield os.path.basename(path), json.load(file)


def test_the_schema_takes_what_the_daemon_takes(validator, tmp_path):
    for name, config in known_configs():
        small.write(tmp_path, name.removesuffix(".json"), config)
    taken = {one["model"] for one in ctl_json(FOUND, "check", tmp_path) if not one["refused"]}
    assert len(taken) > 20
    for name, config in known_configs():
        if name.removesuffix(".json") in taken:
            assert [error.message for error in validator.iter_errors(config)] == [], name


def changed(path, value):
    """The config of prices with another value at a path; with none where the value is ..."""
    model = copy.deepcopy(small.prices())
    at = model
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return model


FEATURE = ("component_config", "feature_components", 0)
NUMERIX = ("component_config", "numerix_components", 0)


@pytest.mark.parametrize("path, value, fine", [
    ((*FEATURE, "comp_cache_ttl"), "soon", False), ((*FEATURE, "comp_cache_ttl"), -1, False),
    ((*FEATURE, "comp_cache_ttl"), 1.5, False), ((*FEATURE, "comp_cache_ttl"), 2.0, True),
    ((*FEATURE, "comp_cache_ttl"), None, True), ((*FEATURE, "fs_keys"), "x", False),
    ((*FEATURE, "fs_keys", 0), {"schema": "a", "col": 3}, False), ((*FEATURE, "component"), ..., False),
    ((*FEATURE, "fs_request", "featureGroups", 0, "features"), ["category", 4], False),
    ((*FEATURE, "comp_cache_enabled"), "yes", False), ((*NUMERIX, "score_mapping"), [], False),
    ((*NUMERIX, "score_col"), True, False), ((*NUMERIX, "required"), "no", False), ((*NUMERIX, "required"), False, True),
    ((*NUMERIX, "unheard_of"), 1, True), (("component_config", "frob_components"), [{"component": "x"}], False),
    (("component_config", "frob_components"), [], True), (("component_config", "feature_components"), 3, False),
    (("component_config", "cache_ttl"), "x", False), (("component_config",), ..., False),
    (("dag_execution_config",), ..., False), (("dag_execution_config", "component_dependency"), [], False),
    (("dag_execution_config", "component_dependency", "boost"), "fs_product", False),
    (("dag_execution_config", "dependency_direction"), "up", False),
    (("dag_execution_config", "dependency_direction"), "parents", True), (("response_config", "logging_perc"), 101, False),
    (("response_config", "log_features"), ["a"], True), (("response_config", "log_features"), "a", False),
    (("compat",), "inferflow", True), (("compat",), "yes", False), (("inline_values",), "text", True),
    (("inline_values",), 1, False)])
def test_the_schema_and_the_daemon_agree(validator, tmp_path, path, value, fine):
    model = changed(path, value)
    small.write(tmp_path, "model", model)
    assert run("check", tmp_path / "model.json").returncode == (FINE if fine else FOUND)
    assert validator.is_valid(model) == fine, [error.message for error in validator.iter_errors(model)]


def test_the_schema_is_of_the_modules_that_are_there(tmp_path):
    shutil.copy(f"{MODULES}/.libs/init.so", tmp_path)
    schema = json.loads(ctl(FINE, "check", "--schema", "-p", tmp_path).stdout)
    assert [name for name in schema["$defs"] if name.startswith("kind:")] == ["kind:init"]
    told = json.loads(ctl(FINE, "kind", "--json", "feature").stdout)
    options = json.loads(ctl(FINE, "check", "--schema").stdout)["$defs"]["kind:feature"]["properties"]
    assert {option["name"] for option in told["options"]} <= set(options)
    helped = {option["name"]: option["help"] for option in reversed(told["options"]) if option.get("help")}
    assert helped
    assert {name: options[name]["description"].removesuffix(" (s)") for name in helped} == helped
