#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# docs/compat.md and the tests tell the same: each test with a point's number is in the table, and the table names no
# other.
. "$(dirname "$0")/tap.sh"

told=$(grep -o 'test_7_[a-z0-9_]*' docs/compat.md | sort -u)
there=$(grep -rhoE --include='*.py' 'def test_7_[a-z0-9_]*' tests/e2e | sed 's/def //' | sort -u)

expect_none "every test that docs/compat.md names is there" "$(printf '%s\n' "$told" | grep -vxF "$there")"
expect_none "every test of a point is in docs/compat.md" "$(printf '%s\n' "$there" | grep -vxF "$told" || :)"

done_checks
