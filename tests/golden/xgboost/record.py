#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Trains a small model for each objective with XGBoost and records what it predicts, for tests that run without it:
#
#     apt-get install python3-xgboost && ./record.py                                        # what is in 1.7.4
#     pip install xgboost-cpu==3.2.0 && python3 record.py squarederror binary softprob targets  # what is in 3.2.0
#
# Writes VERSION/models/NAME.json and VERSION/predictions.json beside itself, which are what inferd-sandbox serves. The
# same version writes the same bytes.
import json
import os
import sys

import numpy
import xgboost

FEATURES, ROWS, RECORDED = 5, 400, 24
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), xgboost.__version__)

# name: parameters, and the shape of the target
MODELS = {
    "squarederror": ({"objective": "reg:squarederror", "base_score": -3.5}, "real"),
    "squaredlogerror": ({"objective": "reg:squaredlogerror"}, "unit"),
    "absoluteerror": ({"objective": "reg:absoluteerror"}, "real"),
    "pseudohubererror": ({"objective": "reg:pseudohubererror"}, "real"),
    "logistic": ({"objective": "reg:logistic", "base_score": 0.7}, "unit"),
    "binary": ({"objective": "binary:logistic", "base_score": 0.3}, "bool"),
    "forest": ({"objective": "binary:logistic", "num_parallel_tree": 3, "subsample": 0.5}, "bool"),
    "logitraw": ({"objective": "binary:logitraw", "base_score": 0.2}, "bool"),
    "hinge": ({"objective": "binary:hinge"}, "bool"),
    "poisson": ({"objective": "count:poisson", "base_score": 2.5}, "unit"),
    "gamma": ({"objective": "reg:gamma"}, "unit"),
    "tweedie": ({"objective": "reg:tweedie"}, "unit"),
    "pairwise": ({"objective": "rank:pairwise"}, "bool"),
    "softprob": ({"objective": "multi:softprob", "num_class": 3}, "class"),
    "softmax": ({"objective": "multi:softmax", "num_class": 3}, "class"),
    "targets": ({"objective": "reg:squarederror"}, "pair"),
}


def target(shape, features):
    signal = numpy.nan_to_num(features[:, 0] * features[:, 1]) + numpy.nan_to_num(features[:, 2], nan=-1)
    signal = (signal - signal.min()) / (signal.max() - signal.min())
    return {
        "real": signal * 10 - 5,
        "unit": signal.clip(0.001, 0.999),
        "bool": signal > 0.4,
        "class": (signal * 2.999).astype(int),
        "pair": numpy.stack([signal, 1 - signal * signal], axis=1),
    }[shape]


def main():
    random = numpy.random.RandomState(7)
    features = random.uniform(-2, 2, (ROWS, FEATURES)).astype("f4")
    features[random.uniform(size=features.shape) < 0.15] = numpy.nan
    recorded = {"features": [row.tobytes().hex() for row in features[:RECORDED]]}
    recorded["predictions"] = {}
    os.makedirs(os.path.join(FOLDER, "models"), exist_ok=True)
    for name in sys.argv[1:] or MODELS:
        parameters, shape = MODELS[name]
        data = xgboost.DMatrix(features, target(shape, features))
        if parameters["objective"].startswith("rank:"):
            data.set_group([20] * (ROWS // 20))
        model = xgboost.train({"max_depth": 3, "seed": 1, "nthread": 1, **parameters}, data, 4)
        model.save_model(os.path.join(FOLDER, "models", name + ".json"))
        predictions = model.predict(xgboost.DMatrix(features[:RECORDED])).astype("f4").reshape(RECORDED, -1)
        recorded["predictions"][name] = [row.tobytes().hex() for row in predictions]
    with open(os.path.join(FOLDER, "predictions.json"), "w", encoding="utf-8") as file:
        json.dump(recorded, file, indent=0)
        file.write("\n")


main()
