dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl For authors of inferd modules that build with autotools.
dnl
dnl INFERD_PLUGIN([MINIMUM-VERSION])
dnl
dnl Finds the installed SDK by pkg-config and sets, for Makefile.am:
dnl   INFERD_CFLAGS     where the headers are, and hidden visibility
dnl   INFERD_LDFLAGS    makes a module of an LTLIBRARY, which exports inferd_module and nothing else
dnl   inferdmoduledir   where inferd looks for modules
dnl
dnl   inferdmodule_LTLIBRARIES = scale.la
dnl   scale_la_SOURCES = scale.c
dnl   scale_la_CFLAGS = $(INFERD_CFLAGS)
dnl   scale_la_LDFLAGS = $(INFERD_LDFLAGS)
dnl
dnl configure.ac needs LT_INIT([dlopen disable-static]) before it.
AC_DEFUN([INFERD_PLUGIN], [
  AC_REQUIRE([PKG_PROG_PKG_CONFIG])
  PKG_CHECK_MODULES([INFERD], [inferd m4_ifval([$1], [>= $1])])
  AC_ARG_WITH([inferd-module-dir],
    [AS_HELP_STRING([--with-inferd-module-dir=DIR], [install modules there @<:@where the installed inferd looks@:>@])],
    [inferdmoduledir=$withval],
    [PKG_CHECK_VAR([inferdmoduledir], [inferd], [module_dir], [],
      [AC_MSG_ERROR([inferd.pc has no module_dir])])])
  INFERD_CFLAGS="$INFERD_CFLAGS -fvisibility=hidden"
  INFERD_LDFLAGS="-module -avoid-version -shared -no-undefined -export-symbols-regex '^inferd_module\$\$'"
  AC_SUBST([INFERD_LDFLAGS])
  AC_SUBST([inferdmoduledir])
])
