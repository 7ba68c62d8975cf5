#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# make installcheck: builds examples/plugin out of the tree, against what was installed, as its README says: by hand and
# by autotools. Makes nothing but its working directory, which is where the modules end up.
#
# Then the same with what inferctl new-plugin writes. inferctl loads each module that was built.
#
# From make: srcdir, CC, DESTDIR, bindir, libdir, datadir; $1 is the working directory.
set -eu
work=$1
rm -rf "$work"
mkdir -p "$work"
cp "$srcdir"/examples/plugin/* "$work"
chmod -R u+w "$work"
cd "$work"

PKG_CONFIG_PATH=$DESTDIR$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
ACLOCAL_PATH=$DESTDIR$datadir/aclocal${ACLOCAL_PATH:+:$ACLOCAL_PATH}
export PKG_CONFIG_PATH ACLOCAL_PATH
[ -z "$DESTDIR" ] || export PKG_CONFIG_SYSROOT_DIR="$DESTDIR"
# What an outer make or configure says is not for this one.
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS CONFIG_SITE

PATH=$DESTDIR$bindir:$PATH
export PATH

check_module() { # module
    exported=$(nm -D --defined-only "$1" | awk '{ print $NF }')
    [ "$exported" = inferd_module ] || { echo "installcheck: $1 exports: $exported" >&2 && exit 1; }
    inferctl check "$1"
}

echo "installcheck: examples/plugin by hand"
mkdir by-hand
# shellcheck disable=SC2046
$CC -shared -fPIC -fvisibility=hidden -O2 -Wall -Wextra -Werror $(pkg-config --cflags inferd) scale.c -o by-hand/scale.so
check_module by-hand/scale.so

echo "installcheck: examples/plugin by autotools and inferd.m4"
autoreconf -i >autoreconf.log 2>&1 || { cat autoreconf.log >&2 && exit 1; }
./configure --quiet CC="$CC" CFLAGS="-O2 -Wall -Wextra -Werror"
make -s >/dev/null
make -s install DESTDIR="$work/root" >/dev/null 2>&1
module=$work/root$libdir/inferd/scale.so
[ -e "$module" ] || { echo "installcheck: $module was not installed" >&2 && exit 1; }
check_module "$module"

echo "installcheck: what inferctl new-plugin writes"
inferctl new-plugin --template="$DESTDIR$datadir/inferd/template" half_off new-plugin >/dev/null
cd new-plugin
autoreconf -i >autoreconf.log 2>&1 || { cat autoreconf.log >&2 && exit 1; }
./configure --quiet CC="$CC" CFLAGS="-O2 -Wall -Wextra -Werror"
make -s >/dev/null
make -s check >/dev/null
check_module .libs/half_off.so
inferctl kind --module-path=. half_off >/dev/null
