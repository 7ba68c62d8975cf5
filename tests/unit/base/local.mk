# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/base/test_arena \
    tests/unit/base/test_digest \
    tests/unit/base/test_log \
    tests/unit/base/test_log_limit \
    tests/unit/base/test_map \
    tests/unit/base/test_owned \
    tests/unit/base/test_sniff \
    tests/unit/base/test_text
noinst_HEADERS += tests/unit/base/caught.h
