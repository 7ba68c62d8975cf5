# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Modules for the loader's tests, most of them bad; built to tests/modules/.libs.

MODULES_CPPFLAGS = $(COMMON_CPPFLAGS) $(SDK_CPPFLAGS)
# Modules are only built where a directory to install them in is given; it isn't used.
MODULES_LDFLAGS = $(PLUGIN_LINKFLAGS) -rpath /nowhere

check_LTLIBRARIES += \
    tests/modules/good_1_9.la \
    tests/modules/good_1_10.la \
    tests/modules/good_2_0.la \
    tests/modules/newer_major.la \
    tests/modules/newer_minor.la \
    tests/modules/undefined_symbol.la

tests_modules_good_1_9_la_SOURCES = tests/modules/good.c tests/modules/parts.h
tests_modules_good_1_9_la_CPPFLAGS = $(MODULES_CPPFLAGS) -DVERSION='"1.9.0"'
tests_modules_good_1_9_la_LDFLAGS = $(MODULES_LDFLAGS)
tests_modules_good_1_10_la_SOURCES = tests/modules/good.c
tests_modules_good_1_10_la_CPPFLAGS = $(MODULES_CPPFLAGS) -DVERSION='"1.10.0"'
tests_modules_good_1_10_la_LDFLAGS = $(MODULES_LDFLAGS)
tests_modules_good_2_0_la_SOURCES = tests/modules/good.c
tests_modules_good_2_0_la_CPPFLAGS = $(MODULES_CPPFLAGS) -DVERSION='"2.0.0"'
tests_modules_good_2_0_la_LDFLAGS = $(MODULES_LDFLAGS)
tests_modules_newer_major_la_SOURCES = tests/modules/newer_abi.c
tests_modules_newer_major_la_CPPFLAGS = $(MODULES_CPPFLAGS) -DNEWER_MAJOR=2 -DNEWER_MINOR=0
tests_modules_newer_major_la_LDFLAGS = $(MODULES_LDFLAGS)
tests_modules_newer_minor_la_SOURCES = tests/modules/newer_abi.c
tests_modules_newer_minor_la_CPPFLAGS = $(MODULES_CPPFLAGS) -DNEWER_MAJOR=1 -DNEWER_MINOR=99
tests_modules_newer_minor_la_LDFLAGS = $(MODULES_LDFLAGS)
tests_modules_undefined_symbol_la_SOURCES = tests/modules/undefined_symbol.c
tests_modules_undefined_symbol_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_undefined_symbol_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere

check_LTLIBRARIES += tests/modules/bad_options.la
tests_modules_bad_options_la_SOURCES = tests/modules/bad_options.c
tests_modules_bad_options_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_bad_options_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/bad_settings.la
tests_modules_bad_settings_la_SOURCES = tests/modules/bad_settings.c
tests_modules_bad_settings_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_bad_settings_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/crashing.la
tests_modules_crashing_la_SOURCES = tests/modules/crashing.c
tests_modules_crashing_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_crashing_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/endless_options.la
tests_modules_endless_options_la_SOURCES = tests/modules/endless_options.c
tests_modules_endless_options_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_endless_options_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/longer.la
tests_modules_longer_la_SOURCES = tests/modules/longer.c
tests_modules_longer_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_longer_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/missing_function.la
tests_modules_missing_function_la_SOURCES = tests/modules/missing_function.c
tests_modules_missing_function_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_missing_function_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/no_kinds.la
tests_modules_no_kinds_la_SOURCES = tests/modules/no_kinds.c
tests_modules_no_kinds_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_no_kinds_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/no_note.la
tests_modules_no_note_la_SOURCES = tests/modules/no_note.c
tests_modules_no_note_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_no_note_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/no_symbol.la
tests_modules_no_symbol_la_SOURCES = tests/modules/no_symbol.c
tests_modules_no_symbol_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_no_symbol_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/note_lies.la
tests_modules_note_lies_la_SOURCES = tests/modules/note_lies.c
tests_modules_note_lies_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_note_lies_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/plain_library.la
tests_modules_plain_library_la_SOURCES = tests/modules/plain_library.c
tests_modules_plain_library_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_plain_library_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/short_kind.la
tests_modules_short_kind_la_SOURCES = tests/modules/short_kind.c
tests_modules_short_kind_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_short_kind_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/shorter.la
tests_modules_shorter_la_SOURCES = tests/modules/shorter.c
tests_modules_shorter_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_shorter_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/taken_kind.la
tests_modules_taken_kind_la_SOURCES = tests/modules/taken_kind.c
tests_modules_taken_kind_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_taken_kind_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/twice.la
tests_modules_twice_la_SOURCES = tests/modules/twice.c
tests_modules_twice_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_twice_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += tests/modules/wrong_magic.la
tests_modules_wrong_magic_la_SOURCES = tests/modules/wrong_magic.c
tests_modules_wrong_magic_la_CPPFLAGS = $(MODULES_CPPFLAGS)
tests_modules_wrong_magic_la_LDFLAGS = $(MODULES_LDFLAGS)

check_LTLIBRARIES += \
    tests/modules/faulty_1_0.la \
    tests/modules/faulty_1_1.la
tests_modules_faulty_1_0_la_SOURCES = tests/modules/faulty.c
tests_modules_faulty_1_0_la_CPPFLAGS = $(MODULES_CPPFLAGS) -DVERSION='"1.0.0"' -DFAULT=0
tests_modules_faulty_1_0_la_LDFLAGS = $(MODULES_LDFLAGS)
tests_modules_faulty_1_1_la_SOURCES = tests/modules/faulty.c
tests_modules_faulty_1_1_la_CPPFLAGS = $(MODULES_CPPFLAGS) -DVERSION='"1.1.0"' -DFAULT=1
tests_modules_faulty_1_1_la_LDFLAGS = $(MODULES_LDFLAGS)
