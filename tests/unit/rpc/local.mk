# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/rpc/test_call \
    tests/unit/rpc/test_http2 \
    tests/unit/rpc/test_link \
    tests/unit/rpc/test_loop \
    tests/unit/rpc/test_method \
    tests/unit/rpc/test_parent \
    tests/unit/rpc/test_stream \
    tests/unit/rpc/test_timers

# A backend in the test's own process, and what the tests that call it begin with.
RPC_FIXTURE = \
    tests/unit/rpc/backend.c \
    tests/unit/rpc/backend.h \
    tests/unit/rpc/fixture.c \
    tests/unit/rpc/fixture.h
tests_unit_rpc_test_call_SOURCES = tests/unit/rpc/test_call.c $(RPC_FIXTURE)
tests_unit_rpc_test_link_SOURCES = tests/unit/rpc/test_link.c $(RPC_FIXTURE)
tests_unit_rpc_test_method_SOURCES = tests/unit/rpc/test_method.c $(RPC_FIXTURE)
tests_unit_rpc_test_parent_SOURCES = tests/unit/rpc/test_parent.c $(RPC_FIXTURE)
tests_unit_rpc_test_stream_SOURCES = tests/unit/rpc/test_stream.c $(RPC_FIXTURE)

dist_noinst_SCRIPTS += tests/unit/rpc/tls/make.sh
EXTRA_DIST += \
    tests/unit/rpc/tls/ca.crt \
    tests/unit/rpc/tls/elsewhere.crt \
    tests/unit/rpc/tls/other-ca.crt \
    tests/unit/rpc/tls/server.crt \
    tests/unit/rpc/tls/server.key
