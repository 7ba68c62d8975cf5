# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Rubbish from clients and from backends: each costs a clear status or the rows it concerns, is counted, and after it the
# daemon serves as before.
import random
import socket

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, metric, status_of
from fake import GOOD, Fake, features, rows_of, scores, tensor

predict = protos.load("predict")
retrieve, kserve, numerix = protos.load("retrieve"), protos.load("kserve"), protos.load("numerix")
Code = grpc.StatusCode
MODELS = {
    "onfs": small.config({"fs_product": ["feature_initializer"]}, ["product_id", "product:attrs:category",
                         "product:attrs:price"], [small.PRODUCT]),
    "kserve": small.config({"rank": ["feature_initializer"]}, ["product_id", "out"], (),
                           [small.predator("rank", ["score"], "out")]),
    "numerix": small.config({"boost": ["feature_initializer"]}, ["product_id", "out"], (), (),
                            [small.numerix("boost", "out", {"s@FP32": "score"}, "any")]),
}


@pytest.fixture(scope="module")
def fake():
    with Fake(**GOOD) as running:
        yield running


@pytest.fixture(scope="module")
def daemon(fake, tmp_path_factory):
    configs = tmp_path_factory.mktemp("models")
    for name, model in MODELS.items():
        small.write(configs, name, model)
    with Daemon(configs, env=fake.env, options=["--max-in-flight=0"]) as running:  # how many it bears isn't asked here
        yield running


def serves(daemon):
    for model in MODELS:
        assert [row.error for row in daemon.predict(small.request(model, ["p1", "p2"])).target_scores] == ["", ""]
    return True


# What clients send.


def good_bytes():
    return small.request("numerix", ["p1", "p2"]).SerializeToString()


@pytest.mark.parametrize("name, message", [
    ("cut in a length", b"\x0a"),
    ("a length beyond the end", b"\x0a\x7fabc"),
    ("the largest length", b"\x0a\xff\xff\xff\xff\x0f" + b"a"),
    ("a length of 2^64-1", b"\x0a" + b"\xff" * 9 + b"\x01"),
    ("a varint of eleven bytes", b"\x0a" + b"\xff" * 10 + b"\x01"),
    ("field number 0", b"\x02\x01a"),
    ("an end of no group", b"\x0c"),
    ("wire type 7", b"\x0f"),
    ("a model's id that is no UTF-8", b"\x0a\x02\xc3\x28"),
    ("a target's id that is no UTF-8", good_bytes() + b"\x2a\x04\x0a\x02\xff\xfe"),
    ("a target with a length beyond its end", good_bytes() + b"\x2a\x03\x0a\x7fa"),
    ("cut in the middle", good_bytes()[:-3]),
])
def test_a_garbled_request_is_refused_and_counted(daemon, name, message):
    before = metric(daemon, "inferd_requests_garbled_total")
    for method in ("Predict/InferPointWise", "Predict/InferPairWise", "Predict/InferSlateWise"):
        code, text = status_of(daemon.call, "/" + method, message, predict.PointWiseResponse)
        # What is broken beyond the model's id is seen only where the field means something.
        assert code == Code.INVALID_ARGUMENT and text, method
    assert metric(daemon, "inferd_requests_garbled_total") > before
    assert serves(daemon)


def test_cuts_and_flips_of_a_good_request(daemon):
    """At every length, and with random bytes changed: an answer or a status that blames the request."""
    good = good_bytes()
    chance = random.Random(7)
    messages = [good[:n] for n in range(len(good))]
    for _ in range(300):
        bad = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        messages.append(bytes(bad))
    call = daemon.channel.unary_unary("/Predict/InferPointWise", response_deserializer=predict.PointWiseResponse.FromString)
    codes = set()
    for future in [call.future(message, timeout=30) for message in messages]:
        codes.add(future.code())
    assert codes <= {Code.OK, Code.INVALID_ARGUMENT, Code.NOT_FOUND} and len(codes) > 1, codes
    assert serves(daemon)


def test_no_targets(daemon):
    code, text = status_of(daemon.predict, small.request("numerix", []))
    assert code == Code.INVALID_ARGUMENT and "target" in text


def test_many_columns_of_many_rows(daemon):
    """80 kB that ask for 6.4 GB: each column has a place for each row."""
    message = b"\x0a\x07numerix" + 20000 * b"\x22\x00" + 20000 * b"\x2a\x00"
    code, text = status_of(daemon.call, "/Predict/InferPointWise", message, predict.PointWiseResponse)
    assert code == Code.RESOURCE_EXHAUSTED and "memory" in text
    assert serves(daemon)


@pytest.mark.parametrize("model", MODELS)
def test_100000_targets(daemon, model):
    reply = daemon.channel.unary_unary(
        "/Predict/InferPointWise", request_serializer=predict.PointWiseRequest.SerializeToString,
        response_deserializer=predict.PointWiseResponse.FromString)(
            small.request(model, [f"p{i}" for i in range(100000)]), timeout=60)
    assert len(reply.target_scores) == 100000
    assert all(row.error == "" for row in reply.target_scores)
    assert reply.target_scores[99999].output_values[0] == b"p99999" and reply.target_scores[99999].output_values[-1]


@pytest.mark.parametrize("kind", [0, 31, 99, 2**31 - 1, -1])
def test_unknown_types(daemon, kind):
    request = small.request("numerix", ["p1"])
    request.target_input_schema[0].data_type = kind
    try:
        assert len(daemon.predict(request).target_scores) == 1
    except grpc.RpcError as error:
        assert error.code() == Code.INVALID_ARGUMENT and "type" in error.details()
    assert serves(daemon)


@pytest.mark.parametrize("values", [[], [b"1"] * 3, [b""], [b"\xff" * 5]])
def test_values_that_do_not_fit_the_schema(daemon, values):
    request = small.request("numerix", ["p1", "p2"])
    request.target_input_schema[0].data_type = predict.DataTypeFP32
    del request.targets[0].feature_values[:]
    request.targets[0].feature_values.extend(values)
    try:
        assert len(daemon.predict(request).target_scores) == 2
    except grpc.RpcError as error:
        assert error.code() == Code.INVALID_ARGUMENT
    assert serves(daemon)


def test_a_large_message_is_taken_and_a_too_large_one_refused(daemon):
    request = small.request("numerix", ["p1"])
    request.targets[0].feature_values[0] = b"1"
    request.context_features.add(name="ballast", value=b"x" * (40 << 20), data_type=predict.DataTypeString)
    assert daemon.predict(request).target_scores[0].error == ""
    request.context_features[0].value = b"x" * (70 << 20)
    code, text = status_of(daemon.predict, request)
    assert code == Code.RESOURCE_EXHAUSTED and "arger" in text, text
    assert serves(daemon)


# What backends answer. A reply, and what becomes of it: how many of the three rows have their values, or no reply at all.

ALL, NONE = 3, 0


def onfs_reply(change):
    def answer(call):
        result = retrieve.Result.FromString(features(call))
        change(result)
        return result.SerializeToString()

    return answer


def kserve_reply(change):
    def answer(call):
        reply = kserve.ModelInferResponse.FromString(tensor(rows_of(call)))
        change(reply)
        return reply.SerializeToString()

    return answer


def numerix_reply(change):
    def answer(call):
        reply = numerix.NumerixResponseProto.FromString(scores(rows_of(call)))
        change(reply.computation_score_data)
        return reply.SerializeToString()

    return answer


def set_shape(*shape):
    def change(reply):
        del reply.outputs[0].shape[:]
        reply.outputs[0].shape.extend(shape)

    return change


def with_error(text):
    return lambda call: b"\x12" + bytes([len(text) + 2]) + b"\x0a" + bytes([len(text)]) + text


RUBBISH = [b"", b"\x0a", b"\xff" * 100, b"\x0a\xff\xff\xff\xff\x0f", random.Random(3).randbytes(1000), b"\x22\x7f", b"\x32\x7f", b"\x2a\x7f"]
CASES = {
    "onfs": {
        "no rows": (onfs_reply(lambda r: r.rows.__delitem__(slice(None))), NONE),
        "a row short": (onfs_reply(lambda r: r.rows.pop()), 2),
        "a row too many": (onfs_reply(lambda r: r.rows.add(keys=["other"], columns=[b"x", b"\0" * 4])), ALL),
        "a row twice": (onfs_reply(lambda r: r.rows.append(r.rows[0])), ALL),
        "a row without keys": (onfs_reply(lambda r: r.rows[1].keys.pop()), 2),
        "a row without columns": (onfs_reply(lambda r: r.rows[1].columns.__delitem__(slice(None))), 2),
        "a column too many": (onfs_reply(lambda r: r.rows[1].columns.append(b"x" * 9)), ALL),
        "no schema": (onfs_reply(lambda r: r.feature_schemas.__delitem__(slice(None))), NONE),
        "a wild column index": (onfs_reply(lambda r: setattr(r.feature_schemas[1].features[0], "column_idx", 2**31 - 1)), NONE),
        "a negative column index": (onfs_reply(lambda r: setattr(r.feature_schemas[1].features[0], "column_idx", -1)), NONE),
        "a value of 3 bytes": (onfs_reply(lambda r: r.rows[0].columns.__setitem__(1, b"abc")), 2),
        "a value of 1 MB": (onfs_reply(lambda r: r.rows[0].columns.__setitem__(1, b"a" * (1 << 20))), 2),
    },
    "kserve": {
        "no outputs": (kserve_reply(lambda r: r.outputs.pop()), NONE),
        "another name": (kserve_reply(lambda r: setattr(r.outputs[0], "name", "else")), NONE),
        "no contents": (kserve_reply(lambda r: r.raw_output_contents.pop()), NONE),
        "a row short": (kserve_reply(lambda r: r.raw_output_contents.__setitem__(0, b"\0\0\0\x3f" * 2)), 2),
        "half a row": (kserve_reply(lambda r: r.raw_output_contents.__setitem__(0, b"\0\0\0\x3f" * 2 + b"ab")), 2),
        "rows too many": (kserve_reply(lambda r: r.raw_output_contents.__setitem__(0, b"\0\0\0\x3f" * 9)), ALL),
        "no shape": (kserve_reply(set_shape()), NONE),
        "shape 0": (kserve_reply(set_shape(0, 1)), NONE),
        "shape -1": (kserve_reply(set_shape(-1, 1)), NONE),
        "a huge shape": (kserve_reply(set_shape(2**62, 2**62)), NONE),
        "a huge shape of int32s": (kserve_reply(set_shape(2**31 - 1, 2**31 - 1)), NONE),
        "many dimensions": (kserve_reply(set_shape(*[2] * 1000)), NONE),
        "an unknown datatype": (kserve_reply(lambda r: setattr(r.outputs[0], "datatype", "FP1024")), NONE),
        "texts with wild lengths": (kserve_reply(lambda r: (setattr(r.outputs[0], "datatype", "BYTES"),
                                    r.raw_output_contents.__setitem__(0, b"\xff\xff\xff\xff" * 3))), NONE),
    },
    "numerix": {
        "no rows": (numerix_reply(lambda d: d.computation_scores.__delitem__(slice(None))), NONE),
        "a row short": (numerix_reply(lambda d: d.computation_scores.pop()), 2),
        "a row too many": (numerix_reply(lambda d: d.computation_scores.add()), ALL),
        "an empty row": (numerix_reply(lambda d: d.computation_scores[1].Clear()), 2),
        "a score of 3 bytes": (numerix_reply(lambda d: d.computation_scores[1].byte_data.values.__setitem__(1, b"abc")), 2),
        "a score of 1 MB": (numerix_reply(lambda d: d.computation_scores[1].byte_data.values.__setitem__(1, b"a" * 2**20)), 2),
        "texts": (numerix_reply(lambda d: d.computation_scores[1].string_data.values.extend(["a", "b"])), 2),
        "an error": (with_error(b"boom"), NONE),
        "an error that is no UTF-8": (with_error(b"\xff\xfe\xc3"), NONE),
        "an error with a long text": (with_error("ä".encode() * 60), NONE),
    },
}
IDS = ["p1", "p2", "p3"]


def outcome(daemon, service):
    """How many rows have their last value; a run that failed has none. Those that don't must say why."""
    try:
        reply = daemon.predict(small.request(service, IDS))
    except grpc.RpcError as error:
        assert error.code() in (Code.INTERNAL, Code.RESOURCE_EXHAUSTED), error
        assert "component" in error.details() and "127.0.0.1" in error.details()
        return NONE
    assert len(reply.target_scores) == 3
    return sum(1 for row in reply.target_scores if row.output_values[-1])


@pytest.mark.parametrize("service, name", [(service, name) for service in CASES for name in CASES[service]])
def test_a_bad_reply_costs_the_rows_it_concerns(daemon, fake, service, name):
    answer, rows = CASES[service][name]
    lost = ("inferd_rows_failed_total", "inferd_component_errors_total", "inferd_nodes_failed_total",
            "inferd_feature_missing_total")
    before = sum(metric(daemon, m) for m in lost)
    fake.answers[service] = answer
    try:
        assert outcome(daemon, service) == rows
    finally:
        fake.answers[service] = GOOD[service]
    if rows < ALL:
        assert sum(metric(daemon, m) for m in lost) > before
    assert serves(daemon)


def reason_of(text, kind, reason):
    """How often the feature store's replies lost something for that reason."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith(f"inferd_feature_{kind}_total{{") and f'reason="{reason}"' in line)


LOSSES = {
    "a row too many": ("dropped", "row_unasked", 1),
    "a row twice": ("dropped", "row_twice", 1),
    "a row without keys": ("dropped", "row_without_keys", 1),
    "a row without columns": ("missing", "short_row", 2),
    "a column too many": ("dropped", "value_unnamed", 1),
    "no schema": ("missing", "unnamed", 6),
    "a wild column index": ("missing", "short_row", 3),
    "a negative column index": ("dropped", "column_absurd", 1),
    "a value of 3 bytes": ("missing", "bad_length", 1),
    "a column twice": ("dropped", "column_twice", 1),
    "a column unasked": ("dropped", "column_unasked", 1),
    "an empty value": ("missing", "empty", 1),
}
MORE = {
    "a column twice": onfs_reply(lambda r: r.feature_schemas.append(r.feature_schemas[0])),
    "a column unasked": onfs_reply(lambda r: r.feature_schemas[0].features.add(label="else", column_idx=7)),
    "an empty value": onfs_reply(lambda r: r.rows[0].columns.__setitem__(0, b"")),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_is_lost_of_a_reply_is_counted(daemon, fake, name):
    kind, reason, count = LOSSES[name]
    before = reason_of(daemon.get("/metrics")[1], kind, reason)
    for _ in range(2):  # the second time, what the schemas mean is known already
        fake.answers["onfs"] = MORE.get(name) or CASES["onfs"][name][0]
        try:
            outcome(daemon, "onfs")
        finally:
            fake.answers["onfs"] = GOOD["onfs"]
    assert reason_of(daemon.get("/metrics")[1], kind, reason) - before == 2 * count


@pytest.mark.parametrize("service", CASES)
def test_rubbish_for_a_reply(daemon, fake, service):
    try:
        for rubbish in RUBBISH:
            fake.answers[service] = lambda call: rubbish
            assert outcome(daemon, service) == NONE, rubbish
    finally:
        fake.answers[service] = GOOD[service]
    assert serves(daemon)


@pytest.mark.parametrize("service", CASES)
def test_cuts_and_flips_of_a_good_reply(daemon, fake, service):
    chance = random.Random(11)

    def answer(call):
        bad = bytearray(GOOD[service](call))
        for _ in range(chance.randint(1, 3)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        return bytes(bad[:chance.randint(1, len(bad))] if chance.random() < 0.5 else bad)

    fake.answers[service] = answer
    try:
        for _ in range(150):
            outcome(daemon, service)
    finally:
        fake.answers[service] = GOOD[service]
    assert serves(daemon)


@pytest.mark.parametrize("service", CASES)
@pytest.mark.parametrize("code", [Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.UNAUTHENTICATED, Code.UNKNOWN])
def test_a_backends_status_is_not_taken_for_the_clients(daemon, fake, service, code):
    before = metric(daemon, "inferd_calls_failed_total")
    fake.answers[service] = lambda call: call.fail(code, "as you like ä")
    try:
        assert outcome(daemon, service) == NONE
    finally:
        fake.answers[service] = GOOD[service]
    assert metric(daemon, "inferd_calls_failed_total") == before + 1
    assert serves(daemon)


def test_keys_of_many_bytes_in_an_error(daemon, fake):
    """A row's error is text, whatever is cut out of the key."""
    fake.answers["onfs"] = onfs_reply(lambda r: r.rows.__delitem__(slice(None)))
    try:
        reply = daemon.predict(small.request("onfs", ["x" + "ä" * 40, "日本" * 30]))
    finally:
        fake.answers["onfs"] = GOOD["onfs"]
    assert all(row.error for row in reply.target_scores)


# What comes to the port and is no call.

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def talk(daemon, data, finish=True):
    """Sends it and returns all that comes until the other side closes."""
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as s:
        got = b""
        try:
            s.sendall(data)
            if finish:
                s.shutdown(socket.SHUT_WR)
            while True:
                some = s.recv(65536)
                if not some:
                    return got
                got += some
        except OSError:  # it has closed already
            return got


@pytest.mark.parametrize("data", [
    PREFACE[:10], PREFACE[:23], b"P", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, b"\0" * 100,
    b"SSH-2.0-OpenSSH_9.2\r\n", b"GET", b"GET / HTTP/9.9\r\n\r\n", PREFACE + b"\xff" * 100,
    PREFACE + b"\0\0\0\x04\0\0\0\0\0" + b"\x7f\xff\xff\x01\x05\0\0\0\x01", b"\r\n" * 50,
], ids=lambda data: repr(data[:12]))
def test_other_things_on_the_port(daemon, data):
    talk(daemon, data)
    assert serves(daemon)


def test_headers_of_64_kb(daemon):
    reply = talk(daemon, b"GET /health/self HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 65536 + b"\r\n\r\n", finish=False)
    assert reply.split(b"\r\n")[0].split(b" ")[1:2] in ([b"431"], [b"400"], [b"413"], []), reply[:100]
    # gRPC may end the connection over it, so it gets one of its own.
    with grpc.insecure_channel(daemon.address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        call = channel.unary_unary("/Predict/InferPointWise")
        with pytest.raises(grpc.RpcError) as error:
            call(good_bytes(), timeout=30, metadata=[("x-long", "a" * 65536)])
    assert error.value.code() in (Code.RESOURCE_EXHAUSTED, Code.INTERNAL, Code.UNAVAILABLE), error
    assert serves(daemon)


def test_other_methods_and_bodies_of_http(daemon):
    for line in (b"POST /health/self", b"DELETE /metrics", b"BREW /coffee", b"GET /../../etc/passwd", b"GET /%00"):
        reply = talk(daemon, line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
        assert reply[:9] == b"HTTP/1.1 " and reply[9:10] in b"2345" and b"root:" not in reply, (line, reply)
    assert serves(daemon)
