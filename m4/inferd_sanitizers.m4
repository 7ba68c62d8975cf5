dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_SANITIZERS: --enable-asan (addresses and undefined behaviour) or --enable-tsan (threads), in SANITIZE_FLAGS;
dnl --enable-fuzzing (INFERD_FUZZING, before) implies the former.
dnl A sanitizer's run time is in the program, so its modules may have undefined symbols: MODULE_DEFS_LDFLAGS, which
dnl forbids them, is empty then.
AC_DEFUN([INFERD_SANITIZERS], [
  AC_ARG_ENABLE([asan],
    [AS_HELP_STRING([--enable-asan], [find bad memory accesses and undefined behaviour at run time])],
    [], [enable_asan=no])
  AC_ARG_ENABLE([tsan],
    [AS_HELP_STRING([--enable-tsan], [find data races at run time; not together with --enable-asan])],
    [], [enable_tsan=no])
  AS_VAR_IF([enable_fuzzing], [no], [], [enable_asan=yes])
  AS_CASE([$enable_asan:$enable_tsan],
    [no:no], [sanitizer=none],
    [*:no], [sanitizer="address, undefined"],
    [no:*], [sanitizer=thread],
    [AC_MSG_ERROR([--enable-tsan excludes --enable-asan and --enable-fuzzing: configure two build directories])])
  SANITIZE_FLAGS=
  AS_CASE([$sanitizer],
    [address*], [SANITIZE_FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"],
    [thread], [SANITIZE_FLAGS="-fsanitize=thread -fno-omit-frame-pointer"])
  dnl clang counts NULL + 0, the end of an empty view, among overflows of pointers; gcc doesn't, nor does C any more (N3322).
  AS_VAR_IF([enable_fuzzing], [no], [],
    [SANITIZE_FLAGS="$SANITIZE_FLAGS -fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow"])
  AS_IF([test -n "$SANITIZE_FLAGS"], [
    AC_MSG_CHECKING([whether $CC links with $SANITIZE_FLAGS])
    inferd_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS $SANITIZE_FLAGS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_FAILURE([the sanitizer's run time is missing; on Debian it comes with gcc (libasan, libubsan, libtsan)])])
    CFLAGS=$inferd_saved_CFLAGS
    MODULE_DEFS_LDFLAGS=
  ], [MODULE_DEFS_LDFLAGS="-Wl,-z,defs"])
  AC_SUBST([SANITIZE_FLAGS])
  AC_SUBST([MODULE_DEFS_LDFLAGS])
  AM_CONDITIONAL([SANITIZED], [test -n "$SANITIZE_FLAGS"])
])
