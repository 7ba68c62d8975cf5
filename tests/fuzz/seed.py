#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the inputs that a search begins with to tests/fuzz/corpus: recorded messages, examples, and a few by hand.

Only files named seed-… are this script's; what searches have found lies beside them under other names.
"""
import gzip
import json
import os
import re
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def write(thing, name, data):
    folder = f"{HERE}/corpus/{thing}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/seed-{name}", "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (1 << 64) - 1)
    return varint(number << 3 | 2) + varint(len(value)) + value


def wire():
    write("wire", "empty", b"")
    numbers = b"".join(field(n, 1 + 300 * n) for n in range(1, 9)) + field(6, -1)
    fixed = b"\x4d" + struct.pack("<I", 7) + b"\x51" + struct.pack("<Q", 7) + b"\x6d" + struct.pack("<f", 1.5)
    texts = field(15, b"text") + field(16, bytes(range(200)))
    packed = field(18, varint(5) + varint(1 << 63)) + field(2047, struct.pack("<3I", 1, 2, 3))
    unpacked = field(18, 5) + field(2055, 9) + field(2055, varint(3) + varint(300))
    inner = field(536870911, numbers + field(536870911, texts))
    for name, data in (("numbers", numbers), ("fixed", fixed), ("texts", texts), ("packed", packed),
                       ("unpacked", unpacked), ("inner", inner), ("groups", b"\x0b\x08\x01\x0c"),
                       ("unknown", field(99, b"?") + field(100, 3)), ("long", b"\x08" + b"\xff" * 9 + b"\x01")):
        write("wire", name, data)


def elf():
    """A module of the least size: header, two segments, note, dynamic symbols, the struct."""
    note = b"1.0 scale 1.2.0\0"
    note = struct.pack("<III", 7, len(note), 1) + b"inferd\0\0" + note
    head = struct.pack("<4sHH4I", b"INFD", 1, 0, 96, 128, 64, 64)
    names = b"\0inferd_module\0"
    at_note = 64 + 2 * 56
    at_head = at_note + len(note)
    at_names = at_head + len(head)
    at_symbols = at_names + len(names)
    symbols = bytes(24) + struct.pack("<IBBHQQ", 1, 0x11, 0, 1, at_head, len(head))
    at_sections = at_symbols + len(symbols)
    sections = bytes(64) + struct.pack("<IIQQQQIIQQ", 0, 11, 0, 0, at_symbols, len(symbols), 2, 0, 8, 24)
    sections += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, at_names, len(names), 0, 0, 1, 0)
    size = at_sections + len(sections)
    header = b"\x7fELF\2\1\1" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, at_sections, 0, 64, 56, 2, 64, 3, 0)
    segments = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, size, size, 4096)
    segments += struct.pack("<IIQQQQQQ", 4, 4, at_note, at_note, at_note, len(note), len(note), 4)
    return header + segments + note + head + names + symbols + sections


def note():
    good = elf()
    write("note", "module", good)
    write("note", "cut", good[:-70])
    write("note", "newer", good.replace(b"1.0 scale", b"2.0 scale"))
    write("note", "script", b"#!/bin/sh\n")


def expression():
    recordings = json.loads(read(TOP + "/tests/golden/numerix/recordings.json"))
    values = struct.pack("<8f", 0, 1, -1.5, 0.25, 1e30, float("nan"), 7, float("inf"))
    seen = set()
    for case in recordings["cases"]:
        text = case["expression"] or ""
        shape = tuple(sorted(set(text.split())))
        if shape in seen or len(text) > 200:
            continue
        seen.add(shape)
        names = " ".join(recordings["tables"][case["table"]]["schema"][1:9])
        wide = case["data_type"] not in ("fp32", "f32")
        write("expression", f"recorded-{len(seen):03}", bytes([wide]) + f"{names}\n{text}\n".encode() + values)


    spellings = re.findall(r'^OPERATOR\(\w+, "(.*?)",', read(TOP + "/plugins/numerix/operators.tbl").decode(), re.M)
    dictionary("expression", [f" {spelling} " for spelling in spellings] + [" 1.5 ", " -0 ", " a ", " b "])


def convert():
    texts = ("0", "1.5", "-0", "1e6", "1.6777216e+07", "1e-05", "inf", "NaN", "+Inf", "0x1p-3", "1_000", "300", "-129",
             "18446744073709551616", "true", "FALSE", "1:2:3", "0.1:0.2", "65504.1", "a,b", "DataTypeFP32Vector",
             "4.9406564584124654e-324", "2.2250738585072011e-308", "123456789012345678901234567890")
    for i, text in enumerate(texts):
        for inline in (0, 1):
            write("convert", f"text-{i:02}-{'inline' if inline else 'stored'}",
                  bytes([14, inline, i % 15, inline]) + b"\n" + text.encode())
    for kind in range(31):
        write("convert", f"type-{kind:02}", bytes([kind, 0, kind % 15, kind % 8]) + b"1:2\n" + bytes(range(1, 17)))
    write("convert", "string-vector", bytes([29, 0, 3, 0]) + b"\n" + struct.pack("<HH", 1, 2) + b"abc")


# As cases.c has them.
NAMES = ("batch7 cache_twice calibration chain chain_legacy chain_missing composite dag3 fp8_all headers inline_texts ints"
         " minus1_ok model_schema no_schema outputs prefix retype schema_nonnum slate_ok strings text_forms vectors w0_5"
         " w0_typed_fp32").split()
METHODS = ("/Predict/InferPointWise", "/Predict/InferPairWise", "/Predict/InferSlateWise",
           "/Inferflow/RetrieveModelScore")


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def headers(stream, last, **fields):
    block = b"".join(b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value
                     for name, value in ((n.replace("_", "-").replace("--", ":").encode(), v.encode())
                                         for n, v in fields.items()))
    return frame(1, 4 | last, stream, block)


def http2():
    settings = frame(4, 0, 0, b"")
    begin = settings + headers(1, 0, __status="200", content_type="application/grpc")
    end = headers(1, 1, grpc_status="0")
    data = frame(0, 0, 1, b"\0\0\0\0\5hello")
    write("http2", "reply", b"\0" + begin + data + end)
    write("http2", "pieces", b"\0" + begin + frame(0, 0, 1, b"\0\0") + frame(0, 0, 1, b"\0\0\5he") +
          frame(0, 0, 1, b"llo") + end)
    write("http2", "two-replies", b"\0" + begin + data + data + end)
    write("http2", "compressed", b"\0" + begin + frame(0, 0, 1, b"\1\0\0\0\5hello") + end)
    write("http2", "too-large", b"\0" + begin + frame(0, 0, 1, b"\0\377\377\377\377") + end)
    write("http2", "status", b"\2" + settings +
          headers(3, 1, __status="200", content_type="application/grpc", grpc_status="5", grpc_message="no%20%zz"))
    write("http2", "proxy", b"\1" + settings + headers(1, 0, __status="503") + frame(0, 1, 1, b"<html>"))
    write("http2", "reset", b"\3" + settings + frame(3, 0, 3, b"\0\0\0\7") + frame(3, 0, 1, b"\0\0\0\2"))
    write("http2", "goodbye", b"\3" + settings + frame(7, 0, 0, b"\0\0\0\1\0\0\0\0") + begin[len(settings):] + data + end)
    write("http2", "settings", b"\1" + frame(4, 0, 0, struct.pack(">HIHIHI", 3, 0, 4, 1, 5, 16384)) +
          frame(8, 0, 0, b"\0\0\1\0") + frame(6, 0, 0, b"12345678"))
    write("http2", "http1", b"\0HTTP/1.1 400 Bad Request\r\n\r\n")


def session():
    def call(stream, path, *frames, last=0, **more):
        asked = dict(__method="POST", __path=path, content_type="application/grpc", te="trailers", **more)
        return headers(stream, last, **asked) + b"".join(frames)

    def message(stream, text, last=1, packed=0):
        return frame(0, last, stream, bytes([packed]) + struct.pack(">I", len(text)) + text)

    read, deaf, slow, pieces, spare, answer = 0, 2, 4, 7 << 3, 64, 128
    packed = gzip.compress(b"hello", mtime=0)
    for name, how, said in (
            ("echo", read, call(1, "/test/echo", message(1, b"hello"), grpc_timeout="100m")),
            ("pieces", pieces, call(1, "/test/echo", message(1, b"hello" * 9)) + frame(6, 0, 0, b"12345678")),
            ("later", answer | pieces, call(1, "/test/later", message(1, b"a")) + call(3, "/test/later", message(3, b"b"))),
            ("reset", slow, call(1, "/test/later", message(1, b"a")) + frame(3, 0, 1, b"\0\0\0\x08")),
            ("goes", slow | pieces, call(1, "/test/later", message(1, b"a")) + call(3, "/test/echo", frame(0, 0, 3, b"\0\0"))),
            ("stream", read, call(1, "/test/stream", message(1, b"a", 0) + message(1, b"b"))),
            ("silent", answer, call(1, "/test/silent", message(1, b"a"))),
            ("large", read, call(1, "/test/large", message(1, b"90000")) + frame(8, 0, 0, b"\0\0\xff\xff") +
             frame(8, 0, 1, b"\0\0\xff\xff")),
            ("unread", deaf, b"".join(call(n, "/test/large", message(n, b"90000")) for n in (1, 3, 5))),
            ("packed", read, call(1, "/test/echo", message(1, packed, 1, 1), grpc_encoding="gzip")),
            ("explain", read, call(1, "/test/explain", message(1, b"why"), x_bin="aGVsbG8")),
            ("health", spare, call(1, "/grpc.health.v1.Health/Check", message(1, b"")) +
             call(3, "/grpc.health.v1.Health/Watch", message(3, b""))),
            ("reflection", read, call(1, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", message(1, b"\x3a\0"))),
            ("refused", read, call(1, "/none", last=1) + headers(3, 1, __method="GET", __path="/test/echo") +
             call(5, "/test/echo", message(5, b"x", 1, 7)) + call(7, "/test/fail", message(7, b"%\xff"))),
            ("no-room", pieces, call(1, "/test/refuse", message(1, b"a")) + call(3, "/test/refuse", message(3, b"b")) +
             frame(4, 0, 0, struct.pack(">HI", 1, 0)) + call(5, "/test/refuse", message(5, b"c"))),
            ("http1", 1, b"GET / HTTP/1.1\r\n\r\n")):
        write("session", name, bytes([how]) + said)


def replies(path):
    """The replies of a recording of calls."""
    data = read(path) if os.path.exists(path) else b""
    while data:
        for part in ("request", "reply"):
            size = struct.unpack_from("<I", data)[0]
            if part == "reply" and size:
                yield data[4:4 + size]
            data = data[4 + size:]
        data = data[4:]


def recorded():
    for number, name in enumerate(NAMES):
        folder = f"{TOP}/tests/golden/calls/{name}"
        method = METHODS.index(json.loads(read(folder + "/case.json"))["method"])
        compat = (number + method) % 2 * len(NAMES)
        write("request", name, bytes([number + compat, method]) + read(folder + "/request.bin"))
        for thing, service in (("features", "onfs"), ("tensors", "triton"), ("scores", "numerix")):
            seen = set()
            for reply in replies(f"{folder}/calls_{service}.bin"):
                if len(reply) not in seen and len(seen) < 4:
                    seen.add(len(reply))
                    write(thing, f"{name}-{len(seen)}", bytes([number + compat]) + reply)
    write("request", "columns-times-rows", b"\0\0" + field(1, b"batch7") + 20000 * (field(4, b"") + field(5, b"")))
    write("request", "health", b"\0\4" + field(1, b"Predict"))
    for name, message in (("list", field(7, b"")), ("symbol", field(4, b"Predict.InferPointWise")),
                          ("file", field(3, b"predict.proto")), ("extension", field(5, field(1, b"Predict")))):
        write("request", "reflection-" + name, b"\0\5" + message)


def config():
    """Configs of recordings, the example's, and one in the Configuration Guide's shape."""
    for number, name in enumerate(NAMES):
        case = json.loads(read(f"{TOP}/tests/golden/calls/{name}/case.json"))
        write("config", name, bytes([number % 8]) + json.dumps(case["config"], separators=(",", ":")).encode())
    example = json.loads(read(TOP + "/examples/ranking/config/product_ranking.json"))
    write("config", "example", b"\0" + json.dumps(example, separators=(",", ":")).encode())
    guide = {
        "dag_execution_config": {"component_dependency": {"feature_initializer": ["f"], "f": ["p"], "p": ["n"], "n": []}},
        "dependency_direction": "children",
        "component_config": {
            "cache_enabled": True,
            "feature_component_config": {
                "f": {"fs_keys": {"schema": ["user_id"], "col": "user_id"}, "comp_cache_enabled": True,
                      "fs_request": {"label": "user", "feature_groups": [{"label": "g", "feature_labels": ["a", "b@FP16"]}]}}},
            "predator_component_config": {
                "p": {"model_name": "ranker", "model_endpoint": "127.0.0.1", "model_end_points": {"127.0.0.2": 40},
                      "batch_size": 2, "calibration": {"enabled": True},
                      "inputs": {"feature_map": {"in": ["user:g:a", "tprice"]}},
                      "outputs": {"score_columns": ["score"]}}},
            "numerix_component_config": {
                "n": {"compute_id": "7", "score_mapping": {"score": "FP32"}, "score_column": "final"}}},
        "response_config": {"features": ["id", "score", "final"], "log_features": ["score"]},
    }
    write("config", "guide", b"\0" + json.dumps(guide, separators=(",", ":")).encode())
    for name, text in (("text", "[1]"), ("cut", '{"component_config":{'), ("empty", "{}")):
        write("config", name, b"\0" + text.encode())
    words = set()
    for path in sorted(os.listdir(HERE + "/corpus/config")):
        text = read(f"{HERE}/corpus/config/{path}")[1:].decode(errors="replace")
        if path.startswith("seed-"):
            words |= set(re.findall(r'"[A-Za-z_0-9-]{3,40}"', text))
    words |= {'"%s"' % word for word in ("compat", "inferflow", "inline_values", "typed", "none", "FP64Vector", "BYTES",
                                         "composite_id", "percentage", "slate_component", "parents")}
    dictionary("config", sorted(words) + ["null", "true", "-1", "1e999", "[[", "\\ud800", "@", ":"])


PREFIX = b"/config/inferflow/services/s/model-config"


def answer(message, status=0):
    return struct.pack("<HB", len(message), status) + message


def header(revision):
    return field(1, field(1, 5) + field(3, revision) + field(4, 2))


def pair(key, value, revision):
    return field(1, PREFIX + key) + field(2, revision) + field(3, revision) + field(4, 1) + field(5, value)


def page(revision, *pairs, more=False):
    return answer(header(revision) + b"".join(field(2, each) for each in pairs) + (field(3, 1) if more else b""))


def events(revision, *pairs):
    return answer(header(revision) + b"".join(field(11, (field(1, 1) if gone else b"") + field(2, each))
                                              for each, gone in pairs))


def etcd():
    one = pair(b"/config-map/one", b'{"a":1}', 3)
    two = pair(b"/Config-Map/two", b"not json", 4)
    all_models = pair(b"/config-map", b'{"one":{"b":2},"three":{"c":3},"four":5}', 5)
    service = pair(b"/service-config", b'{"v2-logging-type":"proto"}', 6)
    created = answer(header(7) + field(3, 1))
    read = page(7, one, two, all_models, service)
    write("etcd", "read", b"\0" + read)
    write("etcd", "pages", b"\0" + page(7, one, two, more=True) + page(7, all_models) + created)
    write("etcd", "user", b"\1" + answer(header(7) + field(2, b"token")) + read + created)
    write("etcd", "refused", b"\1" + answer(b"wrong password", 3) + answer(header(7) + field(2, b"token")) + read)
    write("etcd", "events", b"\0" + read + created +
          events(8, (pair(b"/config-map/one", b'{"a":2}', 8), 0), (pair(b"/config-map/new", b"{}", 8), 0)) +
          events(9, (pair(b"/config-map/one", b"", 9), 1)) + events(10, (pair(b"/config-map", b"{}", 10), 0)) +
          answer(header(12)))
    write("etcd", "compacted", b"\0" + read + created + answer(header(20) + field(4, 1) + field(5, 15)) + read)
    write("etcd", "away", b"\0" + answer(b"", 14) + read + created + answer(b"gone", 14) + page(7, service) + created)
    write("etcd", "no-key", b"\0" + page(7, field(3, 5) + field(5, b"{}")))
    write("etcd", "elsewhere", b"\0" + page(7, field(1, b"/other") + field(3, 5) + field(5, b"{}")))


def etcd_client():
    def asks(first, second, user=0):
        return bytes([user + 2 * first + 12 * second])

    listing, keys, value, put, history, gone = range(6)
    a = pair(b"/a", b'{"a":1}', 3)
    b = pair(b"/b", b"", 4)
    created = answer(header(9) + field(3, 1))
    told = events(9, (pair(b"/a", b"1", 7), 0), (pair(b"/a", b"", 8), 1)) + events(9, (pair(b"/a", b"2", 9), 0))
    write("etcd_client", "list", asks(listing, keys) + page(7, a, more=True) + page(7, b) + page(7, a, b))
    write("etcd_client", "same-page", asks(listing, value) + page(7, a, more=True) + page(7, a, more=True))
    write("etcd_client", "put", asks(value, put) + page(7, a) + answer(header(8) + field(2, 1)))
    write("etcd_client", "changed", asks(put, value, 1) + answer(header(7) + field(2, b"token")) + answer(header(8)) + page(8))
    write("etcd_client", "history", asks(history, value) + created + told + page(9, a))
    write("etcd_client", "gone", asks(value, gone) + page(9) + created + events(9, (pair(b"/a", b"", 8), 1)))
    write("etcd_client", "compacted", asks(history, value) + created + answer(header(20) + field(4, 1) + field(5, 8)) +
          created + told)
    write("etcd_client", "canceled", asks(history, gone) + answer(header(9) + field(4, 1) + field(6, b"no permission")))
    write("etcd_client", "away", asks(listing, put) + answer(b"", 14) + page(7, a) + answer(b"gone", 14))
    write("etcd_client", "too-old", asks(value, value) + answer(b"required revision has been compacted", 11) +
          answer(b"required revision is a future revision", 11))


def reply(rows, *columns, slates=False):
    """A reply's message: the columns' types, and rows of values."""
    schema = b"".join(field(1, field(1, name) + field(2, kind)) for name, kind in columns)
    slate_schema = b"".join(field(3, field(1, name) + field(2, kind)) for name, kind in columns)
    scores = b"".join(field(2, b"".join(field(1, value) for value in row)) for row in rows)
    return schema + scores + (slate_schema + b"".join(field(4, b"".join(field(1, value) for value in row) + field(2, b"why"))
                                                      for row in rows) if slates else b"")


def infer():
    """Requests as people write them, replies, an explain record, what /config says."""
    example = json.loads(read(TOP + "/examples/ranking/request.json"))
    targets = ["p1", {"id": "p2", "price": 2.5, "name": "x", "tags": ["a", "b"], "all": [1, 2.5], "on": [True, False]}, 7]
    write("infer", "example", b"\0" + json.dumps(example).encode())
    write("infer", "targets", b"\0" + json.dumps({"model": "m", "context": {"n": 1, "t": "x", "none": None, "v": [1, 2]},
                                                  "targets": targets[:2], "types": {"price": "FP16", "n": "Int8"}}).encode())
    write("infer", "pairs", b"\0" + json.dumps({"model": "m", "targets": targets, "pairs": [
        {"targets": [0, 1], "gap": 1.5}, {"targets": [2, 1]}], "tracking_id": "t", "tenant_id": "a"}).encode())
    write("infer", "slates", b"\0" + json.dumps({"model": "m", "targets": targets, "slates": [
        {"targets": [0, 1, 2], "kind": "x"}], "types": {"kind": "StringVector", "all": "FP8E4M3Vector"}}).encode())
    values = [b"p1", struct.pack("<d", 1.5), struct.pack("<2f", 1, float("nan")), b"", b"\1\0\2\0abc", b"\1"]
    columns = [(b"id", 14), (b"score", 11), (b"vector", 25), (b"none", 5), (b"texts", 29), (b"on", 15)]
    for form, slates in ((1, False), (2, True), (3, True)):
        write("infer", f"reply-{form}", bytes([form]) + reply([values, values[:3]], *columns, slates=slates))
    write("infer", "no-type", b"\1" + reply([values], *((b"x", kind) for kind in (99, -1, 31, 2 ** 31 - 1, 0, 30))))
    write("infer", "record", b"\4" + json.dumps({
        "model": "m", "generation": 3, "status": "OK", "took_us": 1500, "targets": 2, "slates": 0, "left_out": 1,
        "nodes": [{"component": "a", "kind": "k", "outcome": "done", "start_us": 1, "took_us": 2, "calls": 1},
                  {"component": "b", "kind": "k", "outcome": "failed", "status": "UNAVAILABLE", "message": "no",
                   "breaker": "open", "acts": {"refused": 1}, "largest_difference": 0.5}]}).encode())
    write("infer", "config", b"\5" + json.dumps({
        "generation": 2, "revision": 5, "time": "2026-01-01T00:00:00Z", "from_disk": False, "service": {"refused": "x"},
        "models": {"m": {"serving": True, "generation": 2, "refused": True, "reason": "$.a: no"}},
        "modules": [{"path": "/m.so", "name": "m", "version": "1", "refused": True, "kept_out": True, "reason": "r"}],
        "quarantined": [{"model": "m", "node": "n", "module": "m 1", "crashes": 3, "in": "run", "how": "SIGSEGV", "since": "t",
                         "serving": True, "until": "u"}],
        "upgrade": {"state": "failed", "reason": "r", "time": "t"},
        "deaths": {"count": 2, "latest": [{"worker": 1, "time": "t", "back": None, "how": "SIGSEGV", "in": "run", "module": "m 1",
                                           "node": "n", "model": "m"}]},
        "source": {"origin": "dir:/x", "away": True, "error": "e"}, "last_good": {"generation": 1, "error": "full"},
        "workers": [{"worker": 0, "generation": 1, "failed": 1}], "held": [{"generation": 1, "plans": 1, "runs": 2}],
        "generations": [{"generation": 2, "revision": 5, "time": "t", "changed": {"m": {"outcome": "refused"}},
                         "counts": {"compiled": 1, "unchanged": 0, "refused": 1, "removed": 0}}]}).encode())
    dictionary("infer", [f'"{word}"' for word in (
        "model context targets pairs slates types id tracking_id tenant_id nodes outcome status message models modules "
        "quarantined source workers held generations generation refused reason FP32Vector Int64 StringVector").split()])


def files():
    digest = "sha256:" + 32 * "ab"
    write("files", "access", b"\0Bearer secret\n" + f"# who\na {digest} models=m,n* tenants=*\nb cert:spiffe://x admin\n".encode())
    write("files", "access-twice", f"\0x\na {digest}\na {digest}\n".encode())
    write("files", "access-unknown", f"\0x\na {digest} model=x\n".encode())
    write("files", "backends", b"\1db-7:443\n# all\ndb-*:443 ca=/dev/null\n*:44? cert=/dev/null key=/dev/null\n")
    write("files", "backends-half", b"\1x:1\n* cert=/dev/null\n")
    entry = field(1, b"m") + field(2, b'{"a":1}') + field(6, 2)
    bundle = (field(1, 3) + field(2, 7) + field(3, 1) + field(4, entry) + field(5, 10 ** 15) + field(7, 1) +
              field(8, field(1, b"/m.so") + field(2, b"id") + field(3, b"m") + field(4, b"1.0")) +
              field(11, field(1, b"m") + field(2, b"n") + field(3, b"m 1") + field(5, b"run") + field(6, b"SIGSEGV")))
    write("files", "generation", b"\2\n" + field(1, b"dir:/x") + field(2, bundle))
    write("files", "generation-elsewhere", b"\2\n" + field(1, b"dir:/y") + field(2, bundle))
    write("files", "generation-damaged", b"\2as it is\ninferd-generation 1 3 00000000\nabc")
    write("files", "generation-newer", b"\2as it is\ninferd-generation 2 3 00000000\nabc")
    write("files", "table", b"\3\n" + read(TOP + "/examples/ranking/features/user.csv")[:1500])
    write("files", "table-quoted", b'\3\nuser_id,g:a@String,g:v@FP32Vector\r\n"u,1","a ""b""",1:2.5\r\n\r\nu2,,\r\n')
    write("files", "table-lines", b'\4\n{"user_id":"u1","g:a@Int32":5,"g:v@FP32Vector":[1,2.5]}\n'
          b'{"user_id":"u2","g:a@Int32":null,"g:v@FP32Vector":[]}\n')
    for name in ("binary", "targets"):
        model = json.loads(read(f"{TOP}/tests/golden/xgboost/3.2.0/models/{name}.json"))
        write("files", f"model-{name}", b"\5\n" + json.dumps(model, separators=(",", ":")).encode())
    dictionary("files", ["sha256:", "cert:", "models=", "tenants=", "admin", "ca=/dev/null", "cert=/dev/null",
                         "key=/dev/null", "@FP32Vector", "@Int8", '"tree_param"', '"num_nodes"', '"left_children"'])


def reports():
    """What checking children and workers say."""
    def lines(*said):
        return b"".join(json.dumps(each).encode() + b"\n" for each in said) + b"\n"

    opened = {"open": "/m.so", "identity": "1-2"}
    modules = {"modules": [{"path": "/m.so", "identity": "1-2", "name": "m", "version": "1.0", "fatal": False},
                           {"path": "/n.so", "identity": "3", "reason": "it is none"}]}
    fine = ({"begin": 0}, {"end": 0, "pins": "m 1.0", "bad_graph": False, "reads": []})
    write("reports", "fine", b"c" + lines(opened, modules, *fine, {"begin": 1}, {"end": 1, "reason": "no", "bad_graph": True}))
    write("reports", "module", b"c" + lines(opened) + b"!" + lines(modules, *fine, {"begin": 1}, {"end": 1}))
    write("reports", "config", b"c" + lines(modules, *fine, {"begin": 1}) + b"!" + lines(modules))
    write("reports", "reads", b"c" + lines(modules, {"begin": 0}, {"end": 0, "reads": [["e", "a"], ["e", "x"]]}, {"end": 1}) +
          lines({"end": 0, "reads": [["e", "a"]]}))
    write("reports", "nothing", b"c")
    write("reports", "others", b"c" + lines({"end": 2}, {"end": -1}, {"begin": 1.5}, {"open": 1}, [], {"modules": {}}))
    write("reports", "worker", b"w" + json.dumps({"generation": 3, "count": 2, "failed": {"m": "why", "n": 5}}).encode())
    dictionary("reports", ['"open":', '"identity":', '"modules":[', '"begin":', '"end":', '"reads":[[', '"reason":', '"pins":',
                           '"path":', '"fatal":true', '"bad_graph":true', "\n\n!", "\n\n", '"generation":', '"failed":{'])


def settings():
    write("settings", "options", b"--port=8085\n--app-name\nx\n-c\n/nowhere\n--workers=2\n--feature-host=h\n-t\n-V\n")
    write("settings", "environment", b"$APP_PORT=1\n$INFERD_NONSENSE=1\n$ETCD_SERVER=http://a:1,http://b:2\n"
          b"$EXTERNAL_SERVICE_ONFS_FS_HOST=h\n$externalServiceOnFs_fsHost=g\n$IN_MEMORY_CACHE_SIZE_IN_BYTES=1e9\n")
    write("settings", "file", b"\n# a comment\nport = 8085\napp-name = \"a \\\"b\\\" # c\" ; d\n[section]\nno value\n"
          b"workers = many\nport = 1\nfeature-host = h:1\n")
    names = sorted(set(re.findall(r"`--([a-z0-9-]+)`", read(TOP + "/docs/settings.md").decode())))
    variables = sorted(set(re.findall(r"`([A-Z][A-Z0-9_]{3,})`", read(TOP + "/docs/settings.md").decode())))
    write("settings", "all-options", b"".join(f"--{name}=7\n".encode() for name in names[:15]))
    write("settings", "all-lines", b"\n" + b"".join(f"{name} = 7\n".encode() for name in names))
    write("settings", "all-variables", b"".join(f"${name}=x:7\n".encode() for name in variables))
    dictionary("settings", [f"--{name}" for name in names] + names + [f"${name}=" for name in variables])


def http():
    for name, text in (
            ("self", "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("ready", "HEAD /health/ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            ("post", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /things/a%20b?q=1%262 HTTP/1.1\r\n"
             "Host: x\r\nX-Thing: t\r\n\r\n"),
            ("chunks", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
            ("expect", "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n"),
            ("delete", "DELETE /things/special/1 HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("odd", "OPTIONS * HTTP/1.1\r\n\r\n"),
            ("preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            ("tls", "\x16\3\1\0\5hello"),
            ("rubbish", "\0\1\2")):
        write("http", name, bytes([len(text) // 3]) + text.encode("latin-1"))


    dictionary("http", ("HTTP/1.1", "HTTP/1.0", " /health/self ", " /things/", "?q=", "%20", "%00", "GET ", "POST ", "HEAD ",
                        "\r\n\r\n", "Host: x\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n",
                        "Connection: close\r\n", "Expect: 100-continue\r\n", "X-Thing: ", "PRI * HTTP/2.0\r\n"))


def client_hello():
    """One that is answered, offering h2."""
    def block(size, data):
        return len(data).to_bytes(size, "big") + data

    def extension(kind, data):
        return struct.pack(">H", kind) + block(2, data)

    extensions = (extension(10, block(2, b"\0\x1d\0\x17")) + extension(13, block(2, b"\4\3\x08\4")) +
                  extension(43, block(1, b"\3\4\3\3")) + extension(51, block(2, b"\0\x1d" + block(2, b"\x09" + bytes(31)))) +
                  extension(16, block(2, block(1, b"h2"))))
    hello = b"\3\3" + bytes(32) + b"\0" + block(2, b"\x13\1\xc0\x2b") + b"\1\0" + block(2, extensions)
    return b"\x16\3\1" + block(2, b"\1" + block(3, hello))


def relay():
    """Bytes from the wire, or what a client and its server do: see fuzz_relay.c."""
    say, raw, answer, shut, keys, ends, read = range(7)

    def deed(kind, data=b""):
        return bytes([kind, len(data)]) + data

    get = b"GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"
    http2, http1, tls12, none = 0, 2, 8, 6
    for name, how, deeds in (
            ("get", http1, deed(say, get) + deed(answer, b"HTTP/1.1 200 OK\r\n\r\n") + deed(read)),
            ("pieces", none, b"".join(deed(say, bytes([c])) for c in get) + deed(answer, b"ok") + deed(ends) + deed(read)),
            ("http2", http2, deed(say, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + deed(answer, b"\0\0\0\4\0\0\0\0\0") +
             deed(keys) + deed(say, b"more") + deed(shut, b"x")),
            ("older", tls12, deed(say, b"PRI") + deed(answer, b"x") + deed(read) + deed(shut)),
            ("broken", http2, deed(say, b"good") + deed(raw, b"\x17\3\3\0\x14" + b"a" * 20) + deed(say, b"lost")),
            ("rubbish", none, deed(say, b"\0\1\2"))):
        write("relay", name, bytes([how]) + deeds)
    for name, data in (("raw-http", get), ("raw-alert", b"\x15\3\3\0\2\2\x28"), ("raw-long", b"\x16\3\1\xff\xff"),
                       ("raw-hello", client_hello()), ("raw-half", client_hello()[:60]), ("raw-two", client_hello() * 2)):
        write("relay", name, b"\1" + data)


def dictionary(thing, words):
    escaped = (word.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\x0d").replace("\n", "\\x0a") for word in words)
    lines = "".join(f'"{word}"\n' for word in escaped)
    with open(f"{HERE}/dict/{thing}.dict", "w", encoding="utf-8") as file:
        file.write(lines)


def main():
    for make in (wire, note, expression, convert, recorded, config, etcd, etcd_client, files, infer, reports, settings, http,
                 http2, session, relay):
        make()


if __name__ == "__main__":
    main()
