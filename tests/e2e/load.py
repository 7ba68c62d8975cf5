# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Load that must not notice anything, from clients nobody here wrote: grpcio and grpc-go, with all servers that they may
# turn to; over TLS with tls=Certificates(…). A call that fails is told.
#
#     with Load(tmp_path, ["127.0.0.1:1", "127.0.0.1:2"]) as load:
#         …                    # servers come and go
#     assert load.failures == []
import json
import os
import subprocess
import threading

import grpc
import pytest

import protos
import small_models as small
from secure import contents

SOURCE = os.path.join(os.environ["srcdir"], "tests", "e2e", "goclient")
CHANNELS = 3
CALLERS = 2
# Many rows: a reply that doesn't go out in one piece.
REQUESTS = [small.request("prices", ["p1"]), small.request("prices", [f"p{i}" for i in range(3000)])]


def build(directory):
    """The grpc-go client. Modules come from where go is set up to get them; without them, or without go, there is none."""
    program = str(directory / "goclient")
    try:
        got = subprocess.run(["go", "mod", "download"], cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        pytest.skip("there is no go")
    if got.returncode:
        pytest.skip(f"the modules of grpc-go can't be had: {got.stdout.splitlines()[0]}")
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, check=True)
    return program


class PythonLoad:
    """Threads that call without a pause, each channel with several."""

    def __init__(self, addresses, tls=None):
        self.credentials = tls and grpc.ssl_channel_credentials(*contents(tls.ca, tls.client_key, tls.client_cert))
        self.options = [("grpc.lb_policy_name", "round_robin"), ("grpc.use_local_subchannel_pool", 1),
                        ("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 100)]
        self.target = "ipv4:" + ",".join(addresses)
        self.calls, self.failures, self.over = 0, [], False
        self.lock = threading.Lock()
        self.may_call = threading.Event()
        self.may_call.set()
        self.begun = threading.Semaphore(0)

    def __enter__(self):
        self.channels = [self.channel() for _ in range(CHANNELS)]
        self.threads = [threading.Thread(target=self.call, args=(channel,)) for channel in self.channels * CALLERS]
        for thread in self.threads:
            thread.start()
        for _ in self.threads:
            assert self.begun.acquire(timeout=60)
        return self

    def channel(self):
        if self.credentials:
            name = [("grpc.ssl_target_name_override", "127.0.0.1")]
            return grpc.secure_channel(self.target, self.credentials, options=self.options + name)
        return grpc.insecure_channel(self.target, options=self.options)

    def call(self, channel):
        reply = protos.load("predict").PointWiseResponse
        fn = channel.unary_unary("/Predict/InferPointWise", request_serializer=lambda m: m.SerializeToString(),
                                 response_deserializer=reply.FromString)
        count = 0
        while not self.over:
            self.may_call.wait()
            request = REQUESTS[count % len(REQUESTS)]
            try:
                wrong = len(fn(request, timeout=60).target_scores) != len(request.targets) and "a reply of other rows"
            except grpc.RpcError as error:
                wrong = f"{error.code()}: {error.details()}"
            with self.lock:
                self.calls += 1
                if wrong:
                    self.failures.append(wrong)
            count += 1
            if count == 1:
                self.begun.release()

    def pause(self):
        """No new calls; those under way end."""
        self.may_call.clear()

    def resume(self):
        self.may_call.set()

    def __exit__(self, *unused):
        self.over = True
        for thread in self.threads:
            thread.join()
        for channel in self.channels:
            channel.close()


def tls_options(tls):
    return [f"-ca={tls.ca}", f"-cert={tls.client_cert}", f"-key={tls.client_key}"]


class GoLoad:
    """The same by grpc-go."""

    def __init__(self, directory, program, addresses, tls=None):
        paths = []
        for i, request in enumerate(REQUESTS):
            paths.append(directory / f"request.{i}")
            paths[-1].write_bytes(request.SerializeToString())
        self.command = [program, f"-address={','.join(addresses)}", f"-count={CHANNELS}", *(tls_options(tls) if tls else ()), "load", *map(str, paths)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *unused):
        out, _ = self.process.communicate("\n", timeout=120)
        result = json.loads(out)
        self.calls = result["calls"]
        self.failures = [f"{result['failed']} calls, first {result['first']}"] if result["failed"] else []
