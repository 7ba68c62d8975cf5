# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferd-sandbox: the backends on loopback, from plain files.

bin_PROGRAMS += tools/sandbox/inferd-sandbox

# What the program is made of but for its main(), so that unit tests can link it.
noinst_LIBRARIES += tools/sandbox/libsandbox.a
tools_sandbox_libsandbox_a_SOURCES = \
    tools/sandbox/call.c \
    tools/sandbox/call.h \
    tools/sandbox/csv.c \
    tools/sandbox/csv.h \
    tools/sandbox/faults.c \
    tools/sandbox/faults.h \
    tools/sandbox/file.c \
    tools/sandbox/file.h \
    tools/sandbox/kserve.c \
    tools/sandbox/kserve.h \
    tools/sandbox/kserve_infer.c \
    tools/sandbox/number.h \
    tools/sandbox/number_encode.c \
    tools/sandbox/number_text.c \
    tools/sandbox/numerix.c \
    tools/sandbox/objectives.tbl \
    tools/sandbox/onfs.c \
    tools/sandbox/server.c \
    tools/sandbox/server.h \
    tools/sandbox/service.c \
    tools/sandbox/service.h \
    tools/sandbox/store.c \
    tools/sandbox/store.h \
    tools/sandbox/table.c \
    tools/sandbox/table.h \
    tools/sandbox/table_csv.c \
    tools/sandbox/table_jsonl.c \
    tools/sandbox/tensor.c \
    tools/sandbox/tensor.h \
    tools/sandbox/writer.h \
    tools/sandbox/xgboost.h \
    tools/sandbox/xgboost_load.c \
    tools/sandbox/xgboost_objective.c \
    tools/sandbox/xgboost_objective.h \
    tools/sandbox/xgboost_predict.c \
    $(NUMERIX_EXPRESSION)
tools_sandbox_libsandbox_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) -I$(srcdir)/plugins \
    $(GRPC_CFLAGS) $(JANSSON_CFLAGS)
# Predictions are promised to the last bit as well.
tools_sandbox_libsandbox_a_CFLAGS = $(AM_CFLAGS) $(NUMERIX_EXPRESSION_CFLAGS)

tools_sandbox_inferd_sandbox_SOURCES = tools/sandbox/main.c
tools_sandbox_inferd_sandbox_CPPFLAGS = $(tools_sandbox_libsandbox_a_CPPFLAGS)
tools_sandbox_inferd_sandbox_LDADD = tools/sandbox/libsandbox.a host/libbase.a $(GRPC_LIBS) $(JANSSON_LIBS) -lpthread -lm
