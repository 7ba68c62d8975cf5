#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The host names no kind: what it knew of one, it would do for that one only.
. "$(dirname "$0")/tap.sh"

expect_none "the host names no kind" "$(grep -rniE 'predator|numerix|onfs|feature_?store' host)"

done_checks
