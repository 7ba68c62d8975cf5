# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/metrics/test_docs \
    tests/unit/metrics/test_histogram \
    tests/unit/metrics/test_metrics \
    tests/unit/metrics/test_name \
    tests/unit/metrics/test_prometheus \
    tests/unit/metrics/test_statsd
