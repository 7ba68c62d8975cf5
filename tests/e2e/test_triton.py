# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Scoring on a real Triton: shapes with and without its batches, every kind of element both ways, versions, and what it
# says when it is asked wrongly. The models are in triton/, as a model repository.
import os
import shutil
import struct

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, status_of
from peers import Triton, columns, config, scorer

REPOSITORY = os.path.join(os.environ["srcdir"], "tests", "e2e", "triton")


@pytest.fixture(scope="module")
def triton(tmp_path_factory):
    repository = tmp_path_factory.mktemp("triton") / "models"
    shutil.copytree(REPOSITORY, repository)  # it writes beside the models
    with Triton(repository) as running:
        yield running


PAIR, SCORE = [("in", ["a", "b"], [2], "FP32")], [("out", ["score"], [[1]], "FP32")]
MODELS = {
    "sum": scorer("sum", PAIR, SCORE),
    "sum2": scorer("sum", PAIR, SCORE, model_version="2"),
    "sum3": scorer("sum", PAIR, SCORE, model_version="3"),
    "batched": scorer("sum", PAIR, SCORE, batch_size=7),
    "too_many": scorer("sum", PAIR, SCORE, batch_size=100),
    "flat": scorer("flat", PAIR, [("out", ["score"], [[1]], "FP64")]),
    "flat_to_fp32": scorer("flat", PAIR, SCORE),
    "nobody": scorer("nobody", PAIR, SCORE),
    "wide": scorer("sum", [("in", ["a", "b", "a"], [3], "FP32")], SCORE),
    "open": scorer("sum", [("in", ["a", "b"], [-1], "FP32")], SCORE),
    "integers": scorer("sum", [("in", ["a", "b"], [2], "INT32")], SCORE),
    "misnamed": scorer("sum", [("input", ["a", "b"], [2], "FP32")], SCORE),
    "other_output": scorer("sum", PAIR, [("result", ["score"], [[1]], "FP32")]),
    "two_scores": scorer("sum", PAIR, [("out", ["score", "more"], [[1], [1]], "FP32")]),
    "picky": scorer("picky", PAIR, SCORE),
    "picky_batched": scorer("picky", PAIR, SCORE, batch_size=2),
}
MIXED = scorer(
    "mixed",
    [("text", ["brand", "number"], [2], "BYTES"), ("flag", ["flag"], [1], "BOOL"), ("small", ["number"], [1], "INT8"),
     ("large", ["id"], [1], "INT64"), ("natural", ["natural"], [1], "UINT16"), ("half", ["vector"], [3], "FP16"),
     ("exact", ["exact"], [1], "FP64")],
    # Not in the server's order.
    [("label", ["label"], [[1]], "BYTES"), ("not", ["not"], [[1]], "BOOL"), ("parts", ["parts"], [[2, 2]], "FP32"),
     ("words", ["words"], [[2]], "BYTES"), ("less", ["less"], [[1]], "INT8"), ("more", ["more"], [[1]], "INT64"),
     ("next", ["next"], [[1]], "UINT16"), ("halves", ["first", "rest"], [[1], [2]], "FP16"),
     ("root", ["root"], [[1]], "FP64")],
)


@pytest.fixture(scope="module")
def daemon(triton, tmp_path_factory):
    configs = tmp_path_factory.mktemp("models")
    for name, component in {**MODELS, "mixed": MIXED}.items():
        small.write(configs, name, config(component))
    with Daemon(configs, env={"EXTERNAL_SERVICE_PREDATOR_PORT": str(triton.port)}) as running:
        yield running


def request(model, rows):
    predict = protos.load("predict")
    message = predict.PointWiseRequest(model_config_id=model)
    for name in "a", "b":
        message.target_input_schema.add(name=name, data_type=predict.DataTypeFP32)
    for i, row in enumerate(rows):
        message.targets.add(id=f"p{i}", feature_values=[struct.pack("<f", value) for value in row])
    return message


def scores(reply, kind="<f"):
    return [struct.unpack(kind, value)[0] if value else None for value in columns(reply)["score"]]


ROWS = [(i * 0.5, 100 - i) for i in range(50)]
SUMS = [100 - i * 0.5 for i in range(50)]


def test_it_is_a_real_one(triton):
    reply = triton.call("ServerMetadata", protos.load("kserve").ServerMetadataRequest())
    assert reply.name == "triton" and "binary_tensor_data" in reply.extensions


def test_batches_of_rows_by_one(daemon):
    assert scores(daemon.predict(request("sum", ROWS))) == SUMS
    assert scores(daemon.predict(request("sum", ROWS[:1]))) == SUMS[:1]


def test_rows_are_split_and_come_back_in_order(daemon):
    assert scores(daemon.predict(request("batched", ROWS))) == SUMS


def test_a_dimension_left_open(daemon):
    assert scores(daemon.predict(request("open", ROWS))) == SUMS


def test_a_result_of_rows_alone(daemon):
    differences = [a - b for a, b in ROWS]
    assert scores(daemon.predict(request("flat", ROWS)), "<d") == differences
    assert scores(daemon.predict(request("flat_to_fp32", ROWS))) == differences


def test_versions(daemon):
    assert scores(daemon.predict(request("sum2", ROWS[:2]))) == [1000, 995]
    code, text = status_of(daemon.predict, request("sum3", ROWS[:2]))
    assert code == grpc.StatusCode.INTERNAL
    assert "NOT_FOUND" in text and "'sum' version 3" in text and "component scorer" in text


def mixed_request():
    predict = protos.load("predict")
    message = predict.PointWiseRequest(model_config_id="mixed")
    types = {"brand": predict.DataTypeString, "number": predict.DataTypeInt8, "flag": predict.DataTypeBool,
             "id": predict.DataTypeInt64, "natural": predict.DataTypeUint16, "exact": predict.DataTypeFP64}
    for name, kind in types.items():
        message.target_input_schema.add(name=name, data_type=kind)
    message.target_input_schema.add(name="vector", data_type=predict.DataTypeFP16Vector, vector_dim=3)
    for i, brand in enumerate(("Größe", "", "x" * 300, "a\0b")):
        message.targets.add(id=f"p{i}", feature_values=[
            brand.encode(), struct.pack("<b", i - 2), bytes([i % 2]), struct.pack("<q", (1 << 60) + i),
            struct.pack("<H", 65535 - i), struct.pack("<d", 2 + i), struct.pack("<3e", i, 0.5, -i)])
    return message


def test_every_kind_of_element(daemon):
    reply = daemon.predict(mixed_request())
    got = columns(reply)
    i = range(4)
    # An empty text is the default of BYTES, as in the original.
    brands = ["Größe".encode(), b"0.0", b"x" * 300, b"a\0b"]
    numbers = [b"-2", b"-1", b"0", b"1"]
    assert got["label"] == [b + b"/" + n for b, n in zip(brands, numbers)]
    lengths = [struct.pack("<HH", len(n), len(b)) for b, n in zip(brands, numbers)]
    assert got["words"] == [size + n + b for size, b, n in zip(lengths, brands, numbers)]
    assert got["not"] == [b"\1", b"\0", b"\1", b"\0"]
    assert got["less"] == [struct.pack("<b", k - 3) for k in i]
    assert got["more"] == [struct.pack("<q", 3 * ((1 << 60) + k) - (1 << 64 if 3 * ((1 << 60) + k) >= 1 << 63 else 0)) for k in i]
    assert got["next"] == [struct.pack("<H", (65536 - k) % 65536) for k in i]
    assert got["parts"] == [struct.pack("<4f", k, 0.5, 0.5, -k) for k in i]
    assert got["first"] == [struct.pack("<e", -2 * k) for k in i]
    assert got["rest"] == [struct.pack("<2e", 1, 2 * k) for k in i]
    assert got["root"] == [struct.pack("<d", (2 + k) ** 0.5) for k in i]
    types = {column.name: column.data_type for column in reply.target_output_schema}
    predict = protos.load("predict")
    assert types["words"] == predict.DataTypeStringVector and types["parts"] == predict.DataTypeFP32Vector
    assert types["not"] == predict.DataTypeBool and types["next"] == predict.DataTypeUint16


@pytest.mark.parametrize("model, said", [
    ("nobody", ["NOT_FOUND", "'nobody' is not found"]),
    ("wide", ["INVALID_ARGUMENT", "unexpected shape", "[-1,2]"]),
    ("integers", ["INVALID_ARGUMENT", "data-type", "INT32"]),
    ("misnamed", ["INVALID_ARGUMENT", "unexpected inference input 'input'"]),
    ("other_output", ["INVALID_ARGUMENT", "unexpected inference output 'result'"]),
    ("too_many", ["INVALID_ARGUMENT", "batch-size must be <= 64"]),
    ("two_scores", ["INTERNAL", "another number of elements in a row than model_scores_dims says"]),
])
def test_what_is_configured_wrongly_is_told_in_the_servers_words(daemon, model, said):
    """It is no fault of the client, so its status is INTERNAL, not what the model server said to us."""
    code, text = status_of(daemon.predict, request(model, ROWS + ROWS))
    assert code == grpc.StatusCode.INTERNAL
    for words in ["component scorer", f"model {MODELS[model]['model_name']} on 127.0.0.1:", *said]:
        assert words in text
    assert scores(daemon.predict(request("sum", ROWS[:1]))) == SUMS[:1]  # and nothing else is hurt


def test_a_model_that_refuses_and_one_that_answers_short(daemon):
    code, text = status_of(daemon.predict, request("picky", [(1, 2), (-3, 4)]))
    assert code == grpc.StatusCode.INTERNAL and "-3.0 is less than nothing" in text
    # In batches, one that fails or is short costs its own rows.
    reply = daemon.predict(request("picky_batched", [(1, 2), (3, 4), (-5, 6), (7, 8), (9, 9), (0, 1), (2, 2)]))
    assert scores(reply) == [3, 7, None, None, 18, None, 4]
    errors = [row.error for row in reply.target_scores]
    assert [bool(error) for error in errors] == [False, False, True, True, False, True, False]
    assert "less than nothing" in errors[2] and "its reply has 1 rows of 2" in errors[5]


def test_a_server_that_goes_and_comes_back(triton, tmp_path):
    small.write(tmp_path, "sum", config(MODELS["sum"]))
    same = [(1, 2)] * 64
    repository = tmp_path / "repository"
    shutil.copytree(os.path.join(REPOSITORY, "sum"), repository / "sum")
    # This one compresses what it says.
    with Triton(repository, "--grpc-infer-response-compression-level=high") as own:
        with Daemon(tmp_path, env={"EXTERNAL_SERVICE_PREDATOR_PORT": str(own.port)}) as daemon:
            assert scores(daemon.predict(request("sum", ROWS))) == SUMS
            assert scores(daemon.predict(request("sum", same))) == [3] * 64
            own.kill()
            assert status_of(daemon.predict, request("sum", ROWS))[0] == grpc.StatusCode.UNAVAILABLE
            own.__enter__()
            while True:  # until it has connected again, which takes it a second at most
                try:
                    assert scores(daemon.predict(request("sum", ROWS))) == SUMS
                    break
                except grpc.RpcError as error:
                    assert error.code() == grpc.StatusCode.UNAVAILABLE
