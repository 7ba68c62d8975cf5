# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Wire formats. protoc-c turns each proto/X.proto into proto/X.pb-c.h and .c in the build directory; include it as
# "proto/X.pb-c.h" (with $(PROTO_CPPFLAGS)) and link proto/libX.la and $(PROTOBUF_C_LIBS). A new one is a name in PROTOS
# and a library below.

PROTOS = \
    proto/etcd.proto \
    proto/kserve.proto \
    proto/numerix.proto \
    proto/predict.proto \
    proto/retrieve.proto

PROTO_CPPFLAGS = -I$(builddir) $(PROTOBUF_C_CFLAGS)
PROTO_H = $(PROTOS:.proto=.pb-c.h)
PROTO_C = $(PROTOS:.proto=.pb-c.c)

EXTRA_DIST += $(PROTOS)
BUILT_SOURCES += $(PROTO_H)
CLEANFILES += $(PROTO_H) $(PROTO_C)

proto/%.pb-c.c proto/%.pb-c.h: $(srcdir)/proto/%.proto
	@$(MKDIR_P) proto
	$(AM_V_GEN)$(PROTOC_C) --proto_path=$(srcdir)/proto --c_out=proto $*.proto

noinst_LTLIBRARIES += proto/libkserve.la
proto_libkserve_la_CPPFLAGS = $(PROTO_CPPFLAGS)
nodist_proto_libkserve_la_SOURCES = proto/kserve.pb-c.c

noinst_LTLIBRARIES += proto/libnumerix.la
proto_libnumerix_la_CPPFLAGS = $(PROTO_CPPFLAGS)
nodist_proto_libnumerix_la_SOURCES = proto/numerix.pb-c.c

noinst_LTLIBRARIES += proto/libretrieve.la
proto_libretrieve_la_CPPFLAGS = $(PROTO_CPPFLAGS)
nodist_proto_libretrieve_la_SOURCES = proto/retrieve.pb-c.c
