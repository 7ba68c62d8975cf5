# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Access files for tests, with tokens that inferctl makes.
import os
import re
import subprocess

from daemon import BUILD

INFERCTL = os.path.join(BUILD, "tools", "inferctl", "inferctl")


def token(name, *options):
    """A token, and its line for the file."""
    out = subprocess.run([INFERCTL, "token", name, *options], check=True, capture_output=True, text=True).stdout
    return re.search(r"^inferd_[0-9a-f]{64}$", out, re.M)[0], re.search(r"^\S+ sha256:.*$", out, re.M)[0]


def write(path, *lines):
    fresh = path.with_name(".fresh")
    fresh.write_text("".join(line + "\n" for line in lines))
    fresh.rename(path)
    return f"--access-file={path}"
