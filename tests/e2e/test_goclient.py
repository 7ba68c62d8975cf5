# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A client on grpc-go, which is what the services around the original are written with: goclient/ says what it can do.
import base64
import gzip
import json
import re
import subprocess
import zlib

import pytest

import load
import protos
import small_models as small
from daemon import Daemon
from fake import Fake, GOOD
from sandbox import Sandbox, fill

PREDICT = protos.load("predict")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    return load.build(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    configs = tmp_path_factory.mktemp("models")
    small.write(configs, "prices", small.prices())
    options = ("--max-wait=60s",)  # this is about clients, however slow the machine is
    with Sandbox(fill(tmp_path_factory.mktemp("data"), small.FEATURES)) as sandbox, \
            Daemon(configs, sandbox, options=options) as running:
        running.predict(small.request("prices", ["p1"]))
        yield running


def start(client, daemon, command, *words, **options):
    flags = [f"-{name}={value}" for name, value in options.items()]
    return subprocess.Popen([client, f"-address={daemon.address}", *flags, command, *map(str, words)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def run(*words, **options):
    process = start(*words, **options)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(out)


def call(client, daemon, tmp_path, message, **options):
    path = tmp_path / "request"
    path.write_bytes(message if isinstance(message, bytes) else message.SerializeToString())
    return run(client, daemon, "call", path, **options)


def table(outcome):
    assert outcome["Code"] == "OK", outcome
    return small.table(PREDICT.PointWiseResponse.FromString(base64.b64decode(outcome["Reply"])))


@pytest.mark.parametrize("packed", ["false", "true"])
def test_a_call(client, daemon, tmp_path, packed):
    got = call(client, daemon, tmp_path, small.request("prices", ["p1", "p2"]), gzip=packed)
    assert table(got)["final"] == [20.0, 6.0]
    assert got["Header"]["content-type"] == ["application/grpc"]


def test_errors(client, daemon, tmp_path):
    got = call(client, daemon, tmp_path, small.request("nobody", ["p1"]))
    assert got["Code"] == "NotFound" and "nobody" in got["Message"]
    got = call(client, daemon, tmp_path, b"\x0a\xff\xff")
    assert got["Code"] == "InvalidArgument" and "protobuf" in got["Message"]
    got = call(client, daemon, tmp_path, b"", path="/Predict/Nope")
    assert got["Code"] == "Unimplemented" and "/Predict/Nope" in got["Message"]
    # What isn't ASCII in a message comes over as it is.
    got = call(client, daemon, tmp_path, small.request("nö%body\n", ["p1"]))
    assert got["Code"] == "NotFound" and "nö%body" in got["Message"]


def test_many_streams_on_one_connection(client, daemon, tmp_path):
    count = 500
    for i in range(count):
        message = small.request("prices", ["p1", "p2", f"x{i}"], str(i).encode())
        (tmp_path / f"m.{i}").write_bytes(message.SerializeToString())
        reply = daemon.predict(message)
        assert small.table(reply)["final"][:2] == [10.0 * i, 3.0 * i]
        (tmp_path / f"m.{i}.reply").write_bytes(reply.SerializeToString())
    assert run(client, daemon, "many", tmp_path / "m", count=count) == {"calls": count, "failed": 0}


def test_large_messages(client, daemon, tmp_path):
    """Megabytes both ways, and beyond what is taken, which is 64 MiB: more than grpc-go's 4 MiB, so that nothing that the
    original took is refused."""
    rows = 60000
    message = small.request("prices", [f"p{i % 4}-{i:030}" for i in range(rows)])
    assert 2 << 20 < message.ByteSize() < 4 << 20
    for packed in "false", "true":
        got = call(client, daemon, tmp_path, message, largest=64 << 20, gzip=packed)
        assert len(table(got)["final"]) == rows
    assert call(client, daemon, tmp_path, message, largest=1 << 20)["Code"] == "ResourceExhausted"  # the client's own limit
    got = call(client, daemon, tmp_path, b"x" * ((64 << 20) + 1))
    assert got["Code"] == "ResourceExhausted" and str(64 << 20) in got["Message"]
    assert table(call(client, daemon, tmp_path, small.request("prices", ["p1"])))["final"] == [20.0]


def highest(daemon):
    """The most memory that any of its processes has ever had, in MB."""
    pid = daemon.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        pids = [pid, *file.read().split()]
    values = []
    for one in pids:
        with open(f"/proc/{one}/status", encoding="ascii") as file:
            values.append(int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024)
    return max(values)


def test_a_bomb(client, daemon, tmp_path):
    """The limit is that of the message unpacked: a megabyte that holds a gigabyte costs no gigabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b"\0" * (1 << 20)
    bomb = b"".join(packer.compress(piece) for _ in range(1024)) + packer.flush()
    assert len(bomb) < 2 << 20
    before = highest(daemon)
    got = call(client, daemon, tmp_path, bomb, gzip="true", packed="true")
    assert got["Code"] == "ResourceExhausted" and str(64 << 20) in got["Message"]
    assert highest(daemon) - before < 256
    assert table(call(client, daemon, tmp_path, small.request("prices", ["p1"])))["final"] == [20.0]


def test_what_is_not_compressed_as_it_says(client, daemon, tmp_path):
    whole = gzip.compress(small.request("prices", ["p1"] * 100).SerializeToString())
    good = call(client, daemon, tmp_path, whole, gzip="true", packed="true")
    assert table(good)["final"] == [20.0] * 100
    for broken in b"rubbish", whole[:-9], whole[:20]:
        got = call(client, daemon, tmp_path, broken, gzip="true", packed="true")
        assert got["Code"] in ("Internal", "InvalidArgument"), (broken, got)
    unpacked = re.search(r"^inferd_requests_not_unpacked_total (\d+)", daemon.get("/metrics")[1], re.M)
    assert int(unpacked[1]) >= 3


def test_other_encodings(client, daemon, tmp_path):
    message = small.request("prices", ["p1"]).SerializeToString()
    got = call(client, daemon, tmp_path, zlib.compress(message), gzip="true", packed="true", encoding="deflate")
    assert table(got)["final"] == [20.0]
    got = call(client, daemon, tmp_path, b"\xff\x06\0\0sNaPpY", gzip="true", packed="true", encoding="snappy")
    assert got["Code"] == "Unimplemented" and "identity, deflate, gzip" in got["Message"]


def test_health(client, daemon):
    for service in "", "Predict", "Inferflow":
        assert run(client, daemon, "health", path=f"/{service}/x") == ["SERVING", "SERVING"]


def test_reflection(client, daemon, tmp_path):
    """A request made of nothing but what the server tells of itself."""
    text = base64.b64encode(b"2").decode()
    path = tmp_path / "request.json"
    path.write_text(json.dumps({
        "modelConfigId": "prices", "targetInputSchema": [{"name": "score", "dataType": "DataTypeString"}],
        "targets": [{"id": "p2", "featureValues": [text]}]}))
    reply = run(client, daemon, "reflect", path)
    assert [column["name"] for column in reply["targetOutputSchema"]] == ["product_id", "product:attrs:price", "final"]
    assert reply["targetOutputSchema"][2]["dataType"] == "DataTypeFP32"
    assert base64.b64decode(reply["targetScores"][0]["outputValues"][0]) == b"p2"
    path.write_text(json.dumps({"modelConfigId": "prices", "entities": [{
        "entity": "product_id", "ids": ["p1"], "features": [{"name": "score", "idsFeatureValue": ["3"]}]}]}))
    reply = run(client, daemon, "reflect", path, path="/Inferflow/RetrieveModelScore")
    assert reply["componentData"][1]["data"] == ["p1", "10", "30"]


def test_pings(client, daemon):
    """Clients keep connections alive by pings; however many, they are answered and held against nobody."""
    assert run(client, daemon, "ping", count=2000) == {"answered": 2000, "goaway": ""}


def test_deadlines_and_cancels(client, tmp_path):
    small.write(tmp_path, "prices", small.prices())
    with Fake(**GOOD) as fake, Daemon(tmp_path, env=fake.env) as daemon:
        fake.answers["onfs"] = lambda call: call.wait_end() or b""
        message = small.request("prices", ["p1"])
        got = call(client, daemon, tmp_path, message, timeout="3s")
        assert got["Code"] == "DeadlineExceeded"
        seen = fake.wait("onfs")
        assert seen.left < 3
        seen.wait_end()
        process = start(client, daemon, "call", tmp_path / "request", cancel="true")
        seen = fake.wait("onfs")
        out, _ = process.communicate("\n", timeout=60)
        assert json.loads(out)["Code"] == "Canceled"
        seen.wait_end()
        fake.answers["onfs"] = GOOD["onfs"]
        assert table(call(client, daemon, tmp_path, message))["final"] == [3.0]


def test_metadata(client, daemon, tmp_path):
    """Names are lower case on the wire, whatever a program writes; what a server doesn't know is no harm, nor is binary."""
    message = protos.load("inferflow").InferflowRequestProto(model_config_id="prices")
    entity = message.entities.add(entity="product_id", ids=["p2"])
    entity.features.add(name="score", ids_feature_value=["3"])
    got = call(client, daemon, tmp_path, message, path="/Inferflow/RetrieveModelScore",
               headers="USER-ID=u1,App-Version-Code=7,x-odd-bin=\u00ff\u0001,traceparent=" + "0" * 55)
    assert got["Code"] == "OK"
    reply = protos.load("inferflow").InferflowResponseProto.FromString(base64.b64decode(got["Reply"]))
    assert list(reply.component_data[1].data) == ["p2", "3", "9"]
