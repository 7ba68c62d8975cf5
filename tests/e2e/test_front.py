# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What stands beside scoring on the one port: health, reflection, HTTP.
import json
import signal

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon
from sandbox import Sandbox, fill


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    configs = tmp_path_factory.mktemp("models")
    small.write(configs, "prices", small.prices())
    small.write(configs, "broken", "{]")
    with Sandbox(fill(tmp_path_factory.mktemp("data"), small.FEATURES)) as sandbox, Daemon(configs, sandbox) as running:
        running.predict(small.request("prices", ["p1"]))
        yield running


def test_health_by_http(daemon):
    assert daemon.get("/health/self") == (200, "true")
    assert daemon.get("/health/ready") == (200, "true")
    assert daemon.get("/nowhere")[0] == 404


def test_config_shows_what_is_refused(daemon):
    status, body = daemon.get("/config")
    models = json.loads(body)["models"]
    assert status == 200 and models["prices"]["serving"] and not models["prices"]["refused"]
    assert models["broken"]["refused"] and "JSON" in models["broken"]["reason"] and not models["broken"]["serving"]


def test_metrics_count_all_workers(daemon):
    before = daemon.get("/metrics")[1]
    for _ in range(20):
        daemon.predict(small.request("prices", ["p1"]))
    after = daemon.get("/metrics")[1]

    def runs(text):
        return sum(float(line.split()[1]) for line in text.splitlines() if line.startswith("inferd_runs_total"))

    assert runs(after) - runs(before) == 20
    assert 'inferd_component_executions_total{' in after.replace("model_id", "model-id") or "inferd_component" in after


def check(daemon, service):
    health = protos.load("health")
    return daemon.call("/grpc.health.v1.Health/Check", health.HealthCheckRequest(service=service), health.HealthCheckResponse)


def test_health_by_grpc(daemon):
    health = protos.load("health")
    for service in ("", "Predict", "Inferflow"):
        assert check(daemon, service).status == health.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as error:
        check(daemon, "Nobody")
    assert error.value.code() == grpc.StatusCode.NOT_FOUND


def watch(daemon, service):
    health = protos.load("health")
    return daemon.channel.unary_stream(
        "/grpc.health.v1.Health/Watch", request_serializer=health.HealthCheckRequest.SerializeToString,
        response_deserializer=health.HealthCheckResponse.FromString)(health.HealthCheckRequest(service=service))


def test_health_watch(daemon):
    health = protos.load("health")
    states = watch(daemon, "")
    assert next(states).status == health.HealthCheckResponse.SERVING
    states.cancel()
    unknown = watch(daemon, "Nobody")
    assert next(unknown).status == health.HealthCheckResponse.SERVICE_UNKNOWN
    unknown.cancel()


def test_watches_end_with_the_server(tmp_path):
    """Of services that there are and that there aren't: none holds up a drain."""
    health = protos.load("health")
    with Daemon(tmp_path, workers=1) as daemon:
        known, unknown = watch(daemon, ""), watch(daemon, "Nobody")
        assert next(known).status == health.HealthCheckResponse.SERVING
        assert next(unknown).status == health.HealthCheckResponse.SERVICE_UNKNOWN
        daemon.process.send_signal(signal.SIGTERM)
        assert next(known).status == health.HealthCheckResponse.NOT_SERVING
        for states in known, unknown:
            with pytest.raises(grpc.RpcError) as error:
                next(states)
            assert error.value.code() == grpc.StatusCode.UNAVAILABLE
            assert error.value.details() == "the server is going down"


def test_more_calls_than_a_connection_may_have(tmp_path):
    """A client that hears of it keeps the others back: none fails."""
    health = protos.load("health")
    with Daemon(tmp_path, options=["--max-streams=2"], workers=1) as daemon:
        fn = daemon.channel.unary_unary(
            "/grpc.health.v1.Health/Check", request_serializer=health.HealthCheckRequest.SerializeToString,
            response_deserializer=health.HealthCheckResponse.FromString)
        calls = [fn.future(health.HealthCheckRequest(), timeout=60) for _ in range(200)]
        assert {call.result().status for call in calls} == {health.HealthCheckResponse.SERVING}


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection(daemon, version):
    """Field by field, as a stock client such as grpcurl asks: list, then describe."""
    stream = daemon.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo", request_serializer=lambda b: b,
        response_deserializer=lambda b: b)
    asked = [b"\x3a\x00", b"\x22\x07Predict", b"\x22\x10PointWiseRequest", b"\x1a\x0cnowhere.prot"]
    replies = list(stream(iter(asked), timeout=30))
    assert len(replies) == 4
    for name in (b"Predict", b"Inferflow", b"grpc.health.v1.Health"):
        assert name in replies[0]
    assert b"InferSlateWise" in replies[1] and b"target_input_schema" in replies[2]
    assert b"no such file" in replies[3]
