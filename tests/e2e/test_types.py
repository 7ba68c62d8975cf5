# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Every data type on every way through the daemon: from requests, from the feature store, to and from model servers, and
# into both kinds of replies; what is missing; and where a model's scores come from: routes, contents, parts of a tensor.
import struct

import pytest

import protos
import small_models as small
from daemon import Daemon, status_of
from mirror import (CONTENTS, VALUES, Mirror, column, contexts, echo, f32, feature, model, number, point, predator,
                    table, targets)

predict = protos.load("predict")

# Data type: its name in the KServe protocol, a value, the value's text, and what a missing one is to a model.
SCALARS = {
    "FP8E5M2": ("FP8E5M2", b"\x3e", "1.5", b"\0"), "FP8E4M3": ("FP8E4M3", b"\x3c", "1.5", b"\0"),
    "FP16": ("FP16", struct.pack("<e", -2.5), "-2.5", bytes(2)), "FP32": ("FP32", f32(0.1), "0.1", bytes(4)),
    "FP64": ("FP64", struct.pack("<d", 1e21), "1e+21", bytes(8)), "Int8": ("INT8", b"\x80", "-128", b"\0"),
    "Int16": ("INT16", struct.pack("<h", -300), "-300", bytes(2)),
    "Int32": ("INT32", struct.pack("<i", 1 << 20), "1048576", bytes(4)),
    "Int64": ("INT64", struct.pack("<q", -1 << 60), "-1152921504606846976", bytes(8)),
    "Uint8": ("UINT8", b"\xff", "255", b"\0"), "Uint16": ("UINT16", b"\xff\xff", "65535", bytes(2)),
    "Uint32": ("UINT32", b"\xff" * 4, "4294967295", bytes(4)),
    "Uint64": ("UINT64", b"\xff" * 8, "18446744073709551615", bytes(8)),
    "String": ("BYTES", "é".encode(), "é", b"0.0"), "Bool": ("BOOL", b"\1", "true", b"\0"),
}


def strings(*texts):
    return b"".join(struct.pack("<H", len(t)) for t in texts) + b"".join(texts)


def vector(kind):
    """A vector of two of the type: the value twice."""
    datatype, value, text, missing = SCALARS[kind]
    if kind == "String":
        return datatype, strings(value, value), f"{text},{text}", strings(missing, missing)
    return datatype, 2 * value, f"{text},{text}", 2 * missing


TYPES = {**SCALARS, **{kind + "Vector": vector(kind) for kind in SCALARS}}


def everything(kind):
    """A request's value, and one of the store, and what a model makes of either; the same of slates."""
    datatype, value, _, _ = TYPES[kind]
    shape = [2] if kind.endswith("Vector") else [1]
    VALUES[f"v_{kind}"] = {"t0": value}
    return model(
        ["x", "f:g:v_" + kind, "y", "z", "w"], {"f": ["feature_initializer"], "y": ["f"], "z": ["f"], "w": ["f"]},
        features=[feature("f", "id", [("g", kind, ["v_" + kind])])],
        predators=[echo("y", "x", datatype, shape=shape), echo("z", "f:g:v_" + kind, datatype, shape=shape),
                   echo("w", "s", datatype, shape=shape, model_name="slate", slate_component=True)])


def configs():
    made = {kind: everything(kind) for kind in TYPES}
    made["typed"] = model(["y" + d for d in CONTENTS] + ["yBYTES"], predators=[
        echo("y" + d, "x", d, model_name="typed") for d in [*CONTENTS, "BYTES"]])
    made["parts"] = model(["a", "b", "c", "d", "e"], {"p": ["feature_initializer"], "q": ["p"]}, predators=[
        predator("p", [("i1", ["v"], [4], "FP32"), ("i2", ["n"], [1], "INT64")],
                 [("o2", ["d"], [[1]], "INT64"), ("o1", ["a", "b", "c"], [[1], [2], []], "FP32")]),
        echo("q", "b", "FP64", score="e", shape=[2])])
    made["open"] = model(["a"], predators=[
        predator("p", [("i", ["v", "n"], [-1], "FP32")], [("o", ["a"], [[5]], "FP32")])])
    made["schema"] = model(["y", "x", "y"], predators=[echo("y", "x")])
    made["schema"]["response_config"]["model_schema_features_perc"] = 100
    made["calibrated"] = model(["y", "cal_model", "inferflow_config_id", "told"], {
        "y": ["feature_initializer"], "told": ["y"]}, predators=[
            echo("y", "x", calibration="cal", model_name="m7"), echo("told", "cal_model", "BYTES")])
    made["keyed"] = keyed("cal_model")
    made["keyed.compat"] = {**keyed("cal_model"), "compat": "inferflow"}
    made["keyed.both"] = {**keyed("cal_model", "inferflow_config_id"), "compat": "inferflow"}
    made["keyed.other"] = {**keyed("inferflow_config_id"), "compat": "inferflow"}
    return made


def keyed(*columns):
    """Calibration, with keys that name its columns."""
    VALUES["keyed"] = {}
    return model(["y", "cal_model", "inferflow_config_id", "told"], {
        "f": ["feature_initializer"], "y": ["feature_initializer"], "told": ["f", "y"]},
        features=[feature("f", ["id", *columns], [("g", "FP32", ["keyed"])])],
        predators=[echo("y", "x", calibration="cal", model_name="m7"), echo("told", "inferflow_config_id", "BYTES")])


@pytest.fixture(scope="module")
def daemon(mirror, tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    for name, config in configs().items():
        small.write(place, name, config)
    with Daemon(place, env=mirror.env) as running:
        yield running


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_everywhere(daemon, kind):
    _, value, _, missing = TYPES[kind]
    values = targets(daemon.predict(point(kind, {"x": kind}, {"t0": [value], "t1": [b""]})))
    assert values["x"] == (kind, [value, b""])
    assert values[f"f:g:v_{kind}"] == (kind, [value, b""])
    assert values["y"] == (kind, [value, missing])
    assert values["z"] == (kind, [value, missing])


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_of_the_context_and_of_slates(daemon, kind):
    _, value, _, missing = TYPES[kind]
    request = predict.SlateWiseRequest(model_config_id=kind)
    contexts(request, {"x": (kind, value)})
    request.slate_input_schema.add(name="s", data_type=number(kind))
    request.targets.add(id="t0")
    request.slates.add(target_indices=[0], feature_values=[value])
    request.slates.add(target_indices=[0, 0], feature_values=[b""])
    reply = daemon.call("/Predict/InferSlateWise", request, predict.SlateWiseResponse)
    assert table(reply.slate_output_schema, reply.slate_scores) == {"w": (kind, [value, missing])}
    assert table(reply.target_output_schema, reply.target_scores)["y"] == (kind, [value])


@pytest.mark.parametrize("kind", TYPES)
def test_a_types_text(daemon, kind):
    """RetrieveModelScore's replies are texts, and so are its requests: a vector's elements are separated by colons."""
    datatype, value, text, missing = TYPES[kind]
    message = protos.load("inferflow").InferflowRequestProto(model_config_id=kind)
    message.entities.add(entity="id", ids=["t0", "t1"]).features.add(
        name="x", ids_feature_value=[text.replace(",", ":"), ""])
    header, *rows = [list(row.data) for row in daemon.score(message).component_data]
    assert header == ["id", "x", f"f:g:v_{kind}", "y", "z", "w"]
    assert rows[0][2] == rows[0][4] == text and rows[1][2] == ""
    if kind == "String" or not kind.startswith("String"):
        assert rows[0][3] == text
    assert rows[0][5] == "" and len(rows) == 2


def test_values_of_a_wrong_length_are_missing(daemon):
    for kind, (_, value, _, missing) in TYPES.items():
        if len(value) > 1 and not kind.startswith(("String", "FP8", "Int8", "Uint8", "Bool")):
            values = targets(daemon.predict(point(kind, {"x": kind}, {"t0": [value[:-1]]})))
            assert values["y"] == (kind, [missing]), kind


def test_a_vector_of_another_length_costs_no_other_row(daemon):
    rows = {"t0": [f32(1, 2, 3, 4), b"10"], "t1": [f32(9, 9), b"11"], "t2": [f32(5, 6, 7, 8), b"12"]}
    for name in ("parts", "open"):
        values = targets(daemon.predict(point(name, {"v": "FP32Vector", "n": "String"}, rows)))
        if name == "parts":
            assert values["b"][1] == [f32(2, 3), f32(0, 0), f32(6, 7)]
        else:
            assert values["a"][1] == [f32(1, 2, 3, 4, 10), f32(0, 0, 0, 0, 11), f32(5, 6, 7, 8, 12)]


def test_an_unknown_type_is_text(daemon):
    values = targets(daemon.predict(point("FP32", {"x": "Unknown"}, {"t0": [b"1.5"]})))
    assert values["x"] == ("String", [b"1.5"]) and values["y"] == ("FP32", [f32(1.5)])


# Replies of model servers.


def test_typed_contents(daemon):
    values = targets(daemon.predict(point("typed", {"x": "String"}, {"t0": [b"100"], "t1": [b"7"]})))
    for datatype, (_, form) in CONTENTS.items():
        wanted = [struct.pack(form, bool(v) if datatype == "BOOL" else v) for v in (100, 7)]
        if datatype == "BOOL":  # 100 is no text of a bool
            wanted = [b"\0", b"\0"]
        assert values["y" + datatype][1] == wanted, datatype
    assert values["yBYTES"][1] == [b"100", b"7"]


def test_several_outputs_in_parts(daemon):
    rows = {"t0": [f32(1, 2, 3, 4), b"10"], "t1": [f32(5, 6, 7, 8), b"11"]}
    values = targets(daemon.predict(point("parts", {"v": "FP32Vector", "n": "String"}, rows)))
    assert values["a"] == ("FP32", [f32(1), f32(5)]) and values["b"] == ("FP32Vector", [f32(2, 3), f32(6, 7)])
    assert values["c"] == ("FP32", [f32(4), f32(8)]) and values["d"] == ("Int64", [struct.pack("<q", n) for n in (10, 11)])
    assert values["e"] == ("FP64Vector", [struct.pack("<dd", 2, 3), struct.pack("<dd", 6, 7)])


def test_an_open_dimension_is_what_is_left(daemon, mirror):
    mirror.requests("kserve", "kserve", "ModelInferRequest")
    rows = {"t0": [f32(1, 2, 3, 4), b"10"], "t1": [f32(5, 6, 7, 8), b"11"]}
    reply = daemon.predict(point("open", {"v": "FP32Vector", "n": "String"}, rows))
    assert column(reply, "a") == [f32(1, 2, 3, 4, 10), f32(5, 6, 7, 8, 11)]
    request, = mirror.requests("kserve", "kserve", "ModelInferRequest")
    assert list(request.inputs[0].shape) == [2, 5]


def test_calibration_names_the_model_and_the_config(daemon):
    values = targets(daemon.predict(point("calibrated", {"x": "FP32"}, {"t0": [f32(1)], "t1": [f32(2)]})))
    assert values["cal_model"] == ("String", [b"m7", b"m7"])
    assert values["inferflow_config_id"] == ("String", [b"calibrated"] * 2)
    assert values["told"] == ("String", [b"m7", b"m7"])  # it is a column like others


@pytest.mark.parametrize("name, there", [
    ("keyed", True), ("keyed.compat", False), ("keyed.both", True), ("keyed.other", True)])
def test_compat_forgets_the_config_where_a_key_names_the_model(daemon, name, there):
    values = targets(daemon.predict(point(name, {"x": "FP32"}, {"t0": [b"1"]})))
    assert values["cal_model"] == ("String", [b"m7"])
    assert values["inferflow_config_id"] == ("String", [name.encode() if there else b""])
    assert values["told"][1] == [name.encode() if there else b"0.0"]


def test_the_models_inputs_come_before_the_reply(daemon):
    message = protos.load("inferflow").InferflowRequestProto(model_config_id="schema")
    message.entities.add(entity="id", ids=["t0"]).features.add(name="x", ids_feature_value=["1.5"])
    header, row = [list(row.data) for row in daemon.score(message).component_data]
    assert header == ["x", "id", "y", "y"] and row == ["1.5", "t0", "1.5", "1.5"]


# Routes.


def routed(*shares, **options):
    points = [{"endpoint": f"127.0.0.1:{mirror.port}", "percentage": share} for mirror, share in shares]
    return model(["y"], predators=[{**echo("y", "x", model_end_points=points), **options}])


def shares_of(daemon, name, count, *mirrors):
    """How many of so many requests each one has got."""
    for mirror in mirrors:
        mirror.requests("kserve", "kserve", "ModelInferRequest")
    for _ in range(count):
        assert column(daemon.predict(point(name, {"x": "String"}, {"t": [b"1"]})), "y") == [f32(1)]
    return [len(mirror.requests("kserve", "kserve", "ModelInferRequest")) for mirror in mirrors]


def test_routes(tmp_path, mirror):
    with Mirror() as one, Mirror() as two:
        rest = f"127.0.0.1:{mirror.port}"
        small.write(tmp_path, "all", routed((one, 100), (two, 0)))
        small.write(tmp_path, "shared", routed((one, 30), (two, 70)))
        small.write(tmp_path, "rest", routed((one, 40), model_end_point=rest))
        small.write(tmp_path, "none", routed((one, 0), model_end_point=rest))
        small.write(tmp_path, "compat", {**routed((one, 40), model_end_point=rest), "compat": "inferflow"})
        small.write(tmp_path, "short", routed((one, 40), (two, 50), model_end_point=""))
        with Daemon(tmp_path, env=mirror.env) as daemon:
            assert shares_of(daemon, "all", 50, one, two, mirror) == [50, 0, 0]
            assert shares_of(daemon, "none", 50, one, two, mirror) == [0, 0, 50]
            first, second, _ = shares_of(daemon, "shared", 400, one, two, mirror)
            assert first + second == 400 and 60 < first < 180  # six times the standard deviation
            first, _, other = shares_of(daemon, "rest", 400, one, two, mirror)
            assert first + other == 400 and 100 < first < 220
            code, text = status_of(daemon.predict, point("short", {}, {"t": []}))
            assert "model_end_points" in text and "model_end_point" in text
            # The original scores nothing where the shares don't add up to 100.
            assert column(daemon.predict(point("compat", {"x": "String"}, {"t": [b"1"]})), "y") == [b""]
