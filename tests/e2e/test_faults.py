# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The faults' suite finds a promise held that is, and one broken that isn't; so does the soak with faults. How long they go
# on, and what they measure, is no matter of tests.
import json
import os
import shutil
import subprocess
import sys

import pytest

BUILD = os.environ["builddir"]
BENCH = os.path.join(os.environ["srcdir"], "bench")

pytestmark = pytest.mark.skipif(not shutil.which("etcd"), reason="there is no etcd")


def run(tmp_path, program, *arguments):
    done = subprocess.run([sys.executable, os.path.join(BENCH, program), "--module-path=plugins/.libs", "--in-flight=4",
                           f"--json={tmp_path}/out.json", *arguments], cwd=BUILD, capture_output=True, text=True, timeout=240,
                          check=False)
    with open(tmp_path / "out.json", encoding="utf-8") as file:
        return done.returncode, done.stderr, json.load(file)


def suite(tmp_path, *arguments):
    return run(tmp_path, "check_faults.py", "--before=1.5", "--after=1.5", *arguments)


def test_a_killed_worker_keeps_its_promise(tmp_path):
    (tmp_path / "table.md").write_text("a\n<!-- make faults-document: begin -->\n<!-- make faults-document: end -->\nb\n")
    status, errors, rows = suite(tmp_path, "--only=kill -9 of a worker", f"--document={tmp_path}/table.md")
    assert status == 0, errors
    assert len(rows) == 1 and rows[0]["calls"] > 0 and rows[0]["wrong"] == 0
    assert rows[0]["failed"] == rows[0]["explained"]
    table = (tmp_path / "table.md").read_text()
    assert "| kill -9 of a worker |" in table and table.startswith("a\n") and table.endswith("\nb\n")


def test_a_worker_that_does_not_come_back_is_found(tmp_path):
    program = tmp_path / "inferd"
    program.write_text(f'#!/bin/sh\nexec "{BUILD}/host/inferd" "$@" --workers=1\n')
    program.chmod(0o755)
    status, errors, rows = suite(tmp_path, "--only=kill -9 of a worker", f"--inferd={program}")
    assert status == 1 and "there are 1 workers" in errors
    assert rows[0]["problems"]


def test_a_failure_that_the_fault_does_not_explain_is_found(tmp_path):
    """Backends are to answer UNAVAILABLE, but what they answer is malformed."""
    program = tmp_path / "backend"
    program.write_text(f'#!/bin/sh\nsed -u s/refuse/cut/ | "{BUILD}/bench/backend/backend"\n')
    program.chmod(0o755)
    status, errors, rows = suite(tmp_path, "--only=answer UNAVAILABLE", f"--backend={program}")
    assert status == 1 and "unexplained" in errors and "malformed" in errors
    assert rows[0]["failed"] > rows[0]["explained"]


def test_a_short_soak_with_faults(tmp_path):
    status, errors, result = run(tmp_path, "soak.py", "--seconds=12", "--faults=1", "--source=etcd")
    assert status == 0, errors
    assert sum(fault["times"] for fault in result["faults"].values()) > 0
    assert result["unexplained"] == 0 and result["mismatches"] == 0
