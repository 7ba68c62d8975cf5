# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Besides cmocka's tests: every pair of types against an oracle in Python, which talks to a driver.

UNIT_TESTS += \
    tests/unit/run/convert/test_numbers \
    tests/unit/run/convert/test_scalars

if HAVE_PYTEST
check_PROGRAMS += tests/unit/run/convert/driver
TESTS += tests/unit/run/convert/test_oracle.py
endif
EXTRA_DIST += \
    tests/unit/run/convert/million.py \
    tests/unit/run/convert/one.h \
    tests/unit/run/convert/oracle.py \
    tests/unit/run/convert/test_oracle.py
