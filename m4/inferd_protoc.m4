dnl SPDX-FileCopyrightText: 2026 The inferd authors
dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl INFERD_PROTOC: PROTOC_C, which makes C of proto/*.proto, and PROTOC, which makes the descriptors reflection tells.
AC_DEFUN([INFERD_PROTOC], [
  AC_ARG_VAR([PROTOC_C], [compiler of .proto files for C])
  AC_CHECK_PROGS([PROTOC_C], [protoc-c])
  AS_IF([test -z "$PROTOC_C"],
    [AC_MSG_ERROR([protoc-c was not found; on Debian: apt-get install protobuf-c-compiler])])
  AC_ARG_VAR([PROTOC], [compiler of .proto files])
  AC_CHECK_PROGS([PROTOC], [protoc])
  AS_IF([test -z "$PROTOC"],
    [AC_MSG_ERROR([protoc was not found; on Debian: apt-get install protobuf-compiler])])
])
