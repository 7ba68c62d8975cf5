dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_GRPC_LINKING: how the daemon links gRPC, as GRPC_DAEMON_LIBS. Its C core and abseil go into the program where
dnl their archives are there: calls between gRPC's objects are then plain calls, which saves a fifth of a request's CPU
dnl (docs/performance.md). All other libraries, those of TLS above all, stay shared, so their security updates need no
dnl build of ours. Sanitizers tell their own code from other people's by the library, so their builds link it shared.
dnl Comes after INFERD_LIBRARIES and INFERD_SANITIZERS.
AC_DEFUN([INFERD_GRPC_LINKING], [
  AC_ARG_WITH([grpc], [AS_HELP_STRING([--with-grpc=static|shared],
    [how the daemon links gRPC (default: static where its archives are installed)])], [], [with_grpc=auto])
  AS_CASE([$with_grpc], [auto|static|shared], [],
    [AC_MSG_ERROR([--with-grpc=$with_grpc: it is static or shared])])
  AS_IF([test "$with_grpc" = auto && test "$sanitizer" != none], [with_grpc=shared])
  GRPC_DAEMON_LIBS=$GRPC_LIBS grpc_linking=shared
  AS_IF([test "$with_grpc" != shared], [
    AC_MSG_CHECKING([for gRPC's archives])
    inferd_missing= inferd_archives= inferd_others=
    for inferd_lib in $($PKG_CONFIG --static --libs grpc); do
      AS_CASE([$inferd_lib],
        [-lgrpc|-lgpr|-lupb|-laddress_sorting|-labsl_*], [
          inferd_name=lib$(echo "$inferd_lib" | sed 's/^-l//').a
          inferd_path=$($CC -print-file-name="$inferd_name")
          AS_IF([test "$inferd_path" = "$inferd_name"], [inferd_missing="$inferd_missing $inferd_name"])
          dnl The last place of each in the list is the one behind all that need it.
          inferd_archives="$(echo " $inferd_archives " | sed "s| $inferd_path | |") $inferd_path"],
        [-l*], [
          AS_CASE([" $inferd_others "], [*" $inferd_lib "*], [], [inferd_others="$inferd_others $inferd_lib"])])
    done
    AS_IF([test -z "$inferd_missing"], [
      AC_MSG_RESULT([yes])
      GRPC_DAEMON_LIBS="$inferd_archives $inferd_others -lstdc++ -lm" grpc_linking=static
    ], [
      AC_MSG_RESULT([no:$inferd_missing])
      AS_IF([test "$with_grpc" = static],
        [AC_MSG_ERROR([--with-grpc=static needs$inferd_missing; build with --with-grpc=shared, or install them])])
    ])
  ])
  AC_SUBST([GRPC_DAEMON_LIBS])
])
