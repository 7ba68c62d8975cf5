# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Many models, many of which change each second, under load: a short run of `make churn`, which judges that no call failed,
# no reply was wrong, and only what changed was compiled; and that it says so when something is wrong.
import json
import os
import subprocess
import sys

BUILD = os.environ["builddir"]
CHURN = os.path.join(os.environ["srcdir"], "bench", "churn.py")


def churn(tmp_path, *arguments):
    out = tmp_path / "results.json"
    done = subprocess.run([sys.executable, CHURN, "--module-path=plugins/.libs", "--rounds=1", f"--json={out}", *arguments],
                          cwd=BUILD, capture_output=True, text=True, timeout=300, check=False)
    return done, json.loads(out.read_text()) if out.exists() else None


def test_changes_of_many_models_cost_no_call(tmp_path):
    done, result = churn(tmp_path, "--models=200", "--changes=50", "--seconds=2")
    assert done.returncode == 0, (done.stdout, done.stderr)
    quiet, elsewhere, changing = result["rounds"]
    assert quiet["requests"] and elsewhere["requests"] and changing["requests"]
    assert elsewhere["written"] and changing["written"] and not quiet["written"]
    assert result["compiled"] > 400  # two workers, and what changed
    assert "0 failed" in done.stdout


def test_an_inferd_that_does_not_start_fails(tmp_path):
    done, result = churn(tmp_path, "--models=1", "--inferd=/bin/false")
    assert done.returncode == 1 and "inferd isn't ready" in done.stderr and result is None
