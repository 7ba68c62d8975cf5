# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferctl for tests: run from the build tree with modules that are there and no setting of the machine's.
#
#     ctl(FINE, "check", path, ETCD_SERVER=etcd.url).stdout
import json
import os
import subprocess

from daemon import BUILD, MODULES, sanitizers

PROGRAM = f"{BUILD}/tools/inferctl/inferctl"
FINE, FOUND, USAGE, TROUBLE = 0, 1, 2, 3


def environment_of(more):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ETCD_", "APP_", "INFERD_", "INFERCTL_"))}
    return {**clean, "INFERD_MODULE_PATH": MODULES, **sanitizers("handle_segv=0"), **more}


def run(*arguments, stdin=None, **environment):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False,
                          input=stdin, env=environment_of(environment))


def start(*arguments, **environment):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=environment_of(environment))


def ctl(status, *arguments, stdin=None, **environment):
    done = run(*arguments, stdin=stdin, **environment)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return done


def ctl_json(status, command, *arguments, stdin=None, **environment):
    return json.loads(ctl(status, command, "--json", *arguments, stdin=stdin, **environment).stdout)
