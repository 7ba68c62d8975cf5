# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferctl as a program: what its commands print, as text and as JSON, and what they exit with, on the modules of the
# loader's tests and on one that new-plugin wrote and a compiler built.
import json
import os
import shutil
import subprocess

import pytest

from daemon import BUILD, sanitizers

SOURCE = os.environ["srcdir"]
PROGRAM = f"{BUILD}/tools/inferctl/inferctl"
MODULES = f"{BUILD}/tests/modules/.libs"
TEMPLATE = f"{SOURCE}/sdk/template"
FINE, FOUND, USAGE, TROUBLE = 0, 1, 2, 3


def inferctl(*arguments, **environment):
    # A sanitizer would end a module that crashes in its own way.
    given = {**sanitizers("handle_segv=0"), **environment}
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **given}
    )


def expect(status, *arguments, **environment):
    done = inferctl(*arguments, **environment)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


@pytest.fixture
def place(tmp_path):
    def put(*modules):
        for module in modules:
            shutil.copy(f"{MODULES}/{module}.so", tmp_path)
        return str(tmp_path)

    return put


def rows_of(done):
    return {os.path.basename(row["path"]).removesuffix(".so"): row for row in json.loads(done.stdout)}


COMMANDS = ("check", "diff", "explain", "history", "infer", "kind", "modules", "new-plugin", "push", "quarantine", "rollback", "status",
            "token")


def test_help_tells_of_every_command():
    shown = expect(FINE, "--help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in shown
        assert expect(FINE, command, "--help").stdout.startswith(f"Usage: inferctl {command} ")
    assert "-here" not in shown


def test_the_manual_has_every_option_of_every_command():
    with open(f"{SOURCE}/docs/man/inferctl.1", encoding="utf-8") as file:
        manual = file.read().replace("\\-", "-")
    for command in COMMANDS:
        shown = expect(FINE, command, "--help").stdout
        options = [word.split("=")[0].rstrip(",;:.") for word in shown.split() if word.startswith("--")]
        assert options
        for option in options:
            assert option in manual, (command, option)


def test_version():
    assert expect(FINE, "--version").stdout.startswith("inferctl (inferd) ")


@pytest.mark.parametrize(
    "arguments",
    [[], ["frob"], ["check"], ["kind", "--frob"], ["kind", "a", "b"], ["modules", "more"], ["new-plugin"], ["new-plugin", "A"]],
)
def test_wrong_command_lines_are_told(arguments):
    done = expect(USAGE, *arguments)
    assert done.stdout == ""
    assert done.stderr.startswith("inferctl")
    assert "--help' for more information." in done.stderr


def test_modules_are_listed_without_running_them(place):
    path = place("good_1_9", "newer_major", "plain_library", "crashing")
    rows = rows_of(expect(FOUND, "modules", "--json", "--module-path", path))
    assert rows["good_1_9"] == {"path": f"{path}/good_1_9.so", "module": "good", "version": "1.9.0", "abi": "1.0"}
    assert rows["crashing"]["module"] == "crashing" and "refused" not in rows["crashing"]
    assert rows["newer_major"]["abi"] == "2.0"
    assert rows["newer_major"]["refused"].startswith("it was built for ABI 2.0, this inferd has ABI 1.0")
    assert rows["plain_library"]["refused"].startswith("not a module")
    assert "module" not in rows["plain_library"]


def test_modules_as_a_table(place):
    path = place("good_1_9", "newer_minor")
    lines = expect(FOUND, "modules", "-p", path).stdout.splitlines()
    assert lines[0].split() == ["MODULE", "VERSION", "ABI", "FILE"]
    assert lines[1].split() == ["good", "1.9.0", "1.0", f"{path}/good_1_9.so"]
    assert lines[3].startswith("  refused: it was built for ABI 1.99")


def test_the_module_path_comes_from_the_environment(place):
    path = place("good_1_9")
    assert "good" in expect(FINE, "modules", INFERD_MODULE_PATH=path).stdout
    assert expect(FINE, "modules", "-p", f"{path}/good_1_9.so", INFERD_MODULE_PATH="/nonexistent").stdout


def test_opened_modules_tell_their_kinds_and_clashes(place):
    path = place("good_1_9", "taken_kind")
    rows = rows_of(expect(FOUND, "modules", "--open", "--json", "-p", path))
    assert rows["good_1_9"]["kinds"] == ["plain", "root"]
    assert rows["good_1_9"]["description"] == "A module of the tests"
    assert "also a kind of module good 1.9.0" in rows["taken_kind"]["refused"]
    assert rows["taken_kind"]["module"] == "taken-kind"


def test_a_module_that_crashes_is_named_among_others(place):
    path = place("crashing", "good_1_9", "longer")
    rows = rows_of(expect(FOUND, "modules", "--open", "--json", "-p", path))
    assert "crashed while it was opened: SIGSEGV" in rows["crashing"]["refused"]
    assert rows["good_1_9"]["kinds"] == ["plain", "root"]
    assert rows["longer"]["kinds"] == ["long_one", "long_two"]


def test_check(place):
    path = place("good_1_9", "missing_function", "crashing")
    assert expect(FINE, "check", f"{path}/good_1_9.so").stdout == (
        f"{path}/good_1_9.so: fine: good 1.9.0, ABI 1.0, offers plain, root\n"
    )
    assert 'refused: kind "idle" lacks the function run()' in expect(FOUND, "check", f"{path}/missing_function.so").stdout
    assert "refused: it crashed while it was opened" in expect(FOUND, "check", f"{path}/crashing.so").stdout
    assert len(json.loads(expect(FOUND, "check", "--json", path).stdout)) == 3
    assert expect(FINE, "check", "--in-process", f"{path}/good_1_9.so").stdout.count("fine") == 1
    assert inferctl("check", "--in-process", f"{path}/crashing.so").returncode < 0


def test_check_of_what_is_no_module(place, tmp_path):
    assert "No such file" in expect(FOUND, "check", "/nonexistent/module.so").stdout
    assert "there are no modules in it" in expect(FOUND, "check", place()).stdout
    (tmp_path / "text.so").write_text("text", encoding="utf-8")
    assert "not a module: no shared object" in expect(FOUND, "check", str(tmp_path / "text.so")).stdout


def test_a_kind_is_told(place):
    path = place("good_1_9", "good_2_0", "crashing")
    done = expect(FINE, "kind", "-p", path, "plain")
    assert done.stdout.startswith("plain: Does nothing\nof module good 2.0.0, ")
    assert "  count                 integer, 1 to 9, in rows, default 7\n      How many\n" in done.stdout
    assert "      columns (or cols) list of strings\n" in done.stdout
    assert "      in the environment PLAIN_HOST or plain_host\n" in done.stdout
    assert "crashing.so: refused: it crashed" in done.stderr
    assert "good 1.9.0" in expect(FINE, "kind", "-p", path, "plain@1").stdout
    assert "no module offers 'absent'" in expect(FOUND, "kind", "-p", path, "absent").stderr
    assert "no module offers 'plain@3'" in expect(FOUND, "kind", "-p", path, "plain@3").stderr
    assert expect(FINE, "kind", "-p", path).stdout.split() == ["root", *"Does nothing, first".split(), "plain", "Does", "nothing"]


def test_a_kind_as_json(place):
    path = place("good_1_9")
    kind = json.loads(expect(FINE, "kind", "--json", "-p", path, "plain").stdout)
    options = {option["name"]: option for option in kind["options"]}
    assert kind["module"] == "good" and kind["version"] == "1.9.0" and kind["rank"] == 20
    assert options["count"] == {
        "name": "count", "type": "int", "default": 7, "min": 1, "max": 9, "unit": "rows", "help": "How many",
    }  # fmt: skip
    assert options["items"]["options"][0] == {"name": "label", "type": "string", "required": True}
    assert options["ints"]["default"] == [1, 2]
    assert kind["settings"][0]["environment"] == "PLAIN_HOST"
    root = json.loads(expect(FINE, "kind", "--json", "-p", path).stdout)[0]
    assert root["kind"] == "root" and root["root"] is True and root["implicit"] == "begin"


def test_a_new_plugin_can_be_built_as_it_is(tmp_path):
    directory = tmp_path / "mine"
    shown = expect(FINE, "new-plugin", "--template", TEMPLATE, "half_off", str(directory)).stdout
    assert f"cd {directory}\n" in shown
    assert sorted(os.listdir(directory)) == ["Makefile.am", "README.md", "configure.ac", "half_off.c"]
    for file in directory.iterdir():
        assert "@NAME@" not in file.read_text(encoding="utf-8")
    module = directory / "half_off.so"
    subprocess.run(
        [*os.environ["CC"].split(), "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror",
         f"-I{SOURCE}/sdk/include", str(directory / "half_off.c"), "-o", str(module)],
        check=True,
    )  # fmt: skip
    assert expect(FINE, "check", str(module)).stdout.endswith(": fine: half_off 0.1.0, ABI 1.0, offers half_off\n")
    assert '"half_off_components"' in expect(FINE, "kind", "-p", str(directory), "half_off").stdout


def test_new_plugin_overwrites_nothing(tmp_path):
    (tmp_path / "kept").write_text("kept", encoding="utf-8")
    assert "not empty" in expect(TROUBLE, "new-plugin", "-t", TEMPLATE, "mine", str(tmp_path)).stderr
    assert os.listdir(tmp_path) == ["kept"]
    missing = expect(TROUBLE, "new-plugin", "-t", str(tmp_path / "absent"), "mine", str(tmp_path / "new"))
    assert "absent: No such file" in missing.stderr
    assert not (tmp_path / "new").exists()


def complete(*words):
    """What bash offers for the last word."""
    script = f"""
        source {SOURCE}/tools/inferctl/completion/inferctl
        COMP_WORDS=({' '.join(f"'{word}'" for word in (PROGRAM, *words))}); COMP_CWORD={len(words)}
        _inferctl; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "INFERD_MODULE_PATH": f"{BUILD}/plugins"})
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes(tmp_path):
    assert set(complete("")) == {*COMMANDS, "--help", "--version"}
    assert complete("pu") == ["push"]
    for command in COMMANDS:
        told = expect(FINE, command, "--help").stdout
        options = {line.split("--")[1].split()[0].split("=")[0] for line in told.splitlines()
                   if line.startswith("  -") or line.startswith("      --")}
        assert {word.strip("-=") for word in complete(command, "--")} == options, command
    assert complete("rollback", "--to") == ["--to="]
    assert "feature" in complete("kind", "fe")
    assert {"list", "lift"} <= set(complete("quarantine", "")) and complete("quarantine", "--json", "lif") == ["lift"]
    assert complete("modules", "resc") == ["rescan"] and not complete("modules", "rescan", "resc")
    (tmp_path / "models.json").write_text("{}")
    assert complete("check", f"{tmp_path}/mod") == [f"{tmp_path}/models.json"]
    assert complete("check", "-c", f"{tmp_path}/mod") == [f"{tmp_path}/models.json"]
