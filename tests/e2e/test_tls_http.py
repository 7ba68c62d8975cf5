# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# HTTP on the TLS port: curl and http.client as clients. What is served, who is let in, and what becomes of it at the end
# are those of the plain port and of gRPC.
import concurrent.futures
import http.client
import json
import socket
import ssl
import subprocess
import threading

import pytest

import small_models as small
from access_file import token, write
from daemon import Daemon, metric, until
from fake import GOOD, Fake, Gate
from secure import Secure, tls_port

PATH = "/v1/models/prices:predict"
BODY = json.dumps({"targets": [{"id": "p1", "score": "2"}]})
SCORES = {"targets": [{"product_id": "p1", "product:attrs:price": 10, "final": 20}]}


def curl(daemon, path, *options):
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", "60", "--cacert", daemon.tls.ca,
                           "-w", "\n%{http_code} %{http_version}", *options, f"https://127.0.0.1:{daemon.tls_port}{path}"],
                          capture_output=True, text=True, timeout=90)
    body, _, end = done.stdout.rpartition("\n")
    return done.returncode, body, end


def context(tls, cert=None, key=None, alpn=()):
    made = ssl.create_default_context(cafile=tls.ca)
    if alpn:
        made.set_alpn_protocols(list(alpn))
    if cert:
        made.load_cert_chain(cert, key)
    return made


def wrapped(daemon, port=None, **shown):
    plain = socket.create_connection(("127.0.0.1", port or daemon.tls_port), timeout=60)
    return context(daemon.tls, **shown).wrap_socket(plain, server_hostname="127.0.0.1")


def connect(daemon, **shown):
    return http.client.HTTPSConnection("127.0.0.1", daemon.tls_port, timeout=60, context=context(daemon.tls, **shown))


def ask(connection, path=PATH, body=BODY, **headers):
    connection.request("POST" if body else "GET", path, body, headers)
    reply = connection.getresponse()
    return reply.status, reply.read().decode(), reply.headers


@pytest.fixture(scope="module", params=["0", "2"])
def daemon(tmp_path_factory, sandbox, tls, request):
    configs = tmp_path_factory.mktemp("models")
    small.write(configs, "prices", small.prices())
    with Secure(configs, sandbox, tls, workers=request.param) as running:
        yield running


def test_curl_is_served_as_on_the_plain_port(daemon):
    before = metric(daemon, "inferd_tls_handshakes_total", protocol="http1")
    for options in [], ["--http1.1"], ["--no-alpn"], ["--http1.0"], ["--tlsv1.2", "--tls-max", "1.2"]:
        code, body, end = curl(daemon, PATH, "-d", BODY, *options)
        assert (code, end, json.loads(body)) == (0, "200 1.1", SCORES)
    assert metric(daemon, "inferd_tls_handshakes_total", protocol="http1") == before + 5
    for path in "/health/self", "/health/ready", "/config", "/nothing":
        status, body = daemon.get(path)
        assert curl(daemon, path) == (0, body, f"{status} 1.1")
    assert "inferd_tls_handshakes_total" in curl(daemon, "/metrics")[1]
    assert daemon.final() == [20.0]  # gRPC's clients offer nothing else, and have it


def test_what_may_be_read_on_the_plain_port_only_by_some_is_no_other_here(configs, sandbox, tls):
    with Secure(configs, sandbox, tls, "--public-config=false") as daemon:
        status, body = daemon.get("/config")
        assert status == 404 and curl(daemon, "/config") == (0, body, "404 1.1")


def test_one_connection_for_many_calls_large_ones_too(daemon):
    """More than all buffers on the way hold, in both directions."""
    connection = connect(daemon)
    many = {"targets": [{"id": f"p{i}", "score": "2"} for i in range(40000)]}
    for _ in range(3):
        assert json.loads(ask(connection)[1]) == SCORES
        status, body, _ = ask(connection, body=json.dumps(many))
        assert (status, len(json.loads(body)["targets"])) == (200, 40000)
    assert ask(connection, body=" " * (5 << 20))[0] == 413


def test_many_at_a_time(daemon):
    def some(_):
        connection = connect(daemon)
        return [json.loads(ask(connection)[1]) for _ in range(20)]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(got == [SCORES] * 20 for got in pool.map(some, range(16)))


def test_a_request_byte_by_byte(daemon):
    """Each in a record of its own."""
    with wrapped(daemon) as client:
        for byte in f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}".encode():
            client.sendall(bytes([byte]))
        reply = http.client.HTTPResponse(client)
        reply.begin()
        assert (reply.status, json.loads(reply.read())) == (200, SCORES)


def test_strangers_are_refused(configs, sandbox, tls, stranger):
    with Secure(configs, sandbox, tls, f"--tls-ca-file={tls.ca}") as daemon:
        mine, theirs = ("--cert", tls.client_cert, "--key", tls.client_key), (
            "--cert", stranger.client_cert, "--key", stranger.client_key)
        assert curl(daemon, PATH, "-d", BODY, *mine)[2] == "200 1.1"
        for shown in [], theirs:
            code, body, end = curl(daemon, PATH, "-d", BODY, *shown)
            assert code in (35, 55, 56) and (body, end) == ("", "000 0"), code
        assert curl(daemon, "/health/self")[2] == "000 0"  # nor is anything else told
        until(lambda: metric(daemon, "inferd_tls_refused_total", reason="certificate") == 3)


def test_names_open_models_and_end_with_their_connection(configs, sandbox, tls, tmp_path):
    """The number of a descriptor is soon another connection's."""
    other = tls.signed("other", "extendedKeyUsage=clientAuth")
    search, line = token("search", "--models=other", "--tenants=*")
    access = write(tmp_path / "access", "client cert:client models=prices tenants=*", line)
    with Secure(configs, sandbox, tls, f"--tls-ca-file={tls.ca}", access, workers=1) as daemon:
        for _ in range(5):
            known = connect(daemon, cert=tls.client_cert, key=tls.client_key)
            assert ask(known)[0] == 200
            assert ask(known, "/v1/models/other:predict")[0] == 403
            assert ask(known, Authorization="Bearer " + search)[0] == 403  # a token goes before a certificate
            assert ask(known)[0] == 200
            known.close()
            plain = http.client.HTTPConnection(daemon.address, timeout=60)
            assert ask(plain)[0] == 401
            unknown = connect(daemon, cert=other[0], key=other[1])
            status, told, _ = ask(unknown)
            assert status == 401 and "nobody is known here by the names in this certificate" in told
            plain.close()
            unknown.close()


def test_what_is_no_http_is_closed_and_counted(daemon):
    refused = "inferd_tls_refused_total"
    before = metric(daemon, refused, reason="protocol")
    said = [b"\x16\x03\x01\x00\x05", b"\0" * 100, b"HELO\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"X" * 40]
    for rubbish in said:
        with wrapped(daemon) as client:
            client.sendall(rubbish)
            assert client.recv(100) == b""
    wrapped(daemon).close()  # says nothing
    with wrapped(daemon) as client:
        client.sendall(b"GET")
        assert client.unwrap().recv(100) == b""  # it ends before it has said what it speaks
    until(lambda: metric(daemon, refused, reason="protocol") == before + len(said) + 2)
    before = metric(daemon, refused, reason="not_agreed")
    with pytest.raises(ssl.SSLError, match="ALPN|alert"):
        wrapped(daemon, alpn=["spdy/3", "h3"])
    until(lambda: metric(daemon, refused, reason="not_agreed") == before + 1)
    assert json.loads(ask(connect(daemon))[1]) == SCORES


def test_a_client_that_sends_no_more_is_answered(daemon):
    with wrapped(daemon) as client:
        client.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}".encode())
        client.setblocking(True)
        reply = http.client.HTTPResponse(client)
        reply.begin()
        assert (reply.status, json.loads(reply.read())) == (200, SCORES)


@pytest.fixture
def gate():
    gate = Gate("onfs")
    yield gate
    gate.opened.set()


def is_sent_away(idle):
    return ask(idle, "/health/self", None)[2]["connection"] == "close"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_is_under_way_is_answered_before_the_end(gate, tls, tmp_path, workers):
    small.write(tmp_path, "all", small.chain())
    with Fake(**GOOD) as fake:
        fake.answers["onfs"] = gate
        options = ["--tls-port=0", f"--tls-cert-file={tls.cert}", f"--tls-key-file={tls.key}"]
        with Daemon(tmp_path, env=fake.env, workers=workers, options=options) as daemon:
            daemon.tls, daemon.tls_port = tls, tls_port(daemon)
            idle, got = connect(daemon), []
            assert ask(idle, "/health/self", None)[0] == 200
            held = threading.Thread(target=lambda: got.append(ask(connect(daemon), "/v1/models/all:predict")))
            held.start()
            fake.wait("onfs")
            daemon.process.terminate()
            until(lambda: is_sent_away(idle))
            gate.opened.set()
            held.join()
            status, told, head = got[0]
            assert status == 200 and json.loads(told)["targets"][0]["product_id"] == "p1"
            if workers == "0":  # else it may be another that sent the idle one away, and this one hasn't heard of it
                assert head["connection"] == "close"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_idle_and_silent_clients_are_sent_away_in_the_end(configs, sandbox, tls, workers):
    with Secure(configs, sandbox, tls, workers=workers) as daemon:
        idle, silent = connect(daemon), wrapped(daemon)
        assert ask(idle)[0] == 200
        assert daemon.stop() == 0
        assert idle.sock.recv(1) == b"" and silent.recv(1) == b""
