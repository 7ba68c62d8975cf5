# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# More than can be done in time: bursts wait, in an overload who is refused is told so, everybody else gets a reply, and
# tenants get their shares. The backend holds its replies, so that the test says how much is under way.
import contextlib
import json
import select
import socket
import subprocess
import tempfile
import threading

import grpc
import pytest

import protos
import small_models as small
from admin import Unix, ask
from daemon import PROGRAM, Daemon, metric, status_of, until
from fake import GOOD, Fake, Gate
from unreading import MAGIC, Unreading, frame

LIMIT = 4
PREFACE = MAGIC + frame(4, 0, 0, b"")  # and settings, none


@pytest.fixture
def fake():
    with Fake(**GOOD) as running:
        yield running


@pytest.fixture
def gate(fake):
    fake.answers["onfs"] = gate = Gate("onfs")
    yield gate
    gate.opened.set()


@pytest.fixture
def limited(fake, tmp_path):
    """A daemon that takes so many at a time."""
    def begin(max_wait, *more):
        options = (f"--max-in-flight={LIMIT}", f"--min-in-flight={LIMIT}", "--retry-after=250ms", f"--max-wait={max_wait}")
        return stack.enter_context(Daemon(tmp_path, env=fake.env, workers=1, options=(*options, *more)))

    small.write(tmp_path, "all", small.chain())
    with contextlib.ExitStack() as stack:
        yield begin


@pytest.fixture
def daemon(limited):
    return limited("0")


@pytest.fixture
def patient(limited):
    return limited("60s")


def start(daemon, request, timeout=60):
    predict = protos.load("predict")
    call = daemon.channel.unary_unary(
        "/Predict/InferPointWise", request_serializer=predict.PointWiseRequest.SerializeToString,
        response_deserializer=predict.PointWiseResponse.FromString)
    return call.future(request, timeout=timeout)


def request(tenant=""):
    asked = small.request("all", ["p1"])
    asked.tenant_id = tenant
    return asked


def hold(daemon, fake, tenant, count):
    """So many runs of a tenant that wait for the feature store."""
    calls = [start(daemon, request(tenant)) for _ in range(count)]
    for _ in calls:
        fake.wait("onfs")
    return calls


def refused(call):
    with pytest.raises(grpc.RpcError) as error:
        call.result()
    assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert dict(error.value.trailing_metadata())["grpc-retry-pushback-ms"] == "250"
    return error.value.details()


def test_beyond_the_limit_calls_are_refused_at_once(daemon, fake, gate):
    held = hold(daemon, fake, "", LIMIT)
    assert metric(daemon, "inferd_runs_in_flight") == LIMIT
    for _ in range(3):
        text = refused(start(daemon, request()))
        assert "overloaded" in text and "250 ms" in text
    assert not any(call.done() for call in held)

    # Who asks how it is gets an answer.
    health = protos.load("health")
    state = daemon.call("/grpc.health.v1.Health/Check", health.HealthCheckRequest(), health.HealthCheckResponse)
    assert state.status == health.HealthCheckResponse.SERVING
    assert daemon.get("/health/ready")[0] == 200 and daemon.get("/config")[0] == 200
    assert metric(daemon, "inferd_requests_refused_total", reason="overload") == 3
    assert metric(daemon, "inferd_runs_limit") == LIMIT

    gate.opened.set()
    for call in held:
        assert small.table(call.result())["product_id"]
    daemon.predict(request())
    ok = metric(daemon, "inferd_requests_total", api="/Predict/InferPointWise", status="0")
    exhausted = metric(daemon, "inferd_requests_total", api="/Predict/InferPointWise", status="8")
    assert (ok, exhausted) == (LIMIT + 1, 3)
    assert metric(daemon, "inferd_runs_total") == LIMIT + 1
    until(lambda: metric(daemon, "inferd_runs_in_flight") == 0)  # a run is over when it has been answered


def test_what_needs_no_run_is_answered_as_ever(daemon, fake, gate):
    held = hold(daemon, fake, "", LIMIT)
    assert status_of(daemon.predict, small.request("nobody", ["p1"]))[0] == grpc.StatusCode.NOT_FOUND
    assert status_of(daemon.predict, b"\xff")[0] == grpc.StatusCode.INVALID_ARGUMENT
    gate.opened.set()
    for call in held:
        call.result()


def test_a_place_becomes_free_when_a_client_gives_up(daemon, fake, gate):
    held = hold(daemon, fake, "", LIMIT)
    refused(start(daemon, request()))
    held.pop().cancel()
    while True:  # the cancel is on its way
        call = start(daemon, request())
        came = threading.Event()
        call.add_done_callback(lambda _: came.set())
        while not came.wait(0.05) and fake.calls["onfs"].empty():
            pass
        if not came.is_set():
            break
        refused(call)
    gate.opened.set()
    for last in (*held, call):
        last.result()


def test_a_tenant_gets_its_share_though_another_has_all(daemon, fake, gate):
    greedy = hold(daemon, fake, "greedy", LIMIT)
    refused(start(daemon, request("greedy")))
    modest = hold(daemon, fake, "modest", LIMIT // 2)
    assert "tenant_id" in refused(start(daemon, request("modest")))
    assert "tenant_id" in refused(start(daemon, request("greedy")))
    assert metric(daemon, "inferd_requests_refused_total", reason="tenant") == 2
    assert metric(daemon, "inferd_requests_refused_total", reason="overload") == 1
    gate.opened.set()
    for call in (*greedy, *modest):
        call.result()


def test_weights_of_tenants_are_settings(limited, fake, gate):
    daemon = limited("0", "--tenant-shares=gold=3,lead=1")
    lead = hold(daemon, fake, "lead", 4)
    gold = hold(daemon, fake, "gold", 3)
    assert "tenant_id" in refused(start(daemon, request("gold")))
    gate.opened.set()
    for call in (*lead, *gold):
        call.result()


def wait(daemon, count, tenant=""):
    """So many calls more that wait for a place."""
    before = metric(daemon, "inferd_requests_waiting")
    calls = [start(daemon, request(tenant)) for _ in range(count)]
    until(lambda: metric(daemon, "inferd_requests_waiting") == before + count)
    return calls


def test_a_burst_is_waited_out(patient, fake, gate):
    held = hold(patient, fake, "", LIMIT)
    waiting = wait(patient, LIMIT)
    assert not any(call.done() for call in (*held, *waiting))
    gate.opened.set()
    for call in (*held, *waiting):
        assert small.table(call.result())["product_id"]
    assert metric(patient, "inferd_requests_waiting") == 0
    assert metric(patient, "inferd_requests_refused_total", reason="overload") == 0


def test_a_burst_on_a_slow_backend_gets_room(fake, gate, tmp_path):
    """Nothing ends, and after the burst nothing comes: the limit grows by itself."""
    small.write(tmp_path, "all", small.chain())
    with Daemon(tmp_path, env=fake.env, workers=1, options=("--max-wait=60s",)) as daemon:
        calls = [start(daemon, request()) for _ in range(200)]
        until(lambda: metric(daemon, "inferd_runs_in_flight") == len(calls))
        gate.opened.set()
        for call in calls:
            call.result()
        assert metric(daemon, "inferd_requests_refused_total", reason="overload") == 0


def test_more_than_may_wait_are_an_overload(patient, fake, gate):
    held = hold(patient, fake, "", LIMIT)
    waiting = wait(patient, LIMIT)
    last = start(patient, request())
    for call in (*waiting, last):
        refused(call)
    gate.opened.set()
    for call in held:
        call.result()


def test_who_waits_ends_with_the_client(patient, fake, gate):
    held = hold(patient, fake, "", LIMIT)
    gone, late = wait(patient, 1)[0], start(patient, request(), timeout=1)
    assert late.exception().code() == grpc.StatusCode.DEADLINE_EXCEEDED
    until(lambda: metric(patient, "inferd_requests_waiting") == 1)
    stays = wait(patient, 1)[0]
    gone.cancel()
    until(lambda: metric(patient, "inferd_requests_waiting") == 1)
    gate.opened.set()
    for call in (*held, stays):
        call.result()
    assert metric(patient, "inferd_runs_total") == LIMIT + 1


def test_who_waits_is_served_by_the_model_that_is_there_then(patient, fake, gate, tmp_path):
    held = hold(patient, fake, "", LIMIT)
    waiting = wait(patient, 2)
    (tmp_path / "all.json").unlink()
    until(lambda: "all" not in json.loads(patient.get("/config")[1])["models"])
    small.write(tmp_path, "bad", {})  # a call of it needs no place: what is said of it tells what the worker has
    until(lambda: "it was refused" in status_of(patient.predict, small.request("bad", ["p1"]))[1])
    gate.opened.set()
    for call in held:
        call.result()
    for call in waiting:
        assert call.exception().code() == grpc.StatusCode.NOT_FOUND
    until(lambda: metric(patient, "inferd_runs_in_flight") == 0)


def test_who_waits_is_served_before_the_end(patient, fake, gate):
    held = hold(patient, fake, "", LIMIT)
    waiting = wait(patient, 2)
    patient.process.terminate()
    patient.wait_log("drain")
    gate.opened.set()
    for call in (*held, *waiting):
        call.result()


def test_shares_that_cannot_be_read_are_refused_at_the_start(tmp_path):
    ended = subprocess.run([PROGRAM, f"--config-dir={tmp_path}", "--tenant-shares=gold"], stderr=subprocess.PIPE,
                           text=True, timeout=60, check=False)
    assert ended.returncode != 0 and "--tenant-shares" in ended.stderr and "NAME=WEIGHT" in ended.stderr


@pytest.fixture
def strict(fake, tmp_path):
    small.write(tmp_path, "all", small.chain())
    options = ("--max-message=4KiB", "--max-header=2KiB", "--max-rows=3", "--max-columns=2")
    with Daemon(tmp_path, env=fake.env, options=options) as running:
        yield running


def test_too_many_rows_are_refused(strict):
    strict.predict(small.request("all", ["p1", "p2", "p3"]))
    code, text = status_of(strict.predict, small.request("all", ["p1", "p2", "p3", "p1"]))
    assert code == grpc.StatusCode.INVALID_ARGUMENT and "4 rows" in text and "--max-rows" in text
    assert metric(strict, "inferd_requests_refused_total", reason="rows") == 1


def test_too_many_features_are_refused(strict):
    asked = small.request("all", ["p1"])
    while len(asked.context_features) < 3:
        asked.context_features.add(name=f"f{len(asked.context_features)}", value=b"1", data_type=14)
    code, text = status_of(strict.predict, asked)
    assert code == grpc.StatusCode.INVALID_ARGUMENT and "--max-columns" in text
    assert metric(strict, "inferd_requests_refused_total", reason="columns") == 1


def test_a_message_that_is_too_large_is_refused(strict):
    asked = small.request("all", ["p1"])
    asked.targets[0].id = "p" * 5000
    code, text = status_of(strict.predict, asked)
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in text
    strict.predict(small.request("all", ["p1"]))


def test_headers_that_are_too_large_are_refused(strict):
    code, _ = status_of(strict.predict, small.request("all", ["p1"]), metadata=(("x-large", "x" * 8000),))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    strict.channel.close()  # which gRPC may have closed, too
    strict.channel = grpc.insecure_channel(strict.address, options=[("grpc.use_local_subchannel_pool", 1)])
    strict.predict(small.request("all", ["p1"]))


def test_a_client_that_does_not_read_is_closed(fake, tmp_path):
    small.write(tmp_path, "all", small.chain())
    with Daemon(tmp_path, env=fake.env, options=("--client-ping=1s", "--client-timeout=1s")) as daemon:
        with socket.create_connection(("127.0.0.1", daemon.port)) as stuck:
            stuck.sendall(PREFACE)
            poll = select.poll()
            poll.register(stuck, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
            assert poll.poll(60000), "it is still there"
        daemon.predict(request())


def connect(daemon, first):
    """A connection that has said what it speaks, and stays. None: the daemon has closed it."""
    connection = socket.create_connection(("127.0.0.1", daemon.port))
    try:
        connection.sendall(first)
        if first is PREFACE and not connection.recv(9):  # its settings
            return None
    except ConnectionError:
        return None
    return connection


def health_of(daemon):
    """As a load balancer asks: over a connection of its own."""
    with grpc.insecure_channel(daemon.address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check", request_serializer=None, response_deserializer=None)
        try:
            return check(b"", timeout=60) == b"\x08\x01"
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE, error
            return False


def test_no_more_connections_than_there_may_be(fake, tmp_path):
    """Beyond them, there is health to be had and nothing else; and of those connections there is a small number."""
    small.write(tmp_path, "all", small.chain())
    with Daemon(tmp_path, env=fake.env, workers=2, options=("--max-connections=2",)) as daemon:
        daemon.wait_log("worker_ready")
        daemon.wait_log("worker_ready")
        held = [connect(daemon, PREFACE) for _ in range(4)]
        assert all(held)
        assert health_of(daemon)
        code, text = status_of(daemon.predict, request())
        assert code == grpc.StatusCode.RESOURCE_EXHAUSTED and "--max-connections" in text and "grpc.health.v1" in text
        assert metric(daemon, "inferd_requests_refused_total", reason="connections") == 1
        assert metric(daemon, "inferd_connections_spare_total") == 2
        assert metric(daemon, "inferd_connections_refused_total", reason="limit") == 0
        more = [connect(daemon, PREFACE) for _ in range(100)]  # there are 8 for each worker, which give way now and then
        assert metric(daemon, "inferd_connections_refused_total", reason="limit") > 0
        assert metric(daemon, "inferd_connections_gave_way_total") > 0
        assert "--max-connections" in daemon.wait_log("connection")["message"]
        until(lambda: health_of(daemon))
        assert daemon.get("/health/ready")[0] == 200
        for connection in more:
            if connection:
                connection.close()
        held.pop().close()

        def is_served():  # who is where it is refused comes again when its time there is over
            try:
                return daemon.predict(request(), wait_for_ready=True, timeout=60)
            except grpc.RpcError as error:
                assert error.code() in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE), error
                return None

        assert until(is_served)
        assert metric(daemon, "inferd_connections_refused_total", reason="files") == 0
        for connection in held:
            connection.close()


def is_healthy(daemon):
    try:
        return daemon.get("/health/ready")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("first", [PREFACE, b"GET / HTTP/1.1\r\n"], ids=["gRPC", "HTTP"])
def test_one_client_can_not_have_all_descriptors(fake, tmp_path, first):
    """However many it opens, others are told how the service is, by either protocol's port and at the admin address."""
    small.write(tmp_path, "all", small.chain())
    with tempfile.TemporaryDirectory(prefix="inferd-") as short:
        daemon = Daemon(tmp_path, env=fake.env, workers=2, options=(f"--admin-address=unix:{short}/admin",))
        daemon.command = ["prlimit", "--nofile=240", *daemon.command]
        with daemon:
            held = [connect(daemon, first) for _ in range(400)]
            if first is PREFACE:
                assert 0 < sum(1 for connection in held if connection) < 240
                assert metric(daemon, "inferd_connections_refused_total", reason="files") > 0
                assert "open files" in daemon.wait_log("connection")["message"]
            else:
                assert daemon.predict(request(), wait_for_ready=True)
            until(lambda: is_healthy(daemon))  # those of HTTP give way to others, but not in no time
            assert ask(Unix(f"{short}/admin"), "GET", "/metrics")[0] == 200
            for connection in held:
                if connection:
                    connection.close()


def test_a_client_that_leaves_replies_unread_is_cut_off(fake, tmp_path):
    """One call after the other: each has been answered, as far as inferd goes, before the next one."""
    small.write(tmp_path, "all", small.chain())
    with Daemon(tmp_path, env=fake.env, workers=1, options=("--max-unread=1MiB",)) as daemon:
        daemon.predict(request())
        unreading = Unreading(socket.create_connection(("127.0.0.1", daemon.port)))
        done, calls = metric(daemon, "inferd_runs_total"), 0
        while not unreading.is_over():
            unreading.call(request())
            calls += 1
            until(lambda: unreading.is_over() or (metric(daemon, "inferd_runs_total") == done + calls
                                                  and metric(daemon, "inferd_runs_in_flight") == 0))
            assert calls < 500  # of more than 2 KiB each
        assert calls > 60
        assert metric(daemon, "inferd_connections_cut_total", reason="unread") == 1
        assert metric(daemon, "inferd_replies_cut_total") == calls
        assert "--max-unread" in daemon.wait_log("connection")["message"]
        for _ in range(200):  # who reads may have any number
            daemon.predict(request())
        assert metric(daemon, "inferd_connections_cut_total", reason="unread") == 1
