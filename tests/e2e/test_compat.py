# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Odd configs and requests that the original serves, answered alike with compat and without.
import pytest

import protos
from mirror import VALUES, column, compute, echo, errors, f32, feature, model, predator, schema, table, targets
from test_better import place

predict, inferflow = protos.load("predict"), protos.load("inferflow")


@pytest.fixture(scope="module", params=["", "inferflow"], ids=["better", "compat"])
def there(request, mirror, tmp_path_factory):
    made = place(mirror, tmp_path_factory, INFERD_COMPAT=request.param)
    made.typed = not request.param  # whether FP32 is told as such
    with made.daemon:
        yield made


def score(there, config, entities, **options):
    """Asks RetrieveModelScore; entities: {name: (ids, {feature: values})}. The header and the rows."""
    name, refused = there.put(config)
    assert refused is None
    request = inferflow.InferflowRequestProto(model_config_id=name)
    for label, (ids, features) in entities.items():
        entity = request.entities.add(entity=label, ids=ids)
        for feature_name, values in features.items():
            entity.features.add(name=feature_name, ids_feature_value=values)
    reply = there.daemon.score(request, **options)
    return [list(row.data) for row in reply.component_data]


def replying(config, *columns):
    config["response_config"]["features"] = list(columns)
    return config


# The first column of the reply is one that is written, which RetrieveModelScore needs no ids for.


def test_the_reply_may_begin_with_a_score(there):
    config = replying(model([], predators=[echo("a", "x")]), "a")
    assert targets(there.ask(config, {"x": "String"}, {"t": [b"1.5"]})) == {"a": ("FP32" if there.typed else "String", [f32(1.5)])}
    assert score(there, config, {"id": (["t"], {"x": ["2.5"]})}) == [["a"], ["2.5"]]


def test_the_reply_may_begin_with_a_feature(there):
    VALUES["price"] = {"p1": f32(1.5)}
    config = replying(model([], features=[feature("s", "sku", [("g", "FP32", ["price"])])]), "s:g:price", "sku")
    assert score(there, config, {"sku": (["p1", "drop1"], {})}) == [["s:g:price", "sku"], ["1.5", "p1"], ["", "drop1"]]


def test_the_reply_may_begin_with_a_computed_score(there):
    config = replying(model([], numerixes=[compute("n", {"a@string": "x"})]), "n")
    assert score(there, config, {"id": (["t"], {"x": ["2.5"]})}) == [["n"], ["2.5"]]


# Slates' columns, in the order of their writers.


def slate(name, *inputs):
    return predator(name, [("i", list(inputs), [len(inputs)], "FP32")], [("o", [f"{name}_o"], [[len(inputs)]], "FP32")],
                    model_name="slate", slate_component=True)


def slate_columns(there, config):
    name, refused = there.put(config)
    assert refused is None
    request = predict.SlateWiseRequest(model_config_id=name)
    schema(request.target_input_schema, {"x": "String"})
    request.targets.add(id="t", feature_values=[b"1"])
    request.slates.add(target_indices=[0])
    reply = there.daemon.call("/Predict/InferSlateWise", request, predict.SlateWiseResponse)
    assert errors(reply.slate_scores) == [""]
    return table(reply.slate_output_schema, reply.slate_scores)


def test_slates_scores_come_in_the_order_of_the_config(there):
    chain = model(["a_o", "b_o"], {"b": ["feature_initializer"], "a": ["b"]}, predators=[slate("a", "x", "b_o"), slate("b", "x")])
    assert list(slate_columns(there, chain)) == ["a_o", "b_o"]
    mixed = model(["n", "a_o"], {"n": ["feature_initializer"], "a": ["n"]}, predators=[slate("a", "x", "n")],
                  numerixes=[compute("n", {"p@string": "x"}, slate_component=True)])
    assert list(slate_columns(there, mixed)) == ["a_o", "n"]


# Components that component_dependency doesn't name never run, but have columns.


def test_a_component_apart_from_the_graph_has_columns(there):
    parts = dict(features=[feature("s", "id", [("g", "DataTypeInt32", ["price"])])],
                 numerixes=[compute("n", {"p@string": "x"})],
                 predators=[echo("a", "x"), echo("b", "y", calibration="ctr", model_name="apart")])
    config = model(["a", "b", "s:g:price", "n", "ctr_model"], {"a": ["feature_initializer"]}, **parts)
    got = targets(there.ask(config, {"x": "String", "b": "String"}, {"t": [b"1", b"2"]}))
    assert got["b"][1] == got["s:g:price"][1] == got["n"][1] == [b""] and got["ctr_model"][1] == [b"apart"]
    assert got["s:g:price"][0] == "Int32" and got["n"][0] == ("FP32" if there.typed else "String")
    config["response_config"]["model_schema_features_perc"] = 100
    header, row = score(there, config, {"id": (["t"], {"x": ["2.5"]})})
    assert header == ["x", "y", "id", "a", "b", "s:g:price", "n", "ctr_model"]
    assert row == ["2.5", "", "t", "2.5", "", "", "", "apart"]


def test_a_slate_component_apart_from_the_graph_has_columns_of_slates(there):
    config = model(["a_o", "b_o"], {"a": ["feature_initializer"]}, predators=[slate("a", "x"), slate("b", "x")])
    assert slate_columns(there, config) == {"a_o": ("FP32" if there.typed else "String", [f32(1)]),
                                            "b_o": ("FP32" if there.typed else "String", [b""])}


def test_what_is_wrong_apart_from_the_graph_refuses_nothing(there):
    config = model(["a"], {"a": ["feature_initializer"]}, predators=[echo("a", "x"), echo("b", "y", score="a")],
                   numerixes=[compute("n", {"p@nonsense": "x"})])
    assert column(there.ask(config, {"x": "String"}, {"t": [b"1"]}), "a") == [f32(1)]


# A request has a column that is written, too: its text is for rows that get no value. An empty value is one.


def test_an_empty_value_of_the_store_is_no_gap_for_the_requests(there):
    VALUES["price"], VALUES["word"] = {"p1": f32(1.5), "none": b""}, {"p1": b"w", "none": b""}
    config = model(["a", "b", "v"], {"s": ["feature_initializer"], "a": ["s"], "b": ["s"], "v": ["s"]},
                   features=[feature("s", "id", [("g", "FP32", ["price"]), ("h", "String", ["word"])])],
                   predators=[echo("a", "s:g:price"), echo("b", "s:h:word", "BYTES"), echo("v", "s:h:word", "FP32")])
    given = {"s:g:price": "String", "s:h:word": "String"}
    got = targets(there.ask(config, given, {"p1": [b"7", b"8"], "none": [b"7", b"8"], "drop1": [b"7", b"8"]}))
    assert got["a"][1] == [f32(1.5), f32(0), f32(7)] and got["b"][1] == [b"w", b"0.0", b"8"]
    assert got["v"][1][1:] == [f32(0), f32(8)]


# Two models under one name of a calibration: the last one's name is told.


def test_the_last_of_two_constants_counts(there):
    config = model(["a", "b", "ctr_model"], predators=[
        echo("a", "x", calibration="ctr", model_name="one"), echo("b", "x", calibration="ctr", model_name="two")])
    assert column(there.ask(config, {"x": "String"}, {"t": [b"1"]}), "ctr_model") == [b"two"]


# Headers that stand in for entities.


def test_a_header_that_is_there_twice_has_ids_of_two_rows(there):
    config = model(["user_id"], predators=[echo("a", "x")])
    got = score(there, config, {"id": (["t0", "t1", "t2"], {})}, metadata=[("user-id", "u0"), ("user-id", "u1")])
    assert got == [["id", "user_id"], ["t0", "u0"], ["t1", "u1"], ["t2", ""]]


# Numbers beyond what anybody needs.


def test_numbers_that_are_larger_than_needed(there):
    config = model(["a"], predators=[echo("a", "x", deadline=10 ** 17, batch_size=2 ** 62)])
    config["response_config"]["log_batch_size"] = -1
    assert column(there.ask(config, {"x": "String"}, {"t": [b"1.5"]}), "a") == [f32(1.5)]
