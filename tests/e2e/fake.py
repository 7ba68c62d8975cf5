# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A backend whose answers the test decides, byte by byte, on one port for every service:
#
#     with Fake() as fake, Daemon(configs, env=fake.env) as daemon:
#         fake.answers["numerix"] = lambda call: b"\x0a\x00"
#         fake.wait("onfs")                       # the next call of that service: .request, .headers, .left, .cancelled
#
# An answer is bytes, or an exception of the call's own making: call.fail(code, text).
import concurrent.futures
import queue
import threading

import grpc

import protos
from ports import free_port
from sandbox import METHODS

PATIENCE = 60  # seconds until a test fails that waits for something
SERVICES = {path: name for name, (path, _, _) in METHODS.items()}
# What a call is given by the caller, not by gRPC.
OWN = ("user-agent", "grpc-accept-encoding", "accept-encoding")


class Call:
    def __init__(self, service, request, context):
        self.service, self.request, self.context = service, request, context
        self.headers = {k: v for k, v in context.invocation_metadata() if k not in OWN}
        self.left = context.time_remaining()  # None: the caller waits for ever
        self.ended = threading.Event()
        if not context.add_callback(self.ended.set):
            self.ended.set()  # before this thread had its turn

    def fail(self, code, text):
        self.context.abort(code, text)

    def wait_end(self):
        """Until the caller has given up or has its answer."""
        assert self.ended.wait(PATIENCE), "the call goes on"

    def decode(self, file, message):
        return getattr(protos.load(file), message).FromString(self.request)


class Fake(grpc.GenericRpcHandler):
    def __init__(self, **answers):
        self.answers = answers
        self.calls = {name: queue.Queue() for name in METHODS}
        self.port = free_port()
        self.credentials = None  # of a server with TLS

    def service(self, details):
        name = SERVICES.get(details.method)
        if name is None:
            return None

        def serve(request, context):
            call = Call(name, request, context)
            self.calls[name].put(call)
            return self.answers[name](call)

        return grpc.unary_unary_rpc_method_handler(serve)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stop()

    def start(self):
        """On its own port; after stop() on the same one."""
        self.pool = concurrent.futures.ThreadPoolExecutor(32)
        self.server = grpc.server(self.pool, handlers=[self], options=[
            ("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
        address = f"127.0.0.1:{self.port}"
        port = (self.server.add_secure_port(address, self.credentials) if self.credentials
                else self.server.add_insecure_port(address))
        assert port == self.port, f"port {self.port} is taken"
        self.server.start()

    def stop(self):
        self.server.stop(None).wait()
        self.pool.shutdown()

    def wait(self, service):
        return self.calls[service].get(timeout=PATIENCE)

    def seen_by(self, service, ask):
        """Asks, until a call has come to that service: time may be over before it does. Returns what the last ask() did,
        and that call."""
        while True:
            outcome = ask()
            try:
                return outcome, self.calls[service].get(timeout=1)
            except queue.Empty:
                pass

    @property
    def env(self):
        port = str(self.port)
        return {
            "EXTERNAL_SERVICE_ONFS_FS_HOST": "127.0.0.1", "EXTERNAL_SERVICE_ONFS_FS_PORT": port,
            "EXTERNAL_SERVICE_ONFS_FS_DEAD_LINE": "60000", "EXTERNAL_SERVICE_PREDATOR_PORT": port,
            "NUMERIX_CLIENT_V1_HOST": "127.0.0.1", "NUMERIX_CLIENT_V1_PORT": port,
            "NUMERIX_CLIENT_V1_DEADLINE_MS": "60000",
        }


def rows_of(call):
    """How many rows a call asks for."""
    if call.service == "onfs":
        return len(call.decode("retrieve", "Query").keys)
    if call.service == "kserve":
        return call.decode("kserve", "ModelInferRequest").inputs[0].shape[0]
    return len(call.decode("numerix", "NumerixRequestProto").entity_score_data.entity_scores)


def features(call, price=b"\0\0\x20\x41", category=b"shoes"):
    """What a feature store answers: the same two values for all keys, as small_models.PRODUCT asks for them."""
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
        result.rows.add(keys=key.cols, columns=[category, price])
    return result.SerializeToString()


def tensor(rows, value=b"\0\0\0\x3f", name="out", datatype="FP32", shape=None):
    """What a model server answers: the same value for all rows."""
    kserve = protos.load("kserve")
    reply = kserve.ModelInferResponse(model_name="m", model_version="1", raw_output_contents=[value * rows])
    reply.outputs.add(name=name, datatype=datatype, shape=shape or [rows, 1])
    return reply.SerializeToString()


def scores(rows, value=b"\0\0\x40\x40", name=b"x"):
    """What Numerix answers: the same score for all rows."""
    numerix = protos.load("numerix")
    data = numerix.ComputationScoreData(schema=["id", "score"])
    for _ in range(rows):
        data.computation_scores.add(byte_data=numerix.ByteList(values=[name, value]))
    return numerix.NumerixResponseProto(computation_score_data=data).SerializeToString()


GOOD = {
    "onfs": features,
    "kserve": lambda call: tensor(rows_of(call)),
    "numerix": lambda call: scores(rows_of(call)),
}


class Gate:
    """An answer that doesn't come until the gate is opened."""

    def __init__(self, service):
        self.opened = threading.Event()
        self.answer = GOOD[service]

    def __call__(self, call):
        assert self.opened.wait(PATIENCE)
        return self.answer(call)
