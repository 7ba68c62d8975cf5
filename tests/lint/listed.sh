#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Every source file is named in a local.mk: what isn't is neither built nor in a release.
. "$(dirname "$0")/tap.sh"

named=$(find . -name local.mk -not -path './build/*' -exec cat {} + | tr -s ' \t' '\n\n' | sort -u)

# name, then find's arguments; a test of UNIT_TESTS is named without its .c
expect_listed() {
    what=$1
    shift
    expect_none "every $what is named in a local.mk" "$(find "$@" | sort | not_generated | while read -r file; do
        printf '%s\n' "$named" | grep -qxF -e "$file" -e "${file%.c}" || echo "$file"
    done)"
}

expect_listed "C file" host sdk plugins tools tests bench examples \( -name '*.[ch]' -o -name '*.tbl' -o -name '*.inc' \)
expect_listed "protocol" proto -name '*.proto'
expect_listed "Python file" tools tests bench examples -name '*.py'
expect_listed "lint" tests/lint -name '*.sh'

done_checks
