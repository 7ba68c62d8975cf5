# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The messages of proto/*.proto as Python classes, made by protoc when they are first asked for: protos.load("kserve")
# is the module of proto/kserve.proto.
import atexit
import functools
import importlib
import os
import subprocess
import sys
import tempfile

SOURCE = os.path.join(os.environ["srcdir"], "proto")


@functools.lru_cache(maxsize=None)
def folder():
    made = tempfile.TemporaryDirectory(prefix="inferd-protos-")
    atexit.register(made.cleanup)
    names = sorted(name for name in os.listdir(SOURCE) if name.endswith(".proto"))
    subprocess.run(["protoc", "--proto_path=" + SOURCE, "--python_out=" + made.name, *names], check=True)
    sys.path.insert(0, made.name)
    return made.name


def load(name):
    folder()
    return importlib.import_module(name + "_pb2")
