# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What a compiler doesn't see: who includes what, who names whom, what is exported, what a manual leaves out. Each is a
# script that lists offenders.

LINTS = \
    tests/lint/compat.sh \
    tests/lint/exports.sh \
    tests/lint/format.sh \
    tests/lint/headers.sh \
    tests/lint/includes.sh \
    tests/lint/listed.sh \
    tests/lint/manuals.sh \
    tests/lint/metrics.sh \
    tests/lint/names.sh \
    tests/lint/security.sh

# What isn't anybody's hand.
AM_TESTS_ENVIRONMENT += GENERATED='$(BUILT_SOURCES) $(CLEANFILES)'; export GENERATED;

TESTS += $(LINTS)
EXTRA_DIST += $(LINTS) tests/lint/tap.sh
