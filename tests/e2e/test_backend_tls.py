# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Calls to backends over TLS: the peer is verified, with the CA of its address, and is shown the certificate of its
# address. The backend is grpcio's.
import os

import grpc
import pytest

import small_models as small
from certificates import Certificates
from daemon import Daemon
from fake import GOOD, Fake


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def backend(tls, ask):
    """A feature store and a Numerix server; 'ask': clients must show a certificate."""
    fake = Fake(**GOOD)
    fake.credentials = grpc.ssl_server_credentials([(contents(tls.key), contents(tls.cert))],
                                                   contents(tls.ca) if ask else None, ask)
    return fake


def ask(configs, tmp_path, fake, *lines):
    """The score a product gets; None: its backends were not called."""
    file = tmp_path / "backends"
    file.write_text("".join(line + "\n" for line in lines))
    env = dict(fake.env, EXTERNAL_SERVICE_ONFS_FS_GRPC_PLAIN_TEXT="false", NUMERIX_CLIENT_V1_PLAINTEXT="false")
    with Daemon(configs, env=env, options=[f"--backend-tls-file={file}"]) as daemon:
        score, = small.table(daemon.predict(small.request("prices", ["p1"])))["final"]
        return score


def test_a_backend_is_verified_with_the_ca_of_its_address(configs, tmp_path, tls, stranger):
    with backend(tls, False) as fake:
        assert ask(configs, tmp_path, fake, "# ours", f"127.0.0.1:{fake.port} ca={tls.ca}  # by address") == 3.0
        assert ask(configs, tmp_path, fake, f"other.example:* ca={stranger.ca}", f"127.0.0.?:* ca={tls.ca}",
                   f"* ca={stranger.ca}") == 3.0
        for lines in [f"* ca={stranger.ca}"], []:  # the system's CAs know nothing of it either
            assert ask(configs, tmp_path, fake, *lines) is None
        assert fake.calls["onfs"].qsize() == 2  # nothing was said to a peer that could not be verified


def test_a_backend_is_shown_the_certificate_of_its_address(configs, tmp_path, tls, stranger):
    with backend(tls, True) as fake:
        us = f"cert={tls.client_cert} key={tls.client_key}"
        them = f"cert={stranger.client_cert} key={stranger.client_key}"
        assert ask(configs, tmp_path, fake, f"127.0.0.1:* ca={tls.ca} {us}") == 3.0
        for line in f"* ca={tls.ca}", f"* ca={tls.ca} {them}":
            assert ask(configs, tmp_path, fake, line) is None
        assert fake.calls["onfs"].qsize() == 1


@pytest.mark.parametrize(("line", "told"), [
    ("127.0.0.1:1", "gets no file"), ("* ca=/nowhere", "can't read the file of ca=/nowhere"),
    ("* cert={0}", "give both"), ("* crt={0}", '"crt='), ("* " + "ca={0} " * 20, "more than 16 words")])
def test_a_file_that_will_not_do_is_told_at_the_start(configs, tmp_path, tls, line, told):
    file = tmp_path / "backends"
    file.write_text("\n" + line.format(tls.cert) + "\n")
    daemon = Daemon(configs, options=[f"--backend-tls-file={file}"])
    daemon.run()
    message = daemon.wait_log("start_failed")["message"]
    assert message.startswith(f"{file}:2: ") and told in message
    assert daemon.process.wait(timeout=60) == 1


def test_files_that_others_may_change_are_refused(configs, tmp_path):
    tls = Certificates(tmp_path / "tls")
    file = tmp_path / "backends"
    file.write_text(f"* ca={tls.ca} cert={tls.client_cert} key={tls.client_key}\n")
    for path in str(file), tls.ca, tls.client_key:
        mode = os.stat(path).st_mode
        os.chmod(path, mode | 0o002)
        daemon = Daemon(configs, options=[f"--backend-tls-file={file}"])
        daemon.run()
        message = daemon.wait_log("start_failed")["message"]
        assert path in message and "chmod o-w" in message
        assert daemon.process.wait(timeout=60) == 1
        os.chmod(path, mode)
