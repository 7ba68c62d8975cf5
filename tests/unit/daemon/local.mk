# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/daemon/test_board \
    tests/unit/daemon/test_bundle \
    tests/unit/daemon/test_known \
    tests/unit/daemon/test_last_good \
    tests/unit/daemon/test_quarantine \
    tests/unit/daemon/test_resource_list \
    tests/unit/daemon/test_resources
