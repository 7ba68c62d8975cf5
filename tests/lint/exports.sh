#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What the built host and modules export: nothing, and inferd_module. A name with a version (stderr@GLIBC_2.2.5) is a
# copy of libc's, which a program has for the sake of its own accesses.
. "$(dirname "$0")/tap.sh"

exported() {
    nm -D --defined-only "$1" 2>&1 | awk -v file="$(basename "$1")" '$NF !~ /@/ { print file ": " $NF }'
}

expect_none "the host exports nothing" "$(exported "$builddir/host/inferd")"

for module in "$builddir"/plugins/.libs/*.so; do
    [ -e "$module" ] || continue
    name=$(basename "$module")
    expect_none "$name exports inferd_module only" "$(exported "$module" | grep -vx "$name: inferd_module")"
    expect_none "$name exports inferd_module" \
        "$(exported "$module" | grep -qx "$name: inferd_module" || echo "$name doesn't")"
done

done_checks
