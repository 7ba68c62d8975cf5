dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_TEST_TOOLS: what only `make check` needs. Nothing of it stops a build; what is missing is in the summary, and
dnl its tests count as skipped.
AC_DEFUN([INFERD_TEST_TOOLS], [
  PKG_CHECK_MODULES([CMOCKA], [cmocka >= 1.1.5], [have_cmocka=yes], [have_cmocka=no])
  AM_CONDITIONAL([HAVE_CMOCKA], [test "$have_cmocka" = yes])

  dnl The system's own Python first: the packages come from the system, and another python3 may lead PATH.
  AC_ARG_VAR([PYTHON], [Python 3 with pytest, grpc and protobuf, for the end-to-end tests])
  AC_PATH_PROG([PYTHON], [python3], [], [/usr/bin$PATH_SEPARATOR$PATH])
  AC_MSG_CHECKING([for pytest, grpc and google.protobuf in ${PYTHON:-python3}])
  AS_IF([test -n "$PYTHON" && "$PYTHON" -c 'import pytest, grpc, google.protobuf' >/dev/null 2>&1],
    [have_pytest=yes], [have_pytest=no])
  AC_MSG_RESULT([$have_pytest])
  AM_CONDITIONAL([HAVE_PYTEST], [test "$have_pytest" = yes])

  AC_ARG_VAR([CLANG_FORMAT], [clang-format of version 14])
  AC_CHECK_PROGS([CLANG_FORMAT], [clang-format-14])
])
