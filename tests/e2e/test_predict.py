# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Scoring through the daemon with a stock gRPC client: replies, errors, and what the original did otherwise.
import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, status_of


@pytest.fixture(scope="module")
def daemon(sandbox, tmp_path_factory):
    configs = tmp_path_factory.mktemp("models")
    small.write(configs, "prices", small.prices())
    broken = small.prices()
    broken["component_config"]["numerix_components"][0]["score_col"] = "product:attrs:price"
    small.write(configs, "broken", broken)
    cyclic = small.prices()
    cyclic["dag_execution_config"]["component_dependency"]["fs_product"] = ["feature_initializer", "boost"]
    small.write(configs, "cyclic", cyclic)
    with Daemon(configs, sandbox, options=["--max-in-flight=0"]) as running:  # how many it bears isn't asked here
        yield running


def test_scores(daemon):
    reply = daemon.predict(small.request("prices", ["p1", "p2", "p3"]))
    assert small.table(reply) == {
        "product_id": ["p1", "p2", "p3"], "product:attrs:price": [10.0, 3.0, 7.5], "final": [20.0, 6.0, 15.0]}


def test_an_unknown_product_costs_only_its_row(daemon):
    values = small.table(daemon.predict(small.request("prices", ["p1", "nope", "p3"])))
    assert values["product:attrs:price"] == [10.0, None, 7.5]
    assert values["final"][0] == 20.0 and values["final"][2] == 15.0


def test_entities(daemon):
    message = protos.load("inferflow").InferflowRequestProto(model_config_id="prices")
    entity = message.entities.add(entity="product_id", ids=["p2", "p1"])
    entity.features.add(name="score", ids_feature_value=["3", "0.5"])
    rows = [list(row.data) for row in daemon.score(message).component_data]
    assert rows == [["product_id", "product:attrs:price", "final"], ["p2", "3", "9"], ["p1", "10", "5"]]


def test_codes(daemon):
    code, text = status_of(daemon.predict, small.request("nobody", ["p1"]))
    assert code == grpc.StatusCode.NOT_FOUND and "nobody" in text
    code, text = status_of(daemon.predict, small.request("prices", []))
    assert code == grpc.StatusCode.INVALID_ARGUMENT and "at least one target" in text
    code, text = status_of(daemon.predict, b"\x0a\xff\xff")
    assert code == grpc.StatusCode.INVALID_ARGUMENT and "protobuf" in text
    code, text = status_of(daemon.call, "/Predict/Nope", b"", protos.load("predict").PointWiseResponse)
    assert code == grpc.StatusCode.UNIMPLEMENTED and "/Predict/Nope" in text


def test_a_refused_model_says_why(daemon):
    code, text = status_of(daemon.predict, small.request("broken", ["p1"]))
    assert code == grpc.StatusCode.NOT_FOUND
    assert "component_config.numerix_components[0]" in text and "writes already" in text
    code, text = status_of(daemon.predict, small.request("cyclic", ["p1"]))
    assert code == grpc.StatusCode.NOT_FOUND and "cycle" in text


def test_compat_gives_the_originals_codes(sandbox, tmp_path):
    cyclic = small.prices()
    cyclic["dag_execution_config"]["component_dependency"]["fs_product"] = ["feature_initializer", "boost"]
    small.write(tmp_path, "cyclic", cyclic)
    with Daemon(tmp_path, sandbox, env={"INFERD_COMPAT": "inferflow"}) as daemon:
        assert status_of(daemon.predict, small.request("nobody", ["p1"]))[0] == grpc.StatusCode.INVALID_ARGUMENT
        assert status_of(daemon.predict, small.request("cyclic", ["p1"]))[0] == grpc.StatusCode.INTERNAL
        assert status_of(daemon.predict, b"\x0a\xff\xff")[0] == grpc.StatusCode.INTERNAL


def test_many_at_once(daemon):
    call = daemon.channel.unary_unary(
        "/Predict/InferPointWise", request_serializer=type(small.request("x", [])).SerializeToString,
        response_deserializer=protos.load("predict").PointWiseResponse.FromString)
    calls = [(i, call.future(small.request("prices", ["p1", "p2"], str(i).encode()), timeout=30)) for i in range(300)]
    for i, future in calls:
        assert small.table(future.result())["final"] == [10.0 * i, 3.0 * i]
