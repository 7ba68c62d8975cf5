dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_LIBRARIES: the libraries the host needs, each as X_CFLAGS and X_LIBS.
AC_DEFUN([INFERD_NEED_LIBRARY], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 was not found; on Debian: apt-get install $3 (elsewhere: its development files, and
PKG_CONFIG_PATH if they are in an unusual place)])])
])

AC_DEFUN([INFERD_LIBRARIES], [
  m4_ifndef([PKG_CHECK_MODULES],
    [m4_fatal([pkg.m4 was not found: install pkg-config before running autogen.sh])])
  PKG_PROG_PKG_CONFIG([0.29])
  dnl grpc.pc has the version of the C core: 29 is gRPC 1.51.
  INFERD_NEED_LIBRARY([GRPC], [grpc >= 29], [libgrpc-dev])
  INFERD_NEED_LIBRARY([NGHTTP2], [libnghttp2 >= 1.50], [libnghttp2-dev])
  INFERD_NEED_LIBRARY([PROTOBUF_C], [libprotobuf-c >= 1.4], [libprotobuf-c-dev])
  INFERD_NEED_LIBRARY([JANSSON], [jansson >= 2.13], [libjansson-dev])
  INFERD_NEED_LIBRARY([MICROHTTPD], [libmicrohttpd >= 0.9.75], [libmicrohttpd-dev])
  INFERD_NEED_LIBRARY([CURL], [libcurl >= 7.85], [libcurl4-openssl-dev])
  INFERD_NEED_LIBRARY([CRYPTO], [libssl >= 3.0 libcrypto >= 3.0], [libssl-dev])
  INFERD_NEED_LIBRARY([ZLIB], [zlib >= 1.2.9], [zlib1g-dev])
  inferd_saved_LIBS=$LIBS
  AC_CHECK_HEADER([ltdl.h], [], [AC_MSG_ERROR([ltdl.h was not found; on Debian: apt-get install libltdl-dev])])
  AC_CHECK_LIB([ltdl], [lt_dladvise_init], [LTDL_LIBS=-lltdl],
    [AC_MSG_ERROR([libltdl was not found; on Debian: apt-get install libltdl-dev])])
  LIBS=$inferd_saved_LIBS
  AC_SUBST([LTDL_LIBS])
])
