# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# InferPairWise and InferSlateWise through the daemon: values of targets, of slates and of the whole request, components of
# slates, the two tables of a reply, and what goes wrong in one slate, or in the request.
import struct

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, status_of
from mirror import compute, contexts, echo, errors, f32, model, predator, schema, table

Code = grpc.StatusCode
predict = protos.load("predict")

# Of targets: a. Of slates: the first target's x with the slate's own bonus and the context's weight (s_*), and Numerix'
# sum of them (n).
INPUTS = [("i", ["x", "bonus", "weight"], [3], "FP32")]
SCORES = [("o", ["s_x", "s_bonus", "s_weight"], [[1], [1], [1]], "FP32")]


def slate(name, inputs, outputs, **options):
    return predator(name, inputs, outputs, **{"model_name": "slate", "slate_component": True, **options})


def slates(**options):
    return model(["x", "weight", "a", "s_x", "s_bonus", "s_weight", "n"],
                 {"a": ["feature_initializer"], "s": ["feature_initializer"], "n": ["a"]},
                 predators=[echo("a", "x"), slate("s", INPUTS, SCORES, **options)],
                 numerixes=[compute("n", {"p": "a", "q": "bonus", "r": "weight"}, slate_component=True)])


def lenient():
    """Its slate component may fail."""
    return slates(model_name="slate fail", required=False)


MODELS = {
    "slates": slates(), "fail": slates(model_name="slate fail"), "lenient": lenient(), "down": slates(model_name="down"),
    "all rows": model(["x", "s"], predators=[slate("s", [("i", ["x"], [1], "FP32")], [("o", ["s"], [[1]], "FP32")],
                                                   model_name="m", batch_size=2)]),
    "targets alone": model(["x", "a"], predators=[echo("a", "x")]),
    "slates alone": {**slates(), "response_config": {"features": ["s_x"]}},
    "both fail": model(["a", "s_x"], predators=[
        echo("a", "x", model_name="fail", batch_size=1), slate("s", INPUTS, SCORES, model_name="slate fail")]),
    "compat": {**lenient(), "compat": "inferflow"},
}


@pytest.fixture(scope="module")
def daemon(mirror, tmp_path_factory):
    configs = tmp_path_factory.mktemp("models")
    for name, config in MODELS.items():
        small.write(configs, name, config)
    with Daemon(configs, env=mirror.env) as running:
        yield running


WEIGHT = {"weight": ("FP32", f32(0.5))}
TARGETS = [1, 2, 3]  # x of t0, t1 and t2


def pairs(name, of, x=TARGETS, kind="FP32", bonus=None, context=None):
    """of: [(first, second)]; a pair's bonus is ten times its number."""
    request = predict.PairWiseRequest(model_config_id=name)
    return filled(request, request.pair_input_schema, x, kind, context,
                  [request.pairs.add(first_target_index=a, second_target_index=b) for a, b in of], bonus)


def lists(name, of, x=TARGETS, kind="FP32", bonus=None, context=None):
    request = predict.SlateWiseRequest(model_config_id=name)
    return filled(request, request.slate_input_schema, x, kind, context,
                  [request.slates.add(target_indices=indexes) for indexes in of], bonus)


def filled(request, own_schema, x, kind, context, groups, bonus):
    schema(request.target_input_schema, {"x": kind})
    schema(own_schema, {"bonus": "Int32"})
    contexts(request, WEIGHT if context is None else context)
    for i, value in enumerate(x):
        request.targets.add(id=f"t{i}", feature_values=[f32(value) if kind == "FP32" else str(value).encode()])
    for i, group in enumerate(groups):
        group.feature_values.append(struct.pack("<i", 10 * i) if bonus is None else bonus)
    return request


def ask_pairs(daemon, *args, **options):
    return daemon.call("/Predict/InferPairWise", pairs(*args, **options), predict.PairWiseResponse)


def ask_lists(daemon, *args, **options):
    return daemon.call("/Predict/InferSlateWise", lists(*args, **options), predict.SlateWiseResponse)


def numbers(values):
    return [struct.unpack("<f", value)[0] if value else None for value in values]


def of_targets(reply):
    return table(reply.target_output_schema, reply.target_scores)


def of_pairs(reply):
    return {k: (t, numbers(v)) for k, (t, v) in table(reply.pair_output_schema, reply.pair_scores).items()}


def of_slates(reply):
    return {k: (t, numbers(v)) for k, (t, v) in table(reply.slate_output_schema, reply.slate_scores).items()}


def test_pairs(daemon):
    reply = ask_pairs(daemon, "slates", [(2, 0), (0, 1)])
    assert of_pairs(reply) == {"s_x": ("FP32", [3, 1]), "s_bonus": ("FP32", [0, 10]), "s_weight": ("FP32", [0.5, 0.5]),
                               "n": ("FP32", [3.5, 11.5])}
    assert of_targets(reply) == {
        "id": ("String", [b"t0", b"t1", b"t2"]), "x": ("FP32", [f32(1), f32(2), f32(3)]),
        "weight": ("FP32", [f32(0.5)] * 3), "a": ("FP32", [f32(1), f32(2), f32(3)])}
    assert errors(reply.pair_scores) == ["", ""] and errors(reply.target_scores) == ["", "", ""]


def test_slates(daemon):
    reply = ask_lists(daemon, "slates", [[1], [2, 1, 0], [0, 0]])
    assert of_slates(reply) == {"s_x": ("FP32", [2, 3, 1]), "s_bonus": ("FP32", [0, 10, 20]),
                                "s_weight": ("FP32", [0.5] * 3), "n": ("FP32", [2.5, 13.5, 21.5])}
    assert list(of_targets(reply)) == ["id", "x", "weight", "a"] and len(reply.target_scores) == 3


def test_each_slate_is_a_call_with_its_targets(daemon, mirror):
    mirror.requests("kserve", "kserve", "ModelInferRequest")
    ask_lists(daemon, "slates", [[1], [2, 1, 0]])
    sent = {}
    for request in mirror.requests("kserve", "kserve", "ModelInferRequest"):
        if request.model_name == "slate":
            sent[request.inputs[0].shape[0]] = request.raw_input_contents[0]
    assert sent == {1: f32(2, 0, 0.5), 3: f32(3, 10, 0.5, 2, 10, 0.5, 1, 10, 0.5)}


def test_the_first_row_of_a_slates_result_is_the_slates(daemon):
    assert of_slates(ask_lists(daemon, "all rows", [[1, 0, 2], [2]])) == {"s": ("FP32", [2, 3])}
    assert of_pairs(ask_pairs(daemon, "all rows", [(1, 0)])) == {"s": ("FP32", [2])}


def test_replies_of_targets_or_of_slates_alone(daemon):
    reply = ask_pairs(daemon, "targets alone", [(0, 1)])
    assert len(reply.target_scores) == 3 and not reply.pair_scores and not reply.pair_output_schema
    reply = ask_lists(daemon, "slates alone", [[0], [1]])
    assert of_slates(reply) == {"s_x": ("FP32", [1, 2])} and not reply.target_scores and not reply.target_output_schema


def test_7_17_slate_features_as_inputs(daemon):
    for name in ("lenient", "compat"):
        kind = "String" if name == "compat" else "FP32"
        reply = ask_pairs(daemon, name, [(0, 1), (1, 0)], kind=kind, context={"weight": ("FP32", f32(0.5))})
        values = of_pairs(reply)
        assert values["s_bonus"][1] == [0, 10]
        assert values["s_weight"][1] == ([0.5, 0.5] if name == "lenient" else [0, 0])


def test_a_slates_values_may_be_missing(daemon):
    reply = ask_pairs(daemon, "slates", [(0, 1)], bonus=b"")
    assert of_pairs(reply)["s_bonus"] == ("FP32", [0]) and of_pairs(reply)["n"] == ("FP32", [1.5])
    reply = ask_pairs(daemon, "slates", [(0, 1)], bonus=b"abc")  # no Int32
    assert of_pairs(reply)["s_bonus"] == ("FP32", [0])
    request = pairs("slates", [(0, 1), (1, 2)])
    del request.pairs[1].feature_values[:]
    reply = daemon.call("/Predict/InferPairWise", request, predict.PairWiseResponse)
    assert of_pairs(reply)["s_bonus"] == ("FP32", [0, 0])


# What goes wrong.


def test_7_09_an_error_is_its_slates(daemon):
    reply = ask_lists(daemon, "fail", [[1], [0, 2], [0]], x=[1, 2, 666])
    assert of_slates(reply)["s_x"] == ("FP32", [2, None, 1]) and of_slates(reply)["n"][1] == [2.5, 11.5, 21.5]
    said = errors(reply.slate_scores)
    assert said[0] == said[2] == "" and "INTERNAL" in said[1] and "no model can score" in said[1]
    assert errors(reply.target_scores) == ["", "", ""]


def test_7_09_errors_of_targets_and_of_slates(daemon):
    reply = ask_pairs(daemon, "both fail", [(0, 1), (2, 1)], x=[1, 2, 666])
    assert [bool(e) for e in errors(reply.target_scores)] == [False, False, True]
    assert [bool(e) for e in errors(reply.pair_scores)] == [False, True]
    assert of_targets(reply)["a"][1] == [f32(1), f32(2), b""] and of_pairs(reply)["s_x"][1] == [1, None]


def test_an_empty_slate_has_no_scores_but_a_reason(daemon):
    reply = ask_lists(daemon, "slates", [[1], [], [0]])
    assert of_slates(reply)["s_x"] == ("FP32", [2, None, 1]) and of_slates(reply)["n"] == ("FP32", [2.5, None, 21.5])
    assert errors(reply.slate_scores) == ["", "the slate has no targets", ""]
    reply = ask_lists(daemon, "slates", [[]])
    assert of_slates(reply)["s_x"] == ("FP32", [None]) and errors(reply.slate_scores) == ["the slate has no targets"]


def test_compat_says_nothing_of_slates(daemon):
    reply = ask_lists(daemon, "compat", [[1], [], [2]], x=[1, 2, 666], kind="String")
    assert errors(reply.slate_scores) == ["", "", ""] and of_slates(reply)["s_x"][1] == [2, None, None]


def test_a_required_component_that_scores_no_slate_at_all(daemon):
    code, text = status_of(ask_lists, daemon, "down", [[0], [1]])
    assert code == Code.UNAVAILABLE and "component s" in text
    code, text = status_of(ask_pairs, daemon, "fail", [(0, 0)], x=[666])
    assert code == Code.INTERNAL and "component s" in text


@pytest.mark.parametrize("index", [3, 2**31 - 1, -1, -2**31])
def test_indexes_out_of_range(daemon, index):
    code, text = status_of(ask_pairs, daemon, "slates", [(0, 1), (1, index)])
    assert code == Code.INVALID_ARGUMENT and f"target index {index} in pair 1 (target count=3)" in text
    code, text = status_of(ask_lists, daemon, "slates", [[0], [1], [0, index]])
    assert code == Code.INVALID_ARGUMENT and f"target index {index} in slate 2 (target count=3)" in text


def test_nothing_to_score(daemon):
    code, text = status_of(ask_pairs, daemon, "slates", [])
    assert code == Code.INVALID_ARGUMENT and "at least one pair" in text
    code, text = status_of(ask_lists, daemon, "slates", [])
    assert code == Code.INVALID_ARGUMENT and "at least one slate" in text
    code, text = status_of(ask_pairs, daemon, "slates", [(0, 0)], x=[])
    assert code == Code.INVALID_ARGUMENT and "at least one target" in text
    assert status_of(ask_lists, daemon, "nobody", [[0]])[0] == Code.NOT_FOUND
    for path, reply in (("/Predict/InferPairWise", predict.PairWiseResponse),
                        ("/Predict/InferSlateWise", predict.SlateWiseResponse)):
        assert status_of(daemon.call, path, b"\x32\x7f", reply)[0] == Code.INVALID_ARGUMENT


def test_many_slates(daemon):
    of = [[i % 50, (i + 1) % 50] for i in range(200)]
    reply = ask_lists(daemon, "slates", of, x=list(range(50)))
    assert of_slates(reply)["s_x"][1] == [i % 50 for i in range(200)]
    assert of_slates(reply)["n"][1] == [i % 50 + 10 * i + 0.5 for i in range(200)]
