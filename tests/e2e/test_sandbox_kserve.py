# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The model server of inferd-sandbox: XGBoost's own predictions (recorded in tests/golden/xgboost), raw and typed
# tensors, and what it says of a wrong request.
import json
import os
import struct

import grpc
import pytest

import protos
from sandbox import Sandbox

kserve = protos.load("kserve")
Input = kserve.ModelInferRequest.InferInputTensor
Output = kserve.ModelInferRequest.InferRequestedOutputTensor

RECORDINGS = os.path.join(os.environ["srcdir"], "tests", "golden", "xgboost")
MODELS = os.path.join(RECORDINGS, "1.7.4")
WIDTH = 5


def recorded(version):
    """What that version of XGBoost predicted: the features' rows, and each model's predictions for them."""
    with open(os.path.join(RECORDINGS, version, "predictions.json"), encoding="utf-8") as file:
        return json.load(file)


RECORDED = recorded("1.7.4")


@pytest.fixture(scope="module", name="sandbox")
def start():
    with Sandbox(MODELS) as sandbox:
        yield sandbox


def raw_request(model, rows, **fields):
    return kserve.ModelInferRequest(
        model_name=model,
        inputs=[Input(name="input__0", datatype="FP32", shape=[len(rows), WIDTH])],
        raw_input_contents=[b"".join(rows)],
        **fields,
    )


def tensor_request(*tensors, raw=()):
    return kserve.ModelInferRequest(model_name="binary", inputs=tensors, raw_input_contents=raw)


def predictions(reply):
    """The reply's one output, as the rows' bytes."""
    (output,) = reply.outputs
    assert output.datatype == "FP32"
    data = reply.raw_output_contents[0]
    assert len(data) == output.shape[0] * output.shape[1] * 4
    width = output.shape[1] * 4
    return [data[at:at + width] for at in range(0, len(data), width)]


@pytest.mark.parametrize("model", sorted(RECORDED["predictions"]))
def test_predictions_are_xgboosts(sandbox, model):
    rows = [bytes.fromhex(row) for row in RECORDED["features"]]
    reply = sandbox.call("kserve", raw_request(model, rows))
    assert [row.hex() for row in predictions(reply)] == RECORDED["predictions"][model]
    assert (reply.model_name, reply.model_version) == (model, "1")


def test_predictions_are_those_of_newer_versions():
    newer = recorded("3.2.0")
    rows = [bytes.fromhex(row) for row in newer["features"]]
    with Sandbox(os.path.join(RECORDINGS, "3.2.0")) as sandbox:
        for model, want in newer["predictions"].items():
            assert [row.hex() for row in predictions(sandbox.call("kserve", raw_request(model, rows)))] == want, model


def test_a_reply_echoes_what_was_asked(sandbox):
    request = raw_request("binary", [bytes(20)], id="42", outputs=[Output(name="score")], model_version="1")
    reply = sandbox.call("kserve", request)
    assert (reply.id, reply.outputs[0].name, list(reply.outputs[0].shape)) == ("42", "score", [1, 1])


def test_inputs_are_joined_column_by_column(sandbox):
    rows = [bytes.fromhex(row) for row in RECORDED["features"]]
    count = len(rows)
    reply = sandbox.call("kserve", tensor_request(
        Input(name="left", datatype="FP32", shape=[count, 2]),
        Input(name="right", datatype="FP32", shape=[count, 3, 1]),
        raw=[b"".join(row[:8] for row in rows), b"".join(row[8:] for row in rows)],
    ))
    assert [row.hex() for row in predictions(reply)] == RECORDED["predictions"]["binary"]


ROW = [1, 0, 1, 1, 0]


@pytest.mark.parametrize("datatype, code, field", [
    ("BOOL", "?", "bool_contents"), ("INT8", "b", "int_contents"), ("INT16", "h", "int_contents"),
    ("INT32", "i", "int_contents"), ("INT64", "q", "int64_contents"), ("UINT8", "B", "uint_contents"),
    ("UINT16", "H", "uint_contents"), ("UINT32", "I", "uint_contents"), ("UINT64", "Q", "uint64_contents"),
    ("FP16", "e", None), ("FP32", "f", "fp32_contents"), ("FP64", "d", "fp64_contents"),
    ("BYTES", None, "bytes_contents"),
])
def test_raw_and_typed_contents_of_every_datatype(sandbox, datatype, code, field):
    want = sandbox.call("kserve", raw_request("binary", [struct.pack("<5f", *ROW)]))
    texts = [str(value).encode() for value in ROW]
    if code:
        raw = struct.pack("<5" + code, *ROW)
    else:
        raw = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    got = sandbox.call("kserve", tensor_request(Input(datatype=datatype, shape=[1, 5]), raw=[raw]))
    assert got.raw_output_contents == want.raw_output_contents
    if field:
        contents = kserve.InferTensorContents(**{field: texts if datatype == "BYTES" else ROW})
        got = sandbox.call("kserve", tensor_request(Input(datatype=datatype, shape=[1, 5], contents=contents)))
        assert got.raw_output_contents == want.raw_output_contents


def test_negative_numbers_of_every_width(sandbox):
    want = sandbox.call("kserve", raw_request("binary", [struct.pack("<5f", -1, 1, -2, 0, -1)]))
    for datatype, code, field in (("INT8", "b", "int_contents"), ("INT32", "i", "int_contents"),
                                  ("INT64", "q", "int64_contents")):
        raw = struct.pack("<5" + code, -1, 1, -2, 0, -1)
        got = sandbox.call("kserve", tensor_request(Input(datatype=datatype, shape=[1, 5]), raw=[raw]))
        assert got.raw_output_contents == want.raw_output_contents
        contents = kserve.InferTensorContents(**{field: [-1, 1, -2, 0, -1]})
        got = sandbox.call("kserve", tensor_request(Input(datatype=datatype, shape=[1, 5], contents=contents)))
        assert got.raw_output_contents == want.raw_output_contents


def test_typed_replies_say_the_same(sandbox):
    request = raw_request("softprob", [bytes.fromhex(row) for row in RECORDED["features"]])
    raw = sandbox.call("kserve", request)
    with Sandbox(MODELS, "--typed") as typed_sandbox:
        typed = typed_sandbox.call("kserve", request)
    assert not typed.raw_output_contents
    values = typed.outputs[0].contents.fp32_contents
    assert struct.pack(f"<{len(values)}f", *values) == raw.raw_output_contents[0]


def test_no_rows_are_no_error(sandbox):
    reply = sandbox.call("kserve", raw_request("binary", []))
    assert list(reply.outputs[0].shape) == [0, 1]
    assert list(reply.raw_output_contents) == [b""]


def fp32(rows, width):
    return Input(name="x", datatype="FP32", shape=[rows, width])


@pytest.mark.parametrize("request_, code, details", [
    (raw_request("nothing", [bytes(20)]), "NOT_FOUND", "no model 'nothing'; this server has: absoluteerror, binary, "),
    (raw_request("binary", [bytes(20)], model_version="2"), "NOT_FOUND",
     "model 'binary' has no version '2'; it has: 1"),
    (tensor_request(fp32(2, 4), raw=[bytes(32)]), "INVALID_ARGUMENT",
     "model 'binary' has 5 features; the inputs have 4 columns in all"),
    (tensor_request(), "INVALID_ARGUMENT", "model 'binary' has 5 features; the inputs have 0 columns in all"),
    (tensor_request(fp32(2, 5), raw=[bytes(36)]), "INVALID_ARGUMENT",
     "input 0 'x' has 36 raw bytes; its shape and datatype say 40"),
    (tensor_request(fp32(2, 3), fp32(1, 2), raw=[bytes(24), bytes(8)]), "INVALID_ARGUMENT",
     "input 1 'x' has 1 rows; the first input has 2"),
    (tensor_request(fp32(2, 3), fp32(2, 2), raw=[bytes(24)]), "INVALID_ARGUMENT", "2 inputs, but 1 raw_input_contents"),
    (tensor_request(Input(name="x", datatype="FP31", shape=[1, 5])), "INVALID_ARGUMENT",
     "input 0 'x' has datatype 'FP31', which is none of the protocol's"),
    (tensor_request(Input(name="x", datatype="FP32")), "INVALID_ARGUMENT", "input 0 'x' has no shape"),
    (tensor_request(fp32(-1, 5)), "INVALID_ARGUMENT", "input 0 'x' has a shape that is negative or too large"),
    (tensor_request(fp32(2**40, 2**30)), "INVALID_ARGUMENT", "input 0 'x' has a shape that is negative or too large"),
    (tensor_request(Input(name="x", datatype="FP16", shape=[1, 5])), "INVALID_ARGUMENT",
     "input 0 'x' has a datatype that only goes as raw bytes"),
    (tensor_request(Input(name="x", datatype="FP32", shape=[1, 5],
                          contents=kserve.InferTensorContents(fp32_contents=[1, 2]))), "INVALID_ARGUMENT",
     "input 0 'x' has 2 elements; its shape says 5"),
    (tensor_request(Input(name="x", datatype="FP32", shape=[1, 5],
                          contents=kserve.InferTensorContents(fp32_contents=[1] * 5)), raw=[bytes(20)]),
     "INVALID_ARGUMENT", "input 0 'x' has contents beside raw_input_contents; send one of them"),
    (tensor_request(Input(name="x", datatype="BYTES", shape=[1, 5],
                          contents=kserve.InferTensorContents(bytes_contents=[b"red"] * 5))), "INVALID_ARGUMENT",
     "input 0 'x' holds 'red'; this model wants numbers"),
    (tensor_request(Input(name="x", datatype="BYTES", shape=[1, 5]), raw=[b"\5\0\0\0abc"]), "INVALID_ARGUMENT",
     "input 0 'x' has raw bytes that end within an element"),
    (raw_request("binary", [bytes(20)], outputs=[Output(name="a"), Output(name="b")]), "INVALID_ARGUMENT",
     "model 'binary' has one output; 2 are asked for"),
])
def test_what_is_wrong_is_said(sandbox, request_, code, details):
    with pytest.raises(grpc.RpcError) as error:
        sandbox.call("kserve", request_)
    assert error.value.code() == grpc.StatusCode[code]
    assert error.value.details().startswith(details)


def ask(sandbox, name, request, reply):
    return sandbox.method("kserve", "/inference.GRPCInferenceService/" + name, reply)(request)


def test_it_lives_and_is_ready(sandbox):
    assert ask(sandbox, "ServerLive", kserve.ServerLiveRequest(), kserve.ServerLiveResponse).live
    assert ask(sandbox, "ServerReady", kserve.ServerReadyRequest(), kserve.ServerReadyResponse).ready
    metadata = ask(sandbox, "ServerMetadata", kserve.ServerMetadataRequest(), kserve.ServerMetadataResponse)
    assert metadata.name == "inferd-sandbox"


@pytest.mark.parametrize("name, version, ready", [
    ("binary", "", True), ("binary", "1", True), ("binary", "2", False), ("nothing", "", False),
])
def test_models_are_ready_or_not(sandbox, name, version, ready):
    request = kserve.ModelReadyRequest(name=name, version=version)
    assert ask(sandbox, "ModelReady", request, kserve.ModelReadyResponse).ready is ready


def test_a_models_metadata(sandbox):
    request = kserve.ModelMetadataRequest(name="softprob")
    metadata = ask(sandbox, "ModelMetadata", request, kserve.ModelMetadataResponse)
    assert (metadata.name, metadata.platform, list(metadata.versions)) == ("softprob", "xgboost", ["1"])
    assert [(tensor.name, tensor.datatype, list(tensor.shape)) for tensor in metadata.inputs] == [
        ("input__0", "FP32", [-1, 5])
    ]
    assert [(tensor.name, tensor.datatype, list(tensor.shape)) for tensor in metadata.outputs] == [
        ("output__0", "FP32", [-1, 3])
    ]
