#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Each line of the tables of threats in docs/security.md names tests, and they are there.
. "$(dirname "$0")/tap.sh"

# Lines of the tables whose last column is that of tests.
threats() {
    awk '/^\| threat /{on = 1; next} /^\|---/{next} /^\|/{if (on) print; next} {on = 0}' docs/security.md
}

named() {
    threats | grep -oE '`test_[a-z_]+(\.py)?::[a-zA-Z0-9_]+`' | tr -d '`' | sort -u
}

missing() {
    named | while read -r test; do
        file=${test%%::*} name=${test##*::}
        case $file in
        *.py) grep -qE "^def $name\(" "tests/e2e/$file" 2>/dev/null ;;
        *) grep -qE "^static void $name\(" tests/unit/*/"$file.c" 2>/dev/null ;;
        esac || echo "$test"
    done
}

expect_none "the tables were read" "$([ "$(threats | wc -l)" -ge 30 ] || threats)"
expect_none "each threat names a test" "$(threats | grep -vE '`test_[a-z_]+(\.py)?::[a-zA-Z0-9_]+`[^|]*\|$')"
expect_none "each test that is named is there" "$(missing)"

done_checks
