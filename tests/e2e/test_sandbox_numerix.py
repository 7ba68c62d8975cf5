# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The Numerix of inferd-sandbox against what the real one answered, byte by byte (tests/golden/numerix).
import json
import os

import pytest

import protos
from sandbox import Sandbox, fill

numerix = protos.load("numerix")


def recordings():
    path = os.path.join(os.environ["srcdir"], "tests", "golden", "numerix", "recordings.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def is_expression(value):
    try:
        return isinstance(json.loads(value)["expression"], str)
    except (TypeError, ValueError, KeyError):
        return False


def row_of(cells, kind):
    if cells is None:
        return numerix.Score()
    if isinstance(cells, dict):
        return row_of(cells["bytes"], "byte")
    if kind == "byte":
        return numerix.Score(byte_data=numerix.ByteList(values=[bytes.fromhex(cell) for cell in cells]))
    return numerix.Score(string_data=numerix.StringList(values=cells))


def request_of(case, tables):
    if "request" in case:
        return bytes.fromhex(case["request"])
    table = tables[case["table"]]
    data = numerix.EntityScoreData(schema=table["schema"], compute_id=case["compute_id"])
    data.entity_scores.extend(row_of(cells, table["kind"]) for cells in table["rows"])
    if case["data_type"] is not None:
        data.data_type = case["data_type"]
    return numerix.NumerixRequestProto(entity_score_data=data)


def id_of(cells, kind):
    if not isinstance(cells, list) or not cells:
        return b""
    return bytes.fromhex(cells[0]) if kind == "byte" else cells[0].encode()


def answers(reply):
    """The reply's rows as (id, score), scores in hex, most significant byte first, or as text."""
    assert reply.WhichOneof("response") == "computation_score_data", reply.error.message
    for score in reply.computation_score_data.computation_scores:
        if score.WhichOneof("matrix_format") == "byte_data":
            yield score.byte_data.values[0], score.byte_data.values[1][::-1].hex()
        else:
            yield score.string_data.values[0].encode(), score.string_data.values[1]


def test_answers_equal_every_recording(tmp_path):
    recorded = recordings()
    cases = [case for case in recorded["cases"] if "/" not in case["compute_id"]]
    files = {f"expressions/{case['compute_id']}.json": case["value"] for case in cases if is_expression(case["value"])}
    equal = 0
    with Sandbox(fill(tmp_path, files)) as sandbox:
        for case in cases:
            reply = sandbox.call("numerix", request_of(case, recorded["tables"]))
            if "outputs" not in case:
                assert reply.WhichOneof("response") == "error" and reply.error.message, case
            else:
                rows = list(answers(reply))
                assert [score for _, score in rows] == case["outputs"], case
                if "table" in case:
                    table = recorded["tables"][case["table"]]
                    assert [key for key, _ in rows] == [id_of(cells, table["kind"]) for cells in table["rows"]]
                    assert list(reply.computation_score_data.schema) == [table["schema"][0], "score"]
            equal += 1
    assert equal > 1200


@pytest.mark.parametrize(
    "compute_id, value, message",
    [
        ("final", [b"x", b"\0\0\0"], "a value has 3 bytes; the data type wants 4"),
        ("other", [b"x", b"\0\0\0\0"], "no expression 'other'; this store has: bad, final"),
        ("bad", [b"x", b"\0\0\0\0"],
         "expression 'bad': token 1 'nothing' is neither an operator, nor a number, nor a column of this request"),
        ("final", [b"x", b"\0\0\0\0"], "expression 'final': token 3 '/': the divisor is 0 (row 0)"),
    ],
)
def test_errors_say_what_is_wrong(tmp_path, compute_id, value, message):
    files = {"expressions/final.expr": "1 score /\n", "expressions/bad.expr": "nothing"}
    with Sandbox(fill(tmp_path, files)) as sandbox:
        reply = sandbox.call("numerix", numerix.NumerixRequestProto(entity_score_data=numerix.EntityScoreData(
            schema=["id", "score"], compute_id=compute_id, data_type="fp32",
            entity_scores=[numerix.Score(byte_data=numerix.ByteList(values=value))],
        )))
        assert reply.error.message == message
