# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The feature store of inferd-sandbox: values of all types, keys, what is missing, what is wrong.
import struct

import grpc
import pytest

import protos
from sandbox import Sandbox, fill

retrieve = protos.load("retrieve")

# type, its text in a CSV file, its JSON, its bytes
VALUES = [
    ("FP32", "0.1", "0.1", struct.pack("<f", 0.1)),
    ("FP32", "-inf", '"-inf"', struct.pack("<f", float("-inf"))),
    ("DataTypeFP64", "1e300", "1e300", struct.pack("<d", 1e300)),
    ("fp16", "0.1", "0.1", struct.pack("<e", 0.1)),
    ("FP16", "65520", "65520", b"\x00\x7c"),  # beyond the largest: infinity
    ("FP16", "6e-8", "6e-8", b"\x01\x00"),  # the smallest subnormal
    ("FP8E4M3", "448", "448", b"\x7e"),
    ("FP8E4M3", "-1.125", "-1.125", b"\xb9"),
    ("FP8E4M3", "1000", "1000", b"\x7f"),  # no infinity there: NaN
    ("FP8E5M2", "1.75", "1.75", b"\x3f"),
    ("FP8E5M2", "1e9", "1e9", b"\x7c"),
    ("Int8", "-128", "-128", b"\x80"),
    ("Int16", "-2", "-2", b"\xfe\xff"),
    ("Int32", "2147483647", "2147483647", b"\xff\xff\xff\x7f"),
    ("Int64", "-9223372036854775808", "-9223372036854775808", struct.pack("<q", -(2**63))),
    ("Uint8", "255", "255", b"\xff"),
    ("Uint16", "65535", "65535", b"\xff\xff"),
    ("Uint32", "4294967295", "4294967295", b"\xff\xff\xff\xff"),
    ("Uint64", "18446744073709551615", '"18446744073709551615"', b"\xff" * 8),
    ("Bool", "true", "true", b"\x01"),
    ("Bool", "0", "false", b"\x00"),
    ("String", '"a ""b"", c"', '"a \\"b\\", c"', b'a "b", c'),
    ("FP32Vector", "1:-2.5", "[1, -2.5]", struct.pack("<2f", 1, -2.5)),
    ("Int64Vector", "7", "[7]", struct.pack("<q", 7)),
    ("BoolVector", "1:0:true", "[true, false, true]", b"\1\0\1"),
    ("StringVector", "a:bcd:", '["a", "bcd", ""]', b"\x01\0\x03\0\0\0abcd"),
    ("FP32", "", "null", b""),
]


def ask(sandbox, entity, schema, keys, features):
    """The rows' columns by key, the features given as "group:label"."""
    groups = {}
    for feature in features:
        group, label = feature.split(":", 1)
        groups.setdefault(group, []).append(label)
    result = sandbox.call("onfs", retrieve.Query(
        entity_label=entity,
        feature_groups=[retrieve.FeatureGroup(label=group, feature_labels=labels) for group, labels in groups.items()],
        keys_schema=schema,
        keys=[retrieve.Keys(cols=key) for key in keys],
    ))
    assert result.entity_label == entity
    assert list(result.keys_schema) == schema
    columns = {
        schema.feature_group_label + ":" + feature.label: feature.column_idx
        for schema in result.feature_schemas
        for feature in schema.features
    }
    assert sorted(columns) == sorted(set(features))
    return {tuple(row.keys): [row.columns[columns[feature]] for feature in features] for row in result.rows}


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_values_of_all_types(tmp_path, ending):
    titles = [f"g:f{i}@{value[0]}" for i, value in enumerate(VALUES)]
    if ending == "csv":
        text = ",".join(["id", *titles]) + "\n" + ",".join(["x", *(value[1] for value in VALUES)]) + "\n"
    else:
        text = '{"id": "x", ' + ", ".join(f'"{title}": {value[2]}' for title, value in zip(titles, VALUES)) + "}\n"
    with Sandbox(fill(tmp_path, {"features/thing." + ending: text})) as sandbox:
        names = [title.split("@")[0] for title in titles]
        got = ask(sandbox, "thing", ["id"], [["x"]], names)[("x",)]
        for value, column in zip(VALUES, got):
            assert column == value[3], value


TWO_KEYS = {"features/affinity.csv": "user_id,category,taste:clicks@Int32,taste:weight\nu1,shoes,3,0.5\nu1,hats,1,0.25\n"}


def test_keys_of_two_parts_in_either_order(tmp_path):
    with Sandbox(fill(tmp_path, TWO_KEYS)) as sandbox:
        features = ["taste:weight", "taste:clicks"]
        shoes = [struct.pack("<f", 0.5), struct.pack("<i", 3)]
        assert ask(sandbox, "affinity", ["user_id", "category"], [["u1", "shoes"]], features) == {("u1", "shoes"): shoes}
        assert ask(sandbox, "affinity", ["category", "user_id"], [["shoes", "u1"]], features) == {("shoes", "u1"): shoes}


def test_a_feature_may_name_its_type(tmp_path):
    with Sandbox(fill(tmp_path, TWO_KEYS)) as sandbox:
        got = ask(sandbox, "affinity", ["user_id", "category"], [["u1", "hats"]], ["taste:clicks@Int32"])
        assert got == {("u1", "hats"): [b"\1\0\0\0"]}


def test_an_unknown_key_has_empty_columns(tmp_path):
    with Sandbox(fill(tmp_path, TWO_KEYS)) as sandbox:
        got = ask(sandbox, "affinity", ["user_id", "category"], [["u9", "hats"], ["u1", "hats"]], ["taste:clicks"])
        assert got == {("u9", "hats"): [b""], ("u1", "hats"): [b"\1\0\0\0"]}


def test_an_unknown_key_is_left_out_if_so_wished(tmp_path):
    with Sandbox(fill(tmp_path, TWO_KEYS), "--drop-missing") as sandbox:
        got = ask(sandbox, "affinity", ["user_id", "category"], [["u9", "hats"], ["u1", "hats"]], ["taste:clicks"])
        assert got == {("u1", "hats"): [b"\1\0\0\0"]}


def test_parts_of_a_key_do_not_run_together(tmp_path):
    table = {"features/pair.csv": "a,b,g:f@Int8\nx,yz,1\nxy,z,2\n"}
    with Sandbox(fill(tmp_path, table)) as sandbox:
        got = ask(sandbox, "pair", ["a", "b"], [["x", "yz"], ["xy", "z"], ["xyz", ""]], ["g:f"])
        assert got == {("x", "yz"): [b"\1"], ("xy", "z"): [b"\2"], ("xyz", ""): [b""]}


@pytest.mark.parametrize(
    "entity, schema, key, feature, code, details",
    [
        ("nobody", ["user_id"], ["u1"], "taste:clicks", "NOT_FOUND", "no entity 'nobody'; this store has: affinity"),
        ("affinity", ["user_id"], ["u1"], "taste:clicks", "INVALID_ARGUMENT",
         "the keys of entity 'affinity' are: user_id, category; the request names 1"),
        ("affinity", ["user_id", "category"], ["u1"], "taste:clicks", "INVALID_ARGUMENT",
         "a key has 1 parts; keys_schema names 2"),
        ("affinity", ["user_id", "category"], ["u1", "hats"], "taste:click", "NOT_FOUND",
         "entity 'affinity' has no feature 'taste:click'; it has: category, taste:clicks, taste:weight, user_id"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, entity, schema, key, feature, code, details):
    with Sandbox(fill(tmp_path, TWO_KEYS)) as sandbox:
        with pytest.raises(grpc.RpcError) as error:
            ask(sandbox, entity, schema, [key], [feature])
        assert error.value.code() == grpc.StatusCode[code]
        assert error.value.details() == details
