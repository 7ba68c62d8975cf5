# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# `make bench`: the daemon against the floor; BENCHFLAGS go to bench/run.py (see its --help). The programs are built for
# `make check` too, where one short round shows that they and the workloads' replies are right. `make soak`: everything
# at once for a long time, judged; SOAKFLAGS go to bench/soak.py. `make churn`: very many models that change all the time;
# CHURNFLAGS go to bench/churn.py. `make check-faults`: one thing after the other breaks under load, and what was promised
# for it is judged; FAULTSFLAGS go to bench/check_faults.py.

BENCHMARK = bench/load bench/backend/backend bench/faults/proxy bench/floor/floor
check_PROGRAMS += $(BENCHMARK)

BENCH_CPPFLAGS = $(COMMON_CPPFLAGS) -I$(srcdir) $(PROTO_CPPFLAGS) $(GRPC_CFLAGS)
BENCH_SUPPORT = bench/support.c bench/support.h

bench_load_SOURCES = \
    bench/load.c \
    bench/load_mix.c \
    bench/load_mix.h \
    bench/load_report.c \
    bench/load_report.h \
    bench/load_rows.c \
    bench/load_rows.h \
    $(BENCH_SUPPORT)
bench_load_CPPFLAGS = $(BENCH_CPPFLAGS) -I$(srcdir)/sdk/include
bench_load_LDADD = $(GRPC_LIBS)

bench_backend_backend_SOURCES = \
    bench/backend/backend.c \
    bench/backend/reply.c \
    bench/backend/reply.h \
    $(BENCH_SUPPORT)
bench_backend_backend_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_backend_backend_LDADD = proto/libkserve.la proto/libnumerix.la proto/libretrieve.la $(PROTOBUF_C_LIBS) \
    $(GRPC_LIBS) -lpthread

bench_faults_proxy_SOURCES = bench/faults/proxy.c $(BENCH_SUPPORT)
bench_faults_proxy_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_faults_proxy_LDADD = $(GRPC_LIBS)

bench_floor_floor_SOURCES = \
    bench/floor/fanout.c \
    bench/floor/fanout.h \
    bench/floor/floor.c \
    $(BENCH_SUPPORT)
bench_floor_floor_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_floor_floor_LDADD = $(GRPC_DAEMON_LIBS) -lm

dist_noinst_SCRIPTS += bench/check_faults.py bench/churn.py bench/guarded.py bench/overload.py bench/run.py bench/soak.py
EXTRA_DIST += \
    bench/faults/faults.py \
    bench/faults/limits.py \
    bench/handshakes.py \
    bench/mixed.py \
    bench/ports.py \
    bench/rig.py \
    bench/soak_memory.py \
    bench/soak_models.py \
    bench/workloads.py
CLEANFILES += bench/churn.json bench/faults.json bench/guarded.json bench/overload.json bench/results.json bench/soak.json

bench: all $(BENCHMARK)
	$(PYTHON) $(srcdir)/bench/run.py --module-path plugins/.libs $(BENCHFLAGS)

# The same, into docs/performance.md.
bench-document: all $(BENCHMARK)
	$(PYTHON) $(srcdir)/bench/run.py --module-path plugins/.libs --document $(srcdir)/docs/performance.md $(BENCHFLAGS)

soak: all $(BENCHMARK)
	$(PYTHON) $(srcdir)/bench/soak.py --module-path plugins/.libs $(SOAKFLAGS)

churn: all $(BENCHMARK)
	$(PYTHON) $(srcdir)/bench/churn.py --module-path plugins/.libs $(CHURNFLAGS)
# Three times what can be served.
bench-overload: all $(BENCHMARK)
	$(PYTHON) $(srcdir)/bench/overload.py --module-path plugins/.libs $(OVERLOADFLAGS)

# In plain, with a token, over TLS; the second writes its table into docs/performance.md.
BENCH_GUARDED = $(PYTHON) $(srcdir)/bench/guarded.py --module-path plugins/.libs
bench-guarded: all $(BENCHMARK)
	$(BENCH_GUARDED) $(GUARDEDFLAGS)

bench-guarded-document: all $(BENCHMARK)
	$(BENCH_GUARDED) --document $(srcdir)/docs/performance.md $(GUARDEDFLAGS)

# What breaks under load, one after the other; the second writes its table into docs/reliability.md.
CHECK_FAULTS = $(PYTHON) $(srcdir)/bench/check_faults.py --module-path plugins/.libs
check-faults: all $(BENCHMARK) tests/e2e/clock.la
	$(CHECK_FAULTS) $(FAULTSFLAGS)

faults-document: all $(BENCHMARK) tests/e2e/clock.la
	$(CHECK_FAULTS) --document $(srcdir)/docs/reliability.md $(FAULTSFLAGS)
.PHONY: bench bench-guarded bench-guarded-document bench-overload bench-document check-faults churn faults-document soak
