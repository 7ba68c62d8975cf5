# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Requests that want the same keys at the same time, where the cache is on: one of them fetches, the others wait for it.
# What becomes of those that wait when the one that fetches fails, is cancelled, has less time, or is of an older config.
import json
import random
import threading

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, metric, until
from fake import GOOD, PATIENCE, Fake

HOUR = 3600
Code = grpc.StatusCode


def model(required=False, **changes):
    features = dict(small.PRODUCT, comp_cache_enabled=True, required=required, **changes)
    config = small.config({"fs_product": ["feature_initializer"]}, ["product_id", "product:attrs:price"], [features])
    config["component_config"]["cache_enabled"] = True
    return config


class Gate:
    """A feature store that answers when it is told to."""

    def __init__(self):
        self.opened = threading.Event()
        self.answer = GOOD["onfs"]

    def __call__(self, call):
        assert self.opened.wait(PATIENCE)
        return self.answer(call)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def fake(gate):
    with Fake(**{**GOOD, "onfs": gate}) as running:
        yield running
        gate.opened.set()


@pytest.fixture
def configs(tmp_path):
    small.write(tmp_path, "m", model())
    return tmp_path


@pytest.fixture
def daemon(fake, configs):
    with Daemon(configs, env=fake.env, workers=1) as running:
        yield running


def ask(daemon, *ids, timeout=HOUR, name="m"):
    predict = protos.load("predict")
    call = daemon.channel.unary_unary(
        "/Predict/InferPointWise", request_serializer=predict.PointWiseRequest.SerializeToString,
        response_deserializer=predict.PointWiseResponse.FromString)
    return call.future(small.request(name, ids), timeout=timeout)


def prices(future):
    return small.table(future.result(PATIENCE))["product:attrs:price"]


def until_waiting(daemon, count):
    """Until that many keys wait for another request's fetch."""
    while metric(daemon, "inferd_flight_shared_total") < count:
        pass


def generation(daemon):
    """What the only worker serves; waits for the first."""
    number = 0
    while not number:
        number = json.loads(daemon.get("/config")[1])["generation"]
    return number


def keys_of(call):
    return sorted(key.cols[0] for key in call.decode("retrieve", "Query").keys)


def no_more(fake):
    assert fake.calls["onfs"].empty()


def test_one_fetches_for_all(daemon, fake, gate):
    first = ask(daemon, "p1", "p2")
    assert keys_of(fake.wait("onfs")) == ["p1", "p2"]
    second, third = ask(daemon, "p2", "p3"), ask(daemon, "p1", "p2")
    assert keys_of(fake.wait("onfs")) == ["p3"]
    until_waiting(daemon, 3)
    gate.opened.set()
    assert prices(first) == prices(second) == prices(third) == [10, 10]
    no_more(fake)
    assert prices(ask(daemon, "p3", "p1")) == [10, 10]  # and it is kept
    no_more(fake)
    assert metric(daemon, "inferd_cache_requests_total") == 8 and metric(daemon, "inferd_cache_misses_total") == 6
    assert metric(daemon, "inferd_flights_lost_total") == 0


def test_a_failure_is_everybodys(daemon, fake, gate):
    gate.answer = lambda call: call.fail(Code.UNAVAILABLE, "gone fishing")
    first = ask(daemon, "p1")
    fake.wait("onfs")
    second = ask(daemon, "p1")
    until_waiting(daemon, 1)
    gate.opened.set()
    for future in first, second:
        error = future.result(PATIENCE).target_scores[0].error
        assert "UNAVAILABLE" in error and "gone fishing" in error
    no_more(fake)
    assert metric(daemon, "inferd_flights_lost_total", reason="failed") == 1
    gate.answer = GOOD["onfs"]
    assert prices(ask(daemon, "p1")) == [10]


def test_a_client_that_goes_costs_the_others_nothing(daemon, fake, gate):
    first = ask(daemon, "p1", "p2")
    backend = fake.wait("onfs")
    second, third = ask(daemon, "p1", "p2"), ask(daemon, "p2")
    until_waiting(daemon, 3)
    first.cancel()
    backend.wait_end()
    # The one that came last fetches what it waits for, and the other the rest of what it wants: each key once.
    keys = keys_of(fake.wait("onfs"))
    if len(keys) == 1:
        keys += keys_of(fake.wait("onfs"))
    assert sorted(keys) == ["p1", "p2"]
    gate.opened.set()
    assert prices(second) == [10, 10] and prices(third) == [10]
    no_more(fake)
    assert metric(daemon, "inferd_flights_lost_total", reason="given_up") == 3


def test_one_that_waits_may_go(daemon, fake, gate):
    first = ask(daemon, "p1")
    fake.wait("onfs")
    second, third = ask(daemon, "p1"), ask(daemon, "p1")
    until_waiting(daemon, 2)
    second.cancel()
    while metric(daemon, "inferd_flights_lost_total", reason="run_over") < 1:
        pass
    gate.opened.set()
    assert prices(first) == prices(third) == [10]
    no_more(fake)


def ran_out_of_time(future):
    """By its client's clock; or by the store's, which may be a moment ahead: then the reply has the row's error."""
    error = future.exception(PATIENCE)
    if error is None:
        return "DEADLINE_EXCEEDED" in future.result().target_scores[0].error
    return error.code() == Code.DEADLINE_EXCEEDED


def test_less_time_costs_only_its_own_request(daemon, fake, gate):
    first = ask(daemon, "p1", timeout=5)  # the second one has long come by then
    backend = fake.wait("onfs")
    second = ask(daemon, "p1")
    until_waiting(daemon, 1)
    assert ran_out_of_time(first)
    backend.wait_end()
    fake.wait("onfs")  # the second one's own
    third = ask(daemon, "p1", timeout=1)
    assert ran_out_of_time(third)
    gate.opened.set()
    assert prices(second) == [10]


def test_the_stores_time_bounds_the_wait(fake, configs, gate):
    with Daemon(configs, env={**fake.env, "EXTERNAL_SERVICE_ONFS_FS_DEAD_LINE": "3000"}, workers=1) as daemon:
        futures = [ask(daemon, "p1") for _ in range(5)]
        for future in futures:
            assert "DEADLINE_EXCEEDED" in future.result(PATIENCE).target_scores[0].error
        assert metric(daemon, "inferd_flight_shared_total") >= 4
        until(lambda: metric(daemon, "inferd_runs_in_flight") == 0)


@pytest.mark.parametrize("same", [True, False])
def test_a_new_config_meanwhile(daemon, fake, gate, configs, same):
    first = ask(daemon, "p1")
    fake.wait("onfs")
    changed = model(required=True)  # another config, which asks the same of the store
    if not same:
        groups = changed["component_config"]["feature_components"][0]["fs_request"]["featureGroups"]
        groups[1]["features"].append("weight")
    before = generation(daemon)
    small.write(configs, "m", changed)
    while generation(daemon) == before:
        pass
    second = ask(daemon, "p1")
    if same:
        until_waiting(daemon, 1)
    else:
        gate.answer = lambda call: GOOD["onfs"](call) if len(call.decode("retrieve", "Query").feature_groups[1].feature_labels) == 1 \
            else with_weight(call)
        assert list(fake.wait("onfs").decode("retrieve", "Query").feature_groups[1].feature_labels) == ["price", "weight"]
    gate.opened.set()
    assert prices(first) == prices(second) == [10]
    no_more(fake)


def with_weight(call):
    retrieve = protos.load("retrieve")
    result = retrieve.Result.FromString(GOOD["onfs"](call))
    for row in result.rows:
        row.columns.append(b"\0\0\x80\x3f")
    return result.SerializeToString()


def test_a_model_is_not_served_by_anothers_fetch(daemon, fake, gate, configs):
    before = generation(daemon)
    small.write(configs, "other", model())
    while generation(daemon) == before:
        pass
    first, second = ask(daemon, "p1"), ask(daemon, "p1", name="other")
    fake.wait("onfs")
    fake.wait("onfs")
    gate.opened.set()
    assert prices(first) == prices(second) == [10]


def test_any_order_ends_well(fake, tmp_path, gate):
    """Requests for a few keys that nobody keeps, many of which go away: the others all get their values."""
    chance = random.Random(5)
    small.write(tmp_path, "m", model())
    gate.opened.set()
    gate.answer = lambda call: GOOD["onfs"](call, category=b"")  # a first feature that is empty is not kept
    with Daemon(tmp_path, env=fake.env, workers=1, options=("--max-in-flight=0",)) as daemon:
        futures = []
        for _ in range(3000):
            future = ask(daemon, *chance.sample(["p1", "p2", "p3", "p4", "p5"], 3))
            futures.append(future)
            if chance.random() < 0.4:
                chance.choice(futures[-20:]).cancel()
        kept = [future for future in futures if not future.cancelled()]
        for future in kept:
            assert future.cancelled() or prices(future) == [10, 10, 10]
        assert metric(daemon, "inferd_flight_shared_total") > 0
        while metric(daemon, "inferd_runs_in_flight") > 0:
            pass
