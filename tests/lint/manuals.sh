#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Every option a program's --help tells of is in its manual page, and every data type in that of configs.
. "$(dirname "$0")/tap.sh"

check_program() { # program, manual page
    name=$(basename "$1")
    [ -x "$1" ] || return
    if [ ! -d docs/man ]; then
        skip_check "$name: options of --help are in its manual page" "there is no docs/man"
        return
    fi
    if [ ! -e "$2" ]; then
        expect_none "$name has a manual page" "$2 is missing"
        return
    fi
    page=$(sed 's/\\f[A-Z]//g; s/\\-/-/g' "$2")
    expect_none "$name: options of --help are in its manual page" \
        "$("$1" --help 2>&1 | grep -oE -- '(^|[ ,])--?[A-Za-z][A-Za-z0-9-]*' | tr -d ' ,' | sort -u | while read -r option; do
            printf '%s\n' "$page" | grep -qE -- "(^|[^A-Za-z0-9-])$option([^A-Za-z0-9-]|\$)" || echo "$2 lacks $option"
        done)"
}

check_program "$builddir/host/inferd" docs/man/inferd.8
check_program "$builddir/tools/inferctl/inferctl" docs/man/inferctl.1
check_program "$builddir/tools/sandbox/inferd-sandbox" docs/man/inferd-sandbox.1
check_program "$builddir/sdk/testhost/inferd-testhost" docs/man/inferd-testhost.1

# The table of types: name, numbers, size and the name at model servers.
types=$(sed -n 's/^INFERD_SCALAR([A-Z0-9]*, \([0-9]*\), "\([A-Za-z0-9]*\)", \([0-9]*\), "\([A-Z0-9]*\)")$/\2 \1 \3 \4/p' \
    sdk/include/inferd/types.tbl | awk '{ print $1, $2, $2 + 15, ($3 ? $3 : "any"), $4 }')
expect_none "data types are in inferd-model(5) as in types.tbl" "$(printf '%s\n' "${types:-no types}" | while read -r type; do
    tr -s ' ' <docs/man/inferd-model.5 | grep -qxF -e "$type" || echo "$type"
done)"

done_checks
