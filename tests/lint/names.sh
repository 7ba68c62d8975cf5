#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Names that must not be where they are: of kinds in the host (what it knew of one, it would do for that one only), and of
# places on the machine of whoever wrote a file.
. "$(dirname "$0")/tap.sh"

expect_none "the host names no kind" "$(grep -rniE 'predator|numerix|onfs|feature_?store' host)"

expect_none "no file names a place on its author's machine" "$(
    grep -rnIE "(^|[^A-Za-z0-9_.~-])/(ro[o]t|ho[m]e|wo[r]k)/" .ci bench deps docs examples host m4 plugins proto sdk tests \
        tools ./*.md ./*.am ./*.ac autogen.sh check quickstart --exclude-dir=.deps --exclude-dir=.libs \
        --exclude='*.l[oa]' --exclude='*.log' --exclude='*.trs' 2>/dev/null
)"

done_checks
