# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferctl explain: what it says of a config is what the daemon does with it, in whichever shape and from whichever source
# the config comes; what is refused, or isn't there, is told; a module that crashes takes nothing along.
import json
import os
import shutil
import subprocess

import pytest

import small_models as small
from daemon import BUILD, MODULES, Daemon, sanitizers
from guide import FILES, MODEL, example, here, ranking, request
from etcd import Etcd
from sandbox import Sandbox, fill

PROGRAM = f"{BUILD}/tools/inferctl/inferctl"
FINE, FOUND, USAGE, TROUBLE = 0, 1, 2, 3
PREFIX = "/config/inferflow/services/shop/model-config"


def inferctl(*arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ETCD_", "APP_", "INFERD_"))}
    given = {"INFERD_MODULE_PATH": MODULES, **sanitizers("handle_segv=0")}
    return subprocess.run([PROGRAM, "explain", *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          check=False, env={**clean, **given, **environment})


def expect(status, *arguments, **environment):
    done = inferctl(*arguments, **environment)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


def explained(*arguments, **environment):
    return json.loads(expect(FINE, "--json", *arguments, **environment).stdout)


def nodes_of(told):
    return {node["name"]: node for node in told["nodes"]}


def columns(node, what):
    return {column["column"]: column["type"] for column in node[what]}


@pytest.fixture
def prices(tmp_path):
    small.write(tmp_path, "prices", small.prices())
    return tmp_path


def test_the_graph_and_its_columns(prices):
    told = explained("--config-dir", prices, "prices")
    assert told["model"] == "prices" and told["source"] == f"{prices}/prices.json"
    assert told["dependency"] == {"reading": "parents", "told_by": "root", "root": "feature_initializer"}
    assert told["shape"] == "inferflow" and not told["compat"] and told["inline_values"] == "typed"
    assert [node["name"] for node in told["nodes"]] == ["feature_initializer", "fs_product", "boost"]
    assert [node["stage"] for node in told["nodes"]] == [0, 1, 2]
    nodes = nodes_of(told)
    assert nodes["boost"]["waits_for"] == ["fs_product"] and nodes["boost"]["kind"] == "numerix"
    assert nodes["boost"]["path"] == "component_config.numerix_components[0]"
    assert columns(nodes["fs_product"], "writes") == {"product:attrs:category": "String", "product:attrs:price": "FP32"}
    assert columns(nodes["boost"], "writes") == {"final": "FP32"}
    reads = {read["column"]: read for read in nodes["boost"]["reads"]}
    assert reads["product:attrs:price"]["from"] == "fs_product" and reads["product:attrs:price"]["type"] == "FP32"
    assert reads["score"]["from"] == "request" and reads["score"]["type"] is None
    assert reads["score"]["path"] == 'component_config.numerix_components[0].score_mapping["score@String"]'
    assert reads["product_id"]["from"] == "ids"
    assert told["request"] == {"ids": "product_id", "columns": [
        {"column": "score", "space": "targets", "readers": ["boost"], "optional": False}]}
    assert told["reply"]["targets"] == [
        {"column": "product_id", "type": "String", "from": "ids"},
        {"column": "product:attrs:price", "type": "FP32", "from": "fs_product"},
        {"column": "final", "type": "FP32", "from": "boost"}]
    assert told["problems"] == [] and told["refused_modules"] == []


def test_a_terminal_has_the_same(prices):
    said = expect(FINE, "--config-dir", prices, "prices").stdout
    lines = said.splitlines()
    assert lines[0] == f"prices, from {prices}/prices.json"
    assert any(line.split()[:5] == ["component_dependency", "keys", "list", "what", "they"] for line in lines)
    assert [line.split() for line in lines if line.endswith("after fs_product")] == [
        ["2", "boost", "numerix", "after", "fs_product"]]
    assert ["writes", "final", "FP32"] in [line.split() for line in lines]
    assert ["reads", "score", "of", "the", "request"] in [line.split() for line in lines]
    assert all(line == line.rstrip() and len(line) < 120 for line in lines)
    assert "\x1b" not in said


def test_the_guides_shape(tmp_path):
    told = explained(os.path.join(os.environ["srcdir"], "tests", "golden", "guide", "ranking.json"))
    assert told["model"] == MODEL and told["shape"] == "guide"  # the only one of the map
    assert told["dependency"] == {"reading": "children", "told_by": "root", "root": "feature_initializer"}
    nodes = nodes_of(told)
    assert {node["listed"] for node in told["nodes"]} == {"implicitly", "by name"}
    assert nodes["ranker_model"]["waits_for"] == ["fs_user", "fs_product"]
    assert columns(nodes["ranker_model"], "writes") == {"ranker_model:score": "FP32", "ranker_model:confidence": "FP32"}
    assert told["request"]["ids"] == "id"
    assert [c["column"] for c in told["request"]["columns"]] == ["context:user:user_id"]
    assert [c["column"] for c in told["reply"]["targets"]] == ["ranker_model:score", "reranker:final_score"]
    assert told["reply"]["schema_percent"] == 100 and "user:demographics:age" in told["reply"]["schema"]
    assert [p["warning"] for p in told["problems"]] == [True, True]
    model = ranking()
    model["component_config"]["feature_component_config"]["fs_product"]["fs_keys"] = [{"schema": "product_id", "col": "id"}]
    model["dependency_direction"] = "children"
    small.write(tmp_path, "mixed", model)
    told = explained(tmp_path / "mixed.json")
    assert told["shape"] == "several" and told["dependency"]["told_by"] == "config"
    assert nodes_of(told)["fs_product"]["shape"] == "inferflow"
    assert "product" + "product:attributes:category_id" in columns(nodes_of(told)["fs_product"], "writes")


def test_it_says_what_the_daemon_does(tmp_path):
    with Sandbox(fill(tmp_path / "data", FILES)) as sandbox:
        os.mkdir(tmp_path / "models")
        small.write(tmp_path / "models", "config-map", {MODEL: here(sandbox, ranking())})
        told = explained("--config-dir", tmp_path / "models", MODEL)
        with Daemon(tmp_path / "models", sandbox) as daemon:
            values = small.table(daemon.predict(request(MODEL)))
    assert list(values) == [column["column"] for column in told["reply"]["targets"]]


def test_configs_in_etcd(tmp_path):
    with Etcd(tmp_path) as etcd:
        etcd.put(f"{PREFIX}/config-map/prices", json.dumps(small.prices()))
        etcd.put(f"{PREFIX}/config-map", json.dumps(example("ranking.json")))
        told = explained("prices", ETCD_SERVER=etcd.url, APP_NAME="shop")
        assert told["source"] == f"{PREFIX}/config-map/prices" and "boost" in nodes_of(told)
        told = explained("--etcd-endpoints", etcd.url, "--name=shop", MODEL)
        assert told["source"] == f"{PREFIX}/config-map" and told["shape"] == "guide"
        done = expect(FOUND, "--etcd-endpoints", etcd.url, "--name=shop", "price")
        assert done.stderr == "inferctl explain: there is no model 'price'; did you mean 'prices'?\n"
        gone = etcd.url
    done = expect(TROUBLE, "--etcd-endpoints", gone, "--name=shop", "prices")
    assert done.stdout == "" and done.stderr.startswith("inferctl explain: ") and "127.0.0.1" in done.stderr


def test_the_daemons_file_of_settings_counts(prices, tmp_path):
    conf = tmp_path / "inferd.conf"
    conf.write_text(f"config-dir = {prices}\ncompat = inferflow\n")
    told = explained("-c", conf, "prices")
    assert told["compat"] and told["inline_values"] == "text"
    assert "there is no such option" not in expect(FINE, "-c", conf, "--compat=", "prices").stderr
    done = expect(TROUBLE, "-c", tmp_path / "absent.conf", "prices")
    assert "absent.conf" in done.stderr


def test_refusals_and_warnings(tmp_path):
    model = small.prices()
    model["component_config"]["numerix_components"][0]["score_col"] = "product:attrs:price"
    model["response_config"]["featuers"] = []
    small.write(tmp_path, "broken", model)
    done = expect(FOUND, tmp_path / "broken.json")
    assert "It is refused\n" in done.stdout and done.stderr == ""
    assert ("  component_config.numerix_components[0].score_col: writes column \"product:attrs:price\", which "
            "component_config.feature_components[0].fs_request.featureGroups[1].features[0] writes already") in done.stdout
    told = json.loads(expect(FOUND, "--json", tmp_path / "broken.json").stdout)
    assert told["refused"] and "nodes" not in told
    assert told["problems"][0]["path"] == "component_config.numerix_components[0].score_col"
    small.write(tmp_path, "garbled", "{")
    assert "is not JSON: line 1" in expect(FOUND, tmp_path / "garbled.json").stdout
    model = small.prices()
    model["component_config"]["numerix_components"].append(dict(model["component_config"]["numerix_components"][0],
                                                                component="idle", score_col="nothing"))
    small.write(tmp_path, "idle", model)
    told = explained(tmp_path / "idle.json")
    assert told["unused"] == ["idle"]
    assert told["problems"] == [{"path": "component_config.numerix_components[1]", "warning": True, "message":
                                 'component_dependency doesn\'t name "idle": it never runs'}]


def test_what_is_not_there(prices, tmp_path):
    assert "No such file" in expect(TROUBLE, "./absent.json").stderr
    assert "absent" in expect(TROUBLE, "--config-dir", tmp_path / "absent", "prices").stderr
    done = expect(FOUND, "--config-dir", prices, "prizes")
    assert done.stdout == "" and done.stderr == "inferctl explain: there is no model 'prizes'; did you mean 'prices'?\n"
    assert json.loads(expect(FOUND, "--json", "--config-dir", prices, "x").stdout) == {
        "model": "x", "missing": True, "nearest": None}
    small.write(tmp_path, "map", {"a": small.prices(), "b": small.prices()})
    assert "holds 2 models: say which" in expect(TROUBLE, tmp_path / "map.json").stderr
    assert explained("--file", tmp_path / "map.json", "b")["model"] == "b"
    assert "did you mean 'a'?" in expect(FOUND, "--file", tmp_path / "map.json", "A").stderr


def test_a_slate_and_constants(tmp_path):
    slate = small.predator("slate", ["price", "fs:x"], "slate_score")
    slate.update(slate_component=True, calibration="isotonic")
    small.write(tmp_path, "slates", small.config(
        {"slate": ["feature_initializer"]}, ["product_id", "slate_score", "isotonic_model"], (), [slate]))
    told = explained(tmp_path / "slates.json")
    assert told["reply"]["slates"] == [{"column": "slate_score", "type": "FP32", "from": "slate"}]
    assert told["reply"]["targets"][1] == {"column": "slate_score", "type": None, "from": None}
    assert {c["column"]: c["value"] for c in told["constants"]} == {
        "isotonic_model": "m", "inferflow_config_id": "slates"}
    assert {(r["column"], r["space"]) for r in nodes_of(told)["slate"]["reads"]} == {
        (name, space) for name in ("price", "fs:x") for space in ("targets", "slates")}
    said = expect(FINE, tmp_path / "slates.json").stdout.splitlines()
    assert '  isotonic_model       "m", by component_config.predator_components[0].calibration' in said


def test_a_module_that_crashes(prices, tmp_path):
    modules = tmp_path / "modules"
    os.mkdir(modules)
    for module in os.listdir(f"{MODULES}/.libs"):
        if module.endswith(".so"):
            shutil.copy(f"{MODULES}/.libs/{module}", modules)
    shutil.copy(f"{BUILD}/tests/modules/.libs/crashing.so", modules)
    done = expect(FOUND, "-p", modules, "--config-dir", prices, "prices")
    assert done.stdout == "" and "it crashed while the config was compiled: SIGSEGV" in done.stderr
    (modules / "crashing.so").write_text("no module")
    done = expect(FINE, "-p", modules, "--config-dir", prices, "prices")
    assert f"inferctl explain: {modules}/crashing.so: refused: not a module" in done.stderr
    (modules / "numerix.so").unlink()
    done = expect(FOUND, "-p", modules, "--config-dir", prices, "prices")
    assert 'component_config.numerix_components: no loaded module offers kind "numerix"' in done.stdout


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--frob", "a"], ["--file"]])
def test_wrong_command_lines(arguments):
    done = expect(USAGE, *arguments)
    assert done.stdout == "" and "Try 'inferctl explain --help'" in done.stderr
