# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/sdk/test_utf8 \
    tests/unit/sdk/test_wire \
    tests/unit/sdk/test_wire_protobuf

# A protocol of the tests' own, with a field of every kind.
EVERY = tests/unit/sdk/every.pb-c.c tests/unit/sdk/every.pb-c.h
EVERY_SOURCES = \
    tests/unit/sdk/every.h \
    tests/unit/sdk/every_compare.c \
    tests/unit/sdk/every_fields.c \
    tests/unit/sdk/every_random.c \
    tests/unit/sdk/every_reader.c \
    tests/unit/sdk/every_writer.c
nodist_tests_unit_sdk_test_wire_protobuf_SOURCES = tests/unit/sdk/every.pb-c.c
tests_unit_sdk_test_wire_protobuf_SOURCES = $(EVERY_SOURCES) tests/unit/sdk/test_wire_protobuf.c
EXTRA_DIST += tests/unit/sdk/every.proto
CLEANFILES += $(EVERY)

$(EVERY): $(srcdir)/tests/unit/sdk/every.proto
	@$(MKDIR_P) tests/unit/sdk
	$(AM_V_GEN)$(PROTOC_C) --proto_path=$(srcdir)/tests/unit/sdk --c_out=tests/unit/sdk every.proto
$(filter %.$(OBJEXT),$(EVERY_SOURCES:.c=.$(OBJEXT))) tests/unit/sdk/test_wire_protobuf.$(OBJEXT): tests/unit/sdk/every.pb-c.h
