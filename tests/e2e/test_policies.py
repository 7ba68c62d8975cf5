# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Node policies, with backends whose answers the test decides; and the record of what became of a run's nodes.
import json
import os
import struct
import subprocess
import threading

import grpc
import pytest

import ctl
import protos
import small_models as small
from daemon import BUILD, MODULES, PROGRAM, Daemon, status_of
from fake import GOOD, PATIENCE, Fake


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


def explained(daemon, request, asked="1", metadata=()):
    """A reply, or the error, and its record."""
    call = daemon.channel.unary_unary("/Predict/InferPointWise", request_serializer=type(request).SerializeToString,
                                      response_deserializer=protos.load("predict").PointWiseResponse.FromString)
    try:
        reply, end = call.with_call(request, timeout=60, metadata=[("inferd-explain", asked), *metadata])
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


def acts(daemon):
    """What policies did, {(component, act): times}, from /metrics."""
    found = {}
    for line in daemon.get("/metrics")[1].splitlines():
        if line.startswith("inferd_policy_acts_total{"):
            labels = dict(pair.split("=") for pair in line[line.index("{") + 1:line.index("}")].replace('"', "").split(","))
            found[labels["component_name"], labels["act"]] = float(line.rsplit(" ", 1)[1])
    return found


def acts_since(daemon, before):
    """What they did since then."""
    return {act: times - before.get(act, 0) for act, times in acts(daemon).items() if times != before.get(act, 0)}


def policies(tmp_path, name, **members):
    """The chain, whose component of that name has these policies."""
    model = chain()
    component(model, name).update(members)
    small.write(tmp_path, "all", model)
    return model


def test_default_instead_of_failure(fake, tmp_path):
    policies(tmp_path, "rank", on_error="default", defaults={"probability": 0.25})
    fake.answers["kserve"] = refuse(grpc.StatusCode.INTERNAL)
    with Daemon(tmp_path, env=fake.env) as daemon:
        reply, record, nodes = explained(daemon, small.request("all", ["p1", "p2"]))
        assert small.table(reply)["probability"] == [0.25, 0.25]
        assert nodes["rank"]["outcome"] == "failed" and nodes["rank"]["values_defaulted"] == 2
        assert acts(daemon) == {("rank", "forgave"): 1}
        assert "inferd_policy_defaults_total{model_id=\"all\",component_name=\"rank\"" in daemon.get("/metrics")[1]


def test_defaults_for_what_is_missing_only(fake, tmp_path):
    policies(tmp_path, "fs_product", defaults={"product:attrs:price": 99})
    fake.answers["onfs"] = lambda call: GOOD["onfs"](call)
    with Daemon(tmp_path, env=fake.env) as daemon:
        before = small.table(daemon.predict(small.request("all", ["p1"])))["product:attrs:price"]
        assert before != [99] and before != [None]
        fake.answers["onfs"] = refuse(grpc.StatusCode.UNAVAILABLE)
        assert small.table(daemon.predict(small.request("all", ["p1"])))["product:attrs:price"] == [99]


def test_failure_where_the_kind_would_go_on(fake, tmp_path):
    policies(tmp_path, "boost", on_error="fail")
    fake.answers["numerix"] = refuse(grpc.StatusCode.UNAVAILABLE)
    with Daemon(tmp_path, env=fake.env) as daemon:
        code, text = status_of(daemon.predict, small.request("all", ["p1"]))
        assert code == grpc.StatusCode.UNAVAILABLE and "component boost" in text


def with_fallback(**members):
    """A second model server's component takes the first one's place, and Numerix that one's."""
    model = chain()
    rank = component(model, "rank")
    second = dict(rank, component="rank_cheap", model_name="cheap", on_error="fallback:rank_fixed")
    rank.update(on_error="fallback:rank_cheap", **members)
    third = small.numerix("rank_fixed", "probability", {"p@FP32": "product:attrs:price"}, "any")
    model["component_config"]["predator_components"].append(second)
    model["component_config"]["numerix_components"].append(third)
    return model


def test_fallbacks(fake, tmp_path):
    small.write(tmp_path, "all", with_fallback(defaults={"probability": 0.5}))
    fails = {"m", "cheap"}

    def serve(call):
        name = call.decode("kserve", "ModelInferRequest").model_name
        return call.fail(grpc.StatusCode.UNAVAILABLE, "on purpose") if name in fails else GOOD["kserve"](call)

    fake.answers["kserve"] = serve
    with Daemon(tmp_path, env=fake.env) as daemon:
        reply, record, nodes = explained(daemon, small.request("all", ["p1"]))
        assert small.table(reply)["probability"] != [None] and reply.target_scores[0].error == ""
        assert nodes["rank"]["fallback"] == "rank_cheap" and nodes["rank_cheap"]["fallback"] == "rank_fixed"
        assert nodes["rank_fixed"]["outcome"] == "done" and nodes["rank_fixed"]["stands_in_for"] == "rank"
        assert nodes["boost"]["start_us"] >= nodes["rank_fixed"]["start_us"] + nodes["rank_fixed"]["took_us"]
        assert acts(daemon) == {("rank", "fell_back"): 1, ("rank_cheap", "fell_back"): 1}
        fails.discard("cheap")
        nodes = explained(daemon, small.request("all", ["p1"]))[2]
        assert nodes["rank_cheap"]["outcome"] == "done" and nodes["rank_fixed"]["outcome"] == "spare"
        fails.clear()
        nodes = explained(daemon, small.request("all", ["p1"]))[2]
        assert nodes["rank"]["outcome"] == "done" and nodes["rank_cheap"]["outcome"] == "spare"
        fails.update(("m", "cheap"))
        fake.answers["numerix"] = refuse(grpc.StatusCode.UNAVAILABLE)  # the last one fails, and the first is required
        code, text = status_of(daemon.predict, small.request("all", ["p1"]))
        assert code == grpc.StatusCode.UNAVAILABLE and "component rank_fixed" in text
    small.write(tmp_path, "all", with_fallback(required=False, defaults={"probability": 0.5}))
    with Daemon(tmp_path, env=fake.env) as daemon:
        assert small.table(daemon.predict(small.request("all", ["p1"])))["probability"] == [0.5]


def test_a_nodes_own_time(fake, tmp_path):
    gate = threading.Event()

    def wait(call):
        assert gate.wait(PATIENCE)
        return GOOD["kserve"](call)

    policies(tmp_path, "rank", timeout_ms=3000, on_error="default")
    try:
        with Daemon(tmp_path, env=fake.env) as daemon:
            daemon.predict(small.request("all", ["p1"]))  # so that connections are there
            fake.wait("kserve")
            before = acts(daemon)
            fake.answers["kserve"] = wait
            reply, record, nodes = explained(daemon, small.request("all", ["p1"]))
            fake.wait("kserve").wait_end()  # told so, though nobody waits for the run
            assert nodes["rank"]["status"] == "DEADLINE_EXCEEDED" and "timeout_ms of 3000" in nodes["rank"]["message"]
            assert nodes["rank"]["acts"] == {"timed_out": 1, "forgave": 1}
            assert nodes["boost"]["outcome"] == "done"
            assert acts_since(daemon, before) == {("rank", "timed_out"): 1, ("rank", "forgave"): 1}
    finally:
        gate.set()


def test_a_nodes_time_goes_downstream(fake, tmp_path):
    policies(tmp_path, "rank", timeout_ms=20000)
    with Daemon(tmp_path, env=fake.env) as daemon:
        daemon.predict(small.request("all", ["p1"]), timeout=50)
        assert fake.wait("onfs").left > 3 and 10 < fake.wait("kserve").left <= 21  # gRPC rounds up
        daemon.predict(small.request("all", ["p1"]), timeout=15)
        fake.wait("onfs")
        assert fake.wait("kserve").left <= 16


refusals = {
    "on_error: unknown word": (dict(on_error="ignore"), "on_error", "must be \"fail\", \"default\" or"),
    "on_error: nobody": (dict(on_error="fallback:"), "on_error", "must be \"fail\", \"default\" or"),
    "on_error: fail, not required": (dict(on_error="fail", required=False), "on_error", "leave one of them out"),
    "on_error: default, required": (dict(on_error="default", required=True), "on_error", "leave one of them out"),
    "fallback: no such": (dict(on_error="fallback:nobody"), "on_error", "there is no such component"),
    "fallback: itself": (dict(on_error="fallback:rank"), "on_error", "fallbacks must end somewhere"),
    "fallback: of the graph": (dict(on_error="fallback:boost"), "on_error", "take it out of the graph"),
    "fallback: the root": (dict(on_error="fallback:feature_initializer"), "on_error", "feature_initializer"),
    "defaults: no column": (dict(defaults={"probable": 1}), "defaults.probable", "is no column that \"rank\" writes"),
    "defaults: another's": (dict(defaults={"final": 1}), "defaults.final", "is no column that \"rank\" writes"),
    "defaults: no number": (dict(defaults={"probability": "x"}), "defaults.probability", "is no value of type FP32"),
    "defaults: no object": (dict(defaults=[1]), "defaults", "an object"),
    "timeout: none": (dict(timeout_ms=0), "timeout_ms", "1"),
    "timeout: a text": (dict(timeout_ms="1s"), "timeout_ms", "an integer"),
    "retries: no status": (dict(retries={"on": ["UNAVAILABLE", "503"]}), "retries.on[1]", "is no status"),
    "retries: OK": (dict(retries={"on": ["OK"]}), "retries.on[0]", "is no status"),
    "retries: cancelled": (dict(retries={"on": ["CANCELLED"]}), "retries.on[0]", "is the caller's own doing"),
    "retries: none": (dict(retries={"max": 0}), "retries.max", "1"),
    "retries: too many": (dict(retries={"max": 11}), "retries.max", "10"),
    "retries: budget": (dict(retries={"budget_percent": 101}), "retries.budget_percent", "100"),
    "retries: a number": (dict(retries=2), "retries", "an object"),
    "hedge: a low percentile": (dict(hedge_after_ms="p20"), "hedge_after_ms", "from \"p50\" to \"p99.9\""),
    "hedge: no percentile": (dict(hedge_after_ms="fast"), "hedge_after_ms", "from \"p50\" to \"p99.9\""),
    "hedge: at once": (dict(hedge_after_ms=0), "hedge_after_ms", "1"),
    "breaker: no share": (dict(breaker={"error_percent": 0}), "breaker.error_percent", "1"),
    "breaker: no status": (dict(breaker={"on": ["DOWN"]}), "breaker.on[0]", "is no status"),
    "breaker: no probes": (dict(breaker={"probes": 0}), "breaker.probes", "1"),
    "when: a column of a component": (dict(when="`product:attrs:price` > 1"), "when", "a condition is about the request"),
    "when: no test": (dict(when="country"), "when", "at character 8"),
    "when: nothing": (dict(when=""), "when", "a name is expected"),
    "shadow: nowhere": (dict(shadow={"percent": 5}), "shadow.endpoint", "is missing"),
    "shadow: no address": (dict(shadow={"endpoint": "http://there:80"}), "shadow.endpoint", "must be \"host:port\""),
    "shadow: no port": (dict(shadow={"endpoint": "there:0"}), "shadow.endpoint", "must be \"host:port\""),
    "shadow: too much": (dict(shadow={"endpoint": "there", "percent": 101}), "shadow.percent", "100"),
    "required: a text": (dict(required="yes"), "required", "true or false"),
}


@pytest.mark.parametrize("members, where, why", refusals.values(), ids=list(refusals))
def test_what_is_refused(tmp_path, members, where, why):
    policies(tmp_path, "rank", **members)
    problems = check(tmp_path)
    path = f"component_config.predator_components[0].{where}"
    assert any(line.startswith(path + ":") and why in line for line in problems), problems


def check(tmp_path):
    """What inferd -t has to say about a directory that it refuses."""
    done = subprocess.run([PROGRAM, "-t", f"--config-dir={tmp_path}", f"--module-path={MODULES}"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    assert done.returncode == 1, done.stdout
    return [line[line.find("component_config"):] for line in done.stdout.splitlines()]


def test_what_is_refused_of_fallbacks(tmp_path):
    for members, name, where, why in (
            (dict(required=True), "rank_cheap", "predator_components[1].required", "is for \"rank\" to say"),
            (dict(defaults={"probability": 1}), "rank_fixed", "numerix_components[1].defaults", "is for \"rank_cheap\" to say"),
            (dict(on_error="fallback:rank"), "rank_fixed", "numerix_components[1].on_error", "fallbacks must end somewhere"),
            (dict(on_error="fallback:rank_fixed"), "boost", "numerix_components[0].on_error", "another's fallback already"),
            (dict(score_col="other"), "rank_fixed", "numerix_components[1].score_col", "writes only columns of"),
            (dict(data_type="DataTypeInt64"), "rank_fixed", "numerix_components[1]", "give both the same type")):
        model = with_fallback()
        component(model, name).update(members)
        small.write(tmp_path, "all", model)
        problems = check(tmp_path)
        assert any(line.startswith("component_config." + where) and why in line for line in problems), (why, problems)


def test_explain_and_kind_tell_of_policies(tmp_path):
    model = with_fallback(timeout_ms=70, defaults={"probability": 0.5})
    (tmp_path / "all.json").write_text(json.dumps(model))
    done = inferctl("explain", "-p", MODULES, "--json", str(tmp_path / "all.json"))
    nodes = {node["name"]: node for node in json.loads(done)["nodes"]}
    assert nodes["rank"]["policies"] == {"timeout_ms": 70, "on_error": "fallback:rank_cheap", "defaults": {"probability": "0.5"}}
    assert nodes["rank_cheap"]["stands_in_for"] == "rank" and nodes["boost"]["policies"] == {}
    text = inferctl("explain", "-p", MODULES, str(tmp_path / "all.json"))
    assert "policy  timeout_ms 70" in text and "in the place of rank" in text
    told = json.loads(inferctl("kind", "-p", MODULES, "--json", "predator"))["policies"]
    assert {"timeout_ms", "on_error", "defaults", "required"} <= {option["name"] for option in told}
    assert "Policies, which a component of any kind takes" in inferctl("kind", "-p", MODULES, "predator")


def inferctl(*words):
    return subprocess.run([os.path.join(BUILD, "tools", "inferctl", "inferctl"), *words], check=True, timeout=PATIENCE,
                          stdout=subprocess.PIPE, text=True).stdout


class Falling:
    """Answers that fail a number of times before they are good; -1: always."""

    def __init__(self, service, times, code=grpc.StatusCode.UNAVAILABLE):
        self.good, self.times, self.code = GOOD[service], times, code

    def __call__(self, call):
        if self.times == 0:
            return self.good(call)
        self.times -= 1
        return call.fail(self.code, "on purpose")


RETRY = dict(retries={"max": 2, "backoff_ms": 0})


def test_retries(fake, tmp_path):
    policies(tmp_path, "rank", **RETRY)
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        fake.answers["kserve"] = Falling("kserve", 2)
        reply, record, nodes = explained(daemon, small.request("all", ["p1"]))
        assert len(reply.target_scores) == 1 and nodes["rank"]["outcome"] == "done"
        assert (nodes["rank"]["calls"], nodes["rank"]["attempts"], nodes["rank"]["retries"]) == (1, 3, 2)
        first, second, third = (fake.wait("kserve") for _ in range(3))
        assert first.request == second.request == third.request
        fake.answers["kserve"] = Falling("kserve", 3)
        error, record, nodes = explained(daemon, small.request("all", ["p1"]))
        assert error.code() == grpc.StatusCode.UNAVAILABLE and nodes["rank"]["attempts"] == 3
        fake.answers["kserve"] = Falling("kserve", 1, grpc.StatusCode.INTERNAL)
        error, record, nodes = explained(daemon, small.request("all", ["p1"]))
        assert "retries" not in nodes["rank"] and error.code() == grpc.StatusCode.INTERNAL
        assert acts(daemon) == {("rank", "retried"): 4}
        assert nodes["fs_product"]["attempts"] == 1


def test_retries_of_other_statuses(fake, tmp_path):
    policies(tmp_path, "rank", retries={"on": ["resource_exhausted", "INTERNAL"], "backoff_ms": 1})
    fake.answers["kserve"] = Falling("kserve", 1, grpc.StatusCode.INTERNAL)
    with Daemon(tmp_path, env=fake.env) as daemon:
        assert explained(daemon, small.request("all", ["p1"]))[2]["rank"]["retries"] == 1


def test_retries_have_a_budget(fake, tmp_path):
    policies(tmp_path, "rank", on_error="default", retries={"max": 1, "backoff_ms": 0, "budget_percent": 0})
    fake.answers["kserve"] = Falling("kserve", -1)
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        for _ in range(13):
            nodes = explained(daemon, small.request("all", ["p1"]))[2]
        assert acts(daemon) == {("rank", "retried"): 10, ("rank", "retry_no_budget"): 3, ("rank", "forgave"): 13}
        assert nodes["rank"]["acts"] == {"retry_no_budget": 1, "forgave": 1}


def test_no_retry_that_would_be_too_late(fake, tmp_path):
    policies(tmp_path, "rank", retries={"backoff_ms": 200000})
    fake.answers["kserve"] = Falling("kserve", 1)
    with Daemon(tmp_path, env=fake.env) as daemon:
        error, record, nodes = explained(daemon, small.request("all", ["p1"]))
        assert error.code() == grpc.StatusCode.UNAVAILABLE
        assert acts(daemon) == {("rank", "retry_too_late"): 1} and nodes["rank"]["acts"] == {"retry_too_late": 1}


def test_a_client_that_leaves_before_the_retry(fake, tmp_path):
    policies(tmp_path, "rank", retries={"backoff_ms": 3000000})
    fake.answers["kserve"] = Falling("kserve", 1)
    with Daemon(tmp_path, env=fake.env) as daemon:
        call = daemon.channel.unary_unary("/Predict/InferPointWise",
                                          request_serializer=protos.load("predict").PointWiseRequest.SerializeToString)
        future = call.future(small.request("all", ["p1"]), timeout=4000)
        fake.wait("kserve").wait_end()
        future.cancel()
        while "inferd_runs_in_flight 0" not in daemon.get("/metrics")[1]:
            pass
        assert fake.calls["kserve"].empty()
        daemon.predict(small.request("all", ["p1"]))


BREAKER = {"calls": 5, "window_ms": 3600000}


def test_breaker(fake, tmp_path):
    policies(tmp_path, "rank", breaker=dict(BREAKER, open_ms=3600000))
    fake.answers["kserve"] = Falling("kserve", -1)
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        for _ in range(5):
            code, text = status_of(daemon.predict, small.request("all", ["p1"]))
            assert "on purpose" in text
            fake.wait("kserve")
        error, record, nodes = explained(daemon, small.request("all", ["p1"]))
        assert error.code() == grpc.StatusCode.UNAVAILABLE and "breaker is open" in error.details()
        assert nodes["rank"]["breaker"] == "open" and nodes["rank"]["calls"] == 1 and "attempts" not in nodes["rank"]
        assert nodes["rank"]["acts"] == {"refused": 1}
        assert fake.calls["kserve"].empty()
        assert acts(daemon) == {("rank", "broke"): 1, ("rank", "refused"): 1}
        gauge = [line for line in daemon.get("/metrics")[1].splitlines() if line.startswith("inferd_breaker_open{")]
        assert len(gauge) == 1 and f"127.0.0.1_{fake.port}" in gauge[0] and gauge[0].endswith("} 1")


def test_breaker_closes_after_good_probes(fake, tmp_path):
    policies(tmp_path, "rank", breaker=dict(BREAKER, open_ms=1, probes=3))
    fake.answers["kserve"] = falling = Falling("kserve", -1)
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        while acts(daemon).get(("rank", "refused"), 0) == 0 and acts(daemon).get(("rank", "broke"), 0) < 3:
            status_of(daemon.predict, small.request("all", ["p1"]))  # probes fail, and open it again
        falling.times = 0
        while ("rank", "mended") not in acts(daemon):
            try:
                daemon.predict(small.request("all", ["p1"]))
            except grpc.RpcError as error:
                assert "breaker is open" in error.details()
        assert "breaker" not in explained(daemon, small.request("all", ["p1"]))[2]["rank"]


def test_statuses_that_say_that_the_backend_is_there(fake, tmp_path):
    policies(tmp_path, "rank", breaker=dict(BREAKER, open_ms=3600000))
    fake.answers["kserve"] = Falling("kserve", -1, grpc.StatusCode.INVALID_ARGUMENT)
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        for _ in range(20):
            status_of(daemon.predict, small.request("all", ["p1"]))
        assert acts(daemon) == {}


class Stuck:
    """The next call waits for the gate, all others are answered."""

    def __init__(self, service):
        self.good, self.gate, self.lock, self.stuck = GOOD[service], threading.Event(), threading.Lock(), None

    def __call__(self, call):
        with self.lock:
            mine = self.stuck is None
            if mine:
                self.stuck = call
        if mine:
            assert self.gate.wait(PATIENCE)
        return self.good(call)


def test_hedges(fake, tmp_path):
    policies(tmp_path, "rank", hedge_after_ms=2000)  # the first one has long come by then
    stuck = Stuck("kserve")
    try:
        with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
            daemon.predict(small.request("all", ["p1"]))  # so that connections are there
            before = acts(daemon)
            fake.answers["kserve"] = stuck
            reply, record, nodes = explained(daemon, small.request("all", ["p1"]))
            assert len(reply.target_scores) == 1 and nodes["rank"]["hedges"] == 1 and nodes["rank"]["attempts"] == 2
            assert nodes["rank"]["acts"] == {"hedge_won": 1}
            stuck.stuck.wait_end()  # nobody waits for it any more
            assert acts_since(daemon, before) == {("rank", "hedged"): 1, ("rank", "hedge_won"): 1}
    finally:
        stuck.gate.set()


def test_hedges_by_percentile(fake, tmp_path):
    policies(tmp_path, "rank", hedge_after_ms="p90", retries={"budget_percent": 100})
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        for _ in range(25):
            daemon.predict(small.request("all", ["p1"]))
        fake.answers["kserve"] = stuck = Stuck("kserve")
        try:
            nodes = explained(daemon, small.request("all", ["p1"]))[2]
            assert nodes["rank"]["hedges"] == 1
        finally:
            stuck.gate.set()


def test_a_retry_is_hedged_once(fake, tmp_path):
    """The first sending fails, the second is stuck, the third is its hedge."""
    policies(tmp_path, "rank", hedge_after_ms=2000, retries={"backoff_ms": 0})  # the first one has long failed by then
    stuck, falling = Stuck("kserve"), Falling("kserve", 1)
    try:
        with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
            daemon.predict(small.request("all", ["p1"]))  # so that connections are there
            fake.answers["kserve"] = lambda call: (falling if falling.times else stuck)(call)
            nodes = explained(daemon, small.request("all", ["p1"]))[2]
            assert (nodes["rank"]["attempts"], nodes["rank"]["retries"], nodes["rank"]["hedges"]) == (3, 1, 1)
    finally:
        stuck.gate.set()


def test_conditions(fake, tmp_path):
    model = policies(tmp_path, "boost", when="country == 'IN' and rows < 3 and not has header:x-plain", defaults={"final": 9})
    component(model, "rank")["when"] = "tenant != 'guest'"  # it is required, but skipping is no failure
    small.write(tmp_path, "all", model)
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        def outcomes(*ids, tenant="shop", metadata=(), **context):
            request = small.request("all", ids, **context)
            request.tenant_id = tenant
            reply, record, nodes = explained(daemon, request, metadata=metadata)
            return small.table(reply), nodes["rank"]["outcome"], nodes["boost"]["outcome"]

        table, rank, boost = outcomes("p1", country="IN")
        assert (rank, boost) == ("done", "done") and table["final"] != [None] and table["probability"] != [None]
        for other in (dict(country="US"), dict(), dict(country="IN", metadata=[("x-plain", "1")])):
            table, rank, boost = outcomes("p1", **other)
            assert (rank, boost) == ("done", "skipped") and table["final"] == [None]
        assert outcomes("p1", "p2", "p3", country="IN")[2] == "skipped"
        assert acts(daemon) == {("boost", "skipped"): 4}
        table, rank, boost = outcomes("p1", tenant="guest", country="IN")
        assert (rank, boost) == ("skipped", "done") and table["probability"] == [None]
        table, rank, boost = outcomes("p1", tenant="", country="IN")  # no tenant: the test doesn't hold
        assert rank == "skipped"
    (tmp_path / "all.json").write_text(json.dumps(model))
    told = json.loads(inferctl("explain", "-p", MODULES, "--json", str(tmp_path / "all.json")))
    columns = {column["column"]: column for column in told["request"]["columns"]}
    assert columns["country"]["readers"] == ["boost"] and columns["country"]["optional"]


def test_the_example_of_the_manual(fake, tmp_path):
    with open(os.path.join(os.environ["srcdir"], "docs", "policies.md")) as page:
        blocks = [block.split("```")[0] for block in page.read().split("```json\n")[1:]]
    example = next(block for block in blocks if "component_dependency" in block)
    small.write(tmp_path, "all", example)
    down = set()

    def serve(call):
        name = call.decode("kserve", "ModelInferRequest").model_name
        return call.fail(grpc.StatusCode.UNAVAILABLE, "on purpose") if name in down else GOOD["kserve"](call)

    fake.answers["kserve"] = serve
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        def run(country="IN"):
            reply, record, nodes = explained(daemon, small.request("all", ["p1"], country=country))
            return small.table(reply), nodes

        assert run()[1]["rank"]["outcome"] == "done" and run("US")[1]["rank"]["outcome"] == "skipped"
        down.add("large")
        assert run()[1]["rank"]["fallback"] == "rank_small"
        down.add("small")
        assert run()[0]["probability"] == pytest.approx([0.01])
        fake.answers["numerix"] = refuse(grpc.StatusCode.INTERNAL)
        assert run()[0]["final"] == [None]
        fake.answers["onfs"] = refuse(grpc.StatusCode.RESOURCE_EXHAUSTED)
        table, nodes = run()
        assert table["product:attrs:price"] == pytest.approx([9.99]) and nodes["prices"]["attempts"] >= 3


def value(daemon, start):
    """The value of the one metric whose line starts so; 0 where there is none."""
    lines = [line for line in daemon.get("/metrics")[1].splitlines() if line.startswith(start)]
    assert len(lines) <= 1, lines
    return float(lines[0].rsplit(" ", 1)[1]) if lines else 0


def until(daemon, start, number):
    while value(daemon, start) < number:
        pass


def scores(*numbers):
    """A model server that answers with these numbers."""
    kserve = protos.load("kserve")

    def answer(call):
        reply = kserve.ModelInferResponse(model_name="m", model_version="1")
        reply.outputs.add(name="out", datatype="FP32", shape=[len(numbers), 1])
        reply.raw_output_contents.append(struct.pack(f"<{len(numbers)}f", *numbers))
        return reply.SerializeToString()

    return answer


def test_shadow(fake, tmp_path):
    fake.answers["kserve"] = scores(0.5, 0.25)
    with Fake(**GOOD) as other:
        other.answers["kserve"] = scores(0.75, 0.25)
        policies(tmp_path, "rank", shadow={"endpoint": f"127.0.0.1:{other.port}", "percent": 100})
        with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
            for n in range(3):
                table = small.table(daemon.predict(small.request("all", ["p1", "p2"])))
                assert table["probability"] == [0.5, 0.25] and list(table) == ["product_id", "product:attrs:price", "probability", "final"]
                assert fake.wait("kserve").request == other.wait("kserve").request
            until(daemon, "inferd_shadow_compared_total{", 6)
            assert value(daemon, "inferd_shadow_different_total{") == 3
            assert value(daemon, "inferd_shadow_difference_seconds_count{") == 6
            assert value(daemon, "inferd_shadow_difference_seconds_sum{") == pytest.approx(0.75, rel=0.05)
            assert acts(daemon) == {("rank", "shadowed"): 3}
            assert other.calls["onfs"].empty() and other.calls["numerix"].empty()


def test_the_record_has_what_a_shadow_found_by_then(fake, tmp_path):
    fake.answers["kserve"] = scores(0.5, 0.25)
    with Fake(**GOOD) as other:
        other.answers["kserve"] = scores(0.75, 0.25)
        policies(tmp_path, "rank", shadow={"endpoint": f"127.0.0.1:{other.port}", "percent": 100})
        with Daemon(tmp_path, env=fake.env, workers="2") as daemon:
            def wait(call):  # until the shadow is through, before the reply is
                until(daemon, "inferd_shadow_compared_total{", 2)
                return GOOD["numerix"](call)

            fake.answers["numerix"] = wait
            nodes = explained(daemon, small.request("all", ["p1", "p2"]))[2]
            assert nodes["rank"]["acts"] == {"shadowed": 1}
            twin = nodes["rank~shadow"]
            assert (twin["compared"], twin["different"], twin["largest_difference"]) == (2, 1, 0.25)


def test_a_long_message_keeps_its_end(fake, tmp_path):
    """It begins with what failed; the cause is at its end."""
    small.write(tmp_path, "all", chain())
    fake.answers["kserve"] = lambda call: call.fail(grpc.StatusCode.INTERNAL, "é" * 150 + " disk is full")
    with Daemon(tmp_path, env=fake.env) as daemon:
        message = explained(daemon, small.request("all", ["p1"]))[2]["rank"]["message"]
        assert "backend 127.0.0.1" in message and "é…é" in message and message.endswith("é disk is full")
        assert 300 < len(message.encode()) <= 320


def test_the_table_tells_of_policies(fake, tmp_path):
    small.write(tmp_path, "all", with_fallback(breaker=dict(BREAKER, calls=1, open_ms=3600000)))
    fake.answers["kserve"] = lambda call: (call.fail(grpc.StatusCode.UNAVAILABLE, "on purpose")
                                           if call.decode("kserve", "ModelInferRequest").model_name == "m" else GOOD["kserve"](call))
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        def shown():
            request = '{"model": "all", "targets": ["p1"]}'
            lines = ctl.ctl(ctl.FINE, "infer", "--address", daemon.address, "--explain", stdin=request).stdout.splitlines()
            return {line.split()[0]: " ".join(line.split()) for line in lines if line}

        assert "fallback rank_cheap calls 1 attempts 1 breaker open rows_failed 1 broke 1 UNAVAILABLE: " in shown()["rank"]
        lines = shown()
        assert "fallback rank_cheap calls 1 breaker open rows_failed 1 refused 1 UNAVAILABLE: " in lines["rank"]
        assert "stands_in_for rank calls 1 attempts 1" in lines["rank_cheap"]


def test_nobody_waits_for_a_shadow(fake, tmp_path):
    fake.answers["kserve"] = scores(0.5)
    gate = threading.Event()

    def wait(call):
        assert gate.wait(PATIENCE)
        return call.fail(grpc.StatusCode.INTERNAL, "on purpose")

    with Fake(**GOOD) as other:
        other.answers["kserve"] = wait
        policies(tmp_path, "rank", shadow={"endpoint": f"127.0.0.1:{other.port}", "percent": 100})
        with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
            try:
                reply, record, nodes = explained(daemon, small.request("all", ["p1"]))
                assert nodes["rank~shadow"]["outcome"] == "running" and nodes["rank~shadow"]["shadows"] == "rank"
                assert reply.target_scores[0].error == ""
            finally:
                gate.set()
            until(daemon, 'inferd_policy_acts_total{model_id="all",component_name="rank",act="shadow_failed"', 1)


def test_a_shadow_of_no_run(fake, tmp_path):
    policies(tmp_path, "rank", shadow={"endpoint": "127.0.0.1:1", "percent": 0})
    with Daemon(tmp_path, env=fake.env, workers="1") as daemon:
        record = explained(daemon, small.request("all", ["p1"]))[1]
        assert len(record["nodes"]) == 4 and "left_out" not in record and acts(daemon) == {}
    (tmp_path / "all.json").write_text(json.dumps(policies(tmp_path, "rank", shadow={"endpoint": "there"})))
    told = {node["name"]: node for node in json.loads(inferctl("explain", "-p", MODULES, "--json", str(tmp_path / "all.json")))["nodes"]}
    assert told["rank~shadow"]["shadows"] == "rank" and told["rank"]["policies"]["shadow"] == {"endpoint": "there", "percent": 1}
    assert told["rank~shadow"]["stage"] == told["rank"]["stage"] + 1  # it begins when that has ended
    lines = inferctl("explain", "-p", MODULES, str(tmp_path / "all.json")).splitlines()
    assert ["-", "rank~shadow", "predator", "behind", "rank,", "and", "nobody", "waits", "for", "it"] in [line.split() for line in lines]
