# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Node policies, with backends whose answers the test decides; and the record of what became of a run's nodes.
import json

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, status_of
from fake import GOOD, Fake


def chain():
    """A feature store, a model server and Numerix, one after the other; the model server is required."""
    return small.config(
        {"fs_product": ["feature_initializer"], "rank": ["fs_product"], "boost": ["rank"]},
        ["product_id", "product:attrs:price", "probability", "final"], [small.PRODUCT],
        [small.predator("rank", ["product:attrs:price"], "probability", deadline=60000)],
        [small.numerix("boost", "final", {"p@FP32": "probability"}, "any")])


def component(model, name):
    """The component of that name in a config, to be changed."""
    lists = [value for key, value in model["component_config"].items() if key.endswith("_components")]
    return next(item for items in lists for item in items if item["component"] == name)


@pytest.fixture
def fake():
    with Fake(**GOOD) as running:
        yield running


def refuse(code):
    return lambda call: call.fail(code, "on purpose")


def explained(daemon, request, asked="1", **options):
    """A reply, or the error, and its record."""
    call = daemon.channel.unary_unary("/Predict/InferPointWise", request_serializer=type(request).SerializeToString,
                                      response_deserializer=protos.load("predict").PointWiseResponse.FromString)
    try:
        reply, end = call.with_call(request, timeout=60, metadata=[("inferd-explain", asked)], **options)
    except grpc.RpcError as error:
        reply = end = error
    found = [value for key, value in end.trailing_metadata() if key == "inferd-explain-bin"]
    if not found:
        return reply, None, None
    record = json.loads(found[0])
    return reply, record, {node["component"]: node for node in record["nodes"]}


def test_the_record_of_a_run(fake, tmp_path):
    small.write(tmp_path, "all", chain())
    with Daemon(tmp_path, env=fake.env) as daemon:
        reply, record, nodes = explained(daemon, small.request("all", ["p1", "p2"]))
        assert len(reply.target_scores) == 2
        assert record["format"] == 1 and record["model"] == "all" and record["status"] == "OK"
        assert record["targets"] == 2 and record["slates"] == 0 and "left_out" not in record
        assert list(nodes) == ["feature_initializer", "fs_product", "rank", "boost"]
        for before, after in (("feature_initializer", "fs_product"), ("fs_product", "rank"), ("rank", "boost")):
            assert nodes[before]["start_us"] + nodes[before]["took_us"] <= nodes[after]["start_us"]
        assert all(node["outcome"] == "done" and node["status"] == "OK" for node in nodes.values())
        assert [nodes[name].get("attempts") for name in nodes] == [None, 1, 1, 1]
        assert nodes["boost"]["start_us"] + nodes["boost"]["took_us"] <= record["took_us"]


def test_the_record_of_a_run_that_failed(fake, tmp_path):
    small.write(tmp_path, "all", chain())
    fake.answers["kserve"] = refuse(grpc.StatusCode.UNAVAILABLE)
    with Daemon(tmp_path, env=fake.env) as daemon:
        error, record, nodes = explained(daemon, small.request("all", ["p1"]))
        assert error.code() == grpc.StatusCode.UNAVAILABLE and record["status"] == "UNAVAILABLE"
        assert nodes["rank"]["outcome"] == "failed" and "on purpose" in nodes["rank"]["message"]
        assert nodes["boost"] == {"component": "boost", "kind": "numerix", "outcome": "waiting"}


def test_nothing_is_told_to_those_who_do_not_ask(fake, tmp_path):
    small.write(tmp_path, "all", chain())
    with Daemon(tmp_path, env=fake.env) as daemon:
        for asked in ("0", "yes", "", "-1"):
            assert explained(daemon, small.request("all", ["p1"]), asked)[1] is None, asked


def test_the_record_is_bounded(fake, tmp_path):
    model = chain()
    for i in range(60):
        small_one = small.numerix(f"another_boost_{i}", f"final_{i}", {"p@FP32": "probability"}, "any")
        model["component_config"]["numerix_components"].append(small_one)
        model["dag_execution_config"]["component_dependency"][small_one["component"]] = ["rank"]
    small.write(tmp_path, "all", model)
    with Daemon(tmp_path, env=fake.env) as daemon:
        record = explained(daemon, small.request("all", ["p1"]))[1]
        assert 0 < len(record["nodes"]) < 64 and len(record["nodes"]) + record["left_out"] == 64
        few = explained(daemon, small.request("all", ["p1"]), asked="600")[1]
        assert 0 < len(few["nodes"]) < len(record["nodes"])
