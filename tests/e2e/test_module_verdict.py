# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Module files whose opening ends a process: only the checking child is lost, no worker opens them, everything else is
# served; log, metrics and /config say so; a mended file is taken by the next generation.
import json
import os

import small_models as small
from daemon import metric, until
from faulty import place, serve


def listed(daemon, name):
    """What /config says of a module file."""
    found = [m for m in json.loads(daemon.get("/config")[1])["modules"] if os.path.basename(m["path"]) == name]
    return found[0] if found else None


def workers_died(daemon):
    return metric(daemon, "inferd_workers_died_total")


def test_no_worker_opens_what_ends_the_checking_child(configs, modules, sandbox):
    place(modules, "crashing")
    with serve(configs, modules, sandbox) as daemon:
        line = daemon.wait_log("module_kept_out")
        assert line["process"] == "master" and line["path"] == str(modules / "crashing.so")
        assert "crashed with SIGSEGV in the checking child, so that no worker opens it" in line["message"]
        daemon.wait_log("worker_ready")
        daemon.wait_log("worker_ready")
        assert small.table(daemon.predict(small.request("prices", ["p1"])))["final"] == [20.0]
        assert workers_died(daemon) == 0
        assert metric(daemon, "inferd_modules_kept_out") == 1
        entry = listed(daemon, "crashing.so")
        assert entry["kept_out"] and entry["refused"] and "SIGSEGV" in entry["reason"]
        assert not any(m["refused"] for m in json.loads(daemon.get("/config")[1])["modules"] if m is not entry
                       and os.path.basename(m["path"]) != "crashing.so")
        # Not tried again: the next generation costs no other child, and says nothing new.
        small.write(configs, "second", small.prices())
        daemon.wait_log("generation")
        assert [l["event"] for l in daemon.seen].count("module_kept_out") == 1
        assert metric(daemon, "inferd_modules_refused_total") == 1


def test_a_mended_file_is_taken_by_the_next_generation(configs, modules, sandbox):
    place(modules, "crashing", "mine.so")
    with serve(configs, modules, sandbox) as daemon:
        daemon.wait_log("module_kept_out")
        daemon.wait_log("worker_ready")
        daemon.wait_log("worker_ready")
        place(modules, "good_1_9", "mine.so")
        small.write(configs, "second", small.prices())
        daemon.wait_log("generation")
        until(lambda: listed(daemon, "mine.so").get("version") == "1.9.0")
        until(lambda: metric(daemon, "inferd_modules_kept_out") == 0)
        assert workers_died(daemon) == 0


def test_a_file_that_comes_to_a_live_daemon_is_no_danger(configs, modules, sandbox):
    with serve(configs, modules, sandbox) as daemon:
        daemon.wait_log("worker_ready")
        daemon.wait_log("worker_ready")
        place(modules, "crashing")
        small.write(configs, "second", small.prices())
        daemon.wait_log("module_kept_out")
        daemon.wait_log("generation")
        until(lambda: listed(daemon, "crashing.so"))
        assert workers_died(daemon) == 0
        assert small.table(daemon.predict(small.request("prices", ["p1"])))["final"] == [20.0]
