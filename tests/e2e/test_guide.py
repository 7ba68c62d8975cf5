# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Configs in the shape of Inferflow's Configuration Guide, and those in its code's: both load, both score the same against
# the sandbox, and what mixes them or gets one wrong is refused with the place, what is wrong and how to mend it.
import copy
import json
import subprocess

import pytest

import small_models as small
from ctl import FOUND, ctl
from daemon import MODULES, PROGRAM, Daemon
from guide import FILES, MODEL, example, here, ranking, request
from sandbox import Sandbox, fill

@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(fill(tmp_path_factory.mktemp("data"), FILES)) as running:
        yield running


def in_the_codes_shape(sandbox):
    """The same ranking as the original's code reads it."""
    features = [
        small.feature("fs_user", "user", [("user_id", "context:user:user_id")],
                      [("demographics", "DataTypeFP32", ["age", "location", "income_bracket"]),
                       ("behavior", "DataTypeFP32", ["click_rate", "purchase_freq"])]),
        small.feature("fs_product", "product", [("product_id", "id")], [("attributes", "DataTypeFP32", ["category_id"])])]
    predator = small.predator("ranker_model", [], "ranker_model:score")
    predator.update(model_name="product_ranker_v3", model_end_point=sandbox.address("kserve"), inputs=[
        {"name": column, "features": [column], "shape": [1], "data_type": kind} for column, kind in
        (("user:demographics:age", "INT32"), ("user:behavior:click_rate", "FP32"),
         ("product:attributes:category_id", "INT32"))])
    numerix = small.numerix("reranker", "reranker:final_score", {
        "score@FP32": "ranker_model:score", "rate@FP32": "user:behavior:click_rate"}, "rerank")
    numerix["component_id"] = "id"
    return small.config(
        {"fs_user": ["feature_initializer"], "fs_product": ["feature_initializer"],
         "ranker_model": ["fs_user", "fs_product"], "reranker": ["ranker_model"]},
        ["id", "ranker_model:score", "reranker:final_score"], features, [predator], [numerix])


def test_both_shapes_score_the_same(sandbox, tmp_path):
    small.write(tmp_path, "config-map", {MODEL: here(sandbox, ranking())})  # the guide: one map of all models
    small.write(tmp_path, "code", in_the_codes_shape(sandbox))
    with Daemon(tmp_path, sandbox) as daemon:
        for user, scores, final in (("u1", [4.0, 5.0, 5.0], [2.0, 2.5, 2.5]), ("u2", [4.0, 5.0, 5.0], [1.0, 1.25, 1.25])):
            guide = small.table(daemon.predict(request(MODEL, user)))
            assert guide == {"ranker_model:score": scores, "reranker:final_score": final}
            code = small.table(daemon.predict(request("code", user)))
            assert code == {"id": ["p1", "p2", "p3"], **guide}


def test_scores_go_by_their_short_names_too(sandbox, tmp_path):
    model = here(sandbox, ranking())
    reranker(model).update(compute_id="by_short_names",
                           score_mapping={"score": "FP32", "user:behavior:click_rate": "FP32"})
    model["response_config"]["features"] = ["product_id", "score", "final_score"]
    features(model)["fs_product"]["fs_keys"]["col"] = "product_id"
    small.write(tmp_path, "short", model)
    with Daemon(tmp_path, sandbox) as daemon:
        assert small.table(daemon.predict(request("short"))) == {
            "product_id": ["p1", "p2", "p3"], "score": [4.0, 5.0, 5.0], "final_score": [2.0, 2.5, 2.5]}


def test_keys_of_several_columns_chained(sandbox, tmp_path):
    model = here(sandbox, ranking())
    graph = example("onboarding.json")["component_dependency"]
    components = model["component_config"]
    components["feature_component_config"]["fs_user_x_category"] = {
        "fs_keys": {"schema": ["user_id", "category_id"],
                    "col": ["context:user:user_id", "product:attributes:category_id"]},
        "fs_request": {"entity_label": "user_category",
                       "feature_groups": [{"label": "affinity", "feature_labels": ["clicks"]}]},
        "composite_id": True}
    components["predator_component_config"]["new_ranker"] = components["predator_component_config"].pop("ranker_model")
    components["numerix_component_config"] = {}
    model["dag_execution_config"]["component_dependency"] = graph
    features(model)["fs_product"]["fs_keys"]["col"] = "product_id"
    model["response_config"] = {"features": ["product_id", "user_category:affinity:clicks", "new_ranker:score"]}
    small.write(tmp_path, "onboarded", model)
    with Daemon(tmp_path, sandbox) as daemon:
        assert small.table(daemon.predict(request("onboarded", ids=["p1", "p2"]))) == {
            "product_id": ["p1", "p2"], "user_category:affinity:clicks": [9.0, 1.0], "new_ranker:score": [4.0, 5.0]}


def test_the_key_functionalities_example(sandbox, tmp_path):
    """The other document's pieces: its graph, and keys that are called FSKeys."""
    model = here(sandbox, ranking())
    model["dag_execution_config"]["component_dependency"] = {
        "feature_initializer": ["fs_user", "fs_product"], "fs_user": ["ranker"], "fs_product": ["ranker"],
        "ranker": ["reranker"], "reranker": []}
    user = features(model)["fs_user"]
    del user["fs_keys"]
    user["FSKeys"] = {"schema": ["user_id"], "col": "user:profile:user_id"}
    predators = model["component_config"]["predator_component_config"]
    predators["ranker"] = predators.pop("ranker_model")
    reranker(model)["score_mapping"] = {"score": "FP32", "user:behavior:click_rate": "FP32"}
    reranker(model)["compute_id"] = "by_short_names"
    model["response_config"]["features"] = ["ranker:score", "reranker:final_score"]
    small.write(tmp_path, "functional", model)
    message = request("functional")
    message.context_features[0].name = "user:profile:user_id"
    with Daemon(tmp_path, sandbox) as daemon:
        assert small.table(daemon.predict(message)) == {
            "ranker:score": [4.0, 5.0, 5.0], "reranker:final_score": [2.0, 2.5, 2.5]}


def test_the_service_config(sandbox, tmp_path):
    small.write(tmp_path, "service-config", {"v2_logging_type": "arrow", "compression_enabled": True})
    small.write(tmp_path, "code", in_the_codes_shape(sandbox))

    def shown():
        return json.loads(daemon.get("/config")[1])["service"]

    good = {"v2-logging-type": "arrow", "compression-enabled": True}
    with Daemon(tmp_path, sandbox, workers=1) as daemon:
        predicted(daemon, shown)
        assert shown() == {**good, "refused": False}
        small.write(tmp_path, "service-config", {"v2-logging-type": "csv"})
        assert "csv" in daemon.wait_log("config_refused")["message"]
        predicted(daemon, lambda: shown()["refused"])
        assert shown() == {**good, "refused": True,
                           "reason": 'v2-logging-type is "csv"; expected "proto", "arrow" or "parquet"'}
        assert "\nrefused\n  service-config (the last good one stays)\n    v2-logging-type is \"csv\"; expected" in ctl(
            FOUND, "status", "--address", daemon.address).stdout
        (tmp_path / "service-config.json").unlink()
        daemon.wait_log("service_config")
        predicted(daemon, lambda: shown()["v2-logging-type"] == "proto")
        assert shown() == {"v2-logging-type": "proto", "compression-enabled": False, "refused": False}


def predicted(daemon, done):
    """Workers take a generation one after another: asks until the one that answers has."""
    for _ in range(1000):
        if done():
            return
        daemon.predict(request("code"))
    raise AssertionError("no worker has it")


# Refusals: how the guide's model is changed, and what is said then.


def check(tmp_path, models):
    for name, model in models.items():
        small.write(tmp_path, name, model)
    done = subprocess.run([PROGRAM, "--check", f"--config-dir={tmp_path}", f"--module-path={MODULES}"],
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_guides_examples_load(tmp_path):
    status, said = check(tmp_path, {"config-map": example("ranking.json")})
    lines = said.splitlines()
    assert status == 0 and lines[0] == f"{tmp_path}/config-map.json: ok" and lines[-1] == "1 models, 0 refused"
    # The guide's groups say no types.
    where = "component_config.feature_component_config."
    assert lines[1].startswith(f"{where}fs_user: warning: 5 of its features have no type and are read as FP32")
    assert lines[2].startswith(f"{where}fs_product: warning: 1 of its features have no type")
    assert len(lines) == 4


def test_the_service_config_is_checked(tmp_path):
    status, said = check(tmp_path, {"service-config": {"v2_logging_type": "csv"}})
    assert (status, said) == (1, f"{tmp_path}/service-config.json: refused\n"
                                 'v2_logging_type: is "csv"; expected "proto", "arrow" or "parquet"\n0 models, 1 refused\n')
    assert check(tmp_path, {"service-config": {"v2_logging_type": "parquet"}})[0] == 0


def features(model):
    return model["component_config"]["feature_component_config"]


def ranker(model):
    return model["component_config"]["predator_component_config"]["ranker_model"]


def reranker(model):
    return model["component_config"]["numerix_component_config"]["reranker"]


def put(where, **members):
    return lambda model: where(model).update(members)


def top(model):
    return model["component_config"]


def reply(model):
    return model["response_config"]


RANKER = "component_config.predator_component_config.ranker_model"
RERANKER = "component_config.numerix_component_config.reranker"
USER = "component_config.feature_component_config.fs_user"
TENSOR = {"name": "in", "features": ["user:demographics:age"], "shape": [1], "data_type": "FP32"}
REFUSALS = {
    "both lists of a kind": (
        put(top, feature_components=[{"component": "other"}]),
        'component_config.feature_components: and feature_component_config both hold components of kind "feature"'),
    "a list among the guide's": (
        put(ranker, inputs=[TENSOR]),
        f'{RANKER}.inputs: is written in the shape "inferflow", but {RANKER}.model_end_points in the shape "guide"'),
    "the code's name for the score": (
        put(reranker, score_col="final"),
        f'{RERANKER}.score_column: is written in the shape "guide", but {RERANKER}.score_col in the shape "inferflow"'),
    "one option by two names": (
        put(ranker, model_end_point="here"), f'{RANKER}.model_end_point: is given twice, also as "model_endpoint"'),
    "the code's mapping": (
        put(reranker, score_mapping={"score@FP32": "ranker_model:score"}),
        f'{RERANKER}.score_mapping["score@FP32"]: "ranker_model:score" is no data type: write {{"column": "FP32"}}'),
    "no type": (
        lambda model: ranker(model)["inputs"]["feature_map"].update({"user:demographics:age": "INT33"}),
        f'{RANKER}.inputs.feature_map["user:demographics:age"]: "INT33" is no data type; did you mean "Int32"?'),
    "a number for a type": (
        lambda model: ranker(model)["inputs"]["feature_map"].update({"user:demographics:age": 32}),
        f'{RANKER}.inputs.feature_map["user:demographics:age"]: is the number 32; expected a data type\'s name'),
    "a share that is no number": (
        put(ranker, model_end_points={"a:1": "all"}),
        f'{RANKER}.model_end_points["a:1"]: is the string "all"; expected an integer'),
    "shares over 100": (
        put(ranker, model_end_points={"a:1": 80, "b:1": 30}),
        f"{RANKER}.model_end_points: the percentages add up to more than 100"),
    "an endpoint without a name": (
        put(ranker, model_end_points={"": 100}), f'{RANKER}.model_end_points[""]: is missing: write host or host:port'),
    "no endpoint": (
        lambda model: [ranker(model).pop(name) for name in ("model_endpoint", "model_end_points")],
        f"{RANKER}.model_end_point: is missing"),
    "an alias": (put(ranker, model_endpoint=7), f"{RANKER}.model_endpoint: is the number 7; expected a string"),
    "no features": (put(ranker, inputs={"feature_map": {}}), f"{RANKER}.inputs.feature_map: is empty"),
    "no map of features": (put(ranker, inputs={}), f"{RANKER}.inputs.feature_map: is missing"),
    "no scores": (put(ranker, outputs={"score_columns": []}), f"{RANKER}.outputs.score_columns: is empty"),
    "a word for calibration": (
        put(ranker, calibration="isotonic"),
        f'{RANKER}.calibration: is written in the shape "inferflow"'),
    "one column for two keys": (
        put(lambda m: features(m)["fs_user"], fs_keys={"schema": ["a", "b"], "col": "x"}),
        f"{USER}.fs_keys.col: names 1 columns for the 2 keys of schema: write a column for each"),
    "no column for a key": (
        put(lambda m: features(m)["fs_user"], fs_keys={"schema": ["a"]}), f"{USER}.fs_keys.col: is missing"),
    "keys as a text": (
        put(lambda m: features(m)["fs_user"], fs_keys="user_id"),
        f'{USER}.fs_keys: is the string "user_id"; expected a list of objects, or an object'),
    "a label's type": (
        lambda model: features(model)["fs_user"]["fs_request"]["feature_groups"][0].update(feature_labels=["age@Int33"]),
        f'{USER}.fs_request.feature_groups[0].feature_labels[0]: "Int33" is no data type'),
    "two kinds of percentages": (
        put(reply, model_schema_features_perc=1),
        'response_config.model_schema_features_perc: is given twice, also as "model_schema_perc"'),
    "too many percent": (put(reply, logging_perc=101), "response_config.logging_perc: is 101; expected 0 to 100 %"),
    "a percentage of the schema": (
        put(reply, model_schema_perc=101), "response_config.model_schema_perc: is 101; expected 0 to 100 %"),
    "logged features": (
        put(reply, log_features="all"), 'response_config.log_features: is the string "all"; expected true or false, or a list'),
    "a score in the place of ids": (
        put(reply, features=["score"]),
        f'{RANKER}.outputs.score_columns[0]: writes column "ranker_model:score", and the first of '
        'response_config.features, "score", names the targets\' ids: write "ranker_model:score" there'),
    "another name": (
        put(ranker, component="ranker"), f'{RANKER}: has another name in it, as "component"'),
    "a reader that doesn't wait": (
        lambda model: model["dag_execution_config"]["component_dependency"].update(
            feature_initializer=["fs_user", "fs_product", "reranker"], ranker_model=[], fs_user=["ranker_model"]),
        f'{RERANKER}.score_mapping["ranker_model:score"]: "reranker" reads column "ranker_model:score", but doesn\'t wait'),
}


def test_refusals(tmp_path):
    changed = {}
    for number, (change, _) in enumerate(REFUSALS.values()):
        model = ranking()
        change(model)
        changed[f"m{number:02}"] = model
    status, said = check(tmp_path, changed)
    assert status == 1
    parts = said.split(f"{tmp_path}/")[1:]
    assert len(parts) == len(REFUSALS), said
    for (case, (_, words)), part in zip(REFUSALS.items(), parts):
        assert ": refused\n" in part, (case, part)
        assert any(line.startswith(words) for line in part.splitlines()), (case, words, part)


def test_two_scores_of_one_name_need_their_components(tmp_path):
    model = ranking()
    model["component_config"]["predator_component_config"]["other"] = copy.deepcopy(ranker(model))
    graph = model["dag_execution_config"]["component_dependency"]
    graph.update(fs_user=["ranker_model", "other"], fs_product=["ranker_model", "other"], other=["reranker"])
    assert check(tmp_path, {"m": model})[0] == 0  # all are read by their full names
    reply(model)["features"] = ["product_id", "confidence"]
    status, said = check(tmp_path, {"m": model})
    assert status == 1
    assert ('response_config.features[1]: "confidence" may be "ranker_model:confidence" or "other:confidence": write which '
            "of the two") in said
    reranker(model)["score_mapping"] = {"score": "FP32"}
    status, said = check(tmp_path, {"m": model})
    assert status == 1
    assert f'{RERANKER}.score_mapping["score"]: "score" may be "ranker_model:score" or "other:score"' in said
