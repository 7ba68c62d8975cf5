# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Unit tests, mirroring host/: tests/unit/<folder>/test_<thing>.c. A new one is its line in that folder's local.mk.
# AM_CPPFLAGS and LDADD are automake's flags for programs that set none of their own, and these are the only ones: they
# see all of the host and of the SDK, and link cmocka.

UNIT_TESTS =
include tests/unit/sdk/local.mk
include tests/unit/base/local.mk
include tests/unit/module/local.mk
include tests/unit/metrics/local.mk
include tests/unit/process/local.mk
include tests/unit/rpc/local.mk
include tests/unit/config/local.mk
include tests/unit/plan/local.mk
include tests/unit/run/local.mk
include tests/unit/run/convert/local.mk
include tests/unit/front/local.mk
include tests/unit/daemon/local.mk
include tests/unit/plugins/local.mk

AM_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(PROTO_CPPFLAGS) $(GRPC_CFLAGS) $(JANSSON_CFLAGS) \
    $(MICROHTTPD_CFLAGS) $(CMOCKA_CFLAGS) \
    -DBUILD_DIR='"$(abs_top_builddir)"' -DSOURCE_DIR='"$(abs_top_srcdir)"'
LDADD = $(HOST_ALL) $(HOST_LIBS) $(CMOCKA_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
else
TESTS += tests/unit/no_cmocka.sh
endif
dist_noinst_SCRIPTS += tests/unit/tap
EXTRA_DIST += tests/unit/no_cmocka.sh
