dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_FUZZING: --enable-fuzzing makes the programs of tests/fuzz search for inputs by libFuzzer, which is clang's,
dnl with the address and undefined-behaviour sanitizers in everything. Without it they replay the inputs they are given,
dnl whatever the compiler. Sets enable_fuzzing and FUZZ_LDFLAGS.
AC_DEFUN([INFERD_FUZZING], [
  AC_ARG_ENABLE([fuzzing],
    [AS_HELP_STRING([--enable-fuzzing], [for `make fuzz`: search for inputs that break parsers; needs CC=clang])],
    [], [enable_fuzzing=no])
  FUZZ_LDFLAGS=
  AS_VAR_IF([enable_fuzzing], [no], [], [
    AC_MSG_CHECKING([whether $CC has libFuzzer])
    inferd_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -fsanitize=fuzzer"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
      #include <stddef.h>
      #include <stdint.h>
      int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
      int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return data && size > 1 ? 0 : 0; }]])],
      [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_FAILURE([libFuzzer is missing: configure with CC=clang-14 (on Debian, package clang)])])
    CFLAGS=$inferd_saved_CFLAGS
    dnl Modules are opened at run time and count what they cover by the program's functions.
    FUZZ_LDFLAGS="-fsanitize=fuzzer -Wl,--export-dynamic-symbol=__sanitizer_cov_* -Wl,--export-dynamic-symbol=__sancov_*"
  ])
  AC_SUBST([FUZZ_LDFLAGS])
  AM_CONDITIONAL([FUZZING], [test "$enable_fuzzing" != no])
])
