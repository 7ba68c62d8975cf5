// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A feature component's life but for its runs: the config checked, columns bound, what is constant encoded, the store's
// method opened.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <inferd/status.h>
#include "feature.h"

#define DEFAULT_TTL_S 100
#define PATH "/retrieve.FeatureService/RetrieveFeatures"
#define TAGS "ext-service:featurestore,endpoint:/FeatureService/retrieveFeatures"

void feature_count(const struct feature *feature, struct inferd_metric *metric, uint64_t count)
{
    if (feature->metrics && count)
        feature->metrics->add(metric, count);
}

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

static const struct feature_key_option *keys_of(const struct feature *feature)
{
    return feature->options->keys.items;
}

static const struct feature_group_option *groups_of(const struct feature *feature)
{
    return feature->options->request.groups.items;
}

// What the original takes for a component that does nothing is refused here, but for its compat mode.
static int unusable(struct feature *feature, const char *path, const char *why)
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
    int status = INFERD_OK;

    if (options->keys.count == 0)
        status = unusable(feature, "fs_keys", "is empty: name the entity's keys and the columns that hold them");
    if (status == INFERD_OK && !*options->component_id && (options->composite_id || feature->info->compat))
        status = unusable(feature, "component_id", "is empty: name the column that the joined keys go to");
    if (status == INFERD_OK && options->flatten.count == 0 && feature->info->compat)
        status = unusable(feature, "fs_flatten_resp_keys", "fs_flatten_resp_keys is empty");
    if (status == INFERD_OK && options->request.groups.count && !*options->request.label && !feature->info->compat)
        status = unusable(feature, "fs_request.label", "is empty: name the entity as the store knows it");
    for (size_t i = 0; i < options->keys.count && options->composite_id && status == INFERD_OK; i++)
        if (strcmp(keys_of(feature)[i].column, options->component_id) == 0)
            status = feature->host->fail(feature->info->self, INFERD_INVALID_ARGUMENT, "component_id",
                                         "with composite_id the joined keys are written to \"%s\", which holds keys "
                                         "already (fs_keys[%zu].col): take another name",
                                         options->component_id, i);
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
        status = check(feature);
    else
        status = info->host->fail(info->self, INFERD_UNIMPLEMENTED, "", "this host lacks %s or %s", INFERD_EXT_RPC,
                                  INFERD_EXT_CONVERT);
    if (status == INFERD_OK)
        *component = feature;
    else
        free(feature);
    return status;
}

static int bind_keys(struct feature *feature, struct inferd_binder *binder)
{
    size_t count = feature->options->keys.count;
    char path[64];

    feature->keys = calloc(count + 1, sizeof(*feature->keys));
    if (!feature->keys)
        return INFERD_RESOURCE_EXHAUSTED;
    for (; feature->key_count < count; feature->key_count++) {
        uint32_t i = feature->key_count;

        snprintf(path, sizeof(path), "fs_keys[%u].col", i);
        feature->keys[i] = feature->host->reads(binder, keys_of(feature)[i].column, INFERD_TARGETS, 0, path);
        if (feature->keys[i] == INFERD_NO_COLUMN)
            return INFERD_INVALID_ARGUMENT;
    }
    return INFERD_OK;
}

static int bind_composite(struct feature *feature, struct inferd_binder *binder)
{
    feature->composite = INFERD_NO_COLUMN;
    if (!feature->options->composite_id || !*feature->options->component_id)
        return INFERD_OK;
    feature->composite = feature->host->writes(binder, feature->options->component_id, INFERD_TARGETS,
                                               INFERD_TYPE_STRING, INFERD_WRITE_INLINE, NULL, "component_id");
    return feature->composite == INFERD_NO_COLUMN ? INFERD_INVALID_ARGUMENT : INFERD_OK;
}

// A column's name is <prefix><entity>:<group>:<feature>; what follows its last '@' is its type.
static int bind_label(struct feature *feature, struct inferd_binder *binder, const struct feature_group_option *group,
                      const char *name, const char *path)
{
    const struct feature_options *options = feature->options;
    struct feature_label *label = &feature->labels[feature->label_count];
    struct inferd_typed_name type = group->data_type;
    const char *at = strrchr(name, '@');
    char *column = NULL, *last;

    label->group = inferd_bytes_of(group->label);
    label->feature = inferd_bytes_of(name);
    label->bare = (struct inferd_bytes){label->feature.data, at ? (size_t)(at - name) : label->feature.len};
    if (asprintf(&column, "%s%s:%s:%s", options->prefix, options->request.label, group->label, name) < 0)
        return INFERD_RESOURCE_EXHAUSTED;
    last = strrchr(column, '@');
    if (last) {
        *last = '\0';
        type = (struct inferd_typed_name){last + 1, feature->convert->type_of(last + 1)};
    }
    if (type.type == INFERD_TYPE_UNKNOWN)
        feature->host->fail(feature->info->self, INFERD_INVALID_ARGUMENT, path,
                            "\"%s\" is no data type: write one such as FP32, Int64, String or FP32Vector",
                            type.spelling);
    else
        label->column = feature->host->writes(binder, column, INFERD_TARGETS, type.type, 0, type.spelling, path);
    free(column);
    if (type.type == INFERD_TYPE_UNKNOWN || label->column == INFERD_NO_COLUMN)
        return INFERD_INVALID_ARGUMENT;
    feature->any_cells |= inferd_type_size(type.type) == 0;
    feature->label_count++;
    return INFERD_OK;
}

static int bind_labels(struct feature *feature, struct inferd_binder *binder)
{
    size_t count = 0, groups = feature->options->request.groups.count;
    char path[96];

    for (size_t g = 0; g < groups; g++)
        count += groups_of(feature)[g].features.count;
    feature->labels = calloc(count + 1, sizeof(*feature->labels));
    if (!feature->labels)
        return INFERD_RESOURCE_EXHAUSTED;
    for (size_t g = 0; g < groups; g++) {
        const struct feature_group_option *group = &groups_of(feature)[g];
        const char *const *names = group->features.items;

        for (size_t i = 0; i < group->features.count; i++) {
            int status;

            snprintf(path, sizeof(path), "fs_request.featureGroups[%zu].features[%zu]", g, i);
            status = bind_label(feature, binder, group, names[i], path);
            if (status != INFERD_OK)
                return status;
        }
    }
    // The original looks at the first group only to see whether there is anything to fetch.
    if (feature->info->compat && groups && groups_of(feature)[0].features.count == 0)
        return unusable(feature, "fs_request.featureGroups[0].features", "its first feature group is empty");
    return INFERD_OK;
}

int feature_bind(void *component, struct inferd_binder *binder)
{
    struct feature *feature = component;
    int status = bind_keys(feature, binder);

    if (status == INFERD_OK)
        status = bind_composite(feature, binder);
    if (status == INFERD_OK)
        status = bind_labels(feature, binder);
    if (status == INFERD_OK && !feature_encode_query(feature))
        status = INFERD_RESOURCE_EXHAUSTED;
    if (status == INFERD_RESOURCE_EXHAUSTED)
        feature->host->fail(feature->info->self, status, "", "no memory");
    return status;
}

static void start_metrics(struct feature *feature)
{
    const struct inferd_metrics *metrics = feature->metrics;
    struct inferd_self *self = feature->info->self;

    if (!metrics)
        return;
    feature->values = metrics->counter(self, "inferflow.component.feature.count", NULL, "features asked for");
    feature->fetched = metrics->counter(self, "inferflow.external.api.request.batch", TAGS, "keys sent to the store");
    feature->cache_asked =
        metrics->counter(self, "inferflow.component.inmemorycache.request.total", NULL, "keys looked for in the cache");
    feature->cache_missed = metrics->counter(self, "inferflow.component.inmemorycache.request.miss.total", NULL,
                                             "keys not found in the cache");
    feature->bad_values = metrics->counter(self, "inferd.feature.bad_value.total", NULL,
                                           "values of the store that have not their type's length");
    feature->timeouts = metrics->counter(self, "inferflow.component.execution.error",
                                         TAGS ",error-type:featurestore-api-request-timeout", "failed calls");
    feature->cancelled = metrics->counter(self, "inferflow.component.execution.error",
                                          TAGS ",error-type:featurestore-api-request-cancelled", "failed calls");
    feature->errors = metrics->counter(self, "inferflow.component.execution.error",
                                       TAGS ",error-type:featurestore-api-error", "failed calls");
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
                                            .service = "featurestore"};
    int64_t ttl = feature->options->cache_ttl ? feature->options->cache_ttl : feature->shared->cache_ttl;

    start_metrics(feature);
    write_address(feature);
    feature->random = (uintptr_t)feature;
    feature->ttl_s = ttl > 0 ? (uint32_t)ttl : DEFAULT_TTL_S;
    if (feature->shared->cache_enabled && feature->options->cache_enabled && feature->label_count)
        feature->cache = feature->host->extension(INFERD_EXT_CACHE);
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
    free(feature->keys);
    free(feature->labels);
    free((void *)feature->query.data);
    free(feature);
}
