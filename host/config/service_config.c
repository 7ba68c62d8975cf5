// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the service config: {"v2-logging-type": "proto", "compression-enabled": false}, or with underscores.
#include "config/service_config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/log.h"
#include "config/json_text.h"
#include "config/options.h"

struct service_options {
    const char *log_format;
    bool log_compression;
};

static const struct inferd_option service_table[] = {
    {.name = "v2-logging-type",
     .alias = "v2_logging_type",
     .type = INFERD_OPTION_STRING,
     .offset = offsetof(struct service_options, log_format),
     .fallback = "\"proto\"",
     .help = "format of the inference log: proto, arrow or parquet"},
    {.name = "compression-enabled",
     .alias = "compression_enabled",
     .type = INFERD_OPTION_BOOL,
     .offset = offsetof(struct service_options, log_compression),
     .fallback = "false",
     .help = "whether it is compressed"},
    {0},
};

static const char *const formats[] = {
    [SERVICE_LOG_PROTO] = "proto", [SERVICE_LOG_ARROW] = "arrow", [SERVICE_LOG_PARQUET] = "parquet"};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

void service_config_init(struct service_config *config)
{
    *config = (struct service_config){.log_format = SERVICE_LOG_PROTO};
}

void service_config_free(struct service_config *config)
{
    free(config->refused);
}

static void apply(struct service_config *config, const struct service_options *options, const json_t *object,
                  struct problems *problems)
{
    for (size_t f = 0; f < FORMATS; f++)
        if (strcasecmp(options->log_format, formats[f]) == 0) {
            config->log_format = (enum service_log_format)f;
            config->log_compression = options->log_compression;
            return;
        }
    problems_add(problems, PROBLEM_CONFIG,
                 json_object_get(object, "v2_logging_type") ? "v2_logging_type" : "v2-logging-type",
                 "is \"%s\"; expected \"proto\", \"arrow\" or \"parquet\"", options->log_format);
}

bool service_config_read(struct service_config *config, const char *text, size_t len, struct problems *problems)
{
    const struct inferd_options table = {service_table, sizeof(struct service_options)};
    const struct service_options *options;
    size_t errors = problems->errors;
    struct arena arena;
    json_error_t error;
    json_t *object = json_text_read(text, len, JSON_REJECT_DUPLICATES, &error);

    if (!object) {
        problems_add(problems, PROBLEM_CONFIG, "", "is not JSON: line %d, column %d: %s", error.line, error.column,
                     error.text);
        return false;
    }
    arena_init(&arena, 1024, 0);
    options = options_fill(&arena, &table, object, "", NULL, NULL, problems);
    if (options)
        apply(config, options, object, problems);
    arena_free(&arena);
    json_decref(object);
    return problems->errors == errors;
}

bool service_config_take(struct service_config *config, const char *key, const char *text, size_t len)
{
    const struct log_field fields[] = {{"key", key}, {NULL, NULL}};
    struct service_config before = *config;
    struct problems problems;
    struct text said;

    problems_init(&problems);
    text_init(&said);
    free(config->refused);
    config->refused = NULL;
    if (!text)
        service_config_init(config);
    else if (!service_config_read(config, text, len, &problems)) {
        for (size_t i = 0; i < problems.count; i++)
            text_printf(&said, "%s%s%s%s", said.len ? "; " : "", problems.list[i].path,
                        *problems.list[i].path ? " " : "", problems.list[i].message);
        config->refused = strdup(text_string(&said));
        log_line(LOG_ERROR, "config_refused", fields, "%s: %s; the last good one stays", key, text_string(&said));
    }
    for (size_t i = 0; i < problems.count && !config->refused; i++)
        log_line(LOG_WARNING, "config_warning", fields, "%s: %s %s", key, problems.list[i].path,
                 problems.list[i].message);
    if (config->log_format != before.log_format || config->log_compression != before.log_compression)
        log_line(LOG_INFO, "service_config", fields, "the inference log's format is %s, compression is %s",
                 formats[config->log_format], config->log_compression ? "on" : "off");
    text_free(&said);
    problems_free(&problems);
    return !config->refused;
}

void service_config_show(const struct service_config *config, struct text *out)
{
    text_printf(out, "{\"v2-logging-type\": \"%s\", \"compression-enabled\": %s}", formats[config->log_format],
                config->log_compression ? "true" : "false");
}
