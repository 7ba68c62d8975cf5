// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A numerix component's life but for its runs: the config checked, columns bound, the server's method opened.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "numerix.h"

#define PATH "/numerix.Numerix/Compute"
#define SERVICE "numerix_service"
#define ENDPOINT "/NumerixService/Compute" // as the original calls it in its metrics

void numerix_log_failure(struct numerix *numerix, const char *format, ...)
{
    char text[512];
    va_list args;

    if (!numerix->log || !numerix->log->enabled(numerix->info->self, INFERD_LOG_ERROR))
        return;
    numerix->random = numerix->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    if ((int64_t)((numerix->random >> 33) % 100) >= numerix->shared->error_logging_percent)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    numerix->log->write(numerix->info->self, INFERD_LOG_ERROR, "%s", text);
}

// What the original takes for a component that does nothing is refused here, but for its compat mode.
static int unusable(struct numerix *numerix, const char *path, const char *why)
{
    if (!numerix->info->compat)
        return numerix->host->fail(numerix->info->self, INFERD_INVALID_ARGUMENT, path, "%s", why);
    if (!numerix->unusable && numerix->log)
        numerix->log->write(numerix->info->self, INFERD_LOG_WARNING, "it computes nothing: %s %s", path, why);
    numerix->unusable = why;
    return INFERD_OK;
}

// Where it is computed, and in what.
static int check_computing(struct numerix *numerix)
{
    const struct numerix_options *options = numerix->options;
    bool said = *options->compute != '\0';
    const char *compute = said ? options->compute : *options->expression ? "local" : numerix->settings->compute;

    numerix->local = strcmp(compute, "local") == 0;
    if (!numerix->local && strcmp(compute, "remote") != 0)
        return numerix->host->fail(numerix->info->self, INFERD_INVALID_ARGUMENT, "compute",
                                   "%s\"%s\"; write \"remote\", for the Numerix server, or \"local\"",
                                   said ? "is " : "is missing, and the setting numerix-compute is ", compute);
    if (!numerix->local && *options->expression)
        return numerix->host->fail(numerix->info->self, INFERD_INVALID_ARGUMENT, "expression",
                                   "has no effect where compute is \"remote\": leave one of them out");
    if (numerix->number != INFERD_TYPE_FP32 && numerix->number != INFERD_TYPE_FP64)
        return numerix->host->fail(numerix->info->self, INFERD_INVALID_ARGUMENT, "compute_type",
                                   "is %s; an expression is computed in FP32 or FP64", options->compute_type.spelling);
    return INFERD_OK;
}

static int check(struct numerix *numerix)
{
    const struct numerix_options *options = numerix->options;
    int status = check_computing(numerix);
    bool needs_id = !numerix->by_guide && (!numerix->local || numerix->info->compat);

    if (status != INFERD_OK)
        return status;
    if (!*options->score)
        return numerix->host->fail(numerix->info->self, INFERD_INVALID_ARGUMENT, "score_col",
                                   "is missing: name the column that the scores go to");
    if (!*options->component_id && needs_id)
        status = unusable(numerix, "component_id", "is missing: name the column that holds the rows' ids");
    if (status == INFERD_OK && !*options->compute_id && !*options->expression)
        status = unusable(numerix, "compute_id", "is missing: name the expression as the server knows it");
    if (status == INFERD_OK && options->data_type.type == INFERD_TYPE_UNKNOWN && numerix->info->compat &&
        !numerix->by_guide)
        status = unusable(numerix, "data_type", "is missing");
    return status;
}

int numerix_create(const struct inferd_component *info, void **component)
{
    struct numerix *numerix = calloc(1, sizeof(*numerix));
    int status;

    if (!numerix)
        return info->host->fail(info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    numerix->info = info;
    numerix->host = info->host;
    numerix->options = info->options;
    numerix->shared = info->shared;
    numerix->settings = info->settings;
    numerix->rpc = info->host->extension(INFERD_EXT_RPC);
    numerix->convert = info->host->extension(INFERD_EXT_CONVERT);
    numerix->log = info->host->extension(INFERD_EXT_LOG);
    numerix->metrics = info->host->extension(INFERD_EXT_METRICS);
    numerix->convert_flags = info->compat ? INFERD_CONVERT_ORIGINAL : 0;
    numerix->space = numerix->options->slate ? INFERD_SLATES : INFERD_TARGETS;
    numerix->by_guide = strcmp(info->shape, NUMERIX_GUIDE) == 0;
    numerix->number = numerix->options->compute_type.type;
    numerix->number_size = inferd_type_size(numerix->number);
    if (numerix->rpc && numerix->convert)
        status = check(numerix);
    else
        status = info->host->fail(info->self, INFERD_UNIMPLEMENTED, "", "this host lacks %s or %s", INFERD_EXT_RPC,
                                  INFERD_EXT_CONVERT);
    if (status == INFERD_OK && numerix->local && !numerix->unusable)
        status = numerix_find_expression(numerix);
    if (status == INFERD_OK)
        *component = numerix;
    else
        free(numerix);
    return status;
}

static bool bind_source(struct numerix *numerix, struct inferd_binder *binder, const char *name, const char *path,
                        struct numerix_source *source)
{
    const struct inferd_host *host = numerix->host;
    bool slate = numerix->options->slate;

    source->slate = INFERD_NO_COLUMN;
    source->target = host->reads(binder, name, INFERD_TARGETS, slate ? INFERD_READ_OPTIONAL : 0, path);
    if (slate)
        source->slate = host->reads(binder, name, INFERD_SLATES, INFERD_READ_OPTIONAL, path);
    return source->target != INFERD_NO_COLUMN && (!slate || source->slate != INFERD_NO_COLUMN);
}

static int refuse_type(struct numerix *numerix, const char *path, const char *type)
{
    return numerix->host->fail(
        numerix->info->self, INFERD_INVALID_ARGUMENT, path,
        numerix->by_guide ? "\"%s\" is no data type: write {\"column\": \"FP32\"}, Int64, string or such; or, with "
                            "score_col in the place of score_column, {\"name@type\": \"column\"}"
                          : "\"%s\" is no data type: write name@FP32, name@Int64, name@string or such, or the "
                            "name alone for the column's own",
        type);
}

// The guide's {"column": "type"}: the expression's name is the column's.
static int read_column(struct numerix *numerix, const struct inferd_pair *pair, const char *path,
                       struct numerix_operand *operand)
{
    operand->type = numerix->convert->type_of(pair->value);
    return operand->type == INFERD_TYPE_UNKNOWN ? refuse_type(numerix, path, pair->value) : INFERD_OK;
}

// The original knows "bytes" for a type, but makes no number of what it calls so.
static bool is_bytes(const char *type)
{
    return strcasecmp(type, "bytes") == 0 || strcasecmp(type, "DataTypeBytes") == 0;
}

// {"name@type": "column"}; the type ends at a further '@'.
static int read_name(struct numerix *numerix, const struct inferd_pair *pair, const char *path,
                     struct numerix_operand *operand)
{
    const char *at = strchr(pair->key, '@');
    char type[32];

    if (!at && numerix->convert->type_of(pair->value) != INFERD_TYPE_UNKNOWN)
        return numerix->host->fail(numerix->info->self, INFERD_INVALID_ARGUMENT, path,
                                   "\"%s\" is a data type and stands for a column: write {\"name@%s\": \"column\"}; or "
                                   "score_column in the place of score_col, if \"%s\" is the column",
                                   pair->value, pair->value, pair->key);
    if (!at)
        return INFERD_OK;
    snprintf(type, sizeof(type), "%.*s", (int)strcspn(at + 1, "@"), at + 1);
    operand->name.len = (size_t)(at - pair->key);
    operand->type = numerix->convert->type_of(type);
    if (numerix->info->compat && is_bytes(type)) // nor does anybody of a vector
        operand->type = INFERD_TYPE_STRING_VECTOR;
    return operand->type == INFERD_TYPE_UNKNOWN ? refuse_type(numerix, path, type) : INFERD_OK;
}

static int bind_operand(struct numerix *numerix, struct inferd_binder *binder, const struct inferd_pair *pair)
{
    struct numerix_operand *operand = &numerix->operands[numerix->operand_count];
    const char *column = numerix->by_guide ? pair->key : pair->value;
    char path[160];
    int status;

    snprintf(path, sizeof(path), "score_mapping[\"%.128s\"]", pair->key);
    operand->name = inferd_bytes_of(pair->key);
    status = numerix->by_guide ? read_column(numerix, pair, path, operand) : read_name(numerix, pair, path, operand);
    if (status != INFERD_OK)
        return status;
    numerix->operand_count++;
    return bind_source(numerix, binder, column, path, &operand->source) ? INFERD_OK : INFERD_INVALID_ARGUMENT;
}

int numerix_bind(void *component, struct inferd_binder *binder)
{
    struct numerix *numerix = component;
    const struct numerix_options *options = numerix->options;
    const struct inferd_pair *pairs = options->mapping.items;
    unsigned type = options->data_type.type == INFERD_TYPE_UNKNOWN ? INFERD_TYPE_FP32 : options->data_type.type;
    int status = INFERD_OK;

    numerix->operands = calloc(options->mapping.count + 1, sizeof(*numerix->operands));
    if (!numerix->operands)
        return numerix->host->fail(numerix->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    if (!numerix->local &&
        !bind_source(numerix, binder, *options->component_id || !numerix->by_guide ? options->component_id : NULL,
                     "component_id", &numerix->id))
        return INFERD_INVALID_ARGUMENT;
    for (size_t i = 0; i < options->mapping.count && status == INFERD_OK; i++)
        status = bind_operand(numerix, binder, &pairs[i]);
    if (status != INFERD_OK)
        return status;
    numerix->score =
        numerix->host->writes(binder, options->score, numerix->space, type,
                              numerix->by_guide ? INFERD_WRITE_QUALIFIED : 0, options->data_type.spelling, "score_col");
    if (numerix->score == INFERD_NO_COLUMN)
        return INFERD_INVALID_ARGUMENT;
    if (numerix->local)
        return numerix->unusable ? INFERD_OK : numerix_compile_expression(numerix);
    if (numerix_encode(numerix))
        return INFERD_OK;
    return numerix->host->fail(numerix->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
}

// host:port of the settings; a host may have its port in it.
static void write_address(struct numerix *numerix)
{
    const char *host = numerix->settings->host, *colon = strrchr(host, ':');

    if (colon && !strchr(colon, ']') && (strchr(host, ':') == colon || colon[-1] == ']'))
        snprintf(numerix->address, sizeof(numerix->address), "%s", host);
    else
        snprintf(numerix->address, sizeof(numerix->address), "%s:%d", host, (int)numerix->settings->port);
}

static void start_metrics(struct numerix *numerix)
{
    const struct inferd_metrics *metrics = numerix->metrics;
    struct inferd_self *self = numerix->info->self;

    numerix->errors = metrics->counter(self, "inferflow.component.execution.error",
                                       "ext-service:" SERVICE ",endpoint:" ENDPOINT ",error-type:numerix-api-error",
                                       "Failures within a component");
    numerix->config_errors = metrics->counter(self, "inferflow.component.execution.error",
                                              "error-type:invalid-component-config", "Failures within a component");
}

int numerix_start(void *component)
{
    struct numerix *numerix = component;
    const struct inferd_header headers[] = {
        {"numerix-caller-id", numerix->settings->caller_id},
    };
    struct inferd_method_options options = {.size = sizeof(options),
                                            .address = numerix->address,
                                            .path = PATH,
                                            .tls = !numerix->settings->plain_text,
                                            .timeout_ms = numerix->settings->deadline_ms,
                                            .headers = headers,
                                            .header_count = 1,
                                            .service = SERVICE,
                                            .endpoint = ENDPOINT};

    numerix->random = (uintptr_t)numerix;
    write_address(numerix);
    if (numerix->metrics)
        start_metrics(numerix);
    if (numerix->local)
        return INFERD_OK;
    numerix->method = numerix->rpc->open(numerix->info->self, &options, "");
    return numerix->method ? INFERD_OK : INFERD_INVALID_ARGUMENT;
}

void numerix_stop(void *component)
{
    struct numerix *numerix = component;

    if (numerix->method)
        numerix->rpc->close(numerix->method);
    numerix->method = NULL;
}

void numerix_destroy(void *component)
{
    struct numerix *numerix = component;

    numerix_stop(numerix);
    expression_free(numerix->expression);
    free(numerix->operands);
    free((void *)numerix->schema.data);
    free((void *)numerix->tail.data);
    free(numerix);
}
