# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Parsers and bytes that nobody meant. tests/fuzz/fuzz_<thing>.c is what is fed, tests/fuzz/corpus/<thing> what it has
# been fed with, good or bad: `make check` plays all of it. A build with --enable-fuzzing searches for more: `make fuzz`.
# A new one is its line in FUZZERS and a corpus, which tests/fuzz/seed.py begins.

FUZZERS = \
    tests/fuzz/fuzz_config \
    tests/fuzz/fuzz_convert \
    tests/fuzz/fuzz_etcd \
    tests/fuzz/fuzz_etcd_client \
    tests/fuzz/fuzz_expression \
    tests/fuzz/fuzz_features \
    tests/fuzz/fuzz_files \
    tests/fuzz/fuzz_http \
    tests/fuzz/fuzz_http2 \
    tests/fuzz/fuzz_infer \
    tests/fuzz/fuzz_note \
    tests/fuzz/fuzz_relay \
    tests/fuzz/fuzz_reports \
    tests/fuzz/fuzz_request \
    tests/fuzz/fuzz_scores \
    tests/fuzz/fuzz_session \
    tests/fuzz/fuzz_settings \
    tests/fuzz/fuzz_tensors \
    tests/fuzz/fuzz_wire

FUZZ = tests/fuzz/fuzz.h
if FUZZING
FUZZ_SECONDS = 1200
fuzz: $(FUZZERS)
	$(AM_V_at)srcdir='$(abs_top_srcdir)' $(SHELL) $(srcdir)/tests/fuzz/search.sh $(FUZZ_SECONDS) $(FUZZERS)
else
FUZZ += tests/fuzz/replay.c
endif
.PHONY: fuzz

# Some use what tests of modules read recordings with, so cmocka.
if HAVE_CMOCKA
check_PROGRAMS += $(FUZZERS)
if !FUZZING
TESTS += $(FUZZERS)
endif
endif

tests_fuzz_fuzz_convert_SOURCES = tests/fuzz/fuzz_convert.c $(FUZZ)
tests_fuzz_fuzz_convert_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_expression_SOURCES = tests/fuzz/fuzz_expression.c $(FUZZ) $(NUMERIX_EXPRESSION)
tests_fuzz_fuzz_expression_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/plugins/numerix
tests_fuzz_fuzz_expression_CFLAGS = $(AM_CFLAGS) $(NUMERIX_EXPRESSION_CFLAGS)
tests_fuzz_fuzz_expression_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_note_SOURCES = tests/fuzz/fuzz_note.c $(FUZZ)
tests_fuzz_fuzz_note_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_reports_SOURCES = tests/fuzz/fuzz_reports.c $(FUZZ)
tests_fuzz_fuzz_reports_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
nodist_tests_fuzz_fuzz_wire_SOURCES = tests/unit/sdk/every.pb-c.c
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c $(FUZZ) $(EVERY_SOURCES)
tests_fuzz_fuzz_wire_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests/fuzz/fuzz_wire.$(OBJEXT): tests/unit/sdk/every.pb-c.h

# One for sources, one for tools.
FUZZ_ETCD = tests/fuzz/etcd_loop.c tests/fuzz/etcd_loop.h $(FUZZ)
tests_fuzz_fuzz_etcd_SOURCES = tests/fuzz/fuzz_etcd.c $(FUZZ_ETCD)
tests_fuzz_fuzz_etcd_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_etcd_client_SOURCES = tests/fuzz/fuzz_etcd_client.c $(FUZZ_ETCD)
tests_fuzz_fuzz_etcd_client_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_files_SOURCES = tests/fuzz/fuzz_files.c $(FUZZ)
tests_fuzz_fuzz_files_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools/sandbox
tests_fuzz_fuzz_files_LDADD = tools/sandbox/libsandbox.a $(LDADD)
tests_fuzz_fuzz_files_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_infer_SOURCES = \
    tests/fuzz/fuzz_infer.c \
    tools/inferctl/infer_print.c \
    tools/inferctl/quarantine_print.c \
    tools/inferctl/status_faults.c \
    tools/inferctl/status_print.c \
    $(FUZZ)
tests_fuzz_fuzz_infer_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools/inferctl
tests_fuzz_fuzz_infer_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_http2_SOURCES = tests/fuzz/fuzz_http2.c $(FUZZ)
tests_fuzz_fuzz_http2_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_http_SOURCES = tests/fuzz/fuzz_http.c $(FUZZ)
tests_fuzz_fuzz_http_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_session_SOURCES = tests/fuzz/fuzz_session.c $(SESSION_STAGE) $(FUZZ)
tests_fuzz_fuzz_session_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)
tests_fuzz_fuzz_session_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS) $(SESSION_WRAPS)
tests_fuzz_fuzz_relay_SOURCES = tests/fuzz/fuzz_relay.c tests/unit/front/tls_files.h $(FUZZ)
tests_fuzz_fuzz_relay_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

# A worker without a network.
FUZZ_STAGE = \
    tests/fuzz/stage.c \
    tests/fuzz/stage.h \
    tests/fuzz/stage_inbound.c \
    tests/fuzz/stage_rpc.c
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ) $(FUZZ_STAGE)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_settings_SOURCES = tests/fuzz/fuzz_settings.c $(FUZZ) $(FUZZ_STAGE)
tests_fuzz_fuzz_settings_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

# On it the models and requests of tests/golden/calls.
FUZZ_CASES = \
    $(FUZZ_STAGE) \
    tests/fuzz/cases.c \
    tests/fuzz/cases.h \
    tests/unit/plugins/recorded/case.c \
    tests/unit/plugins/recorded/case.h \
    tests/unit/plugins/recorded/request.c
tests_fuzz_fuzz_features_SOURCES = tests/fuzz/fuzz_reply.c $(FUZZ) $(FUZZ_CASES)
tests_fuzz_fuzz_features_CPPFLAGS = $(AM_CPPFLAGS) -DSERVICE='"onfs"'
tests_fuzz_fuzz_features_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c $(FUZZ) $(FUZZ_CASES)
tests_fuzz_fuzz_request_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_scores_SOURCES = tests/fuzz/fuzz_reply.c $(FUZZ) $(FUZZ_CASES)
tests_fuzz_fuzz_scores_CPPFLAGS = $(AM_CPPFLAGS) -DSERVICE='"numerix"'
tests_fuzz_fuzz_scores_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_tensors_SOURCES = tests/fuzz/fuzz_reply.c $(FUZZ) $(FUZZ_CASES)
tests_fuzz_fuzz_tensors_CPPFLAGS = $(AM_CPPFLAGS) -DSERVICE='"triton"'
tests_fuzz_fuzz_tensors_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/dict tests/fuzz/search.sh tests/fuzz/seed.py
