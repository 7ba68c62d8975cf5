# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The TLS port: grpcio and openssl as clients, certificates that openssl made.
import os
import re
import signal
import socket
import ssl
import subprocess

import grpc
import pytest

import small_models as small
from certificates import Certificates
from daemon import Daemon, metric, status_of, until
from secure import Secure, replace, tls_options
from unreading import Unreading


@pytest.mark.parametrize("workers", ["0", "2"])
def test_it_serves_whoever_trusts_it_and_no_stranger(configs, sandbox, tls, stranger, workers):
    with Secure(configs, sandbox, tls, workers=workers) as daemon:
        assert daemon.final() == [20.0]
        assert daemon.refuses(stranger.ca)
        assert daemon.get("/health/self")[0] == 200  # the plain port, beside it
        daemon.use(tls.ca)
        assert daemon.final() == [20.0]
        assert metric(daemon, "inferd_tls_handshakes_total") >= 2
        until(lambda: metric(daemon, "inferd_tls_refused_total", reason="not_agreed"))


def answers(address, port):
    with socket.socket() as s:
        s.settimeout(60)
        return s.connect_ex((address, port)) == 0


@pytest.mark.parametrize("workers", ["0", "2"])
def test_it_has_an_address_of_its_own(configs, sandbox, tls, workers):
    with Secure(configs, sandbox, tls, "--tls-address=127.0.0.2", workers=workers) as daemon:
        tls_is_elsewhere(daemon, daemon.tls_port)


def tls_is_elsewhere(daemon, port):
    assert daemon.get("/health/self")[0] == 200 and not answers("127.0.0.2", daemon.port)
    assert answers("127.0.0.2", port) and not answers("127.0.0.1", port)
    done = subprocess.run(["curl", "-ks", f"https://127.0.0.2:{port}/health/self"], capture_output=True, timeout=60)
    assert done.stdout == b"true", done


def test_clients_must_show_a_certificate_where_a_ca_is_given(configs, sandbox, tls, stranger):
    with Secure(configs, sandbox, tls, f"--tls-ca-file={tls.ca}") as daemon:
        daemon.use(tls.ca, tls.client_cert, tls.client_key)
        assert daemon.final() == [20.0]
        assert daemon.refuses(tls.ca)
        assert daemon.refuses(tls.ca, stranger.client_cert, stranger.client_key)
        daemon.use(tls.ca, tls.client_cert, tls.client_key)
        assert daemon.final() == [20.0]


@pytest.mark.parametrize("workers", ["0", "1"])  # each worker reads the files
def test_a_revoked_certificate_is_refused_without_a_restart(configs, sandbox, tmp_path, workers):
    tls = Certificates(tmp_path / "tls")
    gone = tls.signed("gone", "extendedKeyUsage=clientAuth")
    there = (tls.client_cert, tls.client_key)
    with Secure(configs, sandbox, tls, f"--tls-ca-file={tls.ca}", f"--tls-crl-file={tls.crl()}", workers=workers) as daemon:
        for certificate in there, gone:
            daemon.use(tls.ca, *certificate)
            assert daemon.final() == [20.0]
        tls.crl(gone[0])
        assert daemon.final() == [20.0]  # a connection that is there goes on
        assert daemon.refuses(tls.ca, *gone)
        until(lambda: metric(daemon, "inferd_tls_refused_total", reason="revoked"))
        daemon.use(tls.ca, *there)
        assert daemon.final() == [20.0]
        with open(tls.crl(), "w", encoding="ascii") as broken:
            broken.write("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
        assert daemon.refuses(tls.ca, *gone)  # what is broken changes nothing
        assert "are broken; what was there before stays in use" in daemon.wait_log("tls_files_refused")["message"]
        daemon.use(tls.ca, *there)
        assert daemon.final() == [20.0]


def test_who_can_not_be_looked_up_is_refused(configs, sandbox, tls, stranger):
    """The list is another CA's: whether a certificate was revoked is not known."""
    with Secure(configs, sandbox, tls, f"--tls-ca-file={tls.ca}", f"--tls-crl-file={stranger.crl()}") as daemon:
        assert daemon.refuses(tls.ca, tls.client_cert, tls.client_key)
        assert "because of the revocation lists" in daemon.wait_log("tls_crl")["message"]
        until(lambda: metric(daemon, "inferd_tls_refused_total", reason="certificate"))


@pytest.mark.parametrize(("version", "fine"), [("tls1_1", False), ("tls1_2", True), ("tls1_3", True)])
def test_versions_before_1_2_are_refused(configs, sandbox, tls, version, fine):
    with Secure(configs, sandbox, tls) as daemon:
        assert daemon.final() == [20.0]
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{daemon.tls_port}", "-CAfile", tls.ca,
                               "-" + version, "-cipher", "ALL:@SECLEVEL=0", "-alpn", "h2"],
                              stdin=subprocess.DEVNULL, capture_output=True, encoding="latin-1", timeout=60)
        assert "CONNECTED" in done.stdout
        assert ("Verify return code: 0 (ok)" in done.stdout and "ALPN protocol: h2" in done.stdout) is fine, done
        assert ("no peer certificate available" in done.stdout) is not fine, done


def test_certificates_are_taken_without_a_restart_and_old_connections_go_on(configs, sandbox, tmp_path):
    tls = Certificates(tmp_path / "tls")
    with Secure(configs, sandbox, tls, workers=1) as daemon:
        assert daemon.final() == [20.0]
        before = daemon.shown()
        cert, key = tls.signed("second", "subjectAltName=IP:127.0.0.1")
        replace(tls.cert, cert)  # of a pair that changes in two steps: refused until it is whole
        assert daemon.shown() == before
        assert "don't belong together" in daemon.wait_log("tls_files_refused")["message"]
        assert metric(daemon, "inferd_tls_files_refused_total") == 1
        replace(tls.key, key)
        after = daemon.shown()
        assert after != before
        daemon.wait_log("tls_files")
        assert daemon.final() == [20.0]  # on the first connection
        daemon.use(tls.ca)
        assert daemon.final() == [20.0]
        os.remove(tls.key)  # gone altogether: nothing changes
        assert daemon.shown() == after
        assert daemon.final() == [20.0]


def test_workers_that_come_later_listen_too(configs, sandbox, tls):
    with Secure(configs, sandbox, tls, workers=1) as daemon:
        ready = daemon.wait_log("worker_ready")
        assert daemon.final() == [20.0]
        os.kill(int(re.search(r"pid (\d+)", ready["message"])[1]), signal.SIGKILL)
        daemon.wait_log("worker_ready")
        assert until(lambda: final_or_none(daemon)) == [20.0]  # the client may not have seen its connection's end yet


def final_or_none(daemon):
    try:
        return daemon.final()
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE
        return None


def test_draining_ends_its_calls_well(configs, sandbox, tls):
    with Secure(configs, sandbox, tls) as daemon:
        assert daemon.final() == [20.0]
        assert daemon.stop() == 0


def refusal(configs, *options):
    daemon = Daemon(configs, options=options)
    daemon.run()
    message = daemon.wait_log("start_failed")["message"]
    assert daemon.process.wait(timeout=60) == 1
    return message


def test_what_will_not_do_is_told_at_the_start(configs, tls, stranger, tmp_path):
    cert, key = f"--tls-cert-file={tls.cert}", f"--tls-key-file={tls.key}"
    assert "give --tls-cert-file and --tls-key-file" in refusal(configs, "--tls-port=0")
    assert "don't belong together" in refusal(configs, "--tls-port=0", cert, f"--tls-key-file={stranger.key}")
    assert "/nowhere" in refusal(configs, "--tls-port=0", "--tls-cert-file=/nowhere", key)
    broken = tmp_path / "broken"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "broken" in refusal(configs, "--tls-port=0", f"--tls-cert-file={broken}", key)
    assert "no CA certificates of clients" in refusal(configs, "--tls-port=0", cert, key, f"--tls-ca-file={tls.key}")
    assert "give --tls-ca-file" in refusal(configs, "--tls-port=0", cert, key, f"--tls-crl-file={stranger.crl()}")
    assert "no revocation lists" in refusal(configs, "--tls-port=0", cert, key, f"--tls-ca-file={tls.ca}",
                                            f"--tls-crl-file={tls.ca}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "choose another port" in refusal(configs, f"--tls-port={taken.getsockname()[1]}", cert, key)


def test_files_that_others_may_change_are_refused(configs, tmp_path):
    tls = Certificates(tmp_path / "tls")
    options = ["--tls-port=0", *tls_options(tls), f"--tls-crl-file={tls.crl()}"]
    for path in tls.key, tls.ca, tls.crl():
        mode = os.stat(path).st_mode
        os.chmod(path, mode | 0o002)
        message = refusal(configs, *options)
        assert path in message and "chmod o-w" in message
        os.chmod(path, mode)
    os.chmod(tls.ca, 0o666)
    etcd = refusal(None, "--etcd-endpoints=https://127.0.0.1:1", f"--etcd-ca-file={tls.ca}")
    assert tls.ca in etcd and "chmod o-w" in etcd


def test_the_port_is_nobody_elses(configs, sandbox, tls):
    """Not even another inferd's, which would get a share of the connections."""
    with Secure(configs, sandbox, tls) as daemon:
        assert "choose another port" in refusal(configs, f"--tls-port={daemon.tls_port}", f"--tls-cert-file={tls.cert}",
                                                f"--tls-key-file={tls.key}")
        assert daemon.final() == [20.0]


def test_health_is_to_be_had_where_there_are_all_connections_that_may_be(configs, sandbox, tls):
    with Secure(configs, sandbox, tls, "--max-connections=2", workers=1) as daemon:
        daemon.channel.close()
        context = ssl.create_default_context(cafile=tls.ca)
        context.set_alpn_protocols(["h2"])
        held = []
        while len(held) < 2:  # that of the closed channel may be there for a moment
            client = context.wrap_socket(socket.create_connection(("127.0.0.1", daemon.tls_port)), server_hostname="127.0.0.1")
            client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
            if client.recv(9):  # its settings
                held.append(client)
        until(lambda: status_of(daemon.channel_for(tls.ca).unary_unary("/Predict/InferPointWise"), b"")[0]
              == grpc.StatusCode.RESOURCE_EXHAUSTED)
        with daemon.channel_for(tls.ca) as channel:
            assert channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=60, wait_for_ready=True) == b"\x08\x01"
            code, text = status_of(channel.unary_unary("/Predict/InferPointWise"), b"")
            assert code == grpc.StatusCode.RESOURCE_EXHAUSTED and "grpc.health.v1" in text
        assert metric(daemon, "inferd_connections_spare_total") >= 1
        for client in held:
            client.close()


def test_a_client_that_leaves_replies_unread_is_cut_off(configs, sandbox, tls):
    context = ssl.create_default_context(cafile=tls.ca)
    context.set_alpn_protocols(["h2"])
    with Secure(configs, sandbox, tls, "--max-unread=1MiB", workers=1) as daemon:
        assert daemon.final() == [20.0]
        plain = socket.create_connection(("127.0.0.1", daemon.tls_port))
        client = Unreading(context.wrap_socket(plain, server_hostname="127.0.0.1"))
        calls, before = 0, metric(daemon, "inferd_runs_total")
        while not client.is_over():
            client.call(small.request("prices", ["p1"]))
            calls += 1
            until(lambda: client.is_over() or metric(daemon, "inferd_runs_total") == before + calls)
            assert calls < 500
        assert metric(daemon, "inferd_connections_cut_total", reason="unread") == 1
        assert daemon.final() == [20.0]
