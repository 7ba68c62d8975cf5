# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# `make check`. Every test speaks TAP, so that cases are counted and not programs: cmocka's programs through
# tests/unit/tap, pytest's files through tests/e2e/tap, the lints by themselves. The exit status of the latter two adds
# nothing to their TAP.

TEST_EXTENSIONS = .sh .py
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_DRIVER = $(TAP_DRIVER) --ignore-exit
PY_LOG_DRIVER = $(TAP_DRIVER) --ignore-exit
LOG_COMPILER = $(srcdir)/tests/unit/tap
SH_LOG_COMPILER = $(SHELL)
PY_LOG_COMPILER = $(srcdir)/tests/e2e/tap

AM_TESTS_ENVIRONMENT = \
    CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
    srcdir='$(abs_top_srcdir)'; export srcdir; \
    builddir='$(abs_top_builddir)'; export builddir; \
    CC='$(CC)'; export CC; \
    CXX='$(CXX)'; export CXX; \
    PYTHON='$(PYTHON)'; export PYTHON; \
    CLANG_FORMAT='$(CLANG_FORMAT)'; export CLANG_FORMAT;

# What a sanitized build does: a malloc that can't be had is NULL, as everywhere.
AM_TESTS_ENVIRONMENT += \
    ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1:detect_stack_use_after_return=1:strict_string_checks=1:$$ASAN_OPTIONS"; \
    export ASAN_OPTIONS; \
    UBSAN_OPTIONS="print_stacktrace=1:$$UBSAN_OPTIONS"; export UBSAN_OPTIONS; \
    TSAN_OPTIONS="ignore_noninstrumented_modules=1:suppressions=$(abs_top_srcdir)/tests/tsan.supp:$$TSAN_OPTIONS"; \
    export TSAN_OPTIONS;
EXTRA_DIST += tests/tsan.supp

include tests/modules/local.mk
include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/e2e/local.mk
include tests/lint/local.mk
include tests/installcheck/local.mk
include tests/systemd/local.mk

# Unit tests, parsers' inputs and a daemon of one process under valgrind: memory that was never written, which no
# sanitizer of gcc's sees. VALGRIND_TESTS: only those. Without the tests whose programs start themselves anew, for
# there /proc/self/exe is valgrind.
VALGRIND_TESTS = $(filter-out tests/unit/process/test_check tests/unit/process/test_master \
    tests/unit/process/test_respawn,$(UNIT_TESTS)) $(FUZZERS) $(E2E_VALGRIND)
check-valgrind:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(VALGRIND_TESTS)' TEST_WORKERS=0 \
	    VALGRIND='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite'
.PHONY: check-valgrind
