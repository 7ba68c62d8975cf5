# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's workloads: for each a model config, a request, the calls it leads to downstream, and the right reply.

w0: 1 target, 1 model. w1: 50 targets, 20 features of one entity, 1 model. w2: 200 targets, 60 features of three
entities, 2 models, 1 expression: 15 calls. w2_local: the same with its expression computed in process: two calls less.
w3: w2 with 1,000 targets. w4: w1 with its features kept in the cache. All values are FP32. What the backend answers is
known here as well
(bench/backend/reply.h), so the reply is known to the last bit. Needs nothing but Python.
"""
import json
import os
import struct

# How the server is told to split calls; see also settings().
FEATURE_BATCH, NUMERIX_BATCH, MODEL_BATCH = 50, 100, 100
TEXT, FP32 = 14, 4  # DataType

FEATURES_PATH = "/retrieve.FeatureService/RetrieveFeatures"
SCORES_PATH = "/inference.GRPCInferenceService/ModelInfer"
COMPUTE_PATH = "/numerix.Numerix/Compute"


def settings(ports):
    """The server's environment, with the backend's three ports in the order it names them."""
    features, scores, compute = (str(port) for port in ports)
    return {
        "APP_LOG_LEVEL": "ERROR",
        "EXTERNAL_SERVICE_ONFS_FS_HOST": "127.0.0.1", "EXTERNAL_SERVICE_ONFS_FS_PORT": features,
        "EXTERNAL_SERVICE_ONFS_FS_GRPC_PLAIN_TEXT": "true", "EXTERNAL_SERVICE_ONFS_FS_DEAD_LINE": "5000",
        "EXTERNAL_SERVICE_ONFS_FS_BATCH_SIZE": str(FEATURE_BATCH),
        "EXTERNAL_SERVICE_ONFS_FS_CALLER_ID": "bench", "EXTERNAL_SERVICE_ONFS_FS_CALLER_TOKEN": "bench",
        "EXTERNAL_SERVICE_PREDATOR_PORT": scores, "EXTERNAL_SERVICE_PREDATOR_GRPC_PLAIN_TEXT": "true",
        "EXTERNAL_SERVICE_PREDATOR_CALLER_ID": "bench", "EXTERNAL_SERVICE_PREDATOR_CALLER_TOKEN": "bench",
        "EXTERNAL_SERVICE_PREDATOR_DEADLINE": "5000",
        "NUMERIX_CLIENT_V1_HOST": "127.0.0.1", "NUMERIX_CLIENT_V1_PORT": compute,
        "NUMERIX_CLIENT_V1_PLAINTEXT": "true", "NUMERIX_CLIENT_V1_DEADLINE_MS": "5000",
        "NUMERIX_CLIENT_V1_BATCHSIZE": str(NUMERIX_BATCH), "NUMERIX_CLIENT_V1_AUTHTOKEN": "bench",
    }


HEADERS = {
    FEATURES_PATH: "online-feature-store-caller-id=bench,online-feature-store-auth-token=bench",
    SCORES_PATH: "predator-caller-id=bench,predator-auth-token=bench",
    COMPUTE_PATH: "numerix-caller-id=bench",
}


# Protocol Buffers, as much as is needed to write messages.

def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A field: numbers as varints, text and bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(number, values):
    return b"".join(field(number, value) for value in values)


def fp32(*values):
    return struct.pack(f"<{len(values)}f", *values)


# The backend's rules.

def h(*parts, start=0xcbf29ce484222325):
    value = start
    for part in parts:
        for byte in part.encode() if isinstance(part, str) else part:
            value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def unit(value):
    return (value >> 40) / 16777216


def feature_value(key, entity, group, label):
    return unit(h(key, entity, group, label))


def model_score(model, output, rows_of_inputs):
    return unit(h(model, output, *rows_of_inputs))


def computed(names, values):
    return unit(sum(h(name, value) for name, value in zip(names, values)) & 0xffffffffffffffff)


# What a model config is made of, in the configs' own terms.

class Entity:
    """A feature component: one group of one entity, fetched by the column 'key'."""

    def __init__(self, component, key, label, group, features, cached=False):
        self.component, self.key, self.label, self.group, self.features = component, key, label, group, features
        self.cached = cached
        self.columns = [f"{label}:{group}:{feature}" for feature in features]

    def config(self):
        return {
            "component": self.component, "component_id": self.key, "composite_id": False,
            "fs_keys": [{"schema": self.key, "col": self.key}],
            "fs_request": {"label": self.label, "featureGroups": [
                {"label": self.group, "data_type": "DataTypeFP32", "features": self.features}]},
            "fs_flatten_resp_keys": [self.key], "comp_cache_enabled": self.cached, "comp_cache_ttl": 3600,
            "col_name_prefix": "",
        }

    def requests(self, keys):
        group = field(1, self.group) + fields(2, self.features)
        for first in range(0, len(keys), FEATURE_BATCH):
            batch = keys[first:first + FEATURE_BATCH]
            yield (field(1, self.label) + field(2, group) + field(3, self.key) +
                   fields(4, (field(1, key) for key in batch)))

    def values(self, key):
        return {column: feature_value(key, self.label, self.group, feature)
                for column, feature in zip(self.columns, self.features)}


class Model:
    """A predator component: inputs are lists of columns, the one output is a score."""

    def __init__(self, component, name, inputs, score):
        self.component, self.name, self.inputs, self.score = component, name, inputs, score

    def config(self):
        return {
            "component": self.component, "component_id": "catalog_id", "model_name": self.name,
            "model_end_point": "127.0.0.1", "model_end_points": [], "deadline": 5000, "batch_size": MODEL_BATCH,
            "calibration": "", "slate_component": False,
            "inputs": [{"name": f"input__{i}", "features": columns, "shape": [len(columns)], "data_type": "FP32"}
                       for i, columns in enumerate(self.inputs)],
            "outputs": [{"name": "output__0", "model_scores": [self.score], "model_scores_dims": [[1]],
                         "data_type": "FP32"}],
        }

    def _rows(self, row):
        return [fp32(*(row[column] for column in columns)) for columns in self.inputs]

    def requests(self, rows):
        for first in range(0, len(rows), MODEL_BATCH):
            batch = [self._rows(row) for row in rows[first:first + MODEL_BATCH]]
            yield (field(1, self.name) + field(2, "1") +
                   b"".join(field(5, field(1, f"input__{i}") + field(2, "FP32") +
                                  field(3, varint(len(batch)) + varint(len(columns))))
                            for i, columns in enumerate(self.inputs)) +
                   field(6, field(1, "output__0")) +
                   b"".join(field(7, b"".join(row[i] for row in batch)) for i in range(len(self.inputs))))

    def compute(self, row):
        return model_score(self.name, "output__0", self._rows(row))


class Expression:
    """A numerix component over scores."""

    def __init__(self, component, compute_id, mapping, score):
        self.component, self.compute_id, self.mapping, self.score = component, compute_id, mapping, score

    def config(self):
        return {
            "component": self.component, "component_id": "catalog_id", "score_col": self.score,
            "data_type": "DataTypeFP32", "compute_id": self.compute_id, "slate_component": False,
            "score_mapping": {f"{name}@FP32": column for name, column in self.mapping.items()},
        }

    def requests(self, rows):
        for first in range(0, len(rows), NUMERIX_BATCH):
            scores = (field(2, field(1, row["catalog_id"]) +
                            fields(1, (fp32(row[column]) for column in self.mapping.values())))
                      for row in rows[first:first + NUMERIX_BATCH])
            yield field(1, fields(1, ["catalog_id", *self.mapping]) + fields(2, scores) +
                        field(3, self.compute_id) + field(4, "fp32"))

    def compute(self, row):
        return computed(self.mapping, [fp32(row[column]) for column in self.mapping.values()])


class LocalExpression(Expression):
    """The same, computed in process: the product of two scores."""

    def config(self):
        return {**super().config(), "compute": "local", "expression": " ".join([*self.mapping, "*"])}

    def requests(self, rows):
        return ()

    def compute(self, row):
        left, right = (struct.unpack("<f", fp32(row[column]))[0] for column in self.mapping.values())
        return struct.unpack("<f", fp32(left * right))[0]


class Workload:
    """Components in their order; rows: the targets' columns as the request has them."""

    def __init__(self, name, targets, entities, models, expressions, schema=(), context=()):
        self.name, self.entities, self.models, self.expressions = name, entities, models, expressions
        self.schema, self.context = schema, dict(context)
        self.rows = [{"catalog_id": str(100000 + i), **self.context} for i in range(targets)]
        self.scores = [m.score for m in models] + [e.score for e in expressions]

    def config(self):
        first = [e.component for e in self.entities]
        second = [m.component for m in self.models]
        needs = {c: ["feature_initializer"] for c in first}
        needs.update({c: first or ["feature_initializer"] for c in second})
        needs.update({e.component: second for e in self.expressions})
        return {
            "dag_execution_config": {"component_dependency": needs},
            "component_config": {
                "cache_enabled": any(e.cached for e in self.entities), "cache_version": 1, "cache_ttl": 300, "error_logging_percent": 100,
                "feature_components": [e.config() for e in self.entities],
                "predator_components": [m.config() for m in self.models],
                "numerix_components": [e.config() for e in self.expressions],
            },
            "response_config": {
                "features": ["catalog_id", *self.scores], "model_schema_features_perc": 0, "logging_perc": 0,
                "log_features": False, "log_batch_size": 500,
            },
        }

    def request(self):
        return (field(1, self.name) +
                b"".join(field(3, field(1, name) + field(2, value) + field(3, TEXT))
                         for name, value in self.context.items()) +
                b"".join(field(4, field(1, name) + field(2, TEXT)) for name, _ in self.schema) +
                b"".join(field(5, field(1, row["catalog_id"]) + fields(2, (text for _, text in self.schema)))
                         for row in self.rows))

    def solve(self):
        """The downstream calls, as (stage, path, request), and the reply; what is cached is fetched by the first request
        only, and not here."""
        calls, stage = [], 0
        rows = [{**row, **{name: float(text) for name, text in self.schema}} for row in self.rows]
        for entity in self.entities:
            keys = list(dict.fromkeys(row[entity.key] for row in rows))
            if not entity.cached:
                calls += [(stage, FEATURES_PATH, request) for request in entity.requests(keys)]
            for row in rows:
                row.update(entity.values(row[entity.key]))
        for components, path in ((self.models, SCORES_PATH), (self.expressions, COMPUTE_PATH)):
            stage += bool(calls)
            for component in components:
                calls += [(stage, path, request) for request in component.requests(rows)]
                for row in rows:
                    row[component.score] = component.compute(row)
        reply = field(1, field(1, "catalog_id") + field(2, TEXT))
        reply += b"".join(field(1, field(1, score) + field(2, FP32)) for score in self.scores)
        for row in rows:
            reply += field(2, field(2, row["catalog_id"]) + fields(2, (fp32(row[score]) for score in self.scores)))
        return calls, reply

    def write(self, directory, ports):
        """Writes NAME.json, NAME.request, NAME.reply, NAME.calls and what that names; returns the number of calls and
        their bytes by path."""
        address = dict(zip((FEATURES_PATH, SCORES_PATH, COMPUTE_PATH), ports))
        base = os.path.join(directory, self.name)
        calls, reply = self.solve()
        totals, lines = {}, []
        for number, (stage, path, request) in enumerate(calls):
            file = f"{base}.call{number}"
            save(file, request)
            lines.append(f"{stage} 127.0.0.1:{address[path]} {path} {file} {HEADERS[path]}\n")
            count, size = totals.get(path, (0, 0))
            totals[path] = (count + 1, size + len(request))
        save(base + ".calls", "".join(lines).encode())
        save(base + ".request", self.request())
        save(base + ".reply", reply)
        os.makedirs(os.path.join(directory, "models"), exist_ok=True)
        save(os.path.join(directory, "models", self.name + ".json"), json.dumps(self.config(), indent=1).encode())
        return totals


def save(path, data):
    with open(path, "wb") as file:
        file.write(data)


def labels(prefix, count):
    return [f"{prefix}{i:02}" for i in range(count)]


def ranking(name, targets, expression):
    attributes = Entity("catalog", "catalog_id", "catalog", "attrs", labels("c", 30))
    recent = Entity("recent", "catalog_id", "catalog_rt", "rt", labels("s", 20))
    profile = Entity("user", "user_id", "user", "prof", labels("u", 10))
    return Workload(name, targets, [attributes, recent, profile],
                    [Model("ctr_model", "ctr", [attributes.columns + recent.columns + profile.columns], "ctr"),
                     Model("cvr_model", "cvr", [attributes.columns, profile.columns], "cvr")],
                    [expression("final_score", "1", {"ctr": "ctr", "cvr": "cvr"}, "final")],
                    context={"user_id": "u-42"})


def features_and_model(name, cached):
    stats = Entity("stats", "catalog_id", "catalog", "stats", labels("f", 20), cached)
    return Workload(name, 50, [stats], [Model("model", "ranker20", [stats.columns], "score")], [])


def all_workloads():
    plain = [("f1", "0.25"), ("f2", "0.5"), ("f3", "0.75"), ("f4", "1")]
    alone = Workload("w0", 1, [], [Model("model", "ranker", [[name for name, _ in plain]], "score")], [], schema=plain)
    return {w.name: w for w in (alone, features_and_model("w1", False), ranking("w2", 200, Expression),
                                ranking("w2_local", 200, LocalExpression), ranking("w3", 1000, Expression),
                                features_and_model("w4", True))}
