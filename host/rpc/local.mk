# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The loop, channels, calls and their policies: gRPC as a client.

noinst_LIBRARIES += host/librpc.a
host_librpc_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(PROTO_CPPFLAGS) $(GRPC_CFLAGS) $(NGHTTP2_CFLAGS)
host_librpc_a_SOURCES = \
    host/rpc/call.c \
    host/rpc/call.h \
    host/rpc/call_end.c \
    host/rpc/call_inner.h \
    host/rpc/call_stock.c \
    host/rpc/credentials.c \
    host/rpc/credentials.h \
    host/rpc/link.c \
    host/rpc/link.h \
    host/rpc/link_inner.h \
    host/rpc/link_thread.c \
    host/rpc/framing.c \
    host/rpc/framing.h \
    host/rpc/http2.c \
    host/rpc/http2.h \
    host/rpc/http2_end.c \
    host/rpc/http2_head.c \
    host/rpc/http2_inner.h \
    host/rpc/http2_out.c \
    host/rpc/http2_out.h \
    host/rpc/http2_reply.c \
    host/rpc/loop.c \
    host/rpc/loop.h \
    host/rpc/loop_inner.h \
    host/rpc/loop_queue.c \
    host/rpc/loop_watch.c \
    host/rpc/method.c \
    host/rpc/pem.c \
    host/rpc/pem.h \
    host/rpc/pool.c \
    host/rpc/pool.h \
    host/rpc/reply.c \
    host/rpc/reply.h \
    host/rpc/stream.c \
    host/rpc/stream.h \
    host/rpc/timers.c \
    host/rpc/timers.h \
    host/rpc/tune.c \
    host/rpc/tune.h
