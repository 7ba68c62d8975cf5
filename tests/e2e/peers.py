# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Model servers that nobody here wrote, as deps/peers installs them (into the directory that PEERS names, else build/peers
# of the source tree); a test that asks for one that isn't there is skipped.
#
#     with Triton(repository) as triton:       # a model repository
#         triton.port, triton.stub("ServerMetadata", request)
#     with MLServer(models, tmp_path) as server:
import contextlib
import json
import os
import re
import signal
import subprocess
import threading

import grpc
import pytest

import protos
import small_models as small
from ports import free_port

PLACE = os.environ.get("PEERS") or os.path.join(os.environ["srcdir"], "build", "peers")


def installed(name):
    """Where a peer is."""
    place = os.path.join(PLACE, name)
    if not os.path.exists(os.path.join(place, "installed")):
        pytest.skip(f"{name} isn't installed in {PLACE}: deps/peers {PLACE}")
    return place


class Peer:
    """A model server's process: what it says is read to its end, and it must end well when it is told to."""

    def run(self, command, env, ready):
        """Returns when it has said something that matches 'ready'."""
        env = {**{k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}, **env}
        self.said = []
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        errors="replace", start_new_session=True)
        for line in self.process.stdout:
            self.said.append(line)
            if re.search(ready, line):
                break
        else:
            raise AssertionError(f"{command} ended with {self.process.wait()}: {''.join(self.said[-40:])}")
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stdout), daemon=True)
        self.reader.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=[("grpc.use_local_subchannel_pool", 1)])

    def __exit__(self, kind, value, trace):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.kill()

    def kill(self):
        """At once, and what it has started."""
        self.channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join()

    def call(self, method, request):
        """A method of KServe's service, as it is."""
        kserve = protos.load("kserve")
        fn = self.channel.unary_unary(f"/inference.GRPCInferenceService/{method}",
                                      request_serializer=lambda message: message.SerializeToString(),
                                      response_deserializer=getattr(kserve, method + "Response").FromString)
        return fn(request, timeout=60, wait_for_ready=True)


class Triton(Peer):
    """NVIDIA's, with the Python backend, serving a model repository."""

    def __init__(self, repository, *options):
        self.place = installed("triton")
        self.repository = str(repository)
        self.options = options
        self.port = free_port()

    def __enter__(self):
        packages = subprocess.run([f"{self.place}/bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        version = re.search(r"python(3\.\d+)", packages)[1]
        server = f"{packages}/pytriton/tritonserver"
        # The backend starts the stub for its Python, which has to lie beside it.
        stub = f"{server}/backends/python/triton_python_backend_stub"
        with contextlib.suppress(FileExistsError):
            os.symlink(f"{server}/python_backend_stubs/{version}/triton_python_backend_stub", stub)
        self.run(
            [f"{server}/bin/tritonserver", f"--model-repository={self.repository}", f"--backend-directory={server}/backends",
             f"--cache-directory={server}/caches", "--allow-http=false", "--allow-metrics=false",
             "--grpc-address=127.0.0.1", f"--grpc-port={self.port}", "--pinned-memory-pool-byte-size=0",
             *self.options],
            {"PATH": f"{self.place}/bin:{os.environ['PATH']}", "LD_LIBRARY_PATH": f"{packages}/nvidia_pytriton.libs"},
            "Started GRPCInferenceService",
        )
        return self


class MLServer(Peer):
    """Seldon's, in one process, serving models given as {name: model-settings}; 'directory' becomes its own."""

    def __init__(self, directory, models):
        self.place = installed("mlserver")
        self.directory = str(directory)
        self.port = free_port()
        settings = {"host": "127.0.0.1", "grpc_port": self.port, "http_port": free_port(), "metrics_endpoint": None,
                    "parallel_workers": 0, "debug": False}
        self.write("settings.json", settings)
        for name, model in models.items():
            self.write(f"{name}/model-settings.json", {"name": name, **model})

    def write(self, name, content):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)

    def python(self, program, *words):
        """Runs a program with what is installed beside the server."""
        subprocess.run([f"{self.place}/bin/python", "-", *words], input=program, text=True, cwd=self.directory, check=True)

    def __enter__(self):
        self.run([f"{self.place}/bin/mlserver", "start", self.directory], {"PATH": f"{self.place}/bin:{os.environ['PATH']}"},
                 "gRPC server running on")
        return self


def scorer(model, inputs, outputs, **more):
    """A component: inputs are (name, features, shape, type), outputs (name, scores, dims, type)."""
    return {
        "component": "scorer", "component_id": "product_id", "model_name": model, "model_end_point": "127.0.0.1",
        "model_end_points": [], "deadline": 20000, "batch_size": 64, "calibration": "", "slate_component": False,
        "inputs": [dict(zip(("name", "features", "shape", "data_type"), i)) for i in inputs],
        "outputs": [dict(zip(("name", "model_scores", "model_scores_dims", "data_type"), o)) for o in outputs], **more,
    }


def config(component):
    scores = [score for output in component["outputs"] for score in output["model_scores"]]
    return small.config({"scorer": ["feature_initializer"]}, ["product_id", *scores], (), [component])


def columns(reply):
    """A reply as {column: [bytes]}."""
    return {column.name: [row.output_values[i] for row in reply.target_scores]
            for i, column in enumerate(reply.target_output_schema)}
