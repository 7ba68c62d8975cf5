# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/front/test_access \
    tests/unit/front/test_admission \
    tests/unit/front/test_http \
    tests/unit/front/test_relay \
    tests/unit/front/test_server_drain \
    tests/unit/front/test_session \
    tests/unit/front/test_session_drain \
    tests/unit/front/test_session_ends \
    tests/unit/front/test_session_floods \
    tests/unit/front/test_session_windows
noinst_HEADERS += tests/unit/front/tls_files.h

tests_unit_front_test_access_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=CRYPTO_memcmp

# A server with methods of the test's own, and clients that write frames by hand.
SESSION_STAGE = tests/unit/front/session_stage.c tests/unit/front/session_stage.h
SESSION_WRAPS = \
    -Wl,--wrap=front_server_method_at,--wrap=front_server_call_ended,--wrap=front_server_session_ended \
    -Wl,--wrap=clock_gettime,--wrap=malloc
SESSION_PEER = tests/unit/front/session_peer.c tests/unit/front/session_peer.h $(SESSION_STAGE)
tests_unit_front_test_session_SOURCES = tests/unit/front/test_session.c $(SESSION_PEER)
tests_unit_front_test_session_LDFLAGS = $(AM_LDFLAGS) $(SESSION_WRAPS)
tests_unit_front_test_session_ends_SOURCES = tests/unit/front/test_session_ends.c $(SESSION_PEER)
tests_unit_front_test_session_ends_LDFLAGS = $(AM_LDFLAGS) $(SESSION_WRAPS)
tests_unit_front_test_session_drain_SOURCES = tests/unit/front/test_session_drain.c $(SESSION_PEER)
tests_unit_front_test_session_drain_LDFLAGS = $(AM_LDFLAGS) $(SESSION_WRAPS)
tests_unit_front_test_session_floods_SOURCES = tests/unit/front/test_session_floods.c $(SESSION_PEER)
tests_unit_front_test_session_floods_LDFLAGS = $(AM_LDFLAGS) $(SESSION_WRAPS)
tests_unit_front_test_session_windows_SOURCES = tests/unit/front/test_session_windows.c $(SESSION_PEER)
tests_unit_front_test_session_windows_LDFLAGS = $(AM_LDFLAGS) $(SESSION_WRAPS)
tests_unit_front_test_server_drain_SOURCES = tests/unit/front/test_server_drain.c $(SESSION_STAGE)
tests_unit_front_test_server_drain_LDFLAGS = $(AM_LDFLAGS) $(SESSION_WRAPS)
