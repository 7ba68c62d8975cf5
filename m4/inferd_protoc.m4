dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_PROTOC: PROTOC_C, which makes C of proto/*.proto.
AC_DEFUN([INFERD_PROTOC], [
  AC_ARG_VAR([PROTOC_C], [compiler of .proto files for C])
  AC_CHECK_PROGS([PROTOC_C], [protoc-c])
  AS_IF([test -z "$PROTOC_C"],
    [AC_MSG_ERROR([protoc-c was not found; on Debian: apt-get install protobuf-c-compiler])])
])
