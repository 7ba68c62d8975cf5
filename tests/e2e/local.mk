# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# End-to-end tests: tests/e2e/test_<thing>.py, pytest against the built daemon with real parts. A new one is its line in
# E2E_TESTS; modules they import (conftest.py and the like) go to E2E_MODULES. Each file is one test of make's, so files
# run in parallel under make -j: take free ports.

E2E_TESTS = \
    tests/e2e/test_access.py \
    tests/e2e/test_admin.py \
    tests/e2e/test_backend_tls.py \
    tests/e2e/test_bench.py \
    tests/e2e/test_etcd.py \
    tests/e2e/test_etcd_cluster.py \
    tests/e2e/test_etcd_daemon.py \
    tests/e2e/test_check.py \
    tests/e2e/test_churn.py \
    tests/e2e/test_config_dir.py \
    tests/e2e/test_last_good.py \
    tests/e2e/test_generations.py \
    tests/e2e/test_live.py \
    tests/e2e/test_log_limit.py \
    tests/e2e/test_numerix_local.py \
    tests/e2e/test_overload.py \
    tests/e2e/test_module_verdict.py \
    tests/e2e/test_modules_live.py \
    tests/e2e/test_bad_input.py \
    tests/e2e/test_compat_bytes.py \
    tests/e2e/test_better.py \
    tests/e2e/test_compat.py \
    tests/e2e/test_single_flight.py \
    tests/e2e/test_deadline.py \
    tests/e2e/test_drain.py \
    tests/e2e/test_explain.py \
    tests/e2e/test_front.py \
    tests/e2e/test_guide.py \
    tests/e2e/test_metric_names.py \
    tests/e2e/test_mlserver.py \
    tests/e2e/test_diff.py \
    tests/e2e/test_faults.py \
    tests/e2e/test_feature.py \
    tests/e2e/test_metrics.py \
    tests/e2e/test_goclient.py \
    tests/e2e/test_policies.py \
    tests/e2e/test_predict.py \
    tests/e2e/test_push.py \
    tests/e2e/test_quarantine.py \
    tests/e2e/test_process.py \
    tests/e2e/test_recorded.py \
    tests/e2e/test_service.py \
    tests/e2e/test_slates.py \
    tests/e2e/test_types.py \
    tests/e2e/test_http_drain.py \
    tests/e2e/test_http_predict.py \
    tests/e2e/test_infer.py \
    tests/e2e/test_inferctl.py \
    tests/e2e/test_example.py \
    tests/e2e/test_sandbox.py \
    tests/e2e/test_settings.py \
    tests/e2e/test_sandbox_kserve.py \
    tests/e2e/test_sandbox_numerix.py \
    tests/e2e/test_sandbox_onfs.py \
    tests/e2e/test_soak.py \
    tests/e2e/test_tls.py \
    tests/e2e/test_tls_http.py \
    tests/e2e/test_triton.py \
    tests/e2e/test_upgrade.py

# Those of them whose daemon has many threads that meet, when it serves in one process (TEST_WORKERS=0): a build with
# --enable-tsan has them to look for races in, for the whole takes long there. Others expect processes.
E2E_THREADS = \
    tests/e2e/test_access.py \
    tests/e2e/test_admin.py \
    tests/e2e/test_backend_tls.py \
    tests/e2e/test_better.py \
    tests/e2e/test_config_dir.py \
    tests/e2e/test_drain.py \
    tests/e2e/test_etcd_daemon.py \
    tests/e2e/test_front.py \
    tests/e2e/test_generations.py \
    tests/e2e/test_http_drain.py \
    tests/e2e/test_http_predict.py \
    tests/e2e/test_live.py \
    tests/e2e/test_log_limit.py \
    tests/e2e/test_metrics.py \
    tests/e2e/test_process.py \
    tests/e2e/test_service.py \
    tests/e2e/test_tls.py \
    tests/e2e/test_tls_http.py
# Those that make check-valgrind has: requests of every form, good and bad, and configs that change meanwhile.
E2E_VALGRIND = \
    tests/e2e/test_bad_input.py \
    tests/e2e/test_http_predict.py \
    tests/e2e/test_live.py \
    tests/e2e/test_predict.py \
    tests/e2e/test_recorded.py \
    tests/e2e/test_slates.py
E2E_MODULES = \
    tests/e2e/access_file.py \
    tests/e2e/certificates.py \
    tests/e2e/conftest.py \
    tests/e2e/etcd.py \
    tests/e2e/etcd_source.py \
    tests/e2e/admin.py \
    tests/e2e/ctl.py \
    tests/e2e/daemon.py \
    tests/e2e/fake.py \
    tests/e2e/faulty.py \
    tests/e2e/guide.py \
    tests/e2e/load.py \
    tests/e2e/mirror.py \
    tests/e2e/unreading.py \
    tests/e2e/small_models.py \
    tests/e2e/peers.py \
    tests/e2e/protos.py \
    tests/e2e/sandbox.py \
    tests/e2e/secure.py \
    tests/e2e/upgradable.py

# Prints what a source of configs hands over; built as the unit tests are.
check_PROGRAMS += tests/e2e/source_printer

# A module that crashes when it is told to.
check_LTLIBRARIES += tests/e2e/crasher.la
tests_e2e_crasher_la_SOURCES = tests/e2e/crasher.c
tests_e2e_crasher_la_CPPFLAGS = $(COMMON_CPPFLAGS) $(SDK_CPPFLAGS)
tests_e2e_crasher_la_LDFLAGS = $(PLUGIN_LINKFLAGS) -rpath /nowhere

# Puts a program's wall clock forward or back while it runs.
check_LTLIBRARIES += tests/e2e/clock.la
tests_e2e_clock_la_SOURCES = tests/e2e/clock.c
tests_e2e_clock_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere

# A module that won't start.
check_LTLIBRARIES += tests/e2e/stubborn.la
tests_e2e_stubborn_la_SOURCES = tests/e2e/stubborn.c
tests_e2e_stubborn_la_CPPFLAGS = $(COMMON_CPPFLAGS) $(SDK_CPPFLAGS)
tests_e2e_stubborn_la_LDFLAGS = $(PLUGIN_LINKFLAGS) -rpath /nowhere

# Models, and what XGBoost predicted with them.
EXTRA_DIST += \
    tests/golden/guide/README.md \
    tests/golden/guide/onboarding.json \
    tests/golden/guide/ranking.json \
    tests/golden/xgboost/1.7.4 \
    tests/golden/xgboost/3.2.0 \
    tests/golden/xgboost/record.py

# A client on grpc-go.
EXTRA_DIST += \
    tests/e2e/goclient/go.mod \
    tests/e2e/goclient/go.sum \
    tests/e2e/goclient/load.go \
    tests/e2e/goclient/main.go \
    tests/e2e/goclient/standard.go

# Models of peers.py's servers: a runtime of MLServer's, and Triton's model repository.
EXTRA_DIST += \
    tests/e2e/mlserver/texts.py \
    tests/e2e/triton/flat/1/model.py \
    tests/e2e/triton/flat/config.pbtxt \
    tests/e2e/triton/mixed/1/model.py \
    tests/e2e/triton/mixed/config.pbtxt \
    tests/e2e/triton/picky/1/model.py \
    tests/e2e/triton/picky/config.pbtxt \
    tests/e2e/triton/sum/1/model.py \
    tests/e2e/triton/sum/2/model.py \
    tests/e2e/triton/sum/config.pbtxt

if HAVE_PYTEST
TESTS += $(E2E_TESTS)
else
TESTS += tests/e2e/no_pytest.sh
endif
dist_noinst_SCRIPTS += tests/e2e/tap
EXTRA_DIST += $(E2E_TESTS) $(E2E_MODULES) tests/e2e/no_pytest.sh tests/e2e/tap_report.py
