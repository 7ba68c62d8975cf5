# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The daemon put together: publishing configs, serving them, checking them.

noinst_LIBRARIES += host/libdaemon.a
host_libdaemon_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(GRPC_CFLAGS) $(JANSSON_CFLAGS) \
    $(ZLIB_CFLAGS)
host_libdaemon_a_SOURCES = \
    host/daemon/admin.c \
    host/daemon/admin.h \
    host/daemon/admin_web.c \
    host/daemon/admin_web.h \
    host/daemon/board.c \
    host/daemon/board.h \
    host/daemon/bulletin.c \
    host/daemon/bulletin.h \
    host/daemon/bundle.c \
    host/daemon/bundle.h \
    host/daemon/check.c \
    host/daemon/check.h \
    host/daemon/check_child.c \
    host/daemon/check_main.c \
    host/daemon/compile.c \
    host/daemon/compile.h \
    host/daemon/control_thread.c \
    host/daemon/control_thread.h \
    host/daemon/daemon.h \
    host/daemon/daemon_inner.h \
    host/daemon/daemon_master.c \
    host/daemon/daemon_serve.c \
    host/daemon/keeper.c \
    host/daemon/keeper.h \
    host/daemon/known.c \
    host/daemon/known.h \
    host/daemon/last_good.c \
    host/daemon/last_good.h \
    host/daemon/leading.c \
    host/daemon/leading.h \
    host/daemon/left_out.c \
    host/daemon/left_out.h \
    host/daemon/module_watch.c \
    host/daemon/module_watch.h \
    host/daemon/modules.c \
    host/daemon/modules.h \
    host/daemon/observing.c \
    host/daemon/observing.h \
    host/daemon/ports.c \
    host/daemon/ports.h \
    host/daemon/publisher.c \
    host/daemon/publisher.h \
    host/daemon/publisher_ask.c \
    host/daemon/publisher_check.c \
    host/daemon/publisher_inner.h \
    host/daemon/publisher_keep.c \
    host/daemon/publisher_publish.c \
    host/daemon/publisher_take.c \
    host/daemon/quarantine.c \
    host/daemon/quarantine.h \
    host/daemon/reading.c \
    host/daemon/reading.h \
    host/daemon/resource_list.c \
    host/daemon/resource_list.h \
    host/daemon/resources.c \
    host/daemon/resources.h \
    host/daemon/serving.c \
    host/daemon/serving.h \
    host/daemon/serving_inner.h \
    host/daemon/sources.c \
    host/daemon/sources.h \
    host/daemon/succeeding.c \
    host/daemon/succeeding.h \
    host/daemon/taking.c \
    host/daemon/telling.c \
    host/daemon/telling.h \
    host/daemon/time_text.h \
    host/daemon/tls.c \
    host/daemon/tls.h \
    host/daemon/verdict.c \
    host/daemon/verdict.h \
    host/daemon/view.c \
    host/daemon/view.h \
    host/daemon/view_board.c \
    host/daemon/view_board.h \
    host/daemon/web.c \
    host/daemon/web.h

# Where the last good configs are kept by default.
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(localstatedir)/lib/inferd'
uninstall-local:
	-rmdir '$(DESTDIR)$(localstatedir)/lib/inferd' 2>/dev/null
