# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Certificates for tests, made by openssl.
import os
import subprocess


class Certificates:
    """A CA of its own, and what it has signed for a server at 127.0.0.1 and for a client: paths of PEM files."""

    def __init__(self, directory):
        self.directory = str(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.ca, self.ca_key = self._path("ca.pem"), self._path("ca.key")
        self._openssl("req", "-x509", *self._new_key(self.ca_key), "-subj", "/CN=a CA", "-days", "2", "-out", self.ca)
        self.cert, self.key = self.signed("server", "subjectAltName=IP:127.0.0.1")
        self.client_cert, self.client_key = self.signed("client", "extendedKeyUsage=clientAuth")

    def _path(self, name):
        return os.path.join(self.directory, name)

    @staticmethod
    def _new_key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def signed(self, name, extension):
        cert, key, asked, extra = (self._path(name + end) for end in (".pem", ".key", ".csr", ".ext"))
        with open(extra, "w", encoding="ascii") as file:
            file.write(extension + "\n")
        self._openssl("req", "-new", *self._new_key(key), "-subj", "/CN=" + name, "-out", asked)
        self._openssl("x509", "-req", "-in", asked, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial", "-days", "2",
                      "-extfile", extra, "-out", cert)
        return cert, key

    def crl(self, *revoked, days=2):
        """The path of a revocation list with these certificates, as well as those revoked before."""
        config, index, path = self._path("ca.conf"), self._path("index"), self._path("crl.pem")
        if not os.path.exists(index):
            with open(index, "w", encoding="ascii"), open(config, "w", encoding="ascii") as file:
                file.write(f"[ca]\ndefault_ca = own\n[own]\ndatabase = {index}\ndefault_md = sha256\nunique_subject = no\n")
        us = ["-config", config, "-keyfile", self.ca_key, "-cert", self.ca]
        for certificate in revoked:
            self._openssl("ca", *us, "-revoke", certificate)
        self._openssl("ca", *us, "-gencrl", "-crldays", str(days), "-out", path + ".fresh")
        os.rename(path + ".fresh", path)
        return path
