dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_SUMMARY: what configure found out, in one picture.
AC_DEFUN([INFERD_SUMMARY], [
  AS_VAR_IF([have_cmocka], [yes], [unit_tests=yes],
    [unit_tests="NO, they will be skipped: cmocka is missing (libcmocka-dev)"])
  AS_VAR_IF([have_pytest], [yes], [e2e_tests="yes, with $PYTHON"],
    [e2e_tests="NO, they will be skipped: python3-pytest, python3-grpcio or python3-protobuf is missing"])
  AS_IF([test -n "$CLANG_FORMAT"], [format_test=yes],
    [format_test="NO, it will be skipped: clang-format-14 is missing"])
  AS_IF([test "$prefix" = NONE], [prefix=$ac_default_prefix])
  AS_IF([test "$exec_prefix" = NONE], [exec_prefix=$prefix])
  eval "summary_libdir=$libdir"
  eval "summary_libdir=$summary_libdir"
  AC_MSG_NOTICE([
inferd $PACKAGE_VERSION
  prefix              $prefix
  modules             $summary_libdir/inferd
  compiler            $CC
  flags               $CFLAGS
  developer           $enable_developer
  sanitizer           $sanitizer
  gRPC core           $($PKG_CONFIG --modversion grpc), $grpc_linking
  protobuf-c          $($PKG_CONFIG --modversion libprotobuf-c)
  jansson             $($PKG_CONFIG --modversion jansson)
  libmicrohttpd       $($PKG_CONFIG --modversion libmicrohttpd)
  unit tests          $unit_tests
  end-to-end tests    $e2e_tests
  format test         $format_test

Now: make, make check, make install
])
])
