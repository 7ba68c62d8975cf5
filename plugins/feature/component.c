// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A feature component's life but for its runs: the config checked, columns bound, what is constant encoded, the store's
// method opened.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <inferd/status.h>
#include "feature.h"
#include "schema.h"

#define DEFAULT_TTL_S 100
#define PATH "/retrieve.FeatureService/RetrieveFeatures"

void feature_log_failure(struct feature *feature, const char *format, ...)
{
    char text[512];
    va_list args;

    if (!feature->log || !feature->log->enabled(feature->info->self, INFERD_LOG_ERROR))
        return;
    feature->random = feature->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    if ((int64_t)((feature->random >> 33) % 100) >= feature->shared->error_logging_percent)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    feature->log->write(feature->info->self, INFERD_LOG_ERROR, "%s", text);
}

// What the original takes for a component that does nothing is refused here, but for its compat mode.
int feature_unusable(struct feature *feature, const char *path, const char *why)
{
    if (!feature->info->compat)
        return feature->host->fail(feature->info->self, INFERD_INVALID_ARGUMENT, path, "%s", why);
    feature->unusable = why;
    if (feature->log)
        feature->log->write(feature->info->self, INFERD_LOG_WARNING, "it fetches nothing: %s", why);
    return INFERD_OK;
}

static int check(struct feature *feature)
{
    const struct feature_options *options = feature->options;
    const bool original = feature->info->compat && !feature->by_guide; // it knows that shape only
    int status = INFERD_OK;
    char path[64];

    if (feature->key_count == 0)
        status =
            feature_unusable(feature, "fs_keys", "is empty: name the entity's keys and the columns that hold them");
    if (status == INFERD_OK && !*options->component_id && (options->composite_id || original) && !feature->by_guide)
        status = feature_unusable(feature, "component_id", "is empty: name the column that the joined keys go to");
    if (status == INFERD_OK && options->flatten.count == 0 && original)
        status = feature_unusable(feature, "fs_flatten_resp_keys", "fs_flatten_resp_keys is empty");
    if (status == INFERD_OK && options->request.groups.count && !*options->request.label && !feature->info->compat)
        status = feature_unusable(feature, "fs_request.label", "is empty: name the entity as the store knows it");
    for (uint32_t i = 0; i < feature->key_count && options->composite_id && status == INFERD_OK; i++)
        if (strcmp(feature->key_options[i].column, options->component_id) == 0) {
            feature_key_path(feature, i, path, sizeof(path));
            status = feature->host->fail(feature->info->self, INFERD_INVALID_ARGUMENT, "component_id",
                                         "with composite_id the joined keys are written to \"%s\", which holds keys "
                                         "already (%s): take another name",
                                         options->component_id, path);
        }
    return status;
}

int feature_create(const struct inferd_component *info, void **component)
{
    struct feature *feature = calloc(1, sizeof(*feature));
    int status;

    if (!feature)
        return info->host->fail(info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    feature->info = info;
    feature->host = info->host;
    feature->options = info->options;
    feature->shared = info->shared;
    feature->settings = info->settings;
    feature->rpc = info->host->extension(INFERD_EXT_RPC);
    feature->convert = info->host->extension(INFERD_EXT_CONVERT);
    feature->log = info->host->extension(INFERD_EXT_LOG);
    feature->metrics = info->host->extension(INFERD_EXT_METRICS);
    if (feature->rpc && feature->convert)
        status = feature_read_keys(feature);
    else
        status = info->host->fail(info->self, INFERD_UNIMPLEMENTED, "", "this host lacks %s or %s", INFERD_EXT_RPC,
                                  INFERD_EXT_CONVERT);
    if (status == INFERD_OK)
        status = check(feature);
    if (status == INFERD_OK) {
        *component = feature;
        return INFERD_OK;
    }
    free(feature->own_key_options);
    free(feature);
    return status;
}

static void draw_hash_key(struct feature *feature)
{
    if (getrandom(feature->hash_key, sizeof(feature->hash_key), GRND_NONBLOCK) != sizeof(feature->hash_key)) {
        // Early in a boot, or where a sandbox forbids it: where our memory lies is random, too.
        feature->hash_key[0] = (uintptr_t)feature * UINT64_C(0x9e3779b97f4a7c15);
        feature->hash_key[1] = (uintptr_t)feature->info * UINT64_C(0xbf58476d1ce4e5b9);
    }
    feature->hash_key[1] |= UINT64_C(1) << 63 | 1;
}

// host:port of the settings; a host may have its port in it.
static void write_address(struct feature *feature)
{
    const char *host = feature->settings->host, *colon = strrchr(host, ':');

    if (colon && !strchr(colon, ']') && (strchr(host, ':') == colon || colon[-1] == ']'))
        snprintf(feature->address, sizeof(feature->address), "%s", host);
    else
        snprintf(feature->address, sizeof(feature->address), "%s:%d", host, (int)feature->settings->port);
}

int feature_start(void *component)
{
    struct feature *feature = component;
    const struct feature_settings *settings = feature->settings;
    const struct inferd_header headers[] = {
        {"online-feature-store-caller-id", settings->caller_id},
        {"online-feature-store-auth-token", settings->caller_token},
    };
    struct inferd_method_options options = {.size = sizeof(options),
                                            .address = feature->address,
                                            .path = PATH,
                                            .tls = !settings->plain_text,
                                            .timeout_ms = settings->deadline_ms,
                                            .headers = headers,
                                            .header_count = 2,
                                            .service = FEATURE_SERVICE,
                                            .endpoint = FEATURE_ENDPOINT};
    int64_t ttl = feature->options->cache_ttl ? feature->options->cache_ttl : feature->shared->cache_ttl;

    feature->schemas = calloc(1, sizeof(*feature->schemas));
    if (!feature->schemas)
        return INFERD_RESOURCE_EXHAUSTED;
    feature_start_metrics(feature);
    write_address(feature);
    feature->random = (uintptr_t)feature;
    draw_hash_key(feature);
    feature->ttl_s = ttl > 0 ? (uint32_t)ttl : DEFAULT_TTL_S;
    if (feature->shared->cache_enabled && feature->options->cache_enabled && feature->label_count) {
        feature->cache = feature->host->extension(INFERD_EXT_CACHE);
        feature->flight = feature->cache ? feature->host->extension(INFERD_EXT_FLIGHT) : NULL;
    }
    feature->method = feature->rpc->open(feature->info->self, &options, "");
    return feature->method ? INFERD_OK : INFERD_INVALID_ARGUMENT;
}

void feature_stop(void *component)
{
    struct feature *feature = component;

    if (feature->method)
        feature->rpc->close(feature->method);
    feature->method = NULL;
}

void feature_destroy(void *component)
{
    struct feature *feature = component;

    feature_stop(feature);
    free(feature->own_key_options);
    free(feature->keys);
    free(feature->labels);
    feature_schemas_forget(feature->schemas);
    free((void *)feature->query.data);
    free(feature);
}
