dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_WARNINGS: the compiler's warnings, in WARN_CFLAGS. Everybody gets -Wall -Wextra; --enable-developer adds more
dnl and makes them errors.
AC_DEFUN([INFERD_ADD_CFLAG], [
  AS_VAR_PUSHDEF([cached], [inferd_cv_cc_$1])
  AC_CACHE_CHECK([whether $CC takes $1], [cached], [
    inferd_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
      [AS_VAR_SET([cached], [yes])], [AS_VAR_SET([cached], [no])])
    CFLAGS=$inferd_saved_CFLAGS
  ])
  AS_VAR_IF([cached], [yes], [WARN_CFLAGS="$WARN_CFLAGS $1"])
  AS_VAR_POPDEF([cached])
])

AC_DEFUN([INFERD_WARNINGS], [
  AC_ARG_ENABLE([developer],
    [AS_HELP_STRING([--enable-developer], [more warnings, and warnings are errors])],
    [], [enable_developer=no])
  WARN_CFLAGS="-Wall -Wextra"
  AS_VAR_IF([enable_developer], [no], [], [
    m4_map_args([INFERD_ADD_CFLAG],
      [-Wshadow], [-Wstrict-prototypes], [-Wmissing-prototypes], [-Wold-style-definition], [-Wpointer-arith],
      [-Wwrite-strings], [-Wundef], [-Wvla], [-Wformat=2], [-Wno-format-nonliteral], [-Wlogical-op],
      [-Wduplicated-cond], [-Wduplicated-branches], [-Wnull-dereference], [-Wjump-misses-init],
      [-Wimplicit-fallthrough=3], [-Wdate-time])
    WARN_CFLAGS="$WARN_CFLAGS -Werror"
  ])
  AC_SUBST([WARN_CFLAGS])
])
