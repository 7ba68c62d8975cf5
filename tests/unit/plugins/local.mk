# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Tests of modules. Those of a whole module drive it by the test host. Those of a module's parts compile these parts, for
# a module exports nothing to link with.

UNIT_TESTS += \
    tests/unit/plugins/recorded/test_recorded \
    tests/unit/plugins/test_feature \
    tests/unit/plugins/test_feature_cache \
    tests/unit/plugins/test_init \
    tests/unit/plugins/test_numerix \
    tests/unit/plugins/test_numerix_local \
    tests/unit/plugins/test_predator \
    tests/unit/plugins/test_predator_reply \
    tests/unit/plugins/test_predator_request \
    tests/unit/plugins/numerix/test_component \
    tests/unit/plugins/numerix/test_expression

TESTHOST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/sdk/testhost
TESTHOST_LIBS = sdk/testhost/libtesthost.a $(LDADD)

tests_unit_plugins_test_feature_SOURCES = tests/unit/plugins/test_feature.c tests/unit/plugins/feature.h tests/unit/plugins/drive.h tests/unit/plugins/message.h
tests_unit_plugins_test_feature_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_test_feature_LDADD = $(TESTHOST_LIBS)
tests_unit_plugins_test_feature_cache_SOURCES = tests/unit/plugins/test_feature_cache.c tests/unit/plugins/feature.h tests/unit/plugins/drive.h tests/unit/plugins/message.h
tests_unit_plugins_test_feature_cache_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_test_feature_cache_LDADD = $(TESTHOST_LIBS)
tests_unit_plugins_test_init_SOURCES = tests/unit/plugins/test_init.c
tests_unit_plugins_test_init_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_test_init_LDADD = $(TESTHOST_LIBS)
tests_unit_plugins_test_numerix_SOURCES = tests/unit/plugins/test_numerix.c tests/unit/plugins/drive.h tests/unit/plugins/message.h
tests_unit_plugins_test_numerix_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_test_numerix_LDADD = $(TESTHOST_LIBS)
tests_unit_plugins_test_numerix_local_SOURCES = tests/unit/plugins/test_numerix_local.c tests/unit/plugins/drive.h tests/unit/plugins/message.h
tests_unit_plugins_test_numerix_local_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_test_numerix_local_LDADD = $(TESTHOST_LIBS)
tests_unit_plugins_test_predator_SOURCES = tests/unit/plugins/test_predator.c tests/unit/plugins/predator.h tests/unit/plugins/drive.h tests/unit/plugins/message.h
tests_unit_plugins_test_predator_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_test_predator_LDADD = $(TESTHOST_LIBS)
tests_unit_plugins_test_predator_request_SOURCES = tests/unit/plugins/test_predator_request.c tests/unit/plugins/predator.h tests/unit/plugins/drive.h tests/unit/plugins/message.h
tests_unit_plugins_test_predator_request_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_test_predator_request_LDADD = $(TESTHOST_LIBS)
tests_unit_plugins_test_predator_reply_SOURCES = tests/unit/plugins/test_predator_reply.c tests/unit/plugins/predator.h tests/unit/plugins/drive.h tests/unit/plugins/message.h
tests_unit_plugins_test_predator_reply_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_test_predator_reply_LDADD = $(TESTHOST_LIBS)

tests_unit_plugins_recorded_test_recorded_SOURCES = \
    tests/unit/plugins/recorded/case.c \
    tests/unit/plugins/recorded/case.h \
    tests/unit/plugins/recorded/request.c \
    tests/unit/plugins/recorded/test_recorded.c
tests_unit_plugins_recorded_test_recorded_CPPFLAGS = $(TESTHOST_CPPFLAGS)
tests_unit_plugins_recorded_test_recorded_LDADD = $(TESTHOST_LIBS)

tests_unit_plugins_numerix_test_component_SOURCES = tests/unit/plugins/numerix/test_component.c
tests_unit_plugins_numerix_test_component_CPPFLAGS = $(TESTHOST_CPPFLAGS) -I$(srcdir)/tests/unit/plugins
tests_unit_plugins_numerix_test_component_LDADD = $(TESTHOST_LIBS)

tests_unit_plugins_numerix_test_expression_SOURCES = \
    tests/unit/plugins/numerix/test_expression.c \
    $(NUMERIX_EXPRESSION)
tests_unit_plugins_numerix_test_expression_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(srcdir)/plugins/numerix \
    -DSOURCE_DIR='"$(abs_top_srcdir)"' $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_plugins_numerix_test_expression_CFLAGS = $(AM_CFLAGS) $(NUMERIX_EXPRESSION_CFLAGS)
tests_unit_plugins_numerix_test_expression_LDADD = $(CMOCKA_LIBS) $(JANSSON_LIBS) -lm
EXTRA_DIST += \
    tests/golden/numerix/README.md \
    tests/golden/numerix/recordings.json
EXTRA_DIST += tests/golden/calls
