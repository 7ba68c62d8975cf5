# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# INFERD_SYSTEMD: where units and users are installed: below the prefix, unless told otherwise, so that an installation
# for one user, or "make distcheck", writes nowhere else. systemd looks into /usr and /usr/local.
AC_DEFUN([INFERD_SYSTEMD], [
  AC_ARG_WITH([systemdsystemunitdir],
    [AS_HELP_STRING([--with-systemdsystemunitdir=DIR], [systemd's units @<:@PREFIX/lib/systemd/system@:>@])],
    [], [with_systemdsystemunitdir='${prefix}/lib/systemd/system'])
  AC_ARG_WITH([sysusersdir],
    [AS_HELP_STRING([--with-sysusersdir=DIR], [systemd's users @<:@PREFIX/lib/sysusers.d@:>@])],
    [], [with_sysusersdir='${prefix}/lib/sysusers.d'])
  AC_SUBST([systemdsystemunitdir], [$with_systemdsystemunitdir])
  AC_SUBST([sysusersdir], [$with_sysusersdir])
])
