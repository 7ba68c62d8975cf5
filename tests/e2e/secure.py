# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A daemon with a TLS port, and grpcio as its client there.
import os
import re
import shutil
import socket
import ssl

import grpc

import small_models as small
from daemon import Daemon, status_of


def contents(*paths):
    return [open(path, "rb").read() if path else None for path in paths]


def tls_options(tls, ask=True):
    """'ask': clients must show a certificate."""
    return [f"--tls-cert-file={tls.cert}", f"--tls-key-file={tls.key}", *([f"--tls-ca-file={tls.ca}"] if ask else [])]


def tls_port(daemon):
    """Of one that has been started."""
    line, = [line for line in daemon.seen if line["event"] == "tls"]
    return int(re.search(r"port (\d+)", line["message"])[1])


class Secure(Daemon):
    """Its calls go to the TLS port."""

    def __init__(self, configs, sandbox, tls, *options, **others):
        self.tls = tls
        options = ["--tls-port=0", *tls_options(tls, ask=False), *options]
        super().__init__(configs, sandbox, options=options, **others)

    def start(self):
        super().start()
        self.tls_port = tls_port(self)
        self.channel.close()
        self.channel = self.channel_for(self.tls.ca)
        return self

    def channel_for(self, ca, cert=None, key=None):
        credentials = grpc.ssl_channel_credentials(*contents(ca, key, cert))
        return grpc.secure_channel(f"127.0.0.1:{self.tls_port}", credentials, options=[("grpc.use_local_subchannel_pool", 1)])

    def use(self, *credentials):
        self.channel.close()
        self.channel = self.channel_for(*credentials)

    def final(self):
        return small.table(self.predict(small.request("prices", ["p1"]), wait_for_ready=True))["final"]

    def refuses(self, *credentials):
        """Whether a client with those fails to connect, however often it tries in its time."""
        self.use(*credentials)
        code, _ = status_of(self.predict, small.request("prices", ["p1"]))
        return code == grpc.StatusCode.UNAVAILABLE

    def shown(self):
        """The serial number of the certificate it shows."""
        context = ssl.create_default_context(cafile=self.tls.ca)
        with socket.create_connection(("127.0.0.1", self.tls_port), timeout=30) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as s:
                return s.getpeercert()["serialNumber"]


def replace(path, other):
    """In one step, as a certificate manager does."""
    shutil.copy(other, path + ".new")
    os.rename(path + ".new", path)
