# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A small ranking for tests: two users, three products, one tree, one expression; and the configs that use them.
import copy
import json
import struct

import protos

FEATURES = {
    "features/user.csv": "user_id,profile:age@Int32,profile:spend@FP32\nu1,31,2.5\nu2,64,0.5\n",
    "features/product.csv": "product_id,attrs:category@String,attrs:price@FP32\np1,shoes,10\np2,books,3\np3,shoes,7.5\n",
    "features/user_category.csv": "user_id,category,affinity:clicks@Int64\nu1,shoes,9\nu1,books,1\nu2,books,5\n",
    "expressions/boosted.expr": "score price *\n",
}


def feature(name, label, keys, groups):
    return {
        "component": name, "component_id": keys[0][1], "composite_id": False,
        "fs_keys": [{"schema": s, "col": c} for s, c in keys],
        "fs_request": {"label": label, "featureGroups": [{"label": g, "data_type": t, "features": f} for g, t, f in groups]},
        "fs_flatten_resp_keys": [keys[0][0]], "comp_cache_enabled": False, "comp_cache_ttl": 300, "col_name_prefix": "",
    }


def numerix(name, column, mapping, compute):
    return {"component": name, "component_id": "product_id", "score_col": column, "data_type": "DataTypeFP32",
            "score_mapping": mapping, "compute_id": compute, "slate_component": False}


def config(graph, reply, features=(), predators=(), numerixes=()):
    return {
        "dag_execution_config": {"component_dependency": graph},
        "component_config": {
            "cache_enabled": False, "cache_version": 1, "cache_ttl": 300, "error_logging_percent": 100,
            "feature_components": copy.deepcopy(list(features)), "predator_components": copy.deepcopy(list(predators)),
            "numerix_components": copy.deepcopy(list(numerixes)),
        },
        "response_config": {"features": reply, "model_schema_features_perc": 0, "logging_perc": 0, "log_features": False,
                            "log_batch_size": 500},
    }


PRODUCT = feature("fs_product", "product", [("product_id", "product_id")],
                  [("attrs", "DataTypeString", ["category"]), ("attrs", "DataTypeFP32", ["price"])])


def prices():
    """Price times an inline score: no model server needed."""
    return config({"fs_product": ["feature_initializer"], "boost": ["fs_product"]}, ["product_id", "product:attrs:price", "final"],
                  [PRODUCT], (), [numerix("boost", "final", {"score@String": "score", "price@FP32": "product:attrs:price"}, "boosted")])


def echo():
    """Values of every form that JSON has, as they came, and the product of two."""
    return config({"boost": ["feature_initializer"]}, ["id", "text", "real", "whole", "list", "words", "truth", "final"],
                  numerixes=[{**numerix("boost", "final", {"score": "real", "price": "whole"}, "boosted"), "component_id": "id"}])


def weighted():
    """Slates and pairs: the score of their targets times their weight."""
    return config({"boost": ["feature_initializer"]}, ["id", "score", "final"],
                  numerixes=[{**numerix("boost", "final", {"score": "score", "price": "weight"}, "boosted"),
                              "component_id": "id", "slate_component": True}])


def write(directory, name, model):
    """Puts a config into place in one step, as an editor or a deployment does."""
    path = directory / (name + ".json")
    fresh = directory / (".new-" + name)
    fresh.write_text(model if isinstance(model, str) else json.dumps(model))
    fresh.rename(path)


def request(model, ids, score=b"2", **context):
    predict = protos.load("predict")
    message = predict.PointWiseRequest(model_config_id=model, tracking_id="t1")
    message.target_input_schema.add(name="score", data_type=predict.DataTypeString)
    for name, value in context.items():
        message.context_features.add(name=name, value=value.encode(), data_type=predict.DataTypeString)
    for target in ids:
        message.targets.add(id=target, feature_values=[score])
    return message


def table(reply):
    """A reply as {column: [values]}, FP32 as numbers, String as text."""
    predict = protos.load("predict")
    out = {}
    for i, column in enumerate(reply.target_output_schema):
        values = [row.output_values[i] for row in reply.target_scores]
        if column.data_type == predict.DataTypeFP32:
            values = [struct.unpack("<f", v)[0] if v else None for v in values]
        else:
            values = [v.decode() for v in values]
        out[column.name] = values
    return out


def predator(name, columns, output, deadline=60000, kind="FP32"):
    """A model "m" of one input of these columns and one score; its server is at the port that the settings name."""
    return {"component": name, "component_id": "product_id", "model_name": "m", "model_end_point": "127.0.0.1",
            "model_end_points": [], "deadline": deadline, "batch_size": 1000, "calibration": "",
            "inputs": [{"name": "in", "features": columns, "shape": [len(columns)], "data_type": kind}],
            "outputs": [{"name": "out", "model_scores": [output], "model_scores_dims": [[1]], "data_type": "FP32"}],
            "slate_component": False}


def chain(deadline=60000):
    """A feature store, a model server and Numerix, one after the other."""
    return config(
        {"fs_product": ["feature_initializer"], "rank": ["fs_product"], "boost": ["rank"]},
        ["product_id", "product:attrs:price", "probability", "final"], [PRODUCT],
        [predator("rank", ["product:attrs:price"], "probability", deadline=deadline)],
        [numerix("boost", "final", {"p@FP32": "probability"}, "any")])
