# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/run/test_breaker \
    tests/unit/run/test_cache \
    tests/unit/run/test_condition \
    tests/unit/run/test_flights \
    tests/unit/run/test_run
