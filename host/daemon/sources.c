// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens the config source that the settings name: etcd where there are endpoints, else a directory.
#include "daemon/sources.h"

#include <stdio.h>

struct source *sources_open(const struct host_settings *settings, bool watch, source_changed_fn *changed,
                            void (*away)(void *user, const char *reason), void *user, char *error, size_t size)
{
    char prefix[512];
    struct source_etcd_options options = {.endpoints = settings->etcd_endpoints,
                                          .prefix = settings->etcd_prefix,
                                          .user = *settings->etcd_username ? settings->etcd_username : NULL,
                                          .password = settings->etcd_password,
                                          .timeout_ms = settings->etcd_timeout_ms,
                                          .watch = watch,
                                          .away = away};

    if (!*settings->etcd_endpoints)
        return source_open_dir(settings->config_dir, watch, changed, user, error, size);
    if (!*settings->etcd_prefix) {
        snprintf(prefix, sizeof(prefix), "/config/inferflow/services/%s/model-config", settings->name);
        options.prefix = prefix;
    }
    return source_open_etcd(&options, changed, user, error, size);
}
