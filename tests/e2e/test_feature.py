# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The kind feature through the daemon: keys that were fetched, over several levels; joined keys; prefixes; labels with a
# type; what is kept and for how long. The store gives each key a value that tells where it came from.
import json
import struct

import pytest

import protos
import small_models as small
from daemon import Daemon
from fake import GOOD, Fake

LETTERS = {"Int64": "<q", "Int32": "<i", "FP32": "<f", "FP64": "<d", "Uint8": "<B"}


def value(entity, label, keys):
    """A text that names entity, feature and keys; with a type behind '@', a number of them."""
    name, _, kind = label.partition("@")
    if not kind:
        return f"{entity}.{name}({','.join(keys)})".encode()
    number = sum(sum(map(ord, key)) for key in keys)
    return struct.pack(LETTERS[kind], number % 200 if kind == "Uint8" else number)


def store(call):
    retrieve = protos.load("retrieve")
    query = call.decode("retrieve", "Query")
    result = retrieve.Result(entity_label=query.entity_label, keys_schema=query.keys_schema)
    place = 0
    for group in query.feature_groups:
        schema = result.feature_schemas.add(feature_group_label=group.label)
        for label in group.feature_labels:
            schema.features.add(label=label, column_idx=place)
            place += 1
    for key in query.keys:
        columns = [value(query.entity_label, label, key.cols) for group in query.feature_groups for label in group.feature_labels]
        result.rows.add(keys=key.cols, columns=columns)
    return result.SerializeToString()


@pytest.fixture
def fake():
    with Fake(**{**GOOD, "onfs": store}) as running:
        yield running


def component(name, keys, labels, prefix="", composite=None, **more):
    made = small.feature(name, name, [(f"k{i}", column) for i, column in enumerate(keys)], [("g", "DataTypeString", labels)])
    made.update(col_name_prefix=prefix, composite_id=composite is not None, component_id=composite or "id", **more)
    return made


def model(graph, reply, *components, **shared):
    config = small.config(graph, ["id", *reply], components)
    config["component_config"].update(shared)
    return config


def texts(reply, name):
    """A column's values: texts, or numbers by their type."""
    predict = protos.load("predict")
    index = [column.name for column in reply.target_output_schema].index(name)
    kind = predict.DataType.Name(reply.target_output_schema[index].data_type)[len("DataType"):]
    cells = [row.output_values[index] for row in reply.target_scores]
    return [cell.decode() if kind == "String" else struct.unpack(LETTERS[kind], cell)[0] for cell in cells]


def queries(fake, count):
    """{entity: its keys, sorted} of the next calls."""
    out = {}
    for _ in range(count):
        query = fake.wait("onfs").decode("retrieve", "Query")
        assert query.entity_label not in out
        out[query.entity_label] = sorted(list(key.cols) for key in query.keys)
    assert fake.calls["onfs"].empty()
    return out


def test_keys_over_five_levels(fake, tmp_path):
    small.write(tmp_path, "m", model(
        {"a": ["feature_initializer"], "b": ["a"], "c": ["b"], "d": ["b", "c"], "e": ["d"]},
        ["e:g:z", "d:g:y"],
        component("a", ["id"], ["x"]), component("b", ["a:g:x"], ["n@Int64"]), component("c", ["b:g:n"], ["w"]),
        component("d", ["c:g:w", "b:g:n", "user"], ["y"]), component("e", ["d:g:y"], ["z"])))
    with Daemon(tmp_path, env=fake.env) as daemon:
        reply = daemon.predict(small.request("m", ["p1", "p2"], user="u7"))
    expected = []
    for target in "p1", "p2":
        x = f"a.x({target})"
        n = str(sum(map(ord, x)))  # a number is a key by its text
        expected.append(f"d.y(c.w({n}),{n},u7)")
    assert texts(reply, "d:g:y") == expected
    assert texts(reply, "e:g:z") == [f"e.z({y})" for y in expected]
    assert [row.error for row in reply.target_scores] == ["", ""]


def test_equal_keys_of_a_later_level_are_asked_for_once(fake, tmp_path):
    """The store knows one category for all; whoever reads it asks for one key, however many rows there are."""
    fake.answers["onfs"] = lambda call: (GOOD["onfs"] if b"product" in call.request else store)(call)
    product = dict(small.PRODUCT)
    product["fs_keys"] = [{"schema": "product_id", "col": "id"}]
    small.write(tmp_path, "m", model(
        {"fs_product": ["feature_initializer"], "c": ["fs_product"]}, ["c:g:w"],
        product, component("c", ["product:attrs:category", "user"], ["w"])))
    ids = [f"p{i}" for i in range(120)]
    with Daemon(tmp_path, env={**fake.env, "EXTERNAL_SERVICE_ONFS_FS_BATCH_SIZE": "50"}) as daemon:
        reply = daemon.predict(small.request("m", ids, user="u1"))
    assert texts(reply, "c:g:w") == ["c.w(shoes,u1)"] * 120
    sizes = sorted(len(fake.wait("onfs").decode("retrieve", "Query").keys) for _ in range(4))
    assert sizes == [1, 20, 50, 50] and fake.calls["onfs"].empty()


def test_joined_keys_are_a_column_and_a_key(fake, tmp_path):
    small.write(tmp_path, "m", model(
        {"a": ["feature_initializer"], "b": ["a"], "c": ["b"]}, ["ucn", "c:g:w"],
        component("a", ["id"], ["n@Int32"]), component("b", ["user", "id", "a:g:n"], ["x"], composite="ucn"),
        component("c", ["ucn"], ["w"])))
    with Daemon(tmp_path, env=fake.env) as daemon:
        reply = daemon.predict(small.request("m", ["p1", "p|2"], user="u1"))
    joined = [f"u1|{i}|{sum(map(ord, i))}" for i in ("p1", "p|2")]
    assert texts(reply, "ucn") == joined
    assert texts(reply, "c:g:w") == [f"c.w({key})" for key in joined]
    # Keys are asked for apart, so what joins to the same text is not the same.
    assert queries(fake, 3)["b"] == [["u1", "p1", "161"], ["u1", "p|2", "286"]]


def test_prefixes_keep_the_same_features_apart(fake, tmp_path):
    mine, theirs = component("a", ["id"], ["x"], prefix="own_"), component("b", ["rival"], ["x"], prefix="rival_")
    theirs["fs_request"]["label"] = "a"
    small.write(tmp_path, "m", model(
        {"a": ["feature_initializer"], "b": ["feature_initializer"], "c": ["a", "b"]},
        ["own_a:g:x", "rival_a:g:x", "c:g:w"], mine, theirs, component("c", ["own_a:g:x", "rival_a:g:x"], ["w"])))
    with Daemon(tmp_path, env=fake.env) as daemon:
        reply = daemon.predict(small.request("m", ["p1"], rival="p9"))
    assert texts(reply, "own_a:g:x") == ["a.x(p1)"] and texts(reply, "rival_a:g:x") == ["a.x(p9)"]
    assert texts(reply, "c:g:w") == ["c.w(a.x(p1),a.x(p9))"]


def test_labels_with_types(fake, tmp_path):
    labels = ["x", "n@Int64", "f@FP32", "d@FP64", "b@Uint8", "user@home"]
    columns = ["a:g:x", "a:g:n", "a:g:f", "a:g:d", "a:g:b"]
    small.write(tmp_path, "m", model({"a": ["feature_initializer"]}, columns, component("a", ["id"], labels[:5])))
    small.write(tmp_path, "unknown", model({"a": ["feature_initializer"]}, [], component("a", ["id"], labels)))
    with Daemon(tmp_path, env=fake.env, workers=1) as daemon:
        reply = daemon.predict(small.request("m", ["p1"]))
        assert [texts(reply, name) for name in columns] == [["a.x(p1)"], [161], [161.0], [161.0], [161]]
        refused = daemon.get("/config")[1]
    assert '\\"home\\" is no data type' in refused
    assert list(fake.wait("onfs").decode("retrieve", "Query").feature_groups[0].feature_labels) == labels[:5]


def cached(version=1, ttl=300, own_ttl=0):
    return model({"a": ["feature_initializer"]}, ["a:g:x"],
                 component("a", ["id", "user"], ["x"], comp_cache_enabled=True, comp_cache_ttl=own_ttl),
                 cache_enabled=True, cache_version=version, cache_ttl=ttl)


def generation(daemon):
    """What the only worker serves; waits for the first."""
    number = 0
    while not number:
        number = json.loads(daemon.get("/config")[1])["generation"]
    return number


def reload(daemon, configs, config):
    before = generation(daemon)
    small.write(configs, "m", config)
    while generation(daemon) == before:
        pass


def ask(daemon, *ids, user="u1"):
    reply = daemon.predict(small.request("m", ids, user=user))
    assert texts(reply, "a:g:x") == [f"a.x({i},{user})" for i in ids]


def test_what_is_kept_is_found_by_model_version_component_and_keys(fake, tmp_path):
    small.write(tmp_path, "m", cached())
    with Daemon(tmp_path, env=fake.env, workers=1) as daemon:
        ask(daemon, "p1", "p2", "p1")
        assert queries(fake, 1) == {"a": [["p1", "u1"], ["p2", "u1"]]}
        ask(daemon, "p2", "p3")
        assert queries(fake, 1) == {"a": [["p3", "u1"]]}
        ask(daemon, "p1", user="u2")  # another entity
        assert queries(fake, 1) == {"a": [["p1", "u2"]]}
        changed = cached()
        changed["response_config"]["log_batch_size"] = 7
        reload(daemon, tmp_path, changed)  # a new generation of the same: what is kept stays
        ask(daemon, "p1", "p2", "p3")
        assert queries(fake, 0) == {}
        reload(daemon, tmp_path, cached(version=2))
        ask(daemon, "p1")
        assert queries(fake, 1) == {"a": [["p1", "u1"]]}
        reload(daemon, tmp_path, cached())
        ask(daemon, "p1")  # the old version's is there still
        assert queries(fake, 0) == {}


@pytest.mark.parametrize("ttl, own_ttl", [(1, 0), (3600, 1)])
def test_what_is_kept_goes_when_its_time_is_over(fake, tmp_path, ttl, own_ttl):
    """The component's time goes before the model's. It ends by itself: asked for until it is fetched again."""
    small.write(tmp_path, "m", cached(ttl=ttl, own_ttl=own_ttl))
    with Daemon(tmp_path, env=fake.env, workers=1) as daemon:
        ask(daemon, "p1")
        ask(daemon, "p1")
        fake.wait("onfs")
        while fake.calls["onfs"].empty():
            ask(daemon, "p1")
        assert "inferd_cache_expired_total" in daemon.get("/metrics")[1]


def test_the_cache_stays_within_its_budget(fake, tmp_path):
    small.write(tmp_path, "m", cached())
    with Daemon(tmp_path, env=fake.env, workers=1, options=["--cache-size=64KiB"]) as daemon:
        for first in range(0, 4000, 200):
            ask(daemon, *[f"p{i}" for i in range(first, first + 200)])
        lines = dict(line.rsplit(" ", 1) for line in daemon.get("/metrics")[1].splitlines() if line.startswith("inferd_cache_"))
        seen = {name.partition("{")[0]: float(count) for name, count in lines.items()}
    assert 0 < seen["inferd_cache_bytes"] <= 64 << 10
    assert 0 < seen["inferd_cache_items"] < 1000
    assert seen["inferd_cache_evicted_total"] > 3000
    assert seen["inferd_cache_items"] + seen["inferd_cache_evicted_total"] == 4000


def test_no_budget_means_no_cache(fake, tmp_path):
    small.write(tmp_path, "m", cached())
    with Daemon(tmp_path, env=fake.env, workers=1, options=["--cache-size=0"]) as daemon:
        for _ in range(2):
            ask(daemon, "p1")
    assert fake.calls["onfs"].qsize() == 2
