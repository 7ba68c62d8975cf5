# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The bench measures what it says: every reply is the right one, the daemon makes the floor's calls, and a wrong reply
# or a dead server doesn't pass. It is no test of speed.
import json
import os
import subprocess
import sys

BUILD = os.environ["builddir"]
RUN = os.path.join(os.environ["srcdir"], "bench", "run.py")


def bench(tmp_path, *arguments):
    out = str(tmp_path / "results.json")
    done = subprocess.run([sys.executable, RUN, "--module-path=plugins/.libs", "--rounds=1", "--calls=2000",
                           "--json=" + out, *arguments], cwd=BUILD, capture_output=True, text=True, timeout=300,
                          check=False)
    rows = []
    if os.path.exists(out):
        with open(out, encoding="utf-8") as file:
            rows = json.load(file)["rows"]
    return done, {(row["workload"], row["server"]): row for row in rows}


def test_right_replies_and_the_same_calls(tmp_path):
    done, rows = bench(tmp_path, "--workloads=w0,w1,w2,w2_local", "--calls=500")
    assert done.returncode == 0, done.stderr
    assert sorted(rows) == [(w, s) for w in ("w0", "w1", "w2", "w2_local") for s in ("floor", "inferd")]
    for (workload, _), row in rows.items():
        assert row["rps"] > 0 and not row["problems"]
        assert row["calls"] == {"w0": 1, "w1": 2, "w2": 15, "w2_local": 13}[workload]
        for key in ("request_bytes", "reply_bytes"):
            assert row[key] == rows[workload, "floor"][key]
        assert f"\n{workload}" in done.stdout


def test_compares_with_an_earlier_build(tmp_path):
    bench(tmp_path, "--only-floor", "--workloads=w0")
    earlier = str(tmp_path / "results.json")
    done, _ = bench(tmp_path, "--only-floor", "--workloads=w0", "--against=" + earlier)
    assert done.returncode == 0, done.stderr
    header, row = done.stdout.splitlines()[:2]
    assert "was" in header.split()
    assert row.split()[4] == "1.00"


def test_a_wrong_reply_fails(tmp_path):
    wrong = tmp_path / "floor"
    wrong.write_text(f"""#!/bin/sh
printf wrong >"{tmp_path}/wrong"
shift 2
exec "{BUILD}/bench/floor/floor" --reply "{tmp_path}/wrong" "$@"
""")
    wrong.chmod(0o755)
    done, rows = bench(tmp_path, "--only-floor", "--workloads=w0", f"--floor={wrong}")
    assert done.returncode == 1
    assert "wrong replies" in done.stderr
    assert rows["w0", "floor"]["problems"]


def test_what_guarding_costs(tmp_path):
    out = tmp_path / "guarded.json"
    script = os.path.join(os.environ["srcdir"], "bench", "guarded.py")
    done = subprocess.run([sys.executable, script, "--module-path=plugins/.libs", "--workloads=w0,w1", "--rounds=1",
                           "--calls=2000", f"--json={out}"], cwd=BUILD, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text())["rows"]
    assert [(row["workload"], row["way"]) for row in rows] == [
        (workload, way) for workload in ("w0", "w1") for way in ("plain", "token", "TLS", "TLS, token")]
    assert all(row["rps"] > 0 and row["x_plain"] > 0 and not row["problem"] for row in rows)


def test_a_server_that_does_not_start_fails(tmp_path):
    done, rows = bench(tmp_path, "--workloads=w0", "--inferd=/bin/false")
    assert done.returncode == 1
    assert "inferd ended with status 1 before it listened" in done.stderr
    assert not rows
