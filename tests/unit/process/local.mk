# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/process/test_listener \
    tests/unit/process/test_mux \
    tests/unit/process/test_sniff
noinst_HEADERS += tests/unit/process/client.h
