# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Time and its end, seen by backends: how long they are given, when they are told to stop, what the client gets when they
# are slow or away; and the trace context that they are handed.
import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, metric, status_of, until
from fake import GOOD, Fake, Gate

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOUR = 3600


@pytest.fixture
def fake():
    with Fake(**GOOD) as running:
        yield running


@pytest.fixture
def configs(tmp_path):
    small.write(tmp_path, "all", small.chain())
    return tmp_path


@pytest.fixture
def daemon(fake, configs):
    with Daemon(configs, env=fake.env) as running:
        yield running


@pytest.fixture
def gate(fake, request):
    """In front of the service that the test is about; opened in the end, so that nothing waits for ever."""
    fake.answers[request.param] = gate = Gate(request.param)
    gate.service = request.param
    yield gate
    gate.opened.set()


each_service = pytest.mark.parametrize("gate", ["onfs", "kserve", "numerix"], indirect=True)


def seen(fake):
    return [fake.wait(service) for service in ("onfs", "kserve", "numerix")]


def test_the_clients_deadline_goes_downstream(daemon, fake):
    daemon.predict(small.request("all", ["p1"]), timeout=20)
    assert all(10 < call.left <= 21 for call in seen(fake))


def test_a_backends_own_time_bounds_its_calls(fake, tmp_path):
    small.write(tmp_path, "all", small.chain(deadline=31000))
    env = {**fake.env, "EXTERNAL_SERVICE_ONFS_FS_DEAD_LINE": "30000", "NUMERIX_CLIENT_V1_DEADLINE_MS": "32000"}
    with Daemon(tmp_path, env=env) as daemon:
        for timeout in (None, HOUR):
            daemon.predict(small.request("all", ["p1"]), timeout=timeout)
            for call, most in zip(seen(fake), (30, 31, 32)):
                assert most - 10 < call.left <= most + 1  # gRPC sends three digits, rounded up
        daemon.predict(small.request("all", ["p1"]), timeout=25)
        assert all(15 < call.left <= 26 for call in seen(fake))


@each_service
def test_a_slow_backend_costs_the_deadline(daemon, fake, gate):
    gate.opened.set()
    daemon.predict(small.request("all", ["p1"]))  # so that connections are there
    fake.wait(gate.service)
    gate.opened.clear()
    (code, _), call = fake.seen_by(
        gate.service, lambda: status_of(daemon.predict, small.request("all", ["p1"]), timeout=1))
    assert code == grpc.StatusCode.DEADLINE_EXCEEDED
    call.wait_end()  # and it is told so


def in_a_hurry(fake, service):
    """With that one; the others may take their time."""
    setting = {"onfs": "EXTERNAL_SERVICE_ONFS_FS_DEAD_LINE", "numerix": "NUMERIX_CLIENT_V1_DEADLINE_MS"}.get(service)
    return {**fake.env, **({setting: "1000"} if setting else {})}


@pytest.mark.parametrize("gate", ["onfs", "numerix"], indirect=True)
def test_a_slow_backend_of_a_component_that_is_not_required(fake, configs, gate):
    with Daemon(configs, env=in_a_hurry(fake, gate.service)) as daemon:
        reply, call = fake.seen_by(gate.service, lambda: daemon.predict(small.request("all", ["p1"]), timeout=HOUR))
        call.wait_end()
        error = reply.target_scores[0].error
        assert "DEADLINE_EXCEEDED" in error and f"127.0.0.1:{fake.port}" in error
        values = small.table(reply)
        lost = "product:attrs:price" if gate.service == "onfs" else "final"
        assert {name for name in values if values[name] == [None]} == {lost}


@pytest.mark.parametrize("gate, component", [
    ("onfs", "feature_components"), ("kserve", None), ("numerix", "numerix_components")], indirect=["gate"])
def test_a_slow_backend_of_one_that_is(fake, tmp_path, gate, component):
    strict = small.chain(**({"deadline": 1000} if gate.service == "kserve" else {}))
    if component:
        strict["component_config"][component][0]["required"] = True
    small.write(tmp_path, "all", strict)
    with Daemon(tmp_path, env=in_a_hurry(fake, gate.service)) as daemon:
        (code, text), call = fake.seen_by(
            gate.service, lambda: status_of(daemon.predict, small.request("all", ["p1"]), timeout=HOUR))
        assert code == grpc.StatusCode.DEADLINE_EXCEEDED
        assert f"127.0.0.1:{fake.port}" in text and text.startswith("component "), text
        call.wait_end()


@each_service
def test_the_clients_cancel_reaches_the_backend(daemon, fake, gate):
    predict = protos.load("predict")
    call = daemon.channel.unary_unary(
        "/Predict/InferPointWise", request_serializer=predict.PointWiseRequest.SerializeToString,
        response_deserializer=predict.PointWiseResponse.FromString)
    future = call.future(small.request("all", ["p1"]), timeout=HOUR)
    backend = fake.wait(gate.service)
    assert not backend.ended.is_set()
    future.cancel()
    backend.wait_end()
    gate.opened.set()
    daemon.predict(small.request("all", ["p1"]))
    assert metric(daemon, "inferd_runs_cancelled_total") == 1
    until(lambda: metric(daemon, "inferd_runs_in_flight") == 0)  # a run ends after its reply has gone out
    assert metric(daemon, "inferd_calls_in_flight") == 0


@pytest.mark.parametrize("gate", ["onfs"], indirect=True)
def test_a_client_that_goes_away_cancels_too(daemon, fake, gate):
    predict = protos.load("predict")
    channel = grpc.insecure_channel(daemon.address, options=[("grpc.use_local_subchannel_pool", 1)])
    call = channel.unary_unary("/Predict/InferPointWise", request_serializer=predict.PointWiseRequest.SerializeToString)
    future = call.future(small.request("all", ["p1"]), timeout=HOUR)  # forgotten, it would be cancelled
    backend = fake.wait("onfs")
    channel.close()
    assert future.code() == grpc.StatusCode.CANCELLED
    backend.wait_end()


def test_backends_that_are_away(fake, configs):
    fake.stop()
    with Daemon(configs, env=fake.env) as daemon:
        code, text = status_of(daemon.predict, small.request("all", ["p1", "p2"]))
        assert code == grpc.StatusCode.UNAVAILABLE and f"127.0.0.1:{fake.port}" in text
        fake.start()
        until_served(daemon)
    with Daemon(configs, env=fake.env) as daemon:
        until_served(daemon)
        fake.stop()  # connections there were
        code, text = status_of(daemon.predict, small.request("all", ["p1"]))
        assert code == grpc.StatusCode.UNAVAILABLE
        fake.start()
        until_served(daemon)


def until_served(daemon):
    """Through gRPC's pause before it connects again."""
    while True:
        try:
            return daemon.predict(small.request("all", ["p1"]))
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE, error


def test_backends_that_are_away_in_compat_mode(fake, configs):
    fake.stop()
    with Daemon(configs, env={**fake.env, "INFERD_COMPAT": "inferflow"}) as daemon:
        reply = daemon.predict(small.request("all", ["p1", "p2"]))
        assert [list(row.output_values) for row in reply.target_scores] == [[b"p1", b"", b"", b""], [b"p2", b"", b"", b""]]
        assert [row.error for row in reply.target_scores] == ["", ""] and reply.request_error == ""
    fake.start()


def test_the_trace_context_is_passed_on(daemon, fake):
    daemon.predict(small.request("all", ["p1"]), metadata=[("traceparent", TRACE)])
    assert [call.headers.get("traceparent") for call in seen(fake)] == [TRACE] * 3
    daemon.predict(small.request("all", ["p1"]))
    assert [call.headers.get("traceparent") for call in seen(fake)] == [None] * 3


def test_backends_are_told_who_calls(daemon, fake):
    daemon.predict(small.request("all", ["p1"]))
    store, server, _ = (call.headers for call in seen(fake))
    assert store["online-feature-store-caller-id"] == store["online-feature-store-auth-token"] == "inferflow"
    assert server["predator-caller-id"] == server["predator-auth-token"] == "inferflow"
