# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Backends whose answers show what they were asked, and the configs that go with them:
#
#     with Mirror() as mirror, Daemon(configs, env=mirror.env) as daemon: ...
#
#   feature store   answers with VALUES[label][key]; a key that begins with "drop" is left out
#   model server    output "o<x>" is input "i<x>" again: same datatype, same shape, same bytes. A model whose name holds
#                   "fail" refuses a batch with a row of 666.0, "short" loses each reply's last row, "typed" answers in
#                   contents, "slate" answers with the first row alone, "down" is UNAVAILABLE
#   Numerix         a row's score is the sum of its operands; the expression "err" is an error, "down" UNAVAILABLE
#
# A fake takes any bytes for a store's value, so that all data types can be had.
import struct

import grpc

import protos
from fake import Fake

VALUES = {}  # feature label: {key: bytes}
LOST = struct.pack("<f", 666)
CONTENTS = {  # datatype: the member of InferTensorContents, and the struct of an element
    "BOOL": ("bool_contents", "<?"), "INT8": ("int_contents", "<b"), "INT16": ("int_contents", "<h"),
    "INT32": ("int_contents", "<i"), "INT64": ("int64_contents", "<q"), "UINT8": ("uint_contents", "<B"),
    "UINT16": ("uint_contents", "<H"), "UINT32": ("uint_contents", "<I"), "UINT64": ("uint64_contents", "<Q"),
    "FP32": ("fp32_contents", "<f"), "FP64": ("fp64_contents", "<d"),
}


def store(call):
    retrieve = protos.load("retrieve")
    query = call.decode("retrieve", "Query")
    result = retrieve.Result(entity_label=query.entity_label, keys_schema=query.keys_schema)
    labels = []
    for group in query.feature_groups:
        schema = result.feature_schemas.add(feature_group_label=group.label)
        for label in group.feature_labels:
            schema.features.add(label=label, column_idx=len(labels))
            labels.append(label)
    for key in query.keys:
        name = "|".join(key.cols)
        if not name.startswith("drop"):
            result.rows.add(keys=key.cols, columns=[VALUES[label].get(name, b"") for label in labels])
    return result.SerializeToString()


def rows_of(raw, tensor):
    """The bytes of each row of a tensor."""
    count = tensor.shape[0]
    if tensor.datatype != "BYTES":
        size = len(raw) // count
        return [raw[i * size:(i + 1) * size] for i in range(count)]
    texts, at = [], 0
    while at < len(raw):
        end = at + 4 + int.from_bytes(raw[at:at + 4], "little")
        texts.append(raw[at:end])
        at = end
    size = len(texts) // count
    return [b"".join(texts[i * size:(i + 1) * size]) for i in range(count)]


def put_contents(output, rows):
    raw = b"".join(rows)
    if output.datatype == "BYTES":
        while raw:
            size = int.from_bytes(raw[:4], "little")
            output.contents.bytes_contents.append(raw[4:4 + size])
            raw = raw[4 + size:]
        return
    member, form = CONTENTS[output.datatype]
    getattr(output.contents, member).extend(value for value, in struct.iter_unpack(form, raw))


def server(call):
    request = call.decode("kserve", "ModelInferRequest")
    reply = protos.load("kserve").ModelInferResponse(model_name=request.model_name, model_version="1")
    rows = {t.name: rows_of(raw, t) for t, raw in zip(request.inputs, request.raw_input_contents)}
    if "down" in request.model_name:
        call.fail(grpc.StatusCode.UNAVAILABLE, "the server is away")
    if "fail" in request.model_name and any(row.startswith(LOST) for tensor in rows.values() for row in tensor):
        call.fail(grpc.StatusCode.INTERNAL, "a row that no model can score")
    for asked in request.outputs:
        tensor = next(t for t in request.inputs if t.name == "i" + asked.name[1:])
        output = reply.outputs.add(name=asked.name, datatype=tensor.datatype, shape=tensor.shape)
        values = rows[tensor.name]
        if "slate" in request.model_name:
            output.shape[0], values = 1, values[:1]
        if "short" in request.model_name:
            values = values[:-1]
        if "typed" in request.model_name:
            put_contents(output, values)
        else:
            reply.raw_output_contents.append(b"".join(values))
    return reply.SerializeToString()


def calculator(call):
    numerix = protos.load("numerix")
    asked = call.decode("numerix", "NumerixRequestProto").entity_score_data
    if asked.compute_id == "err":
        return numerix.NumerixResponseProto(error=numerix.Error(message="no such expression")).SerializeToString()
    if asked.compute_id == "down":
        call.fail(grpc.StatusCode.UNAVAILABLE, "the server is away")
    data = numerix.ComputationScoreData(schema=[asked.schema[0], "score"])
    for row in asked.entity_scores:
        name, *operands = row.byte_data.values
        score = sum(struct.unpack("<f", operand)[0] for operand in operands)
        data.computation_scores.add(byte_data=numerix.ByteList(values=[name, struct.pack("<f", score)]))
    return numerix.NumerixResponseProto(computation_score_data=data).SerializeToString()


class Mirror(Fake):
    def __init__(self, credentials=None):
        super().__init__(onfs=store, kserve=server, numerix=calculator)
        self.credentials = credentials

    def requests(self, service, file, message):
        """The requests of that service since the last look."""
        found = []
        while not self.calls[service].empty():
            found.append(self.calls[service].get().decode(file, message))
        return found


# Configs.


def predator(name, inputs, outputs, **options):
    """inputs: [(name, features, shape, datatype)], outputs: [(name, scores, dims, type)]."""
    return {
        "component": name, "component_id": "id", "model_name": "m", "model_end_point": "127.0.0.1", "deadline": 30000,
        "batch_size": 1000,
        "inputs": [dict(zip(("name", "features", "shape", "data_type"), i)) for i in inputs],
        "outputs": [dict(zip(("name", "model_scores", "model_scores_dims", "data_type"), o)) for o in outputs],
        **options,
    }


def echo(name, column, kind="FP32", score=None, shape=(1,), **options):
    """A column of that datatype, as the column <name> (or 'score'): what the model server was sent."""
    return predator(name, [("i", [column], list(shape), kind)], [("o", [score or name], [list(shape)], kind)], **options)


def compute(name, mapping, expression="sum", **options):
    return {"component": name, "component_id": "id", "score_col": name, "data_type": "FP32", "score_mapping": mapping,
            "compute_id": expression, **options}


def feature(name, key, groups, **options):
    """key: a column or several; groups: [(group, type, labels)]."""
    columns = [key] if isinstance(key, str) else key
    return {
        "component": name, "component_id": columns[0], "fs_keys": [{"schema": f"k{i}", "col": c} for i, c in enumerate(columns)],
        "fs_request": {"label": name, "featureGroups": [{"label": g, "data_type": t, "features": f} for g, t, f in groups]},
        "fs_flatten_resp_keys": ["k0"], **options,
    }


def model(reply, graph=None, features=(), predators=(), numerixes=(), **options):
    """A config; without a graph everything waits for the root alone."""
    parts = [*features, *predators, *numerixes]
    return {
        "dag_execution_config": {
            "component_dependency": graph or {part["component"]: ["feature_initializer"] for part in parts}},
        "component_config": {"cache_enabled": False, "error_logging_percent": 100, "feature_components": list(features),
                             "predator_components": list(predators), "numerix_components": list(numerixes)},
        "response_config": {"features": ["id", *reply]}, **options,
    }


# Requests and replies.


def number(kind):
    """"FP32Vector": its number."""
    return getattr(protos.load("predict"), "DataType" + kind)


def schema(entries, columns):
    for name, kind in columns.items():
        entries.add(name=name, data_type=number(kind))


def contexts(request, values):
    for name, (kind, value) in values.items():
        request.context_features.add(name=name, data_type=number(kind), value=value)


def point(name, columns, rows, context=None):
    """columns: {name: type}; rows: {id: [bytes]}, or a list of pairs; context: {name: (type, bytes)}."""
    request = protos.load("predict").PointWiseRequest(model_config_id=name)
    schema(request.target_input_schema, columns)
    contexts(request, context or {})
    for target, values in rows.items() if isinstance(rows, dict) else rows:
        request.targets.add(id=target, feature_values=values)
    return request


def table(schema, rows):
    """{column: (type, [bytes])}"""
    predict = protos.load("predict")
    return {c.name: (predict.DataType.Name(c.data_type)[len("DataType"):], [row.output_values[i] for row in rows])
            for i, c in enumerate(schema)}


def targets(reply):
    return table(reply.target_output_schema, reply.target_scores)


def column(reply, name):
    return targets(reply)[name][1]


def errors(rows):
    return [row.error for row in rows]


def f32(*values):
    return struct.pack(f"<{len(values)}f", *values)
