# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What clients talk to: listener, gRPC and HTTP, and the services on them.

noinst_LIBRARIES += host/libfront.a
host_libfront_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(PROTO_CPPFLAGS) $(GRPC_CFLAGS) $(MICROHTTPD_CFLAGS) $(JANSSON_CFLAGS)
host_libfront_a_SOURCES = \
    host/front/http.h \
    host/front/http_health.h
