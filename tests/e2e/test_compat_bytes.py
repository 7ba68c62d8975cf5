# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What the compat mode restores of values whose bytes aren't what their columns' types say: the original keeps them, and
# readers take them for what the config says. Each model is there in either mode, "<name>" and "<name>.compat"; what
# docs/compat.md has a number for is in test_better.py.
import struct

import pytest

import protos
import small_models as small
from daemon import Daemon
from mirror import VALUES, compute, echo, f32, feature, model, point, predator, targets

VALUES["wide"] = {"t0": struct.pack("<q", 1 << 40 | 7), "t1": struct.pack("<q", 9)}
VALUES["mixed"] = {"t0": f32(1.5), "t1": struct.pack("<d", 1.0), "t2": f32(2.5), "t3": b"\1"}
VALUES["name"] = {"": f32(8)}


def scored(kind, sent, dims, *readers, shape=(1,)):
    """A model whose server answers in the type 'sent' where the config says 'kind', and readers of what it says."""
    graph = {"p": ["feature_initializer"], **{reader["component"]: ["p"] for reader in readers}}
    server = predator("p", [("i", ["x"], list(shape), sent)], [("o", ["v"], [dims], kind)])
    return model(["v", *(r["component"] for r in readers if "inputs" in r)], graph, predators=[
        server, *(r for r in readers if "inputs" in r)], features=[r for r in readers if "fs_keys" in r])


def stored(label, kind, cached=False, reader="FP32"):
    shape = "f:g:" + label
    return model([shape, "a", "b", "t"], {"f": ["feature_initializer"], "a": ["f"], "b": ["f"], "t": ["f"]},
                 features=[feature("f", "id", [("g", kind, [label])], comp_cache_enabled=cached)],
                 predators=[echo("a", shape, reader), echo("b", shape, "FP64"), echo("t", shape, "BYTES")])


def configs():
    made = {
        "prefixed": scored("DataTypeFP32", "FP32", [2], echo("q", "v", shape=[2]), echo("t", "v", "BYTES"),
                           feature("f", "v", [("g", "FP32", ["name"])]), shape=[2]),
        "wider": scored("FP32", "FP64", [1], echo("q", "v", "INT64"), echo("t", "v", "BYTES")),
        "as wide": scored("FP32", "INT32", [1], echo("q", "v")),
        "text": scored("FP32", "BYTES", [1], echo("q", "v", "INT8")),
        "vector": scored("FP32", "FP64", [2], shape=[2]),
        "stored": stored("wide", "FP32"),
        "one of many": stored("mixed", "FP32"),
        "kept": stored("mixed", "FP32", cached=True),
        "numerix": model(["s", "t"], numerixes=[compute("s", {"a@bytes": "x"}), compute("t", {"a@String": "x"})]),
    }
    made["prefixed"]["response_config"]["features"].append("f:g:name")
    made["kept"]["component_config"]["cache_enabled"] = True
    made["kept"]["component_config"]["cache_ttl"] = 300
    return made


@pytest.fixture(scope="module")
def daemon(mirror, tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    for name, config in configs().items():
        small.write(place, name, config)
        small.write(place, name + ".compat", {**config, "compat": "inferflow"})
    with Daemon(place, env=mirror.env, workers=1) as running:
        yield running


def ask(daemon, name, *values):
    """{column: [bytes]}"""
    reply = targets(daemon.predict(point(name, {"x": "String"}, {f"t{i}": [v] for i, v in enumerate(values)})))
    return {column: values for column, (_, values) in reply.items()}


def texts(daemon, name, *values):
    message = protos.load("inferflow").InferflowRequestProto(model_config_id=name)
    message.entities.add(entity="id", ids=[f"t{i}" for i in range(len(values))]).features.add(
        name="x", ids_feature_value=values)
    header, *rows = [list(row.data) for row in daemon.score(message).component_data]
    return {column: [row[i] for row in rows] for i, column in enumerate(header)}


# Outputs of model servers.


def test_a_vector_of_an_enums_name_is_read_by_nobody(daemon):
    told = ask(daemon, "prefixed", b"1:2", b"3:4")
    assert told["q"] == told["v"] == [f32(1, 2), f32(3, 4)] and told["t"] == [b"1,2", b"3,4"]
    assert told["f:g:name"] == [b"", b""]
    told = ask(daemon, "prefixed.compat", b"1:2", b"3:4")
    assert told["v"] == [f32(1, 2), f32(3, 4)] and told["q"] == [f32(0, 0)] * 2 and told["t"] == [b"0.0"] * 2
    assert told["f:g:name"] == [f32(8)] * 2  # of the empty key
    assert texts(daemon, "prefixed", "1:2")["v"] == ["1,2"]
    assert texts(daemon, "prefixed.compat", "1:2")["v"] == [""]


def test_a_servers_type_is_not_the_configs(daemon):
    told = ask(daemon, "wider", b"1.5", b"-3")
    assert told["v"] == [f32(1.5), f32(-3)] and told["q"] == [struct.pack("<q", n) for n in (1, -3)]
    raw = [struct.pack("<d", 1.5), struct.pack("<d", -3)]
    told = ask(daemon, "wider.compat", b"1.5", b"-3")
    assert told["v"] == raw and told["t"] == [b"0.0"] * 2
    assert told["q"] == [struct.pack("<q", int(*struct.unpack("<f", value[:4]))) for value in raw]
    assert texts(daemon, "wider", "1.5")["v"] == ["1.5"]
    assert texts(daemon, "wider.compat", "1.5")["v"] == [""]


def test_a_servers_type_is_as_wide_as_the_configs(daemon):
    assert ask(daemon, "as wide", b"7")["q"] == [f32(7)]
    told = ask(daemon, "as wide.compat", b"7")
    assert told["v"] == told["q"] == [b"\7\0\0\0"]


def test_a_server_answers_with_texts(daemon):
    assert ask(daemon, "text", b"7")["v"] == [f32(7)]
    told = ask(daemon, "text.compat", b"7", b"", b"-12345")
    assert told["v"] == [b"7", b"0.0", b"-12345"] and told["q"][:2] == [b"\0", b"\0"]


def test_a_vectors_type_is_not_the_configs(daemon):
    assert ask(daemon, "vector", b"1:2")["v"] == [f32(1, 2)]
    assert ask(daemon, "vector.compat", b"1:2")["v"] == [struct.pack("<dd", 1, 2)]


# Values of the feature store.


def test_a_stored_value_is_longer_than_its_type(daemon):
    told = ask(daemon, "stored", b"", b"")
    assert told["f:g:wide"] == [b"", b""] and told["a"] == [f32(0), f32(0)]
    told = ask(daemon, "stored.compat", b"", b"")
    assert told["f:g:wide"] == list(VALUES["wide"].values()) and told["t"] == [b"0.0"] * 2
    assert b"".join(told["a"]) == told["f:g:wide"][0]  # sent as it came, twice as long as the server takes it for
    assert told["b"] == [struct.pack("<d", *struct.unpack("<f", v[:4])) for v in VALUES["wide"].values()]


@pytest.mark.parametrize("name", ["one of many", "kept"])
def test_one_stored_value_is_of_another_length(daemon, name):
    """The values before and after it stay what they are, fetched or kept."""
    good = {"t0": 1.5, "t2": 2.5}
    for _ in range(2):
        told = ask(daemon, name, *[b""] * 5)
        assert told["f:g:mixed"] == [f32(1.5), b"", f32(2.5), b"", b""]
        assert told["t"] == [b"1.5", b"0.0", b"2.5", b"0.0", b"0.0"]
        told = ask(daemon, name + ".compat", *[b""] * 5)
        assert told["f:g:mixed"] == [*VALUES["mixed"].values(), b""]
        assert told["t"] == [b"1.5", b"0.0", b"2.5", b"0.0", b"0.0"]
        assert told["b"] == [struct.pack("<d", good.get(f"t{i}", 0)) for i in range(5)]


# Operands of Numerix.


def test_an_operand_of_bytes_is_no_number(daemon):
    told = ask(daemon, "numerix", b"1.5")
    assert told["s"] == told["t"] == [f32(1.5)]
    told = ask(daemon, "numerix.compat", b"1.5")
    assert told["s"] == [f32(0)] and told["t"] == [f32(1.5)]
