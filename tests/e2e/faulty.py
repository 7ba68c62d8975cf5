# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Modules with faults (tests/modules), a model with a component of such, and a daemon that has them.
import json
import os
import shutil

import grpc

import small_models as small
from daemon import BUILD, MODULES, Daemon, sanitizers, until

TEST_MODULES = os.path.join(BUILD, "tests", "modules", ".libs")


def place(directory, name, file=None):
    """In one step, as an installation does."""
    fresh = directory / ("." + name)
    shutil.copy(os.path.join(TEST_MODULES, name + ".so"), fresh)
    fresh.rename(directory / (file or name + ".so"))


def frail(how, required=True, **options):
    """Prices beside a component with that fault, which writes 1 into a column of its own."""
    model = small.prices()
    model["component_config"]["faulty_components"] = [
        {"component": "bad", "how": how, "output": "one", "required": required, **options}]
    model["dag_execution_config"]["component_dependency"]["bad"] = ["fs_product"]
    model["response_config"]["features"] = ["product_id", "final", "one"]
    return model


def serve(configs, modules, sandbox, *options, workers=2):
    """A sanitizer says nothing of leaks, for one of the faults is that, and leaves crashes alone, for others are."""
    quiet = sanitizers("detect_leaks=0:handle_segv=0")
    return Daemon(configs, sandbox, modules=f"{modules}:{MODULES}", options=options, workers=workers, env=quiet)


def ask(daemon, model="frail"):
    """A call's table, or its code and message."""
    try:
        return small.table(daemon.predict(small.request(model, ["p1"])))
    except grpc.RpcError as error:
        return error.code(), error.details()


def is_quarantined(answer):
    return isinstance(answer, tuple) and "it is quarantined" in answer[1]


def crash_until_quarantined(daemon, model="frail"):
    code, message = until(lambda: (lambda answer: answer if is_quarantined(answer) else None)(ask(daemon, model)))
    assert code == grpc.StatusCode.UNAVAILABLE
    return message


def quarantined(daemon):
    return json.loads(daemon.get("/config")[1])["quarantined"]


def is_sound(daemon, model="prices"):
    answer = until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon, model)))
    return answer["final"] == [20.0]
