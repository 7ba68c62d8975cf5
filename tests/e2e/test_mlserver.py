# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Scoring on a real MLServer: XGBoost's models with the predictions that are recorded of them, scikit-learn's trained
# here, texts; in raw contents, which is what we ask for, and in typed ones, which a server between us and it asks for.
import json
import os
import shutil
import struct

import grpc
import pytest

import fake
import protos
import small_models as small
from daemon import Daemon, status_of
from peers import MLServer, columns, config, scorer

kserve = protos.load("kserve")
predict = protos.load("predict")
SOURCE = os.environ["srcdir"]
RECORDED = os.path.join(SOURCE, "tests", "golden", "xgboost", "3.2.0")
XGBOOST, SKLEARN = "mlserver_xgboost.XGBoostModel", "mlserver_sklearn.SKLearnModel"

# A classifier of the iris flowers, which scikit-learn has with it, and what it says of them itself.
TRAIN = """
import json, joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
flowers = load_iris()
model = LogisticRegression(max_iter=1000).fit(flowers.data, flowers.target)
joblib.dump(model, "iris/model.joblib")
rows = flowers.data[::10].astype("f4")
with open("iris/said.json", "w") as file:
    json.dump({"rows": rows.tolist(), "predict": model.predict(rows).tolist(), "proba": model.predict_proba(rows).tolist()}, file)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("mlserver")
    xgboost = ["squarederror", "binary", "softprob", "targets"]
    running = MLServer(directory, {
        **{name: {"implementation": XGBOOST, "parameters": {"uri": f"./{name}.json", "version": "1"}} for name in xgboost},
        "iris": {"implementation": SKLEARN, "parameters": {"uri": "./model.joblib", "version": "v7"}},
        "texts": {"implementation": "texts.Texts", "parameters": {"version": "1"}},
    })
    for name in xgboost:
        shutil.copy(os.path.join(RECORDED, "models", name + ".json"), directory / name)
    shutil.copy(os.path.join(SOURCE, "tests", "e2e", "mlserver", "texts.py"), directory / "texts")
    running.python(TRAIN)
    with running:
        for name in [*xgboost, "texts"]:
            assert running.call("ModelReady", kserve.ModelReadyRequest(name=name, version="1")).ready
        yield running


class Between(fake.Fake):
    """Passes calls on to the server, as typed contents (which makes it answer so) or as they are, and gives on what it
    answers, as it is or with the size of each output, which some servers tell."""

    def __init__(self, server, typed=False, sized=False):
        super().__init__(kserve=self.ask)
        self.method = server.channel.unary_unary(fake.METHODS["kserve"][0])
        self.typed, self.sized = typed, sized
        self.replies = []

    def ask(self, call):
        request = call.decode("kserve", "ModelInferRequest")
        if self.typed:
            make_typed(request)
        data = self.method(request.SerializeToString())
        reply = kserve.ModelInferResponse.FromString(data)
        self.replies.append(reply)
        if not self.sized:
            return data
        reply.parameters["binary_data_output"].bool_param = True
        for tensor, raw in zip(reply.outputs, reply.raw_output_contents):
            tensor.parameters["binary_data_size"].int64_param = len(raw)
        return reply.SerializeToString()


def make_typed(request):
    for tensor, raw in zip(request.inputs, request.raw_input_contents):
        if tensor.datatype == "FP32":
            tensor.contents.fp32_contents.extend(struct.unpack(f"<{len(raw) // 4}f", raw))
            continue
        while raw:
            size = struct.unpack_from("<I", raw)[0]
            tensor.contents.bytes_contents.append(raw[4:4 + size])
            raw = raw[4 + size:]
    del request.raw_input_contents[:]


@pytest.fixture(scope="module")
def typed(server):
    with Between(server, typed=True) as between:
        yield between


@pytest.fixture(scope="module")
def sized(server):
    with Between(server, sized=True) as between:
        yield between


FIVE = [("features", ["f0", "f1", "f2", "f3", "f4"], [5], "FP32")]
FOUR = [("flower", ["f0", "f1", "f2", "f3"], [4], "FP32")]
TEXT = [("text", ["text"], [1], "BYTES")]
KINDS = [("length", ["length"], [[1]], "INT64"), ("upper", ["upper"], [[1]], "BYTES"), ("less", ["less"], [[1]], "INT8"),
         ("natural", ["natural"], [[1]], "UINT32"), ("exact", ["exact"], [[1]], "FP64"), ("long", ["long"], [[1]], "BOOL"),
         ("pair", ["first", "second"], [[1], [1]], "UINT64")]
MODELS = {
    "squarederror": scorer("squarederror", FIVE, [("predict", ["score"], [[1]], "FP32")]),
    "batched": scorer("squarederror", FIVE, [("predict", ["score"], [[1]], "FP32")], batch_size=5),
    "targets": scorer("targets", FIVE, [("predict", ["score"], [[2]], "FP32")]),
    "iris": scorer("iris", FOUR, [("predict_proba", ["proba"], [[3]], "FP64"), ("predict", ["class"], [[1]], "INT64")],
                   model_version="v7"),
    "iris_cut": scorer("iris", FOUR, [("predict_proba", ["setosa", "others"], [[1], [2]], "FP32")], model_version="v7"),
    "texts": scorer("texts", TEXT, KINDS),
    "other_version": scorer("iris", FOUR, [("predict", ["class"], [[1]], "INT64")]),
    "nobody": scorer("nobody", FOUR, [("predict", ["class"], [[1]], "INT64")]),
    "narrow": scorer("squarederror", FOUR, [("predict", ["score"], [[1]], "FP32")]),
    "other_output": scorer("squarederror", FIVE, [("result", ["score"], [[1]], "FP32")]),
    "no_classes": scorer("targets", FIVE, [("predict_proba", ["score"], [[1]], "FP32")]),
}


@pytest.fixture(scope="module")
def configs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("models")
    for name, component in MODELS.items():
        small.write(directory, name, config(component))
    return directory


@pytest.fixture(scope="module")
def raw_daemon(server, configs):
    with Daemon(configs, env={"EXTERNAL_SERVICE_PREDATOR_PORT": str(server.port)}) as running:
        yield running


@pytest.fixture(scope="module", params=["raw", "typed", "sized"])
def daemon(request, configs):
    if request.param == "raw":
        yield request.getfixturevalue("raw_daemon")
        return
    with Daemon(configs, env=request.getfixturevalue(request.param).env) as running:
        yield running


def numbers(model, rows):
    message = predict.PointWiseRequest(model_config_id=model)
    for i in range(len(rows[0])):
        message.target_input_schema.add(name=f"f{i}", data_type=predict.DataTypeFP32)
    for i, row in enumerate(rows):
        message.targets.add(id=f"p{i}", feature_values=[struct.pack("<f", value) for value in row])
    return message


def recorded(name):
    with open(os.path.join(RECORDED, "predictions.json"), encoding="utf-8") as file:
        content = json.load(file)
    rows = [struct.unpack("<5f", bytes.fromhex(row)) for row in content["features"]]
    return rows, [bytes.fromhex(row) for row in content["predictions"][name]]


def test_it_is_a_real_one(server):
    reply = server.call("ServerMetadata", kserve.ServerMetadataRequest())
    assert (reply.name, reply.version) == ("mlserver", "1.7.1")


@pytest.mark.parametrize("model", ["squarederror", "batched", "targets"])
def test_what_xgboost_predicted(daemon, model):
    """Bit for bit what is recorded, missing values (NaN) among them."""
    rows, predictions = recorded(MODELS[model]["model_name"])
    assert columns(daemon.predict(numbers(model, rows)))["score"] == predictions


def said(server):
    with open(os.path.join(server.directory, "iris", "said.json"), encoding="utf-8") as file:
        return json.load(file)


def test_a_classifiers_two_outputs(daemon, server):
    """Asked for in another order than the server's own; a shape of [rows] beside one of [rows, 3]."""
    right = said(server)
    got = columns(daemon.predict(numbers("iris", right["rows"])))
    assert got["class"] == [struct.pack("<q", kind) for kind in right["predict"]]
    assert got["proba"] == [struct.pack("<3d", *row) for row in right["proba"]]


def test_an_output_cut_and_converted(daemon, server):
    right = said(server)
    got = columns(daemon.predict(numbers("iris_cut", right["rows"])))
    assert got["setosa"] == [struct.pack("<f", row[0]) for row in right["proba"]]
    assert got["others"] == [struct.pack("<2f", *row[1:]) for row in right["proba"]]


def test_texts_and_every_kind_of_contents(daemon):
    message = predict.PointWiseRequest(model_config_id="texts")
    message.target_input_schema.add(name="text", data_type=predict.DataTypeString)
    texts = ["hat", "größe", "x", "y" * 200, "a b"]
    for i, text in enumerate(texts):
        message.targets.add(id=f"p{i}", feature_values=[text.encode()])
    got = columns(daemon.predict(message))
    sizes = [len(text) for text in texts]
    assert got["upper"] == [text.upper().encode() for text in texts]
    assert got["length"] == [struct.pack("<q", n) for n in sizes]
    assert got["less"] == [struct.pack("<b", (128 - n) % 256 - 128) for n in sizes]
    assert got["natural"] == [struct.pack("<I", n) for n in sizes]
    assert got["exact"] == [struct.pack("<d", n / 3) for n in sizes]
    assert got["long"] == [bytes([n > 3]) for n in sizes]
    assert got["first"] == [struct.pack("<Q", n) for n in sizes]
    assert got["second"] == [struct.pack("<Q", n + 1) for n in sizes]


def test_both_kinds_of_contents_were_there(typed, raw_daemon, configs, server):
    """What the two ways above are worth: the replies were of the kind they are named for, with their parameters."""
    with Daemon(configs, env=typed.env) as daemon:
        daemon.predict(numbers("iris", said(server)["rows"]))
    reply = typed.replies[-1]
    assert not reply.raw_output_contents and len(reply.outputs[0].contents.fp64_contents) == 45
    raw = kserve.ModelInferRequest(model_name="iris", model_version="v7", raw_input_contents=[struct.pack("<4f", 1, 2, 3, 4)])
    raw.inputs.add(name="flower", datatype="FP32", shape=[1, 4])
    reply = server.call("ModelInfer", raw)
    assert len(reply.raw_output_contents) == 1 and reply.outputs[0].HasField("contents")
    assert "content_type" in reply.outputs[0].parameters


@pytest.mark.parametrize("model, words", [
    ("other_version", ["NOT_FOUND", "Model iris with version 1 not found"]),
    ("nobody", ["NOT_FOUND", "Model nobody with version 1 not found"]),
    ("narrow", ["INTERNAL", "expected: 5, got 4"]),
    ("other_output", ["INVALID_ARGUMENT", "(result was received)"]),
    ("no_classes", ["INVALID_ARGUMENT", "do not support 'predict_proba"]),
])
def test_what_is_configured_wrongly_is_told_in_the_servers_words(raw_daemon, model, words):
    code, text = status_of(raw_daemon.predict, numbers(model, [(1, 2, 3, 4, 5)] * 3))
    assert code == grpc.StatusCode.INTERNAL
    for part in ["component scorer", f"model {MODELS[model]['model_name']} on 127.0.0.1:", *words]:
        assert part in text


