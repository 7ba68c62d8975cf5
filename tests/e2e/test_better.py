# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Where inferd differs from Inferflow on purpose, point by point as docs/compat.md numbers them: test_7_04_* shows point
# 7.4. What compat restores is shown beside it; what was wrong stays mended with compat, too.
import itertools
import json
import os
import signal
import struct
import threading

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, metric, status_of
from mirror import VALUES, Mirror, column, compute, echo, errors, f32, feature, model, point, predator, targets

Code = grpc.StatusCode
TLS = os.path.join(os.environ["srcdir"], "tests", "unit", "rpc", "tls")
names = (f"m{i}" for i in itertools.count())


class Place:
    """A daemon of one worker, and its directory of configs."""

    def __init__(self, configs, mirror, **env):
        self.configs = configs
        self.daemon = Daemon(configs, env={**mirror.env, **env}, workers=1)

    def state(self, name):
        return json.loads(self.daemon.get("/config")[1])["models"].get(name)

    def put(self, config, name=None):
        """Puts a config into place; returns its name, and why it is refused, once the worker has looked at it."""
        name = name or next(names)
        before = after = self.state(name)
        small.write(self.configs, name, config)
        while after == before:
            after = self.state(name)
        return name, after.get("reason")

    def ask(self, config, columns, rows, context=None, **options):
        """The reply for a config that is good."""
        name, refused = self.put(config)
        assert refused is None
        return self.daemon.predict(point(name, columns, rows, context), **options)


def place(mirror, tmp_path_factory, **env):
    configs = tmp_path_factory.mktemp("models")
    small.write(configs, "first", model(["out"], predators=[echo("out", "x")]))
    return Place(configs, mirror, **env)


@pytest.fixture(scope="module")
def better(mirror, tmp_path_factory):
    made = place(mirror, tmp_path_factory)
    with made.daemon:
        yield made


@pytest.fixture(scope="module")
def compat(mirror, tmp_path_factory):
    made = place(mirror, tmp_path_factory, INFERD_COMPAT="inferflow")
    with made.daemon:
        yield made


@pytest.fixture(params=["better", "compat"])
def both(request):
    """What was wrong is mended in both."""
    return request.getfixturevalue(request.param)


# 7.1 and 7.2: configs.


def changed(change):
    config = model(["a", "b"], {"a": ["feature_initializer"], "b": ["a"]}, predators=[echo("a", "x"), echo("b", "a")])
    change(config)
    return config


def graph_of(config):
    return config["dag_execution_config"]["component_dependency"]


def predators_of(config):
    return config["component_config"]["predator_components"]


BAD = {
    "a cycle": (lambda c: graph_of(c)["a"].append("b"), "dag_execution_config.component_dependency", "cycle"),
    "an unknown kind": (lambda c: c["component_config"].update(nobody_components=[{"component": "x"}]),
                        "component_config.nobody_components", "no loaded module"),
    "an unknown component": (lambda c: graph_of(c).update(c=["a"]), "dag_execution_config.component_dependency.c",
                             "configure it in component_config"),
    "a column written twice": (lambda c: predators_of(c)[1]["outputs"][0].update(model_scores=["a"]),
                               "component_config.predator_components[1].outputs[0].model_scores[0]", "take another name"),
    "a reader beside its writer": (lambda c: graph_of(c).update(b=["feature_initializer"]),
                                   "component_config.predator_components[1].inputs[0].features[0]", "a"),
    "percentages over 100": (lambda c: predators_of(c)[0].update(model_end_points=[
        {"endpoint": "127.0.0.1", "percentage": 60}, {"endpoint": "127.0.0.1", "percentage": 60}]),
        "component_config.predator_components[0].model_end_points", "more than 100"),
    "a text for a number": (lambda c: predators_of(c)[0].update(batch_size="many"),
                            "component_config.predator_components[0].batch_size", "expected an integer"),
    "an unknown data type": (lambda c: predators_of(c)[0]["inputs"][0].update(data_type="FP31"),
                             "component_config.predator_components[0].inputs[0].data_type", "FP31"),
}


@pytest.mark.parametrize("name", BAD)
def test_7_01_a_bad_config_never_replaces_a_good_one(better, name):
    change, path, mend = BAD[name]
    known, refused = better.put(changed(lambda c: None))
    assert refused is None
    request = point(known, {"x": "FP32"}, {"t": [f32(1.5)]})
    good = better.daemon.predict(request)
    assert column(good, "b") == [f32(1.5)]
    _, refused = better.put(changed(change), known)
    assert path in refused and mend in refused, refused
    assert better.daemon.predict(request) == good
    shown = json.loads(better.daemon.get("/config")[1])["models"][known]
    assert shown["serving"] and path in json.dumps(shown)


def test_7_02_several_roots_are_no_race(both):
    config = model(["a", "b", "c", "d"], {"a": ["feature_initializer"], "b": [], "c": ["a"], "d": ["b", "c"]}, predators=[
        echo("a", "x"), echo("b", "y"), echo("c", "a"), predator("d", [("i", ["b", "c"], [2], "FP32")], [
            ("o", ["d", "e"], [[1], [1]], "FP32")])])
    name, refused = both.put(config)
    assert refused is None
    for _ in range(50):
        values = targets(both.daemon.predict(point(name, {"x": "String", "y": "String"}, {"t": [b"1", b"2"]})))
        assert [values[c][1] for c in "abcd"] == [[f32(1)], [f32(2)], [f32(1)], [f32(2)]]


def test_7_02_the_graph_may_be_written_from_parents_to_children(both):
    config = model(["a", "b"], {"feature_initializer": ["a"], "a": ["b"]}, predators=[echo("a", "x"), echo("b", "a")])
    assert column(both.ask(config, {"x": "String"}, {"t": [b"3"]}), "b") == [f32(3)]


def test_7_02_a_component_apart_from_the_graph_never_runs(both):
    config = model(["a", "b"], {"a": ["feature_initializer"]}, predators=[echo("a", "x"), echo("b", "y")])
    reply = both.ask(config, {"x": "String", "y": "String"}, {"t": [b"3", b"4"]})
    assert column(reply, "a") == [f32(3)] and column(reply, "b") != [f32(4)]


def test_7_02_a_dangling_name_is_refused(both):
    _, refused = both.put(model(["a"], {"a": ["feature_initializer", "nobody"]}, predators=[echo("a", "x")]))
    assert "dag_execution_config.component_dependency.a[1]" in refused and "nobody" in refused


# 7.3: codes.


def test_7_03_codes(better):
    ask = better.daemon.predict
    row = {"t": [f32(1)]}
    assert status_of(ask, point("unknown", {}, {"t": []}))[0] == Code.NOT_FOUND
    assert status_of(ask, point("first", {}, {}))[0] == Code.INVALID_ARGUMENT
    assert status_of(ask, b"\x0a\xff")[0] == Code.INVALID_ARGUMENT
    down, _ = better.put(model(["a"], predators=[echo("a", "x", model_name="down")]))
    assert status_of(ask, point(down, {"x": "FP32"}, row))[0] == Code.UNAVAILABLE
    cyclic, _ = better.put(changed(lambda c: graph_of(c)["a"].append("b")))
    assert status_of(ask, point(cyclic, {}, {"t": []}))[0] == Code.NOT_FOUND
    huge = point("first", {"x": "String"}, {"t": [b"1" * (70 << 20)]})
    assert status_of(ask, huge)[0] == Code.RESOURCE_EXHAUSTED


def test_7_03_a_deadline(better, mirror):
    name, _ = better.put(model(["a"], predators=[echo("a", "x", model_name="late", deadline=1)]))
    answer, released = mirror.answers["kserve"], []

    def late(call):
        released.append(call.wait_end())
        return answer(call)

    mirror.answers["kserve"] = late
    try:
        assert status_of(better.daemon.predict, point(name, {}, {"t": []}))[0] == Code.DEADLINE_EXCEEDED
    finally:
        mirror.answers["kserve"] = answer


def test_7_03_compat_has_the_originals_codes(compat):
    ask = compat.daemon.predict
    assert status_of(ask, point("unknown", {}, {"t": []}))[0] == Code.INVALID_ARGUMENT
    assert status_of(ask, b"\x0a\xff")[0] == Code.INTERNAL
    cyclic, _ = compat.put(changed(lambda c: graph_of(c)["a"].append("b")))
    assert status_of(ask, point(cyclic, {}, {"t": []}))[0] == Code.INTERNAL
    stranger, _ = compat.put(changed(lambda c: graph_of(c).update(c=["a"])))
    assert status_of(ask, point(stranger, {}, {"t": []}))[0] == Code.INTERNAL
    reply = compat.ask(model(["a"], predators=[echo("a", "x", model_name="down")]), {"x": "String"}, {"t": [b"1"]})
    assert column(reply, "a") == [b""] and errors(reply.target_scores) == [""]


def test_7_03_a_models_own_compat_counts_once_it_is_known(better):
    config = model(["a"], predators=[echo("a", "x")])
    for compat, code in (("none", Code.INVALID_ARGUMENT), ("inferflow", Code.INTERNAL)):
        name, _ = better.put({**config, "compat": compat})
        garbled = point(name, {}, {"t": []}).SerializeToString() + b"\x1a\x02\x0a\x7f"  # a context feature that is cut
        assert status_of(better.daemon.predict, garbled)[0] == code


# 7.4: batches.


def in_twos(name):
    return model(["a"], predators=[echo("a", "x", model_name=name, batch_size=2)])


def five_rows(*values):
    return {f"t{i}": [v if isinstance(v, bytes) else b"%g" % v] for i, v in enumerate(values)}


def test_7_04_a_failed_batch_costs_its_own_rows(both):
    reply = both.ask(in_twos("fail"), {"x": "String"}, five_rows(1, 2, 666, 4, 5))
    assert column(reply, "a") == [f32(1), f32(2), b"", b"", f32(5)]


def test_7_04_a_short_batch_costs_the_rows_it_lacks(both):
    reply = both.ask(in_twos("short"), {"x": "String"}, five_rows(1, 2, 3, 4, 5))
    assert column(reply, "a") == [f32(1), b"", f32(3), b"", b""]


def test_7_04_a_short_batch_of_all_rows(both):
    config = model(["a"], predators=[echo("a", "x", model_name="short")])
    assert column(both.ask(config, {"x": "String"}, five_rows(1, 2)), "a") == [f32(1), b""]


# 7.5: declared types.


def test_7_05_a_declared_type_is_believed(better):
    config = model(["x", "a"], predators=[echo("a", "x")])
    reply = better.ask(config, {"x": "FP32"}, {"t": [f32(1.5)]})
    assert targets(reply)["x"] == ("FP32", [f32(1.5)]) and column(reply, "a") == [f32(1.5)]
    assert column(better.ask(config, {"x": "Int16"}, {"t": [struct.pack("<h", -7)]}), "a") == [f32(-7)]
    assert column(better.ask(config, {"x": "String"}, {"t": [b"1.5"]}), "a") == [f32(1.5)]


def test_7_05_a_model_may_have_all_values_as_texts(better):
    config = model(["x", "a"], predators=[echo("a", "x")], inline_values="text")
    reply = better.ask(config, {"x": "FP32"}, {"t": [b"1.5"]})
    assert targets(reply)["x"] == ("String", [b"1.5"]) and column(reply, "a") == [f32(1.5)]


def test_7_05_compat_reads_texts_unless_the_model_says_otherwise(compat):
    config = model(["x", "a"], predators=[echo("a", "x")])
    assert targets(compat.ask(config, {"x": "FP32"}, {"t": [b"1.5"]}))["x"] == ("String", [b"1.5"])
    reply = compat.ask({**config, "inline_values": "typed"}, {"x": "FP32"}, {"t": [f32(2.5)]})
    assert column(reply, "a") == [f32(2.5)]
    reply = compat.ask({**config, "compat": "none"}, {"x": "FP32"}, {"t": [f32(2.5)]})
    assert targets(reply)["x"] == ("FP32", [f32(2.5)]) and column(reply, "a") == [f32(2.5)]


# 7.6: what comes with a reload.


def test_7_06_a_new_endpoint_works_after_a_reload(both):
    name, _ = both.put(model(["a"], predators=[echo("a", "x")]))
    request = point(name, {"x": "String"}, {"t": [b"1"]})
    assert column(both.daemon.predict(request), "a") == [f32(1)]
    with Mirror() as other:
        both.put(model(["a"], predators=[echo("a", "x", model_end_point=f"127.0.0.1:{other.port}")]), name)
        assert column(both.daemon.predict(request), "a") == [f32(1)]
        assert len(other.requests("kserve", "kserve", "ModelInferRequest")) == 1


# That a kind from a new module works without a restart: test_live.py, test_7_06_a_kind_from_outside_is_bound_...


# 7.7: TLS.


def secure(certificate):
    """A model server with a certificate."""
    with open(os.path.join(TLS, "server.key"), "rb") as key, open(os.path.join(TLS, certificate), "rb") as crt:
        return grpc.ssl_server_credentials([(key.read(), crt.read())])


@pytest.mark.parametrize("certificate, roots, known", [
    ("server.crt", "ca.crt", True), ("server.crt", "other-ca.crt", False), ("elsewhere.crt", "ca.crt", False)])
def test_7_07_tls_verifies_its_peer(tmp_path, certificate, roots, known):
    small.write(tmp_path, "secure", model(["a"], predators=[echo("a", "x")]))
    with Mirror(secure(certificate)) as mirror:
        env = {**mirror.env, "EXTERNAL_SERVICE_PREDATOR_GRPC_PLAIN_TEXT": "false",
               "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": os.path.join(TLS, roots)}
        with Daemon(tmp_path, env=env, workers=0) as daemon:
            request = point("secure", {"x": "String"}, {"t": [b"1"]})
            if known:
                assert column(daemon.predict(request), "a") == [f32(1)]
            else:
                assert status_of(daemon.predict, request)[0] == Code.UNAVAILABLE
                assert mirror.requests("kserve", "kserve", "ModelInferRequest") == []


# 7.8: defaults are seen.


def test_7_08_a_default_is_visible(better, mirror):
    before = metric(better.daemon, "inferd_values_defaulted_total")
    mirror.requests("kserve", "kserve", "ModelInferRequest")
    config = model(["x", "a"], predators=[echo("a", "x")])
    reply = better.ask(config, {"x": "FP32"}, {"t0": [f32(1)], "t1": [b""], "t2": []})
    assert column(reply, "x") == [f32(1), b"", b""]  # nothing was put in the column itself
    assert column(reply, "a") == [f32(1), f32(0), f32(0)]
    assert metric(better.daemon, "inferd_values_defaulted_total") == before + 2


# 7.9: errors of rows.


def test_7_09_an_error_is_its_rows(better):
    reply = better.ask(in_twos("fail"), {"x": "String"}, five_rows(1, 2, 666, 4, 5))
    said = errors(reply.target_scores)
    assert said[0] == said[1] == said[4] == "" and said[2] == said[3]
    assert "model fail on 127.0.0.1" in said[2] and "INTERNAL" in said[2] and "no model can score" in said[2]


def test_7_09_compat_says_nothing(compat):
    reply = compat.ask(in_twos("fail"), {"x": "String"}, five_rows(1, 2, 666, 4, 5))
    assert errors(reply.target_scores) == [""] * 5


# Slates' errors: test_slates.py. 7.10 and 7.11 are about the log.


# 7.12: the end; more in test_process.py.


def test_7_12_a_drain_is_told_and_takes_no_new_calls(tmp_path):
    health = protos.load("health")
    small.write(tmp_path, "slow", model(["a"], predators=[echo("a", "x")]))
    request = point("slow", {"x": "String"}, {"t": [b"1"]})
    opened = threading.Event()
    with Mirror() as mirror:
        answer = mirror.answers["kserve"]
        mirror.answers["kserve"] = lambda call: opened.wait(60) and answer(call)
        with Daemon(tmp_path, env=mirror.env, workers=1) as daemon:
            states = daemon.channel.unary_stream(
                "/grpc.health.v1.Health/Watch", request_serializer=health.HealthCheckRequest.SerializeToString,
                response_deserializer=health.HealthCheckResponse.FromString)(health.HealthCheckRequest(service=""))
            assert next(states).status == health.HealthCheckResponse.SERVING
            score = daemon.channel.unary_unary(
                "/Predict/InferPointWise", request_serializer=type(request).SerializeToString,
                response_deserializer=protos.load("predict").PointWiseResponse.FromString)
            running = score.future(request, timeout=60)
            mirror.wait("kserve")
            daemon.process.send_signal(signal.SIGTERM)
            assert next(states).status == health.HealthCheckResponse.NOT_SERVING
            daemon.wait_log("drain")
            with grpc.insecure_channel(daemon.address, options=[("grpc.use_local_subchannel_pool", 1)]) as other:
                fresh = other.unary_unary("/Predict/InferPointWise", request_serializer=type(request).SerializeToString)
                with pytest.raises(grpc.RpcError) as refused:
                    fresh(request, timeout=60)
            assert refused.value.code() == Code.UNAVAILABLE
            late = score.future(request, timeout=60)  # served, if it leaves before the client has read that we go
            opened.set()
            assert column(running.result(), "a") == [f32(1)]
            assert late.code() in (Code.OK, Code.UNAVAILABLE)


# 7.13: etcd's absence: test_live.py, test_etcd.py, test_etcd_daemon.py.


# 7.14: types in replies.


def test_7_14_outputs_have_their_real_type(better):
    kinds = {"FP32": "FP32", "FP64": "FP64", "INT64": "Int64", "UINT8": "Uint8", "BOOL": "Bool", "BYTES": "String"}
    config = model([f"o{k}" for k in kinds], predators=[echo(f"o{k}", "x", k) for k in kinds])
    values = targets(better.ask(config, {"x": "String"}, {"t": [b"1"]}))
    assert {k: values[f"o{k}"][0] for k in kinds} == kinds


def test_7_14_compat_knows_lower_case_and_the_enums_names(compat):
    kinds = {"FP32": "String", "fp32": "FP32", "DataTypeFP32": "FP32", "INT64": "String", "Int64": "String"}
    predators = []
    for kind in kinds:
        predators.append(predator(f"o{kind}", [("i", ["x"], [1], "INT64" if "64" in kind else "FP32")],
                                  [("o", [f"o{kind}"], [[1]], kind)]))
    values = targets(compat.ask(model([f"o{k}" for k in kinds], predators=predators), {"x": "String"}, {"t": [b"1"]}))
    assert {k: values[f"o{k}"][0] for k in kinds} == kinds


# 7.15: keys that the store leaves out.


def test_7_15_a_key_that_is_left_out_costs_its_row(both):
    VALUES["price"] = {"p1": f32(1.5), "p2": f32(2.5)}
    config = model(["s:g:price"], features=[feature("s", "id", [("g", "FP32", ["price"])])])
    reply = both.ask(config, {}, {"p1": [], "drop1": [], "p2": []})
    assert column(reply, "s:g:price") == [f32(1.5), b"", f32(2.5)]


# 7.16: what ended the original.


def test_7_16_a_mapping_without_a_type(both):
    reply = both.ask(model(["s"], numerixes=[compute("s", {"a": "x"})]), {"x": "String"}, {"t": [b"1.5"]})
    assert column(reply, "s") == [f32(1.5)]


def test_7_16_a_column_written_twice(both):
    _, refused = both.put(model(["a"], predators=[echo("a", "x"), echo("b", "x", score="a")]))
    assert "predator_components[1].outputs[0].model_scores[0]" in refused and "writes already" in refused
    assert column(both.daemon.predict(point("first", {"x": "String"}, {"t": [b"1"]})), "out") == [f32(1)]


def test_7_16_a_composite_id_that_collides_with_a_column(both):
    config = model(["s:g:price"], {"a": ["feature_initializer"], "s": ["a"]}, predators=[echo("a", "x")],
                   features=[feature("s", ["id", "x"], [("g", "FP32", ["price"])], component_id="a", composite_id=True)])
    config["component_config"]["feature_components"][0]["component_id"] = "a"
    _, refused = both.put(config)
    assert "\"a\"" in refused and "another name" in refused
    assert column(both.daemon.predict(point("first", {"x": "String"}, {"t": [b"1"]})), "out") == [f32(1)]


# 7.17: what the original reads as missing, or garbles.


def test_7_17_labels_with_their_own_type(both):
    VALUES["n@Int16"] = {"p1": struct.pack("<h", -7)}
    config = model(["s:g:n", "a"], {"s": ["feature_initializer"], "a": ["s"]},
                   features=[feature("s", "id", [("g", "FP32", ["n@Int16"])])], predators=[echo("a", "s:g:n")])
    values = targets(both.ask(config, {}, {"p1": []}))
    assert values["s:g:n"][1] == [struct.pack("<h", -7)] and values["a"][1] == [f32(-7)]


def test_7_17_a_models_output_as_a_key(both):
    VALUES["price"] = {"7": f32(70), "1.5": f32(15)}
    config = model(["s:g:price"], {"a": ["feature_initializer"], "s": ["a"]}, predators=[echo("a", "x")],
                   features=[feature("s", "a", [("g", "FP32", ["price"])])])
    reply = both.ask(config, {"x": "String"}, {"t0": [b"7"], "t1": [b"1.5"]})
    assert column(reply, "s:g:price") == [f32(70), f32(15)]


# A slate's features as inputs: test_slates.py.


def test_7_17_string_and_bool_vectors(both, mirror):
    VALUES["names"] = {"p1": b"\2\0\1\0abc"}
    VALUES["flags"] = {"p1": b"\1\0"}
    group = [("g", "StringVector", ["names"]), ("h", "BoolVector", ["flags"])]
    config = model(["n", "f"], {"s": ["feature_initializer"], "a": ["s"]}, features=[feature("s", "id", group)], predators=[
        predator("a", [("i1", ["s:g:names"], [2], "BYTES"), ("i2", ["s:h:flags"], [2], "BYTES")],
                 [("o1", ["n"], [[2]], "BYTES"), ("o2", ["f"], [[2]], "BYTES")])])
    values = targets(both.ask(config, {}, {"p1": []}))
    assert values["n"][1] == [b"\2\0\1\0abc"] and values["f"][1] == [b"\4\0\5\0truefalse"]


@pytest.mark.parametrize("kind, form", [("FP64", "<d"), ("UINT8", "<B"), ("UINT16", "<H"), ("UINT32", "<I"), ("UINT64", "<Q")])
def test_7_17_outputs_that_kill_the_original(both, kind, form):
    values = targets(both.ask(model(["a"], predators=[echo("a", "x", kind)]), {"x": "String"}, {"t": [b"200"]}))
    assert values["a"][1] == [struct.pack(form, 200)]


def test_7_17_a_missing_vector_moves_nobody(both):
    VALUES["v"] = {"p1": f32(1, 2), "p3": f32(5, 6)}
    VALUES["w"] = {"p1": f32(10), "p2": f32(20), "p3": f32(30)}
    group = [("g", "FP32Vector", ["v"]), ("h", "FP32", ["w"])]
    for shape in ([3], [-1]):
        config = model(["a"], {"s": ["feature_initializer"], "a": ["s"]}, features=[feature("s", "id", group)], predators=[
            predator("a", [("i", ["s:g:v", "s:h:w"], shape, "FP32")], [("o", ["a"], [[3]], "FP32")])])
        reply = both.ask(config, {}, {"p1": [], "p2": [], "p3": []})
        assert column(reply, "a") == [f32(1, 2, 10), f32(0, 0, 20), f32(5, 6, 30)]


def test_7_17_one_unparsable_value_among_good_ones(both):
    config = model(["s"], numerixes=[compute("s", {"a@String": "x", "b@String": "y"})])
    reply = both.ask(config, {"x": "String", "y": "String"}, {"t0": [b"1", b"2"], "t1": [b"no", b"5"], "t2": [b"7", b"8"]})
    assert column(reply, "s") == [f32(3), f32(5), f32(15)]


def test_7_17_one_text_for_inputs_of_several_types(both):
    kinds = {"FP32": f32(7), "INT64": struct.pack("<q", 7), "FP64": struct.pack("<d", 7), "UINT8": b"\7", "BYTES": b"7"}
    config = model(list(kinds), predators=[
        predator("p", [(f"i{k}", ["x"], [1], k) for k in kinds], [(f"o{k}", [k], [[1]], k) for k in kinds])])
    values = targets(both.ask(config, {"x": "String"}, {"t": [b"7"]}))
    assert {k: values[k][1][0] for k in kinds} == kinds


# 7.18: a value that can't be parsed.


def test_7_18_an_unparsable_config_blocks_only_its_own_model(mirror, tmp_path):
    small.write(tmp_path, "broken", "{\"dag_execution_config\": ")
    small.write(tmp_path, "good", model(["a"], predators=[echo("a", "x")]))
    there = Place(tmp_path, mirror)
    with there.daemon as daemon:  # it starts all the same
        assert column(daemon.predict(point("good", {"x": "String"}, {"t": [b"1"]})), "a") == [f32(1)]
        code, text = status_of(daemon.predict, point("broken", {}, {"t": []}))
        assert code == Code.NOT_FOUND and "line 1" in text
        there.put(model(["a", "x"], predators=[echo("a", "x")]), "good")
        assert column(daemon.predict(point("good", {"x": "String"}, {"t": [b"1"]})), "x") == [b"1"]
        there.put(model(["a"], predators=[echo("a", "x")]), "broken")
        assert column(daemon.predict(point("broken", {"x": "String"}, {"t": [b"2"]})), "a") == [f32(2)]
