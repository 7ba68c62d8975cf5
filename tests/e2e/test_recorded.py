# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Recorded requests of the original, played to the daemon in compat mode: it makes the recorded calls, gets the recorded
# replies, and answers as the original did, byte for byte. tests/golden/calls/README.md tells what is in the files.
import json
import os
import struct

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon
from fake import Fake

PLACE = os.path.join(os.environ["srcdir"], "tests", "golden", "calls")
SERVICES = {"onfs": "onfs", "triton": "kserve", "numerix": "numerix"}


def read(*path):
    with open(os.path.join(PLACE, *path), "rb") as file:
        return file.read()


def unframe(data):
    """[(request, reply, status)]"""
    calls, at = [], 0
    while at < len(data):
        parts = []
        for _ in range(2):
            size, = struct.unpack_from("<I", data, at)
            parts.append(data[at + 4:at + 4 + size])
            at += 4 + size
        calls.append((*parts, struct.unpack_from("<I", data, at)[0]))
        at += 4
    return calls


def identity(service, request):
    """What two requests have in common that ask the same: Numerix' columns come in any order."""
    if service != "numerix":
        return request
    data = protos.load("numerix").NumerixRequestProto.FromString(request).entity_score_data
    columns = [list(column) for column in zip(*(row.byte_data.values for row in data.entity_scores))]
    return (data.compute_id, data.data_type, data.schema[0], str(columns[0]),
            *sorted(zip(data.schema[1:], map(str, columns[1:]))))


# Those whose calls were recorded with their replies.
CASES = sorted(name for name in os.listdir(PLACE)
               if os.path.isdir(os.path.join(PLACE, name))
               and any(os.path.exists(os.path.join(PLACE, name, f"calls_{s}.bin")) for s in SERVICES))


class Recorded(Fake):
    """Answers what was recorded of the case that is on; what was not recorded is a failure."""

    def __init__(self):
        super().__init__(**{service: self.answer for service in SERVICES.values()})

    def play(self, name):
        self.known, self.strange = {}, []
        for file, service in SERVICES.items():
            if os.path.exists(os.path.join(PLACE, name, f"calls_{file}.bin")):
                for request, reply, status in unframe(read(name, f"calls_{file}.bin")):
                    self.known[service, identity(service, request)] = reply, status

    def answer(self, call):
        found = self.known.get((call.service, identity(call.service, call.request)))
        if found is None:
            self.strange.append((call.service, call.request))
            call.fail(grpc.StatusCode.UNKNOWN, "this was not recorded")
        reply, status = found
        if status:
            call.fail(next(code for code in grpc.StatusCode if code.value[0] == status), "as recorded")
        return reply


def case(name):
    return json.loads(read(name, "case.json"))


@pytest.fixture(scope="module")
def fake():
    with Recorded() as running:
        yield running


@pytest.fixture(scope="module")
def daemon(fake, tmp_path_factory):
    configs = tmp_path_factory.mktemp("models")
    for name in CASES:
        small.write(configs, case(name)["model"], case(name)["config"])
    # The ports that the recordings' configs leave to the settings, and the original's batch sizes when they were made.
    env = {**fake.env, "INFERD_COMPAT": "inferflow", "NUMERIX_CLIENT_V1_BATCHSIZE": "100",
           "EXTERNAL_SERVICE_ONFS_FS_BATCH_SIZE": "50"}
    with Daemon(configs, env=env) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
def test_recorded(daemon, fake, name):
    recorded = case(name)
    fake.play(name)
    call = daemon.channel.unary_unary(recorded["method"], request_serializer=bytes, response_deserializer=bytes)
    reply = call(read(name, "request.bin"), timeout=30, metadata=[tuple(h) for h in recorded.get("metadata") or []])
    assert not fake.strange
    assert reply == read(name, "response.bin")
