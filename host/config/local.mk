# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Config sources, the tree of keys, JSON with paths, options.

noinst_LIBRARIES += host/libconfig.a
host_libconfig_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(PROTO_CPPFLAGS) $(JANSSON_CFLAGS) \
    -DINFERD_SYSCONFDIR='"$(sysconfdir)"' -DINFERD_PKGLIBDIR='"$(pkglibdir)"' \
    -DINFERD_LOCALSTATEDIR='"$(localstatedir)"'
host_libconfig_a_SOURCES = \
    host/config/dir.c \
    host/config/dir_files.c \
    host/config/dir_files.h \
    host/config/dir_map.c \
    host/config/dir_map.h \
    host/config/dir_watch.c \
    host/config/dir_watch.h \
    host/config/etcd.c \
    host/config/etcd_attempt.c \
    host/config/etcd_client.c \
    host/config/etcd_client.h \
    host/config/etcd_client_inner.h \
    host/config/etcd_client_history.c \
    host/config/etcd_endpoint.c \
    host/config/etcd_endpoint.h \
    host/config/etcd_inner.h \
    host/config/etcd_key.c \
    host/config/etcd_key.h \
    host/config/etcd_read.c \
    host/config/etcd_tree.c \
    host/config/etcd_tree.h \
    host/config/etcd_tree_end.c \
    host/config/etcd_tree_inner.h \
    host/config/etcd_watch.c \
    host/config/etcd_wire.c \
    host/config/etcd_wire.h \
    host/config/host_settings.c \
    host/config/host_settings.h \
    host/config/host_settings.tbl \
    host/config/json_path.c \
    host/config/json_path.h \
    host/config/json_text.c \
    host/config/json_text.h \
    host/config/model_map.c \
    host/config/model_map.h \
    host/config/nearest.c \
    host/config/nearest.h \
    host/config/option_fill.h \
    host/config/option_path.c \
    host/config/option_say.c \
    host/config/option_value.c \
    host/config/options.c \
    host/config/options.h \
    host/config/problems.c \
    host/config/problems.h \
    host/config/service_config.c \
    host/config/service_config.h \
    host/config/setting_value.c \
    host/config/settings.c \
    host/config/settings.h \
    host/config/settings_args.c \
    host/config/settings_file.c \
    host/config/settings_inner.h \
    host/config/settings_text.c \
    host/config/settings_unclaimed.c \
    host/config/source.c \
    host/config/source.h \
    host/config/source_inner.h \
    host/config/tenant_shares.c \
    host/config/tenant_shares.h \
    host/config/type_name.c \
    host/config/type_name.h \
    host/config/word_lines.c \
    host/config/word_lines.h
nodist_host_libconfig_a_SOURCES = proto/etcd.pb-c.c
