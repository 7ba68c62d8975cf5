# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# POST /v1/models/<id>:predict: the same scores as gRPC's, the same refusals under HTTP's names, and calls like any other
# to admission, access, what is counted, and the end.
import concurrent.futures
import http.client
import json
import threading
import urllib.parse

import pytest

import small_models as small
from access_file import token, write
from daemon import Daemon, metric, until
from fake import GOOD, Fake, Gate

PRICES = {"targets": [{"id": "p1", "score": "2"}, {"id": "p2", "score": "4"}, "p9"]}
LIMIT = 2


@pytest.fixture(scope="module", params=["0", "2"])
def daemon(tmp_path_factory, sandbox, request):
    configs = tmp_path_factory.mktemp("models")
    small.write(configs, "prices", small.prices())
    small.write(configs, "a model", small.prices())
    small.write(configs, "bad", {})
    small.write(configs, "echo", small.echo())
    small.write(configs, "slates", small.weighted())
    with Daemon(configs, sandbox, workers=request.param, options=("--max-rows=1000",)) as running:
        yield running


def connect(daemon):
    return http.client.HTTPConnection(daemon.address, timeout=60)


def ask(connection, model, body, **headers):
    """The status, the reply's JSON, and its headers."""
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    path = f"/v1/models/{urllib.parse.quote(model)}:predict"
    connection.request("POST", path, text, {name.replace("_", "-"): value for name, value in headers.items()})
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read()), reply.headers


def refused(connection, status, model, body, **headers):
    got, told, head = ask(connection, model, body, **headers)
    assert (got, told["error"]["status"]) == (status, status), told
    return told["error"]["message"], head


def test_scores_are_those_of_grpc(daemon):
    connection = connect(daemon)
    before = metric(daemon, "inferd_requests_total", api="/Predict/InferPointWise", status="0")
    status, told, head = ask(connection, "prices", PRICES)
    assert status == 200 and head["content-type"] == "application/json"
    assert told == {"targets": [{"product_id": "p1", "product:attrs:price": 10, "final": 20},
                                {"product_id": "p2", "product:attrs:price": 3, "final": 12},
                                {"product_id": "p9", "product:attrs:price": None, "final": 0}]}
    reply = small.table(daemon.predict(small.request("prices", ["p1", "p2"], b"2")))
    assert reply["final"] == [20.0, 6.0]
    assert metric(daemon, "inferd_requests_total", api="/Predict/InferPointWise", status="0") == before + 2
    assert ask(connection, "a model", PRICES)[1] == told
    assert ask(connection, "prices", {**PRICES, "model": "prices"})[1] == told


def test_values_come_back_as_they_went(daemon):
    connection = connect(daemon)
    row = {"id": 7, "text": "é \"x\"", "real": 0.1, "whole": -(2**40), "list": [1, 2.5], "words": ["a", "", "b c"], "truth": True}
    first, second = ask(connection, "echo", {"targets": [row, {"id": "8", "real": 2, "whole": 3}]})[1]["targets"]
    assert first == {**row, "id": "7", "final": pytest.approx(0.1 * -(2.0**40), rel=1e-6)}
    assert second["final"] == 6 and second["text"] == "" and second["list"] is None and second["words"] is None
    typed = {"targets": [{**row, "whole": "18446744073709551615", "real": "NaN"}],
             "types": {"whole": "Uint64", "real": "FP32", "list": "FP16Vector"}}
    first = ask(connection, "echo", typed)[1]["targets"][0]
    assert first["whole"] == 2**64 - 1 and first["real"] == "NaN" and first["list"] == [1, 2.5]


def test_slates_and_pairs(daemon):
    connection = connect(daemon)
    asked = {"targets": [{"id": "a", "score": 2.0}, {"id": "b", "score": 3.0}],
             "slates": [{"targets": [0, 1], "weight": 5.0}, {"targets": [1], "weight": 7.0}]}
    told = ask(connection, "slates", asked)[1]
    assert [slate["final"] for slate in told["slates"]] == [10, 21] and len(told["targets"]) == 2
    asked["pairs"] = [{"targets": [1, 0], "weight": 2}]
    del asked["slates"]
    assert [pair["final"] for pair in ask(connection, "slates", asked)[1]["slates"]] == [6]


def test_what_became_of_the_nodes(daemon):
    told = ask(connect(daemon), "prices", PRICES, inferd_explain="1")[1]
    assert {node["component"] for node in told["explain"]["nodes"]} == {"feature_initializer", "fs_product", "boost"}


NONE = [
    (404, "nobody", PRICES, "model config not found or invalid for id: nobody"),
    (404, "bad", PRICES, "it was refused"),
    (400, "prices", "", "the body is no JSON"),
    (400, "prices", "{", "line 1, column 1"),
    (400, "prices", "[" * 100000, "the body is no JSON"),
    (400, "prices", b'{"targets": ["\xff"]}', "the body is no JSON"),
    (400, "prices", '{"targets": ["a"], "targets": []}', "duplicate"),
    (400, "prices", [], "must be a JSON object"),
    (400, "prices", {"targets": [{}]}, "targets[0]: needs an \"id\""),
    (400, "prices", {"targets": [{"id": "a", "x": {}}]}, "targets[0].x: must be a text"),
    (400, "prices", {"targets": ["a"], "tenant_id": 5}, "tenant_id: must be a text"),
    (400, "prices", {"targets": ["a"], "model": "echo"}, "another one than in the path"),
    (400, "prices", {"targets": ["a"], "model": 1}, "model: must be a text"),
    (400, "prices", {"targets": ["a"], "slates": [{"targets": [1]}]}, "slates[0]: names a target that there is not"),
    (400, "prices", {"targets": ["a"] * 1001}, "1001 rows"),
    (400, "prices", {"targets": ["a"], "context": {str(i): i for i in range(10001)}}, "features"),
    # Few bytes of JSON, which would be hundreds of millions of values.
    (400, "prices", {"targets": [{"id": "a", **{str(i): 1 for i in range(20000)}}] + [{"id": "b"}] * 30000}, "too much memory"),
    (413, "prices", b" " * (5 << 20), "larger than")]


@pytest.mark.parametrize("status, model, body, said", NONE, ids=[said for *_, said in NONE])
def test_requests_that_are_none(daemon, status, model, body, said):
    message, _ = refused(connect(daemon), status, model, body)
    assert said in message


def test_other_paths_and_methods(daemon):
    connection = connect(daemon)
    for path in "/v1/models/", "/v1/models/prices", "/v1/models/:predict", "/v1/models/prices:explain":
        connection.request("POST", path, "{}")
        reply = connection.getresponse()
        assert (reply.status, "models are asked at" in reply.read().decode()) == (404, True)
    connection.request("GET", "/v1/models/prices:predict")
    reply = connection.getresponse()
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    reply.read()
    assert "grpc-timeout" in refused(connection, 400, "prices", PRICES, grpc_timeout="soon")[0]
    assert ask(connection, "prices", PRICES, grpc_timeout="60S", x_name="\u00e9")[0] == 200


def test_many_at_a_time(daemon):
    def some(number):
        connection = connect(daemon)
        for i in range(20):
            asked = {"targets": [{"id": "p1", "score": str(number + i)}] * (1 + i)}
            status, told, _ = ask(connection, "prices", asked)
            assert status == 200 and [row["final"] for row in told["targets"]] == [10 * (number + i)] * (1 + i)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(some, range(16)))


def test_callers_say_who_they_are(configs, sandbox, tmp_path):
    mine, line = token("search", "--models=prices", "--tenants=shop")
    with Daemon(configs, sandbox, options=[write(tmp_path / "access", line)]) as daemon:
        connection = connect(daemon)
        shop = {**PRICES, "tenant_id": "shop"}
        assert ask(connection, "prices", shop, Authorization="Bearer " + mine)[0] == 200
        message, head = refused(connection, 401, "prices", shop)
        assert "authorization: Bearer TOKEN" in message and head["www-authenticate"] == "Bearer"
        refused(connection, 401, "prices", shop, Authorization="Bearer x")
        refused(connection, 403, "prices", PRICES, Authorization="Bearer " + mine)
        refused(connection, 403, "nobody", shop, Authorization="Bearer " + mine)


@pytest.fixture
def gate():
    gate = Gate("onfs")
    yield gate
    gate.opened.set()


@pytest.fixture
def fake(gate):
    with Fake(**GOOD) as running:
        running.answers["onfs"] = gate
        yield running


@pytest.fixture
def limited(fake, tmp_path):
    small.write(tmp_path, "all", small.chain())

    def begin(max_wait):
        return Daemon(tmp_path, env=fake.env, workers=1, options=(
            f"--max-in-flight={LIMIT}", f"--min-in-flight={LIMIT}", "--retry-after=1500ms", f"--max-wait={max_wait}"))

    return begin


ONE = {"targets": [{"id": "p1", "score": "2"}]}


class Asking(threading.Thread):
    """A call that takes its time."""
    def __init__(self, daemon, **headers):
        super().__init__()
        self.daemon, self.headers, self.got = daemon, headers, None
        self.start()

    def run(self):
        self.got = ask(connect(self.daemon), "all", ONE, **self.headers)

    def result(self):
        self.join()
        return self.got


def hold(daemon, fake, count):
    held = [Asking(daemon) for _ in range(count)]
    for _ in held:
        fake.wait("onfs")
    return held


def test_an_overload_is_429(limited, fake, gate):
    with limited("0") as daemon:
        held = hold(daemon, fake, LIMIT)
        message, head = refused(connect(daemon), 429, "all", ONE)
        assert "overloaded" in message and head["retry-after"] == "2"
        assert metric(daemon, "inferd_requests_refused_total", reason="overload") == 1
        gate.opened.set()
        assert [call.result()[0] for call in held] == [200] * LIMIT


def test_time_runs_out(limited, fake, gate):
    """While the backend has it, and while it waits for its turn."""
    with limited("60s") as daemon:
        message, _ = refused(connect(daemon), 504, "all", ONE, grpc_timeout="50m")
        held = hold(daemon, fake, LIMIT)
        waiting = Asking(daemon)
        until(lambda: metric(daemon, "inferd_requests_waiting") == 1)
        message, _ = refused(connect(daemon), 504, "all", ONE, grpc_timeout="100m")
        assert "time ran out" in message
        gate.opened.set()
        assert [call.result()[0] for call in (*held, waiting)] == [200] * (LIMIT + 1)
        assert metric(daemon, "inferd_requests_waiting") == 0
        until(lambda: metric(daemon, "inferd_runs_in_flight") == 0)  # a run ends after its reply has gone out


def test_what_is_under_way_is_answered_before_the_end(limited, fake, gate):
    with limited("60s") as daemon:
        held = hold(daemon, fake, LIMIT)
        waiting = Asking(daemon)
        until(lambda: metric(daemon, "inferd_requests_waiting") == 1)
        daemon.process.terminate()
        daemon.wait_log("drain")
        gate.opened.set()
        for call in (*held, waiting):
            status, told, _ = call.result()
            assert status == 200 and told["targets"][0]["product_id"] == "p1"
