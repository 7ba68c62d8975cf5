# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferd-sandbox for tests: started on free ports, ended with a signal, its exit status checked.
#
#     with Sandbox(directory, "--latency-ms=20") as sandbox:
#         sandbox.address("onfs")                 # "127.0.0.1:34567"
#         sandbox.call("onfs", query)             # the reply, or grpc.RpcError
import os
import signal
import subprocess

import grpc

import protos

PROGRAM = os.path.join(os.environ["builddir"], "tools", "sandbox", "inferd-sandbox")

# A service's main method: its path, and the reply's file and message.
METHODS = {
    "onfs": ("/retrieve.FeatureService/RetrieveFeatures", "retrieve", "Result"),
    "kserve": ("/inference.GRPCInferenceService/ModelInfer", "kserve", "ModelInferResponse"),
    "numerix": ("/numerix.Numerix/Compute", "numerix", "NumerixResponseProto"),
}


def fill(directory, files):
    """Writes files, given as {"features/user.csv": text}, and returns the directory's name."""
    for name, content in files.items():
        path = os.path.join(str(directory), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    return str(directory)


class Sandbox:
    def __init__(self, directory, *options):
        self.command = [PROGRAM, *options, str(directory)]
        self.channels = {}

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        line = self.process.stdout.readline()  # comes when it serves, or empty when it doesn't
        if not line.startswith("ready "):
            raise AssertionError(f"{self.command} did not start: {self.process.communicate()[1]}")
        self.addresses = dict(word.split("=") for word in line.split()[1:])
        return self

    def __exit__(self, kind, value, trace):
        for channel in self.channels.values():
            channel.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        errors = self.process.communicate(timeout=60)[1]
        assert self.process.returncode == 0, errors

    def address(self, service):
        return self.addresses[service]

    def reload(self):
        """Has the files read again; returns what it said about that."""
        self.process.send_signal(signal.SIGHUP)
        lines = []
        while not lines or not lines[-1].startswith("inferd-sandbox: "):
            lines.append(self.process.stderr.readline())
            assert lines[-1], "it ended"
        return "".join(lines)

    def method(self, service, path, reply):
        address = self.address(service)
        if address not in self.channels:
            self.channels[address] = grpc.insecure_channel(address)
        return self.channels[address].unary_unary(
            path,
            request_serializer=lambda request: request if isinstance(request, bytes) else request.SerializeToString(),
            response_deserializer=reply.FromString if reply else None,
        )

    def call(self, service, request, **options):
        path, file, message = METHODS[service]
        return self.method(service, path, getattr(protos.load(file), message))(request, **options)
