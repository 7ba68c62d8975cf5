#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Asks inferd for a ranking, with nothing but stock gRPC: the messages are made of proto/predict.proto by protoc when
# the script starts. Needs python3-grpcio, python3-protobuf and protobuf-compiler.
import argparse
import importlib
import json
import os
import struct
import subprocess
import sys
import tempfile

import grpc

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(HERE, "..", "..", "proto")


def load_messages():
    """The classes of predict.proto's messages."""
    with tempfile.TemporaryDirectory() as made:
        subprocess.run(["protoc", "--proto_path=" + PROTO, "--python_out=" + made, "predict.proto"], check=True)
        sys.path.insert(0, made)
        try:
            return importlib.import_module("predict_pb2")
        finally:
            sys.path.remove(made)


def build_request(predict, wish):
    """A PointWiseRequest: what to rank (targets), for whom (context), by which model config."""
    request = predict.PointWiseRequest(model_config_id=wish["model"], tracking_id="rank.py")
    for name, value in wish["context"].items():
        request.context_features.add(name=name, value=value.encode(), data_type=predict.DataTypeString)
    for target in wish["targets"]:
        request.targets.add(id=target)
    return request


def call(predict, address, request):
    with grpc.insecure_channel(address) as channel:
        method = channel.unary_unary(
            "/Predict/InferPointWise",
            request_serializer=predict.PointWiseRequest.SerializeToString,
            response_deserializer=predict.PointWiseResponse.FromString,
        )
        return method(request, timeout=10)


def decode(predict, schema, value):
    if not value:
        return None
    if schema.data_type == predict.DataTypeString:
        return value.decode()
    if schema.data_type == predict.DataTypeFP32:
        return struct.unpack("<f", value)[0]
    raise SystemExit(f"rank.py: column '{schema.name}' is of type {predict.DataType.Name(schema.data_type)}")


def read_reply(predict, response):
    """A dictionary for each target, by the columns' names, the best first."""
    if response.request_error:
        raise SystemExit("rank.py: " + response.request_error)
    rows = []
    for score in response.target_scores:
        if score.error:
            print("rank.py: a target failed: " + score.error, file=sys.stderr)
            continue
        rows.append({
            schema.name: decode(predict, schema, value)
            for schema, value in zip(response.target_output_schema, score.output_values)
        })
    if not rows or any(row.get("final_score") is None for row in rows):
        raise SystemExit("rank.py: the reply has targets without a final_score")
    return sorted(rows, key=lambda row: -row["final_score"])


def show(wish, rows):
    print(f"Ranking for user {wish['context'].get('user_id', '?')}, by model config {wish['model']}:\n")
    print("rank  product                category     model score  boost  final score")
    for rank, row in enumerate(rows, 1):
        name, category = row["product:catalog:name"] or row["product_id"], row["product:catalog:category"] or "-"
        score, boost, final = row["purchase_probability"], row["product:promo:boost"] or 0, row["final_score"]
        print(f"{rank:4}  {name:<21}  {category:<11}  {score:11.6f}  {boost:5.2f}  {final:11.6f}")


def main():
    parser = argparse.ArgumentParser(description="Ask inferd for a ranking and show it.")
    parser.add_argument("address", nargs="?", default="127.0.0.1:8085", help="where inferd listens (%(default)s)")
    parser.add_argument("--request", default=os.path.join(HERE, "request.json"), help="what to ask (%(default)s)")
    parser.add_argument("--user", help="rank for this user instead of the request's")
    arguments = parser.parse_args()
    with open(arguments.request, encoding="utf-8") as file:
        wish = json.load(file)
    if arguments.user:
        wish["context"]["user_id"] = arguments.user
    predict = load_messages()
    try:
        response = call(predict, arguments.address, build_request(predict, wish))
    except grpc.RpcError as error:
        raise SystemExit(f"rank.py: {error.code().name}: {error.details()}") from None
    show(wish, read_reply(predict, response))


if __name__ == "__main__":
    main()
