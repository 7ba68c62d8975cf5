#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# How the certificates of the TLS tests were made: a CA, what it signed for a server at 127.0.0.1 and for one that is
# elsewhere, and a CA that signed nothing. They protect nothing; their keys are public. Run in this folder to make new
# ones.
set -eu
ca() { # name
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/CN=inferd tests $1" \
        -keyout "$1.key" -out "$1.crt"
}
sign() { # address, name
    printf 'subjectAltName=IP:%s\nbasicConstraints=CA:FALSE\n' "$1" >server.ext
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 36500 -extfile server.ext \
        -out "$2.crt"
}
ca ca
ca other-ca
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=backend" -keyout server.key -out server.csr
sign 127.0.0.1 server
sign 192.0.2.1 elsewhere
rm -f server.csr server.ext ca.key ca.srl other-ca.key
