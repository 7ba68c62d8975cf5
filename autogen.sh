#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes ./configure from configure.ac, in a checkout from git. A release's tarball has it already.
set -eu
cd "$(dirname "$0")"

need() {
    command -v "$1" >/dev/null 2>&1 || {
        echo "autogen.sh: $1 is not installed; on Debian: apt-get install $2" >&2
        exit 1
    }
}
need autoreconf autoconf
need automake automake
need libtoolize libtool
need pkg-config pkg-config

exec autoreconf --install --force "$@"
