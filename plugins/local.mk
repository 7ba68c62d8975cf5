# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Modules that come with inferd. Each is plugins/X.la, built of plugins/X/, so that a build directory has all of them in
# one place (plugins/.libs). A module sees the SDK, its own folder and the protocols it speaks, nothing of the host.

PLUGIN_CPPFLAGS = $(COMMON_CPPFLAGS) $(SDK_CPPFLAGS) $(PROTO_CPPFLAGS)
PLUGIN_LINKFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined $(MODULE_DEFS_LDFLAGS) \
    -Wl,--version-script=$(srcdir)/sdk/inferd_module.map

include plugins/init/local.mk
include plugins/feature/local.mk
include plugins/predator/local.mk
include plugins/numerix/local.mk
