# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/front/test_admission \
    tests/unit/front/test_http \
    tests/unit/front/test_relay
noinst_HEADERS += tests/unit/front/tls_files.h
