# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/plan/test_compile \
    tests/unit/plan/test_no_memory \
    tests/unit/plan/test_quarantine
tests_unit_plan_test_compile_SOURCES = \
    tests/unit/plan/fake_kinds.c \
    tests/unit/plan/fake_kinds.h \
    tests/unit/plan/test_compile.c
tests_unit_plan_test_no_memory_SOURCES = \
    tests/unit/plan/fake_kinds.c \
    tests/unit/plan/fake_kinds.h \
    tests/unit/plan/test_no_memory.c
tests_unit_plan_test_no_memory_LDFLAGS = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
tests_unit_plan_test_quarantine_SOURCES = \
    tests/unit/plan/fake_kinds.c \
    tests/unit/plan/fake_kinds.h \
    tests/unit/plan/test_quarantine.c
