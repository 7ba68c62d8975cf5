// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens the config source that the settings name: etcd where there are endpoints, else a directory.
#include "daemon/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// malloc'd; NULL: no memory.
static char *etcd_prefix(const struct host_settings *settings)
{
    char *prefix;

    if (*settings->etcd_prefix)
        return strdup(settings->etcd_prefix);
    if (asprintf(&prefix, "/config/inferflow/services/%s/model-config", settings->name) < 0)
        return NULL;
    return prefix;
}

struct source *sources_open(const struct host_settings *settings, bool watch, source_changed_fn *changed,
                            source_away_fn *away, void *user, char *error, size_t size)
{
    struct source_etcd_options options = {.endpoints = settings->etcd_endpoints,
                                          .user = *settings->etcd_username ? settings->etcd_username : NULL,
                                          .password = settings->etcd_password,
                                          .timeout_ms = settings->etcd_timeout_ms,
                                          .watch = watch};
    struct source *source = NULL;
    char *prefix;

    if (!*settings->etcd_endpoints)
        return source_open_dir(settings->config_dir, watch, changed, away, user, error, size);
    options.prefix = prefix = etcd_prefix(settings);
    if (prefix)
        source = source_open_etcd(&options, changed, away, user, error, size);
    else
        snprintf(error, size, "there is no memory to read from etcd");
    free(prefix);
    return source;
}

char *sources_origin(const struct host_settings *settings)
{
    char *prefix = *settings->etcd_endpoints ? etcd_prefix(settings) : strdup(settings->config_dir), *origin = NULL;

    // (Not by endpoints: members of a cluster come and go.)
    if (prefix && asprintf(&origin, "%s:%s", *settings->etcd_endpoints ? "etcd" : "dir", prefix) < 0)
        origin = NULL;
    free(prefix);
    return origin;
}
