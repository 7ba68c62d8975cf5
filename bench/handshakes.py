# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""What a connection costs, in plain and over TLS: GET /health/self, with a connection for each and with one for all, by
turns. A request over HTTP is little work, so the difference of the first two ways is the handshake's.
"""
import http.client
import ssl
import statistics

REQUESTS = 1000  # of each way, in a round


def measure(server, plain_address, tls_address, ca, rounds):
    """A row for each way: CPU of the server's whole tree for a request, and its ratio to the plain way's."""
    context = ssl.create_default_context(cafile=ca)
    ways = {"plain, kept": (lambda: http.client.HTTPConnection(plain_address, timeout=60), True),
            "TLS, kept": (lambda: http.client.HTTPSConnection(tls_address, timeout=60, context=context), True),
            "plain, each": (lambda: http.client.HTTPConnection(plain_address, timeout=60), False),
            "TLS, each": (lambda: http.client.HTTPSConnection(tls_address, timeout=60, context=context), False)}
    seen = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (connect, kept) in ways.items():
            before = server.cpu_seconds()
            ask_often(connect, kept)
            seen[name].append((server.cpu_seconds() - before) * 1e6 / REQUESTS)
    rows = []
    for name, mine in seen.items():
        plain = seen["plain" + name[name.index(","):]]
        rows.append({"way": name, "cpu_us": statistics.median(mine),
                     "x_plain": statistics.median(one / max(other, 1e-9) for one, other in zip(mine, plain))})
    return rows


def ask_often(connect, kept):
    connection = connect()
    for _ in range(REQUESTS):
        connection.request("GET", "/health/self")
        reply = connection.getresponse()
        if (reply.status, reply.read()) != (200, b"true"):
            raise RuntimeError(f"the server says {reply.status}")
        if not kept:
            connection.close()
            connection = connect()
    connection.close()
