// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The list of methods, and what all of them share.
#include "service.h"

#include <stdarg.h>
#include <stdio.h>

const struct service_method service_methods[] = {
    {SERVICE_ONFS, "/retrieve.FeatureService/RetrieveFeatures", onfs_retrieve_features},
    {SERVICE_KSERVE, "/inference.GRPCInferenceService/ServerLive", kserve_server_live},
    {SERVICE_KSERVE, "/inference.GRPCInferenceService/ServerReady", kserve_server_ready},
    {SERVICE_KSERVE, "/inference.GRPCInferenceService/ServerMetadata", kserve_server_metadata},
    {SERVICE_KSERVE, "/inference.GRPCInferenceService/ModelReady", kserve_model_ready},
    {SERVICE_KSERVE, "/inference.GRPCInferenceService/ModelMetadata", kserve_model_metadata},
    {SERVICE_KSERVE, "/inference.GRPCInferenceService/ModelInfer", kserve_model_infer},
    {SERVICE_NUMERIX, "/numerix.Numerix/Compute", numerix_compute},
};

const size_t n_service_methods = sizeof service_methods / sizeof *service_methods;

const char *service_name(enum service service)
{
    static const char *const names[SERVICES] = {"onfs", "kserve", "numerix"};

    return names[service];
}

void exchange_fail(struct exchange *exchange, enum inferd_status status, const char *format, ...)
{
    va_list args;

    exchange->status = status;
    exchange->reply.size = 0;
    va_start(args, format);
    vsnprintf(exchange->message, sizeof exchange->message, format, args);
    va_end(args);
}

void exchange_note(struct exchange *exchange, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(exchange->note, sizeof exchange->note, format, args);
    va_end(args);
}

struct inferd_bytes *exchange_list(struct exchange *exchange, struct inferd_bytes message, uint32_t number,
                                   size_t *n_values)
{
    struct inferd_wire_reader in = inferd_wire_read(message);
    struct inferd_wire_field field;
    struct inferd_bytes *values;
    size_t n = 0;

    while (inferd_wire_next(&in, &field))
        n += field.tag == INFERD_WIRE_TAG(number, INFERD_WIRE_BYTES);
    if (in.bad) {
        exchange_fail(exchange, INFERD_INVALID_ARGUMENT, "the request is no message of this method");
        return NULL;
    }
    values = arena_alloc(exchange->arena, (n + 1) * sizeof *values);
    if (!values) {
        exchange_fail(exchange, INFERD_RESOURCE_EXHAUSTED, "no memory for %zu values", n);
        return NULL;
    }
    *n_values = 0;
    for (in = inferd_wire_read(message); inferd_wire_next(&in, &field);)
        if (field.tag == INFERD_WIRE_TAG(number, INFERD_WIRE_BYTES))
            values[(*n_values)++] = field.bytes;
    return values;
}
