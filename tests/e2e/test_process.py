# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Master and workers: who gets which connection, what a crash costs, draining, and what never reaches a worker.
import os
import re
import select
import signal
import socket
import subprocess
import threading

import grpc
import pytest

import protos
import small_models as small
from daemon import MODULES, Daemon, of_check
from fake import GOOD, PATIENCE, Fake, Gate
from sandbox import Sandbox, fill

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(fill(tmp_path_factory.mktemp("data"), small.FEATURES), "--latency-ms=10") as running:
        yield running


class Workers:
    """The pids of a daemon's workers, by its log."""

    def __init__(self, daemon, count=2):
        self.daemon = daemon
        self.pids = {}
        for _ in range(count):
            self.wait()

    def wait(self):
        """The next worker that is ready: its index."""
        line = self.daemon.wait_log("worker_ready")
        index, pid = re.match(r"worker (\d+) \(pid (\d+)\)", line["message"]).groups()
        self.pids[int(index)] = int(pid)
        return int(index)


@pytest.fixture(scope="module")
def configs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("models")
    small.write(directory, "prices", small.prices())
    return directory


@pytest.fixture
def daemon(configs, sandbox):
    with Daemon(configs, sandbox, workers=2) as running:
        running.workers = Workers(running)
        yield running


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


def test_processes_have_names(daemon):
    assert name_of(daemon.process.pid) == "inferd"
    assert {name_of(pid) for pid in daemon.workers.pids.values()} == {"inferd-worker"}


class Client:
    """One connection of its own, and calls on it."""

    def __init__(self, daemon):
        self.channel = grpc.insecure_channel(daemon.address, options=[("grpc.use_local_subchannel_pool", 1)])
        predict = protos.load("predict")
        self.fn = self.channel.unary_unary("/Predict/InferPointWise", request_serializer=lambda m: m.SerializeToString(),
                                           response_deserializer=predict.PointWiseResponse.FromString)

    def predict(self):
        reply = self.fn(small.request("prices", ["p1"]), timeout=30)
        assert small.table(reply)["final"] == [20.0]

    def close(self):
        self.channel.close()


def connections_of(pid, port):
    """The inodes of the sockets that a process has on that port."""
    sockets = set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            words = line.split()
            if int(words[1].split(":")[1], 16) == port and words[3] == "01":
                sockets.add(words[9])
    own = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            own.add(re.sub(r"\D", "", os.readlink(f"/proc/{pid}/fd/{fd}")))
        except FileNotFoundError:
            pass  # closed meanwhile
    return sockets & own


def test_four_connections_spread_evenly(daemon):
    clients = [Client(daemon) for _ in range(4)]
    for client in clients:
        client.predict()
    counts = [len(connections_of(pid, daemon.port)) for pid in daemon.workers.pids.values()]
    for client in clients:
        client.close()
    assert counts == [2, 2]


def wait_for_end(pidfd):
    try:
        assert select.select([pidfd], [], [], 60)[0]
    finally:
        os.close(pidfd)


def kill(pid):
    """Returns when it is dead: until then it may still take a connection into its grave."""
    pidfd = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pidfd)


class Caller(threading.Thread):
    """Calls without a pause; keeps the outcome of each: None, or what it failed with."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.client = Client(daemon)
        self.outcomes = []
        self.changed = threading.Condition()
        self.enough = False
        self.client.predict()

    def run(self):
        while not self.enough:
            try:
                self.client.predict()
                outcome = None
            except grpc.RpcError as error:
                outcome = error.code()
            with self.changed:
                self.outcomes.append(outcome)
                self.changed.notify()

    def wait_for_success(self):
        """Waits for a call that began after now and succeeds; its failures from now on."""
        with self.changed:
            begin = len(self.outcomes)
            assert self.changed.wait_for(lambda: len(self.outcomes) >= begin + 2 and not self.outcomes[-1], 60)
            return self.outcomes[begin:]

    def stop(self):
        self.enough = True
        self.join()
        self.client.close()


def metrics_of(daemon):
    """The sum over tags of each counter of connections and workers."""
    values = {}
    for line in daemon.get("/metrics")[1].splitlines():
        if match := re.match(r"inferd_(connections|workers)_(\w+?)_total(?:\{.*\})? ([0-9]+)", line):
            name = match[1] + "_" + match[2]
            values[name] = values.get(name, 0) + int(match[3])
    return values


def test_a_killed_worker_costs_only_its_calls(daemon):
    callers = [Caller(daemon) for _ in range(4)]
    for caller in callers:
        caller.start()
    for i in range(10):
        victim = i % 2
        for caller in callers:
            caller.wait_for_success()
        before = metrics_of(daemon)
        done = [len(caller.outcomes) for caller in callers]
        held = len(connections_of(daemon.workers.pids[victim], daemon.port))
        kill(daemon.workers.pids[victim])
        assert daemon.get("/health/self") == (200, "true")  # whether or not the master has noticed
        died = daemon.wait_log("worker_died")
        assert died["worker"] == str(victim) and "SIGKILL" in died["message"]
        assert daemon.workers.wait() == victim
        for caller in callers:
            caller.wait_for_success()
        failures = [[code for code in caller.outcomes[begin:] if code] for caller, begin in zip(callers, done)]
        # The other worker's callers felt nothing. Those of the dead one fail with the call under way; a further one may
        # fail too, in the moment until the client has noticed, but only on the old connection: each came back by one
        # new connection, which was good.
        assert sum(1 for codes in failures if codes) <= held
        assert all(code == grpc.StatusCode.UNAVAILABLE for codes in failures for code in codes)
        after = metrics_of(daemon)
        assert after["connections_accepted"] - before["connections_accepted"] == held + 2
        assert after["workers_died"] == i + 1
    for caller in callers:
        caller.stop()


def test_counters_add_up(daemon):
    with connect(daemon) as rubbish:
        rubbish.send(b"\0")
        read_all(rubbish)
    clients = [Client(daemon) for _ in range(3)]
    for client in clients:
        client.predict()
    kill(daemon.workers.pids[0])
    daemon.workers.wait()
    values = metrics_of(daemon)
    assert values["workers_spawned"] == 3 and values["workers_died"] == 1
    assert values["connections_dropped"] == 1
    assert values["connections_accepted"] == values["connections_told"] + 1
    on_the_way = values["connections_told"] + values["connections_taken_back"] - values["connections_handed"]
    assert on_the_way in (0, 1)  # this very one is counted when it was sent: about now
    # Open are the survivor's: one or two of three, and this very one.
    assert 1 <= values["connections_handed"] - values["connections_closed"] <= 3
    for client in clients:
        client.close()


def test_connections_return_to_the_new_worker(daemon):
    clients = [Client(daemon) for _ in range(4)]
    for client in clients:
        client.predict()
    kill(daemon.workers.pids[1])
    daemon.workers.wait()
    for client in clients:
        for _ in range(2):  # the first may be the one that notices
            try:
                client.predict()
            except grpc.RpcError:
                pass
    counts = [len(connections_of(pid, daemon.port)) for pid in daemon.workers.pids.values()]
    for client in clients:
        client.close()
    assert counts == [2, 2]


def connect(daemon):
    return socket.create_connection(("127.0.0.1", daemon.port), timeout=30)


def read_all(connection):
    data = b""
    try:
        while piece := connection.recv(4096):
            data += piece
    except ConnectionResetError:
        pass
    return data


def test_stuck_and_silent_senders_reach_no_worker(daemon):
    stuck = [connect(daemon) for _ in range(300)]
    for i, connection in enumerate(stuck):
        connection.send([b"", b"G", b"PRI * HT", PREFACE[:-1]][i % 4])
    client = Client(daemon)
    client.predict()
    assert daemon.get("/health/self") == (200, "true")
    assert sum(len(connections_of(pid, daemon.port)) for pid in daemon.workers.pids.values()) <= 2
    client.close()
    # One that goes on after all is served.
    stuck[1].send(b"ET /health/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert read_all(stuck[1]).endswith(b"\r\n\r\ntrue")
    for connection in stuck:
        connection.close()


def test_bytes_may_come_one_by_one(daemon):
    with connect(daemon) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET /health/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":
            connection.send(bytes([byte]))
        assert read_all(connection).endswith(b"\r\n\r\ntrue")
    with connect(daemon) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in PREFACE + b"\0\0\0\4\0\0\0\0\0":
            connection.send(bytes([byte]))
        assert connection.recv(9)[3] == 4  # the server's SETTINGS


def test_rubbish_is_closed(daemon):
    for rubbish in (b"\x16\x03\x01\x00\xa5", b"SSH-2.0-x\r\n", b"\0\0\0\0", b"{}\n"):
        with connect(daemon) as connection:
            connection.send(rubbish)
            assert read_all(connection) == b""


def test_what_a_worker_closes_is_closed(daemon):
    """The master holds a duplicate of each socket: an end must reach the client all the same."""
    with connect(daemon) as connection:
        connection.send(PREFACE + b"this is no frame of HTTP/2, whatever it may be")
        connection.settimeout(30)
        read_all(connection)  # to its end
    with connect(daemon) as connection:
        connection.send(b"GET /health/self HTTP/1.1\r\nno colon\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")


def test_http_as_the_original_has_it(daemon):
    with connect(daemon) as connection:
        connection.send(b"GET /health/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, body = read_all(connection).split(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK" and body == b"true"
    assert b"Content-Type: text/plain; charset=utf-8" in lines and b"Content-Length: 4" in lines
    with connect(daemon) as connection:
        connection.send(b"HEAD /health/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert read_all(connection).endswith(b"\r\n\r\n")
    with connect(daemon) as connection:
        connection.send(b"DELETE /health/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, body = read_all(connection).split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ") and b"\r\nAllow: GET, HEAD\r\n" in head
    assert b"not DELETE" in body


def crash(where, **options):
    model = small.prices()
    model["dag_execution_config"]["component_dependency"]["boom"] = ["fs_product"]
    model["component_config"]["crash_components"] = [{"component": "boom", "in": where, **options}]
    return model


@pytest.fixture
def crashers(sandbox, tmp_path):
    """A daemon with a module that crashes, and a good model; where its configs are."""
    small.write(tmp_path, "prices", small.prices())
    module = of_check("tests", "e2e", ".libs", "crasher.so")
    with Daemon(tmp_path, sandbox, workers=2, modules=f"{MODULES}:{os.path.dirname(module)}") as running:
        running.workers = Workers(running)
        yield running, tmp_path


def test_a_crash_in_a_run_is_traced_to_model_node_and_module(crashers):
    daemon, configs = crashers
    fuse = configs / "fuse"
    small.write(configs, "risky", crash("run", fuse=str(fuse)))
    daemon.wait_log("generation")
    client = Client(daemon)
    client.predict()
    while True:  # until the workers have it; it serves as long as the fuse isn't there
        try:
            client.fn(small.request("risky", ["p1"]), timeout=30)
            break
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND
    fuse.touch()
    with pytest.raises(grpc.RpcError) as error:
        client.fn(small.request("risky", ["p1"]), timeout=30)
    assert error.value.code() == grpc.StatusCode.UNAVAILABLE
    died = daemon.wait_log("worker_died")
    assert (died["model"], died["node"], died["module"]) == ("risky", "boom", "crasher 1.0.0")
    assert "SIGSEGV" in died["message"]
    daemon.workers.wait()
    client.close()
    client = Client(daemon)
    client.predict()  # and the next worker is as good
    client.close()


def test_a_crash_while_checking_costs_only_that_model(crashers):
    daemon, configs = crashers
    small.write(configs, "rotten", crash("create"))
    refused = daemon.wait_log("config_refused")
    assert refused["model"] == "rotten" and "SIGSEGV" in refused["message"]
    client = Client(daemon)
    client.predict()
    client.close()
    assert metrics_of(daemon)["workers_died"] == 0


def test_7_12_sigterm_drains(configs):
    gate = Gate("onfs")
    with Fake(**{**GOOD, "onfs": gate}) as fake:
        daemon = Daemon(configs, env=fake.env, workers=2).start()
        workers = Workers(daemon)
        callers = [Client(daemon) for _ in range(4)]
        pidfds = [os.pidfd_open(pid) for pid in workers.pids.values()]
        under_way = [caller.fn.future(small.request("prices", ["p1"]), timeout=PATIENCE) for caller in callers]
        for _ in under_way:
            fake.wait("onfs")
        os.kill(workers.pids[0], signal.SIGTERM)  # as a supervisor does to a whole group: the master decides
        daemon.process.send_signal(signal.SIGTERM)
        daemon.wait_log("drain")
        gate.opened.set()
        assert [call.code() for call in under_way] == [grpc.StatusCode.OK] * 4
        assert daemon.process.wait(timeout=60) == 0
        for pidfd in pidfds:
            wait_for_end(pidfd)
        for caller in callers:
            caller.close()
        with pytest.raises(ConnectionRefusedError):
            connect(daemon)
        daemon.reader.join()


def test_workers_do_not_outlive_a_killed_master(configs, sandbox):
    daemon = Daemon(configs, sandbox, workers=2).start()
    pidfds = [os.pidfd_open(pid) for pid in Workers(daemon).pids.values()]
    daemon.process.kill()
    daemon.process.wait()
    for pidfd in pidfds:
        wait_for_end(pidfd)
    daemon.reader.join()


def test_workers_of_a_killed_master_finish_what_they_have(configs):
    gate = Gate("onfs")
    with Fake(**{**GOOD, "onfs": gate}) as fake:
        daemon = Daemon(configs, env=fake.env, workers=2).start()
        pidfds = [os.pidfd_open(pid) for pid in Workers(daemon).pids.values()]
        clients = [Client(daemon) for _ in range(2)]
        under_way = [client.fn.future(small.request("prices", ["p1"]), timeout=PATIENCE) for client in clients]
        for _ in under_way:
            fake.wait("onfs")
        daemon.process.kill()
        daemon.process.wait()
        for _ in pidfds:
            daemon.wait_log("master_gone")
        gate.opened.set()
        assert [call.code() for call in under_way] == [grpc.StatusCode.OK] * 2
        for pidfd in pidfds:
            wait_for_end(pidfd)
        for client in clients:
            client.close()
        daemon.reader.join()


def test_a_port_in_use_is_told_at_once(daemon, configs):
    command = [word for word in daemon.command if not word.startswith("--port")]
    other = subprocess.run([*command, f"--port={daemon.port}"], capture_output=True, text=True, timeout=60, check=False)
    assert other.returncode != 0
    assert f"127.0.0.1:{daemon.port} is in use" in other.stderr


def test_one_process_serves_the_same(configs, sandbox):
    with Daemon(configs, sandbox, workers=0) as daemon:
        client = Client(daemon)
        while daemon.get("/health/ready")[0] != 200:
            pass
        client.predict()
        client.close()
        assert daemon.get("/health/self") == (200, "true")
        with connect(daemon) as connection:
            connection.send(b"GET /health/self HTTP/1.0\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection).endswith(b"\r\n\r\ntrue")
