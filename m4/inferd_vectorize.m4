dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_VECTORIZE: flags for files whose loops over columns are worth vectorising, in VECTORIZE_CFLAGS. gcc hardly does
dnl it at -O2 alone; clang does.
AC_DEFUN([INFERD_VECTORIZE], [
  AC_CACHE_CHECK([whether $CC takes -fvect-cost-model=dynamic], [inferd_cv_cc_vect_cost_model], [
    inferd_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror -fvect-cost-model=dynamic"
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
      [inferd_cv_cc_vect_cost_model=yes], [inferd_cv_cc_vect_cost_model=no])
    CFLAGS=$inferd_saved_CFLAGS
  ])
  VECTORIZE_CFLAGS=
  AS_VAR_IF([inferd_cv_cc_vect_cost_model], [yes], [VECTORIZE_CFLAGS="-ftree-vectorize -fvect-cost-model=dynamic"])
  AC_SUBST([VECTORIZE_CFLAGS])
])
