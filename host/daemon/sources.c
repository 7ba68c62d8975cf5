// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens the config source that the settings name: etcd where there are endpoints, else a directory.
#include "daemon/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

// Resources are <subtree>/<key> below it.
#define ETCD_RESOURCES "/config"

char *sources_etcd_prefix(const struct host_settings *settings)
{
    char *prefix;

    if (*settings->etcd_prefix)
        return strdup(settings->etcd_prefix);
    if (asprintf(&prefix, "/config/inferflow/services/%s/model-config", settings->name) < 0)
        return NULL;
    return prefix;
}

struct source_etcd_options sources_etcd_options(const struct host_settings *settings, bool watch)
{
    return (struct source_etcd_options){.endpoints = settings->etcd_endpoints,
                                        .user = *settings->etcd_username ? settings->etcd_username : NULL,
                                        .password = settings->etcd_password,
                                        .ca_file = settings->etcd_ca_file,
                                        .cert_file = settings->etcd_cert_file,
                                        .key_file = settings->etcd_key_file,
                                        .timeout_ms = settings->etcd_timeout_ms,
                                        .watch = watch};
}

static struct source *open_models(const struct host_settings *settings, struct source_etcd_options options,
                                  source_changed_fn *changed, source_away_fn *away, void *user, char *error,
                                  size_t size)
{
    const struct source_dir_options directory = {.path = settings->config_dir, .watch = options.watch};
    struct source *source = NULL;
    char *prefix;

    if (!*settings->etcd_endpoints)
        return source_open_dir(&directory, changed, away, user, error, size);
    options.prefix = prefix = sources_etcd_prefix(settings);
    if (prefix)
        source = source_open_etcd(&options, changed, away, user, error, size);
    else
        snprintf(error, size, "there is no memory to read from etcd");
    free(prefix);
    return source;
}

// Often it is somebody else's, so it is not asked whose it is; but nobody wants it to be anybody's.
static void warn_if_open(const char *directory)
{
    struct stat found;

    if (stat(directory, &found) == 0 && found.st_mode & S_IWOTH)
        log_warning("config_dir_open",
                    "anybody on this machine may change the model configs in %s: take that away with chmod o-w",
                    directory);
}

struct source *sources_open(const struct host_settings *settings, bool watch, source_changed_fn *changed,
                            source_away_fn *away, void *user, char *error, size_t size)
{
    if (!*settings->etcd_endpoints)
        warn_if_open(settings->config_dir);
    return open_models(settings, sources_etcd_options(settings, watch), changed, away, user, error, size);
}

struct source *sources_open_at(const struct host_settings *settings, int64_t revision, source_changed_fn *changed,
                               source_away_fn *away, void *user, char *error, size_t size)
{
    struct source_etcd_options options = sources_etcd_options(settings, false);

    options.revision = revision;
    return open_models(settings, options, changed, away, user, error, size);
}

char *sources_origin(const struct host_settings *settings)
{
    char *prefix = *settings->etcd_endpoints ? sources_etcd_prefix(settings) : strdup(settings->config_dir),
         *origin = NULL;

    // (Not by endpoints: members of a cluster come and go.)
    if (prefix && asprintf(&origin, "%s:%s", *settings->etcd_endpoints ? "etcd" : "dir", prefix) < 0)
        origin = NULL;
    free(prefix);
    return origin;
}

struct source *sources_open_resources(const struct host_settings *settings, const char *subtree, bool watch,
                                      source_changed_fn *changed, void *user, char *error, size_t size)
{
    char path[4096];
    const struct source_dir_options directory = {.path = path, .watch = watch, .resources = true};
    struct source_etcd_options options = sources_etcd_options(settings, watch);

    snprintf(path, sizeof(path), "%s/%s", *settings->etcd_endpoints ? ETCD_RESOURCES : settings->config_dir, subtree);
    options.prefix = path;
    options.resources = true;
    return *settings->etcd_endpoints ? source_open_etcd(&options, changed, NULL, user, error, size)
                                     : source_open_dir(&directory, changed, NULL, user, error, size);
}

const char *sources_resource_place(const struct host_settings *settings, const char *subtree, const char *key,
                                   struct arena *arena)
{
    if (*settings->etcd_endpoints)
        return arena_printf(arena, ETCD_RESOURCES "/%s/%s", subtree, key);
    return arena_printf(arena, "%s/%s/%s.json", settings->config_dir, subtree, key);
}
