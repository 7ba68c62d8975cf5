# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The soak finds nothing in a short while of everything, and would find what it is there for: a wrong reply, a worker
# that dies. How long it goes on is no matter of tests.
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys

import pytest

BUILD = os.environ["builddir"]
SOAK = os.path.join(os.environ["srcdir"], "bench", "soak.py")


def soak(tmp_path, *arguments):
    return subprocess.Popen(
        [sys.executable, SOAK, "--module-path=plugins/.libs", "--any-memory", "--swap-seconds=0.1",
         f"--json={tmp_path}/soak.json", "--seconds=3600", *arguments], cwd=BUILD, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process):
    out, errors = process.communicate(timeout=600)
    return process.returncode, out, errors


@pytest.mark.parametrize("source", ["etcd", "dir"])
def test_a_short_one(tmp_path, source):
    if source == "etcd" and not shutil.which("etcd"):
        pytest.skip("there is no etcd")
    status, out, errors = end(soak(tmp_path, "--calls=10000", f"--source={source}"))
    assert status == 0, errors
    with open(tmp_path / "soak.json", encoding="utf-8") as file:
        result = json.load(file)
    assert result["total"] >= 10000 and result["swaps"] > 0 and not result["problems"]
    assert all(task["calls"] for task in result["tasks"])
    assert re.match(r"soak: \d+ calls in .* 0 failed, 0 wrong; memory ", out)


def test_a_wrong_reply_is_found(tmp_path):
    load = tmp_path / "load"
    load.write_text(f"""#!/bin/sh
for word; do
    case $word in
    */mix) mix=$word ;;
    --progress-ms) printf wrong >"${{mix%/mix}}/w0.3.1" ;;
    esac
done
exec "{BUILD}/bench/load" "$@"
""")
    load.chmod(0o755)
    status, _, errors = end(soak(tmp_path, "--calls=5000", "--swap-seconds=3600", f"--load={load}", f"--keep={tmp_path}/kept"))
    assert status == 1 and "wrong replies: {'w0.3':" in errors
    assert (tmp_path / "kept" / "w0.3.wrong1").stat().st_size > 10


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="ascii") as file:
        return file.read().strip()


def child(pid, name):
    """Its first child of that name."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return next(child for child in map(int, file.read().split()) if name_of(child) == name)


def test_a_dead_worker_is_found(tmp_path):
    ready = tmp_path / "load"
    os.mkfifo(tmp_path / "began")
    began = os.open(tmp_path / "began", os.O_RDWR)  # nobody waits for the other end to be opened
    ready.write_text(f"""#!/bin/sh
case "$*" in *--progress*) echo began >"{tmp_path}/began" ;; esac
exec "{BUILD}/bench/load" "$@"
""")
    ready.chmod(0o755)
    process = soak(tmp_path, "--calls=20000", "--swap-seconds=3600", f"--load={ready}")
    assert select.select([began], [], [], 240)[0]
    os.close(began)
    master = child(process.pid, "inferd")
    os.kill(child(master, "inferd-worker"), signal.SIGKILL)
    status, _, errors = end(process)
    assert status == 1 and "inferd_workers_died_total is 1" in errors and "SIGKILL" in errors
