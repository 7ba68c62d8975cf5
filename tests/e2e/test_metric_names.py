# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Every metric that Inferflow's documents name is sent, by the name that its source gives it; where the two differ,
# docs/metrics.md says so.
import os
import re
import socket

import protos
import small_models as small
from daemon import Daemon
from guide import FILES, here, ranking, request
from sandbox import Sandbox, fill

# What the documents say, and what is sent.
NAMES = {
    "inferflow.retrievemodelscore.request.total": "inferflow.retrievemodelscore.request.total",
    "inferflow.retrievemodelscore.latency": "inferflow.retrievemodelscore.request.latency",
    "inferflow.retrievemodelscore.batch.size": "inferflow.retrievemodelscore.request.batch.size",
    "predict.infer.request.total": "predict.infer.request.total",
    "predict.infer.latency": "predict.infer.request.latency",
    "inferflow.component.execution.total": "inferflow.component.execution.total",
    "inferflow.component.execution.latency": "inferflow.component.execution.latency",
    "inferflow.component.execution.error": "inferflow.component.execution.error",
    "inferflow.component.feature.count": "inferflow.component.feature.count",
    "inferflow.external.api.request.total": "inferflow.external.api.request.total",
    "inferflow.external.api.latency": "inferflow.external.api.request.latency",
    "inferflow.component.inmemorycache.request.total": "inferflow.component.inmemorycache.request.total",
    "inferflow.component.inmemorycache.miss": "inferflow.component.inmemorycache.request.miss.total",
}


def test_differences_are_written_down():
    with open(os.path.join(os.environ["srcdir"], "docs", "metrics.md"), encoding="utf-8") as file:
        text = file.read()
    for said, sent in NAMES.items():
        assert f"`{sent}`" in text, sent
        assert said == sent or f"| `{said}` | `{sent}` |" in text, said
    assert "`inferflow.logging.kafka_sent`" in text


def test_all_are_sent(tmp_path):
    os.mkdir(tmp_path / "models")
    with Sandbox(fill(tmp_path / "data", FILES)) as sandbox, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd:
        statsd.bind(("127.0.0.1", 0))
        statsd.settimeout(60)
        small.write(tmp_path / "models", "guide", here(sandbox, ranking()))
        failing = here(sandbox, ranking())
        failing["component_config"]["numerix_component_config"]["reranker"]["compute_id"] = "absent"
        small.write(tmp_path / "models", "failing", failing)
        entities = protos.load("inferflow").InferflowRequestProto(model_config_id="guide")
        entities.entities.add(entity="id", ids=["p1"])
        env = {"TELEGRAF_HOST": "127.0.0.1", "TELEGRAF_PORT": str(statsd.getsockname()[1])}
        with Daemon(tmp_path / "models", sandbox, env=env) as daemon:
            daemon.predict(request("guide"))
            daemon.predict(request("failing"))
            daemon.score(entities)
            missing = set(NAMES.values())
            while missing:
                missing -= set(re.findall(r"^([^:]+):", statsd.recv(65536).decode(), re.MULTILINE))
