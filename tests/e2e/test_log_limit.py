# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The log while a backend fails: a few lines, how many more there would have been, and none lost.
import re
import resource
import socket
import tempfile
import time

import grpc

import small_models as small
from admin import Unix, ask
from daemon import Daemon, metric, until
from fake import GOOD, Fake
from unreading import MAGIC, Unreading

CALLS = 300
CONNECTIONS = 60


def lines_of(daemon, event, **fields):
    return [line["message"] for line in daemon.seen
            if line and line["event"] == event and all(line.get(name) == value for name, value in fields.items())]


def told(message):
    found = re.match(r"(\d+) more lines like the last ones were left out", message)
    return int(found[1]) if found else 0


def judge(messages, count, lasted):
    """Each of so many events was written or told of, and few were written. How many were not."""
    written = [message for message in messages if not told(message)]
    assert len(written) + sum(map(told, messages)) == count
    # What a place may write at once, and one a second; and as many that tell of the others.
    assert 10 <= len(written) <= 11 + lasted and len(messages) - len(written) <= 2 + lasted
    return sum(map(told, messages))


def test_a_failing_backend_does_not_flood_the_log(configs):
    small.write(configs, "prices", small.prices())
    answers = {**GOOD, "numerix": lambda call: call.fail(grpc.StatusCode.INTERNAL, "on purpose")}
    with Fake(**answers) as fake, Daemon(configs, env=fake.env, workers=1) as daemon:
        daemon.wait_log("generation")
        began = time.monotonic()
        for _ in range(CALLS):
            try:
                daemon.predict(small.request("prices", ["p1"]))
            except grpc.RpcError:
                pass
        left_out = until(lambda: metric(daemon, "inferd_log_lines_left_out_total"))
        first = daemon.wait_log("plugin", component="boost")
        assert (first["level"], first["model"], told(first["message"])) == ("ERROR", "prices", 0)
        while not told(daemon.wait_log("plugin", component="boost")["message"]):
            pass  # it comes while nothing more happens
        lasted = time.monotonic() - began
    assert judge(lines_of(daemon, "plugin", component="boost"), CALLS, lasted) == left_out


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(MAGIC)
    return connection


def test_connections_for_which_a_worker_has_no_descriptor_do_not_flood_the_log(configs):
    """The worker can't be asked meanwhile, but the master can."""
    small.write(configs, "prices", small.prices())
    with tempfile.TemporaryDirectory(prefix="inferd-") as short, Fake(**GOOD) as fake:
        options = (f"--admin-address=unix:{short}/admin",)
        with Daemon(configs, env=fake.env, workers=1, options=options) as daemon:
            def count(name):
                return int(re.search(rf"^{name} (\d+)$", ask(Unix(f"{short}/admin"), "GET", "/metrics")[1], re.M)[1])

            pid = int(re.search(r"pid (\d+)", daemon.wait_log("worker_ready")["message"])[1])
            began = time.monotonic()
            most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, most[1]))
            held = [connect(daemon.port) for _ in range(CONNECTIONS)]
            until(lambda: count("inferd_connections_lost_total") == CONNECTIONS)
            left_out = until(lambda: count("inferd_log_lines_left_out_total"))
            while not told(daemon.wait_log("connection")["message"]):
                pass
            lasted = time.monotonic() - began
            resource.prlimit(pid, resource.RLIMIT_NOFILE, most)  # a sanitizer opens files at the end
            for connection in held:
                connection.close()
        assert judge(lines_of(daemon, "connection"), CONNECTIONS, lasted) == left_out


def test_clients_that_leave_replies_unread_do_not_flood_the_log(configs):
    small.write(configs, "prices", small.prices())
    options = "--max-unread=128KiB", "--min-in-flight=128"  # nobody is refused, for that is fewer bytes, however slow it is
    with Fake(**GOOD) as fake, Daemon(configs, env=fake.env, workers=1, options=options) as daemon:
        daemon.predict(small.request("prices", ["p1"]))
        began = time.monotonic()
        for _ in range(CONNECTIONS):
            unreading, calls = Unreading(socket.create_connection(("127.0.0.1", daemon.port))), 0
            while not unreading.is_over():
                if calls < 100:  # of more than 2 KiB each
                    unreading.call(small.request("prices", ["p1"]))
                    calls += 1
        assert metric(daemon, "inferd_connections_cut_total", reason="unread") == CONNECTIONS
        left_out = metric(daemon, "inferd_log_lines_left_out_total")
        while not told(daemon.wait_log("connection")["message"]):
            pass
        lasted = time.monotonic() - began
    assert judge(lines_of(daemon, "connection"), CONNECTIONS, lasted) == left_out
