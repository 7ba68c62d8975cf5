# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What clients talk to: gRPC and HTTP, and the services on them.

noinst_LIBRARIES += host/libfront.a
host_libfront_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(PROTO_CPPFLAGS) $(GRPC_CFLAGS) $(NGHTTP2_CFLAGS) $(MICROHTTPD_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
host_libfront_a_SOURCES = \
    host/front/access.c \
    host/front/access.h \
    host/front/admission.c \
    host/front/admission.h \
    host/front/admit.c \
    host/front/admit.h \
    host/front/asked.c \
    host/front/asked.h \
    host/front/daily_share.c \
    host/front/daily_share.h \
    host/front/descriptors.h \
    host/front/entities.c \
    host/front/explain.c \
    host/front/explain.h \
    host/front/health.c \
    host/front/http.c \
    host/front/http.h \
    host/front/http_connection.c \
    host/front/http_health.c \
    host/front/http_health.h \
    host/front/http_inner.h \
    host/front/http_reply.c \
    host/front/http_request.c \
    host/front/http_route.c \
    host/front/http_route.h \
    host/front/inbound.c \
    host/front/inbound.h \
    host/front/inbound_inner.h \
    host/front/inbound_reply.c \
    host/front/limit.c \
    host/front/limit.h \
    host/front/methods.h \
    host/front/observe.c \
    host/front/observe.h \
    host/front/permit.c \
    host/front/permit.h \
    host/front/predict.c \
    host/front/predict_http.c \
    host/front/predict_http.h \
    host/front/predict_json.h \
    host/front/predict_json_read.c \
    host/front/predict_json_reply.c \
    host/front/predict_json_value.c \
    host/front/predict_read.c \
    host/front/predict_read.h \
    host/front/predict_write.c \
    host/front/predict_write.h \
    host/front/reflection.c \
    host/front/relay.c \
    host/front/relay.h \
    host/front/relay_line.c \
    host/front/relay_line.h \
    host/front/scoring.c \
    host/front/scoring.h \
    host/front/server.c \
    host/front/server.h \
    host/front/server_drain.c \
    host/front/server_tls.c \
    host/front/server_tls.h \
    host/front/serving.h \
    host/front/session.c \
    host/front/session.h \
    host/front/session_call.c \
    host/front/session_frames.c \
    host/front/session_headers.c \
    host/front/session_inner.h \
    host/front/session_reply.c \
    host/front/session_request.c \
    host/front/tenants.c \
    host/front/tenants.h \
    host/front/tls.c \
    host/front/tls.h \
    host/front/tls_names.c \
    host/front/tls_names.h \
    host/front/unread.c \
    host/front/unread.h \
    host/front/unpack.c \
    host/front/unpack.h \
    host/front/waiting.c \
    host/front/waiting.h
nodist_host_libfront_a_SOURCES = host/front/descriptors.c proto/predict.pb-c.c

# What reflection tells: the descriptors of the services offered, as a C array.
SERVED_PROTOS = proto/predict.proto proto/inferflow.proto proto/health.proto
EXTRA_DIST += $(SERVED_PROTOS)
CLEANFILES += host/front/descriptors.c host/front/descriptors.pb

host/front/descriptors.c: $(SERVED_PROTOS)
	@$(MKDIR_P) host/front
	$(AM_V_GEN)$(PROTOC) --proto_path=$(srcdir)/proto --include_imports \
	    --descriptor_set_out=host/front/descriptors.pb predict.proto inferflow.proto health.proto && \
	{ echo '#include "front/descriptors.h"'; \
	  echo 'const uint8_t front_descriptors[] = {'; \
	  od -An -v -tx1 host/front/descriptors.pb | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	  echo '};'; \
	  echo 'const size_t front_descriptors_size = sizeof(front_descriptors);'; } > $@.tmp && mv $@.tmp $@
