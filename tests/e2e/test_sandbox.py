# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferd-sandbox as a program: its command line, its files, its signals, its faults. What each of its services answers
# is in test_sandbox_onfs.py, test_sandbox_kserve.py and test_sandbox_numerix.py.
import os
import random
import subprocess

import grpc
import pytest

import protos
from sandbox import METHODS, PROGRAM, Sandbox, fill

retrieve = protos.load("retrieve")

USERS = {"features/user.csv": "user_id,profile:age@Int32\nu1,33\n"}


def query(user="u1"):
    return retrieve.Query(
        entity_label="user",
        feature_groups=[retrieve.FeatureGroup(label="profile", feature_labels=["age"])],
        keys_schema=["user_id"],
        keys=[retrieve.Keys(cols=[user])],
    )


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_help_names_every_option():
    done = run("--help")
    assert done.returncode == 0
    for option in ("--port", "--onfs-port", "--drop-missing", "--typed", "--latency-ms", "--fail", "--verbose"):
        assert option in done.stdout


def test_version():
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("inferd-sandbox (inferd) ")


@pytest.mark.parametrize(
    "arguments",
    [[], ["one", "two"], ["--port=99999", "x"], ["--nonsense", "x"], ["--fail=onfs:NO_SUCH", "x"],
     ["--fail=who:INTERNAL", "x"], ["--fail=INTERNAL=200", "x"], ["--latency-ms=soon", "x"]],
)
def test_a_wrong_command_line_ends_with_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "--help" in done.stderr


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("features/user.csv", "", "user.csv:1: the file is empty"),
        ("features/user.csv", "a:b,c:d\n1,2\n", "user.csv:1: no column is a key"),
        ("features/user.csv", "id,a:b,a:b@Int32\nx,1,2\n", "user.csv:1: column 'a:b' occurs twice"),
        ("features/user.csv", "id,a:b@FP33\nx,1\n", "user.csv:1: column 'a:b@FP33' has no known type"),
        ("features/user.csv", "id,\nx,1\n", "user.csv:1: a column has no name"),
        ("features/user.csv", "id,a:b\nx\n", "user.csv:2: 1 fields; the first line names 2 columns"),
        ("features/user.csv", "id,a:b\nx,1\n\n,2\n", "user.csv:4: the key's column 'id' is empty"),
        ("features/user.csv", "id,a:b\nx,1\nx,2\n", "user.csv:3: the key 'x' has a row already"),
        ("features/user.csv", "id,a:b@Int8\nx,300\n", "user.csv:2: column 'a:b@Int8': '300' is no such value"),
        ("features/user.csv", 'id,a:b\n"x\ny",1\n"z,1\n', "user.csv:4: a field's closing quote is missing"),
        ("features/user.csv", 'id,a:b\n"x"y,1\n', "user.csv:2: a quoted field is followed by more than a comma"),
        ("features/user.jsonl", '{"id":"x"}\n[]\n', "user.jsonl:2: no JSON object: it is another value"),
        ("features/user.jsonl", '{"id":"x",}\n', "user.jsonl:1: no JSON object: "),
        ("features/user.jsonl", '{"id":"x","a:b":{}}\n', "user.jsonl:1: 'a:b' holds something else than strings"),
        ("features/user.txt", "", "user.txt: feature tables are named ENTITY.csv or ENTITY.jsonl"),
        ("models/m.ubj", "", "m.ubj: models are named NAME.json"),
        ("models/m.json", "{", "m.json: line 1: no JSON"),
        ("models/m.json", "{}", "m.json: no XGBoost model"),
        ("expressions/e.txt", "a", "e.txt: expressions are named ID.expr or ID.json"),
        ("expressions/e.json", "a b *", "e.json:1: no JSON"),
        ("expressions/e.json", '{"formula": "a"}', "e.json: no expression"),
    ],
    ids=lambda value: value.split("/")[-1].replace("\n", " ")[:60],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path, name, content, message):
    done = run(fill(tmp_path, {name: content}))
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stdout == ""


def test_all_bad_files_are_named_at_once(tmp_path):
    done = run(fill(tmp_path, {"features/a.csv": "x:y\n", "models/m.json": "1", "expressions/e.txt": ""}))
    assert [line.split(": ")[0].rsplit("/", 1)[1] for line in done.stderr.splitlines()] == ["a.csv:1", "m.json", "e.txt"]


def test_one_thing_in_two_files_is_refused(tmp_path):
    done = run(fill(tmp_path, {"expressions/e.expr": "a", "expressions/e.json": '{"expression": "a"}'}))
    assert done.returncode == 1
    assert "e.json: 'e' has a file with another ending already" in done.stderr


def test_nothing_to_serve_is_refused(tmp_path):
    assert "nothing to serve" in run(str(tmp_path)).stderr
    assert "can't open it" in run(str(tmp_path / "missing")).stderr


def test_a_taken_port_is_refused(tmp_path):
    with Sandbox(fill(tmp_path, USERS)) as sandbox:
        done = run("--port=" + sandbox.address("onfs").split(":")[1], str(tmp_path))
        assert done.returncode == 1
        assert f"{sandbox.address('onfs')}: can't listen there" in done.stderr
        done = run("--numerix-port=" + sandbox.address("onfs").split(":")[1], str(tmp_path))
        assert (done.returncode, done.stdout) == (1, "")


def test_services_share_a_port_unless_told_otherwise(tmp_path):
    with Sandbox(fill(tmp_path, USERS)) as sandbox:
        assert len(set(sandbox.addresses.values())) == 1
    with Sandbox(str(tmp_path), "--onfs-port=0") as sandbox:
        assert sandbox.address("kserve") == sandbox.address("numerix") != sandbox.address("onfs")
        path, file, message = METHODS["onfs"]
        with pytest.raises(grpc.RpcError) as error:
            sandbox.method("kserve", path, getattr(protos.load(file), message))(query())
        assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_an_unknown_method_is_unimplemented(tmp_path):
    with Sandbox(fill(tmp_path, USERS)) as sandbox:
        with pytest.raises(grpc.RpcError) as error:
            sandbox.method("onfs", "/retrieve.FeatureService/Retrieve", None)(b"")
        assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
        assert "/retrieve.FeatureService/RetrieveFeatures" in error.value.details()


def test_sighup_reads_the_files_again(tmp_path):
    with Sandbox(fill(tmp_path, USERS)) as sandbox:
        fill(tmp_path, {"features/user.csv": "user_id,profile:age@Int32\nu1,34\n"})
        assert sandbox.call("onfs", query()).rows[0].columns == [b"\x21\0\0\0"]
        assert sandbox.reload() == "inferd-sandbox: files read again\n"
        assert sandbox.call("onfs", query()).rows[0].columns == [b"\x22\0\0\0"]


def test_a_bad_file_on_sighup_keeps_the_old_ones(tmp_path):
    with Sandbox(fill(tmp_path, USERS)) as sandbox:
        fill(tmp_path, {"features/user.csv": "user_id,profile:age@Int32\nu1,old\n"})
        said = sandbox.reload()
        assert "user.csv:2: column 'profile:age@Int32': 'old' is no such value" in said
        assert said.endswith("still serving what was read before\n")
        assert sandbox.call("onfs", query()).rows[0].columns == [b"\x21\0\0\0"]


def test_verbose_logs_each_call(tmp_path):
    with Sandbox(fill(tmp_path, USERS), "--verbose") as sandbox:
        sandbox.call("onfs", query())
        line = sandbox.process.stderr.readline()
        assert line.startswith("/retrieve.FeatureService/RetrieveFeatures OK entity user, 1 of 1 keys known, 1 features")


def test_a_late_answer_misses_a_deadline(tmp_path):
    with Sandbox(fill(tmp_path, USERS), "--latency-ms=onfs:3600000") as sandbox:
        with pytest.raises(grpc.RpcError) as error:
            sandbox.call("onfs", query(), timeout=0.05)
        assert error.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_late_answers_come_in_the_end(tmp_path):
    with Sandbox(fill(tmp_path, USERS), "--latency-ms=20") as sandbox:
        path, _, _ = METHODS["onfs"]
        method = sandbox.method("onfs", path, retrieve.Result)
        calls = [method.future(query()) for _ in range(20)]
        assert [call.result().rows[0].columns for call in calls] == [[b"\x21\0\0\0"]] * 20


def test_sigterm_sends_what_is_late(tmp_path):
    with Sandbox(fill(tmp_path, USERS), "--latency-ms=3600000", "--verbose") as sandbox:
        path, _, _ = METHODS["onfs"]
        call = sandbox.method("onfs", path, retrieve.Result).future(query())
        assert sandbox.process.stderr.readline()  # it has the call
        sandbox.process.terminate()
        assert call.result().rows[0].columns == [b"\x21\0\0\0"]
        assert sandbox.process.wait() == 0


def test_calls_fail_as_often_as_told(tmp_path):
    with Sandbox(fill(tmp_path, USERS), "--fail=onfs:unavailable=30") as sandbox:
        codes = []
        for _ in range(200):
            try:
                sandbox.call("onfs", query())
            except grpc.RpcError as error:
                codes.append(error.code())
        assert set(codes) == {grpc.StatusCode.UNAVAILABLE}
        assert 30 <= len(codes) <= 90
    with Sandbox(str(tmp_path), "--fail=INTERNAL") as sandbox:
        with pytest.raises(grpc.RpcError) as error:
            sandbox.call("onfs", query())
        assert error.value.code() == grpc.StatusCode.INTERNAL


@pytest.mark.parametrize("service", sorted(METHODS))
def test_garbage_is_survived(service):
    draw = random.Random(service)
    seeds = [
        query().SerializeToString(),
        bytes.fromhex("0a0662696e6172792a210a08696e7075745f5f30120446503332"
                      "1a020105320a0a086f75747075745f5f303a140000803f0000803f0000803f0000803f0000803f"),
        bytes.fromhex("0a2d0a0269640a01610a0162121a12180a0265310a08000000000000f03f0a0800000000000000401a05625f616464"),
    ]
    with Sandbox(os.path.join(os.environ["srcdir"], "tests", "golden", "xgboost", "1.7.4")) as sandbox:
        path, _, _ = METHODS[service]
        method = sandbox.method(service, path, None)
        calls = []
        for _ in range(1000):
            request = bytearray(draw.choice(seeds))
            for _ in range(draw.randint(0, 6)):
                at = draw.randrange(len(request))
                request[at:at + draw.randint(0, 2)] = draw.randbytes(draw.randint(0, 2))
            calls.append(method.future(bytes(request)))
        for call in calls:
            error = call.exception()
            assert error is None or error.code() in (
                grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.RESOURCE_EXHAUSTED
            ), error
        assert sandbox.process.poll() is None
