# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/process/test_breadcrumb \
    tests/unit/process/test_check \
    tests/unit/process/test_inline \
    tests/unit/process/test_listener \
    tests/unit/process/test_master \
    tests/unit/process/test_mux \
    tests/unit/process/test_poller \
    tests/unit/process/test_respawn
noinst_HEADERS += tests/unit/process/client.h tests/unit/process/stage.h

# What tests of processes start in the daemon's place.
check_PROGRAMS += tests/unit/process/fake_worker
