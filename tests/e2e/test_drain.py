# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Servers and workers that end lose no call: their clients go elsewhere before.
import os
import re
import select
import signal
import socket

import pytest

import load
import protos
import small_models as small
from daemon import Daemon
from fake import GOOD, Fake, Gate
from ports import free_port
from sandbox import Sandbox, fill
from secure import tls_options

ROUNDS = 6


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(fill(tmp_path_factory.mktemp("data"), small.FEATURES), "--latency-ms=5") as running:
        yield running


@pytest.fixture(scope="module")
def configs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("models")
    small.write(directory, "prices", small.prices())
    return directory


def python(_, addresses, tls=None):
    return load.PythonLoad(addresses, tls)


@pytest.fixture(scope="module")
def go(tmp_path_factory):
    directory = tmp_path_factory.mktemp("go")
    program = load.build(directory)
    return lambda where, addresses, tls=None: load.GoLoad(where, program, addresses, tls)


@pytest.fixture(params=["grpcio", "grpc-go"])
def new_load(request):
    """Makes a load: of a directory, addresses and certificates."""
    return python if request.param == "grpcio" else request.getfixturevalue("go")


@pytest.fixture(params=["plain", "tls"])
def certificates(request, tls):
    """None: without TLS."""
    return tls if request.param == "tls" else None


def start(configs, sandbox, port, tls=None):
    options = [f"--tls-port={port}", *tls_options(tls)] if tls else [f"--port={port}"]
    daemon = Daemon(configs, sandbox, options, workers=2).start()
    daemon.wait_log("worker_ready")
    daemon.wait_log("worker_ready")
    return daemon


def metric(daemon, name, tag=""):
    return sum(int(value) for value in re.findall(rf"^{name}(?:{{.*{tag}.*}})? (\d+)$", daemon.get("/metrics")[1], re.M))


def wait_for_clients(daemon, count):
    """Until so many gRPC connections have come, and all may have heard of it: no client depends on the other server alone.

    grpc-go doesn't wait for one that it could not reach before until that has greeted it."""
    while metric(daemon, "inferd_connections_told_total", "http2") + metric(daemon, "inferd_tls_handshakes_total") < count:
        pass
    served = metric(daemon, "inferd_predict_requests_total")
    while metric(daemon, "inferd_predict_requests_total") < served + 10:
        pass


def finish(daemon):
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(timeout=60) == 0
    daemon.reader.join()
    seen = daemon.seen + list(daemon.lines.queue)
    assert not [line for line in seen if line and line["event"] in ("not JSON", "worker_died")], seen
    assert not [line for line in seen if line and "killing" in line["message"]], seen


def test_7_12_no_call_is_lost_by_a_drain(configs, sandbox, tmp_path, new_load, certificates):
    ports = free_port(), free_port()
    daemons = [start(configs, sandbox, port, certificates) for port in ports]
    with new_load(tmp_path, [f"127.0.0.1:{port}" for port in ports], certificates) as clients:
        for i in range(2 * ROUNDS):
            at = i % 2
            wait_for_clients(daemons[1 - at], load.CHANNELS)
            wait_for_clients(daemons[at], load.CHANNELS)
            finish(daemons[at])
            daemons[at] = start(configs, sandbox, ports[at], certificates)
    for daemon in daemons:
        finish(daemon)
    assert clients.failures == []
    assert clients.calls > 100


def test_an_idle_client_is_waited_for(configs, sandbox, certificates):
    """It sees only now and then what came to its connection; gRPC's core every 5 s."""
    ports = free_port(), free_port()
    daemons = [start(configs, sandbox, port, certificates) for port in ports]
    with load.PythonLoad([f"127.0.0.1:{port}" for port in ports], certificates) as clients:
        for daemon in daemons:
            wait_for_clients(daemon, load.CHANNELS)
        clients.pause()
        finish(daemons[0])
        clients.resume()
    finish(daemons[1])
    assert clients.failures == []


def test_workers_of_a_killed_master_finish_what_they_have(configs):
    gate = Gate("onfs")
    health = protos.load("health")
    with Fake(**{**GOOD, "onfs": gate}) as fake:
        daemon = Daemon(configs, env=fake.env, workers=2).start()
        pids = [int(re.search(r"pid (\d+)", daemon.wait_log("worker_ready")["message"])[1]) for _ in range(2)]
        pidfds = [os.pidfd_open(pid) for pid in pids]
        states = daemon.channel.unary_stream(
            "/grpc.health.v1.Health/Watch", request_serializer=health.HealthCheckRequest.SerializeToString,
            response_deserializer=health.HealthCheckResponse.FromString)(health.HealthCheckRequest(service=""))
        assert next(states).status == health.HealthCheckResponse.SERVING
        predict = protos.load("predict")
        fn = daemon.channel.unary_unary("/Predict/InferPointWise", request_serializer=lambda m: m.SerializeToString(),
                                        response_deserializer=predict.PointWiseResponse.FromString)
        under_way = [fn.future(small.request("prices", [f"p{i}"]), timeout=60) for i in range(8)]
        for _ in under_way:
            fake.wait("onfs")
        daemon.process.kill()
        assert next(states).status == health.HealthCheckResponse.NOT_SERVING  # the worker has seen it
        gate.opened.set()
        assert [small.table(call.result())["final"] for call in under_way] == [[3.0]] * len(under_way)
        assert daemon.process.wait() == -signal.SIGKILL
        for pidfd in pidfds:
            assert select.select([pidfd], [], [], 60)[0]
            os.close(pidfd)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", daemon.port), timeout=30)
        daemon.channel.close()
        daemon.reader.join()
        assert not [line for line in list(daemon.lines.queue) if line and line["event"] == "not JSON"]
