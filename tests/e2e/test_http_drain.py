# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Clients of HTTP/1.1 that keep their connections, when the process that they have them to is to end: http.client and
# curl, plain and over TLS. Who goes when a reply says "Connection: close" fails in nothing.
import http.client
import json
import os
import select
import ssl
import subprocess
import threading

import pytest

import small_models as small
from daemon import Daemon, metric, until
from secure import tls_options, tls_port
from upgradable import Upgradable, reaper, sandbox  # noqa: F401

ROUNDS = 3
CALLERS = 6
PREDICT = "/v1/models/prices:predict"
BODY = json.dumps({"targets": [{"id": "p1", "score": "2"}]})
SCORES = {"targets": [{"product_id": "p1", "product:attrs:price": 10, "final": 20}]}


@pytest.fixture(params=["plain", "tls"])
def certificates(request, tls):
    """None: without TLS."""
    return tls if request.param == "tls" else None


def options_for(certificates):
    return ["--tls-port=0", *tls_options(certificates, ask=False)] if certificates else []


def port_of(daemon, certificates):
    return tls_port(daemon) if certificates else daemon.port


def connect(port, certificates):
    if not certificates:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    context = ssl.create_default_context(cafile=certificates.ca)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)


def ask(connection, path=PREDICT):
    """Whether it was the connection's last; a reply that isn't what it should be raises."""
    connection.request("POST" if path == PREDICT else "GET", path, BODY if path == PREDICT else None)
    reply = connection.getresponse()
    text = reply.read().decode()
    assert reply.status == 200, (reply.status, text)
    assert path != PREDICT or json.loads(text) == SCORES
    return reply.will_close


class PythonLoad:
    """Threads that predict without a pause, each on a connection that it keeps until it is told to leave it; then it goes
    to the next of the ports."""

    def __init__(self, ports, certificates):
        self.ports, self.certificates = ports, certificates
        self.calls, self.failures, self.over = 0, [], False
        self.at = [None] * CALLERS  # the port from which each has its last reply
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(CALLERS)]

    def run(self, i):
        turn = 0
        while not self.over:
            connection, last = connect(self.ports[turn % len(self.ports)], self.certificates), False
            try:
                while not last and not self.over:
                    last = ask(connection)
                    self.calls += 1
                    self.at[i] = self.ports[turn % len(self.ports)]
            except Exception as error:  # pylint: disable=broad-except
                self.failures.append(repr(error))
            connection.close()
            turn += 1

    def wait_at(self, port):
        until(lambda: self.failures or self.at == [port] * CALLERS)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        until(lambda: self.failures or None not in self.at)
        return self

    def __exit__(self, *unused):
        self.over = True
        for thread in self.threads:
            thread.join()


class CurlLoad:
    """Some of curl that do the same, on one port."""

    def __init__(self, ports, certificates):
        port, = ports
        scheme = f"https://127.0.0.1:{port}" if certificates else f"http://127.0.0.1:{port}"
        self.command = ["curl", "-sS", "--http1.1", "--noproxy", "*", "-d", BODY, "-o", os.devnull,
                        "-w", "%{stderr}%{http_code}\n",  # which isn't buffered
                        *(["--cacert", certificates.ca] if certificates else []), f"{scheme}{PREDICT}?[1-100000000]"]
        self.calls, self.failures = 0, []

    def read(self, process):
        for line in process.stderr:
            if line == "200\n":
                self.calls += 1
            elif line.endswith("\n"):  # else it was cut off at the end
                self.failures.append(line)

    def __enter__(self):
        self.processes = [subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                          for _ in range(CALLERS)]
        self.threads = [threading.Thread(target=self.read, args=(process,)) for process in self.processes]
        for thread in self.threads:
            thread.start()
        until(lambda: self.failures or self.calls)
        return self

    def __exit__(self, *unused):
        for process, thread in zip(self.processes, self.threads):
            assert process.poll() is None
            process.terminate()
            process.wait()
            thread.join()


@pytest.mark.parametrize("load", [PythonLoad, CurlLoad])
def test_an_upgrade_costs_no_request(configs, sandbox, tmp_path, certificates, load):
    with Upgradable(tmp_path, configs, sandbox, options_for(certificates), workers="2") as daemon:
        with load([port_of(daemon, certificates)], certificates) as clients:
            for _ in range(ROUNDS):
                calls = clients.calls
                daemon.upgrade()
                assert metric(daemon, "inferd_upgrades_total") == 1
                until(lambda: clients.failures or clients.calls >= calls + 2 * CALLERS)
        assert clients.failures == []


def start(configs, sandbox, certificates):
    daemon = Daemon(configs, sandbox, options_for(certificates)).start()
    until(lambda: daemon.get("/health/ready")[0] == 200)
    return daemon


def finish(daemon):
    assert daemon.stop() == 0
    daemon.reader.join()
    said = [line for line in [*daemon.seen, *daemon.lines.queue] if line]
    assert not [line for line in said if line["event"] in ("not JSON", "worker_died") or "killing" in line["message"]], said


def test_servers_that_end_in_turn_cost_no_request(configs, sandbox, certificates):
    """SIGTERM: their clients go to the other."""
    daemons = [start(configs, sandbox, certificates) for _ in range(2)]
    ports = [port_of(daemon, certificates) for daemon in daemons]
    with PythonLoad(ports, certificates) as clients:
        for turn in range(2 * ROUNDS):
            at = turn % 2
            clients.wait_at(ports[at])
            finish(daemons[at])
            daemons[at] = start(configs, sandbox, certificates)
            clients.ports[at] = ports[at] = port_of(daemons[at], certificates)
    for daemon in daemons:
        finish(daemon)
    assert clients.failures == []


def keep(daemon, certificates):
    """Connections without a request, and what is to be asked next on each: several, for there are several workers."""
    kept = [(connect(port_of(daemon, certificates), certificates), path)
            for path in (PREDICT, "/health/self", "/metrics") for _ in range(3)]
    for connection, path in kept:
        assert not ask(connection, path)
    return kept


def ask_until_told(kept):
    """One after the other, so all but the first stay idle while the drain goes on. Those that were first may be asked
    before their worker has heard of it."""
    for connection, path in kept:
        until(lambda: ask(connection, path))
        assert connection.sock is None  # http.client has left it


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_next_request_of_an_idle_connection_is_served_before_the_end(configs, sandbox, certificates, workers):
    with Daemon(configs, sandbox, options_for(certificates), workers=workers) as daemon:
        kept = keep(daemon, certificates)
        daemon.process.terminate()
        ask_until_told(kept)
        assert daemon.process.wait(timeout=60) == 0


def test_the_next_request_of_an_idle_connection_is_served_after_an_upgrade(configs, sandbox, tmp_path, certificates):
    with Upgradable(tmp_path, configs, sandbox, options_for(certificates), workers="2") as daemon:
        kept, old, new = keep(daemon, certificates), os.pidfd_open(daemon.pid), daemon.ask_for_upgrade()
        daemon.wait_log("took_over", pid=new)
        ask_until_told(kept)
        assert select.select([old], [], [], 60)[0]
        os.close(old)
        assert daemon.process.wait() == 0
        daemon.pid = new
        for connection, path in kept:  # http.client connects again
            assert not ask(connection, path)
            connection.close()
        assert metric(daemon, "inferd_upgrades_total") == 1


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_request_that_comes_slowly_is_waited_for(configs, sandbox, certificates, workers):
    """Its head was there before the drain."""
    with Daemon(configs, sandbox, options_for(certificates), workers=workers) as daemon:
        slow, kept = connect(port_of(daemon, certificates), certificates), keep(daemon, certificates)
        slow.putrequest("POST", PREDICT)
        slow.putheader("Content-Length", str(len(BODY)))
        slow.endheaders(BODY[:10].encode())
        daemon.process.terminate()
        ask_until_told(kept)
        slow.send(BODY[10:].encode())
        reply = slow.getresponse()
        assert (reply.status, reply.will_close, json.loads(reply.read())) == (200, True, SCORES)
