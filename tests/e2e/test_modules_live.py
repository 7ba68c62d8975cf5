# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Modules of a running daemon: what inferctl tells of them; one that comes into the path is bound without a restart and
# without a config's change, by inotify or by inferctl; two versions side by side, pinned; one that ends the checking child
# is refused and costs no worker. And quarantines: listed, and lifted by name.
import json
import os
import shutil
import tempfile

import pytest

import small_models as small
from ctl import FINE, FOUND, TROUBLE, USAGE, ctl, run
from daemon import metric, until
from faulty import ask, crash_until_quarantined, frail, is_sound, place, quarantined, serve


@pytest.fixture
def admin():
    """The path is short enough for a socket."""
    directory = tempfile.mkdtemp(prefix="inferd-")
    yield f"unix:{directory}/admin"
    shutil.rmtree(directory)


def models(daemon):
    return json.loads(daemon.get("/config")[1])["models"]


def serving(daemon, model):
    return until(lambda: models(daemon).get(model, {}).get("serving"))


def refused(daemon, model):
    """Why; any worker answers, some of them later than others."""
    return until(lambda: models(daemon).get(model, {}).get("reason"))


def score(daemon, model):
    return until(lambda: (lambda got: got if isinstance(got, dict) else None)(ask(daemon, model)))


def rows(*words):
    return {os.path.basename(row["path"]): row for row in json.loads(ctl(*words).stdout)}


def pinned(version):
    model = frail("never")
    model["component_config"]["faulty_components"][0]["kind"] = f"faulty@{version}"
    return model


def test_a_module_is_bound_when_it_comes(configs, modules, sandbox):
    small.write(configs, "frail", frail("never"))
    with serve(configs, modules, sandbox) as daemon:
        assert serving(daemon, "prices") and "faulty" in refused(daemon, "frail")
        place(modules, "faulty_1_1")
        daemon.wait_log("modules_changed")
        assert serving(daemon, "frail")
        assert score(daemon, "frail")["one"] == [1.0]
        assert metric(daemon, "inferd_workers_died_total") == 0


def test_two_versions_side_by_side(configs, modules, sandbox):
    place(modules, "faulty_1_0")
    small.write(configs, "old", pinned("1.0"))
    small.write(configs, "new", pinned("1.1"))
    small.write(configs, "any", frail("never"))
    with serve(configs, modules, sandbox) as daemon:
        assert serving(daemon, "old") and serving(daemon, "any")
        assert 'offers kind "faulty" in version 1.1' in refused(daemon, "new")
        place(modules, "faulty_1_1")
        assert serving(daemon, "new")
        for model in "old", "new", "any":
            assert score(daemon, model)["final"] == [20.0]
        listed = until(lambda: (lambda got: got if "faulty_1_1.so" in got else None)(
            rows(FINE, "modules", "--json", "-a", daemon.address)))
        assert (listed["faulty_1_0.so"]["version"], listed["faulty_1_1.so"]["version"]) == ("1.0.0", "1.1.0")


def test_rescan_where_nothing_is_watched(configs, modules, sandbox, admin):
    small.write(configs, "frail", frail("never"))
    with serve(configs, modules, sandbox, "--module-watch=false", f"--admin-address={admin}") as daemon:
        assert serving(daemon, "prices")
        place(modules, "faulty_1_1")
        place(modules, "crashing")
        assert "faulty_1_1.so" not in rows(FINE, "modules", "--json", "-a", daemon.address)
        listed = rows(FOUND, "modules", "rescan", "--json", "--admin", admin)
        assert listed["faulty_1_1.so"]["module"] == "faulty"
        assert "SIGSEGV" in listed["crashing.so"]["refused"]
        assert serving(daemon, "frail") and metric(daemon, "inferd_workers_died_total") == 0
        shown = ctl(FOUND, "modules", "--server", "--address", admin).stdout
        assert "crashing.so\n  refused: " in shown
        until(lambda: run("modules", "-s", APP_PORT=str(daemon.port)).stdout == shown)
    assert "no inferd answers" in ctl(TROUBLE, "modules", "rescan", INFERD_ADMIN_ADDRESS=admin).stderr
    assert "say where administrators come" in ctl(TROUBLE, "modules", "rescan").stderr


def test_quarantines_are_listed_and_lifted(configs, modules, sandbox, admin):
    place(modules, "faulty_1_1")
    small.write(configs, "frail", frail("segfault"))
    with serve(configs, modules, sandbox, "--quarantine-after=2", f"--admin-address={admin}", workers=1) as daemon:
        at = {"INFERD_ADMIN_ADDRESS": admin}
        assert ctl(FINE, "quarantine", "-a", daemon.address).stdout == ""
        crash_until_quarantined(daemon)
        until(lambda: quarantined(daemon))  # it is shown a moment later
        told = ctl(FOUND, "quarantine", "list", "-a", daemon.address).stdout.splitlines()
        assert told[0] == "component bad of model frail (module faulty 1.1.0)"
        assert "crashed 2 times, last by SIGSEGV in run" in told[1]
        [one] = json.loads(ctl(FOUND, "quarantine", "--json", "-a", admin).stdout)
        assert (one["model"], one["node"]) == ("frail", "bad")
        assert "there is none such" in ctl(FOUND, "quarantine", "lift", "--model=prices", **at).stderr
        assert ctl(FINE, "quarantine", "lift", "--model=frail", "--node=bad", "--module=faulty 1.1.0",
                   **at).stdout.startswith("1 lifted, from generation ")
        until(lambda: not quarantined(daemon))
        assert is_sound(daemon)


def test_wrong_command_lines():
    for words in ["quarantine", "frob"], ["quarantine", "--model=a"], ["quarantine", "lift", "more"], ["modules", "frob"]:
        assert f"Try 'inferctl {words[0]} --help'" in ctl(USAGE, *words).stderr
