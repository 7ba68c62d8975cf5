# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/module/test_check \
    tests/unit/module/test_note \
    tests/unit/module/test_registry \
    tests/unit/module/test_version

tests_unit_module_test_note_SOURCES = \
    tests/unit/module/test_note.c \
    tests/unit/module/place.c \
    tests/unit/module/place.h
tests_unit_module_test_registry_SOURCES = \
    tests/unit/module/test_registry.c \
    tests/unit/module/place.c \
    tests/unit/module/place.h

# Opens modules in a process of its own.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/module/opener
endif
