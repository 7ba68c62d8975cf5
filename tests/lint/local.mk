# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What a compiler doesn't see: who includes what, who names whom. Each is a script that lists offenders.

LINTS = \
    tests/lint/includes.sh \
    tests/lint/listed.sh \
    tests/lint/names.sh

TESTS += $(LINTS)
EXTRA_DIST += $(LINTS) tests/lint/tap.sh
