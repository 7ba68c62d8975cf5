# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferctl infer against a running daemon: JSON in, a table or JSON out, equal to what grpcio gets; types, slates, headers;
# what became of the nodes; and how it fails.
import json
import struct

import pytest

import protos
import small_models as small
from ctl import FINE, FOUND, TROUBLE, USAGE, ctl, ctl_json
from daemon import Daemon
from access_file import token, write
from ports import free_port
from sandbox import Sandbox, fill
from secure import Secure

predict = protos.load("predict")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    files = fill(tmp_path_factory.mktemp("files"), small.FEATURES)
    configs = tmp_path_factory.mktemp("models")
    small.write(configs, "prices", small.prices())
    small.write(configs, "echo", small.echo())
    small.write(configs, "slates", small.weighted())
    with Sandbox(files) as sandbox, Daemon(configs, sandbox) as running:
        yield running


def infer(status, daemon, request, *words):
    return ctl(status, "infer", "--address", daemon.address, *words, stdin=json.dumps(request))


PRICES = {"model": "prices", "targets": [{"id": "p1", "score": "2"}, {"id": "p2", "score": "4"}, "p9"]}


def test_a_table(daemon):
    lines = infer(FINE, daemon, PRICES).stdout.splitlines()
    assert lines[0].split() == ["row", "product_id", "product:attrs:price", "final"]
    assert [line.split() for line in lines[1:3]] == [["0", "p1", "10", "20"], ["1", "p2", "3", "12"]]
    reply = daemon.predict(small.request("prices", ["p1", "p2"], b"2"))
    assert small.table(reply)["final"] == [20.0, 6.0]
    by_json = json.loads(infer(FINE, daemon, PRICES, "--json").stdout)
    assert by_json["status"] == "OK"
    assert by_json["targets"][:2] == [{"product_id": "p1", "product:attrs:price": 10.0, "final": 20.0},
                                      {"product_id": "p2", "product:attrs:price": 3.0, "final": 12.0}]


def test_values_come_back_as_they_went(daemon):
    """A reply has what the request's columns held: every form of a value, in its own type or in the one that is named."""
    row = {"id": 7, "text": "é \"x\"", "real": 0.1, "whole": -(2**40), "list": [1, 2.5], "words": ["a", "", "b c"], "truth": True}
    asked = {"model": "echo", "targets": [row, {"id": "8", "real": 2, "whole": 3}], "tracking_id": "t", "tenant_id": "x"}
    first, second = json.loads(infer(FINE, daemon, asked, "--json").stdout)["targets"]
    assert first == {**row, "id": "7", "final": pytest.approx(0.1 * -(2.0**40), rel=1e-6)}
    assert second["final"] == 6.0 and second["text"] == "" and second["list"] is None and second["words"] is None
    asked["types"] = {"real": "FP32", "whole": "Int8", "list": "FP16Vector", "text": "String"}
    asked["targets"][0]["whole"] = "12"
    first = json.loads(infer(FINE, daemon, asked, "--json").stdout)["targets"][0]
    assert first["real"] == pytest.approx(struct.unpack("<f", struct.pack("<f", 0.1))[0]) and first["whole"] == 12
    shown = infer(FINE, daemon, asked).stdout.splitlines()[1]
    assert "0.1 " in shown and "1,2.5" in shown and 'é "x"' in shown


def test_slates_and_pairs(daemon):
    asked = {"model": "slates", "targets": [{"id": "a", "score": 2.0}, {"id": "b", "score": 3.0}],
             "slates": [{"targets": [0, 1], "weight": 5.0}, {"targets": [1], "weight": 7.0}]}
    told = json.loads(infer(FINE, daemon, asked, "--json").stdout)
    assert [slate["final"] for slate in told["slates"]] == [10.0, 21.0] and len(told["targets"]) == 2
    asked["pairs"] = [{"targets": [1, 0], "weight": 2}]
    del asked["slates"]
    told = json.loads(infer(FINE, daemon, asked, "--json").stdout)
    assert [pair["final"] for pair in told["slates"]] == [6.0]
    assert "slate" in infer(FINE, daemon, asked).stdout


def test_what_became_of_the_nodes(daemon):
    told = json.loads(infer(FINE, daemon, PRICES, "--json", "--explain").stdout)["explain"]
    assert told["format"] == 1 and told["targets"] == 3
    nodes = {node["component"]: node for node in told["nodes"]}
    assert set(nodes) == {"feature_initializer", "fs_product", "boost"}
    assert nodes["fs_product"]["calls"] == 1 and nodes["boost"]["outcome"] == "done"
    lines = infer(FINE, daemon, PRICES, "-e").stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("prices of generation"))
    assert lines[head + 1].split() == ["node", "kind", "outcome", "start", "ms", "took", "ms"]
    shown = {line.split()[0]: line for line in lines[head + 2:]}
    assert set(shown) == set(nodes) and "calls 1" in shown["fs_product"]


def test_headers_are_sent(daemon):
    """The original's header for users becomes an entity of RetrieveModelScore only; that a header gets there is seen by
    the one that asks for the record."""
    told = json.loads(infer(FINE, daemon, PRICES, "--json", "-H", "Inferd-Explain: 1").stdout)
    assert told["explain"]["format"] == 1
    assert "a header is" in infer(TROUBLE, daemon, PRICES, "-H", "no value").stderr


def test_over_tls_with_a_certificate_or_a_token(configs, sandbox, tls, stranger, tmp_path):
    secret, line = token("lab", "--models=*", "--tenants=*")
    access = write(tmp_path / "access", line, "client cert:client models=prices tenants=*")
    shown = f"--cert-file={tls.client_cert}", f"--key-file={tls.client_key}"
    with Secure(configs, sandbox, tls, access) as daemon:
        at = "--address", f"127.0.0.1:{daemon.tls_port}"

        def ask(status, *words):
            return ctl(status, "infer", *at, *words, stdin=json.dumps(PRICES))

        bearer = "-H", f"authorization: Bearer {secret}"
        assert ask(FINE, f"--ca-file={tls.ca}", *bearer).stdout.splitlines()[1].split()[1:] == ["p1", "10", "20"]
        assert "UNAUTHENTICATED" in ask(FOUND, f"--ca-file={tls.ca}").stderr
        assert "UNAUTHENTICATED" in ask(FOUND, f"--ca-file={tls.ca}", "-H", "authorization: Bearer x").stderr
        for nobody in "--tls", f"--ca-file={stranger.ca}":  # not verified: nothing is said to it
            assert "UNAVAILABLE" in ask(TROUBLE, nobody, *bearer).stderr
        assert "UNAVAILABLE" in ask(TROUBLE, *bearer).stderr  # it speaks TLS only
    with Secure(configs, sandbox, tls, access, f"--tls-ca-file={tls.ca}") as daemon:
        at = "--address", f"127.0.0.1:{daemon.tls_port}"
        assert ask(FINE, f"--ca-file={tls.ca}", *shown).stdout.splitlines()[1].split()[1:] == ["p1", "10", "20"]
        assert "UNAVAILABLE" in ask(TROUBLE, f"--ca-file={tls.ca}").stderr


def test_refusals_and_failures(daemon):
    done = infer(FOUND, daemon, {"model": "none", "targets": ["a"]})
    assert "NOT_FOUND" in done.stderr and done.stdout == ""
    assert json.loads(infer(FOUND, daemon, {"model": "none", "targets": []}, "-j").stdout)["status"] == "NOT_FOUND"
    nobody = f"127.0.0.1:{free_port()}"
    assert "UNAVAILABLE" in ctl(TROUBLE, "infer", "-a", nobody, stdin=json.dumps(PRICES)).stderr
    assert "standard input: line 1" in ctl(TROUBLE, "infer", "-a", daemon.address, stdin="{").stderr
    assert "unable to open" in ctl(TROUBLE, "infer", "/nonexistent.json").stderr


@pytest.mark.parametrize("request_json, said", [
    ([], "must be a JSON object"), ({"targets": []}, "model: is missing"), ({"model": "prices"}, "targets: must be a list"),
    ({"model": "prices", "targets": [{}]}, "targets[0]: needs an \"id\""),
    ({"model": "prices", "targets": [{"id": "a", "x": {}}]}, "targets[0].x: must be a text"),
    ({"model": "prices", "targets": [{"id": "a", "x": "b"}], "types": {"x": "FP32"}}, "targets[0].x: can't be made a FP32"),
    ({"model": "prices", "targets": [{"id": "a", "x": 1}], "types": {"x": "FP33"}}, "types.x: \"FP33\" is no data type"),
    ({"model": "prices", "targets": ["a"], "target": 1}, "target: is not known"),
    ({"model": "prices", "targets": ["a"], "slates": [{"targets": [1]}]}, "slates[0]: names a target that there is not"),
    ({"model": "prices", "targets": ["a"], "pairs": [{"targets": [0]}]}, "pairs[0]: needs \"targets\": [i, j]"),
    ({"model": "prices", "targets": ["a"], "context": []}, "context: must be an object")])
def test_requests_that_are_none(request_json, said):
    done = ctl(USAGE, "infer", stdin=json.dumps(request_json))
    assert said in done.stderr


def test_wrong_command_lines():
    for words in ["a", "b"], ["--timeout=0"], ["--cert-file=x"], ["--frob"]:
        assert "Try 'inferctl infer --help'" in ctl(USAGE, "infer", *words).stderr
