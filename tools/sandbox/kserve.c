// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The KServe v2 protocol's questions about the server and its models (proto/kserve.proto). A model has one version, 1,
// takes its features as a tensor of [rows, features] and gives its predictions as one of [rows, outputs].
#include "service.h"
#include "kserve.h"

#include "config.h"

enum { LIVE_LIVE = 1 };
enum { READY_READY = 1 };
enum { SERVER_NAME = 1, SERVER_VERSION = 2 };
enum { MODEL_NAME = 1, MODEL_VERSION = 2 };
enum { METADATA_NAME = 1, METADATA_VERSIONS = 2, METADATA_PLATFORM = 3, METADATA_INPUTS = 4, METADATA_OUTPUTS = 5 };
enum { TENSOR_NAME = 1, TENSOR_DATATYPE = 2, TENSOR_SHAPE = 3 };

void kserve_server_live(struct exchange *exchange)
{
    writer_put_number(&exchange->reply, LIVE_LIVE, 1);
}

void kserve_server_ready(struct exchange *exchange)
{
    writer_put_number(&exchange->reply, READY_READY, 1);
}

void kserve_server_metadata(struct exchange *exchange)
{
    writer_put_string(&exchange->reply, SERVER_NAME, "inferd-sandbox");
    writer_put_string(&exchange->reply, SERVER_VERSION, PACKAGE_VERSION);
}

struct inferd_bytes kserve_field(struct exchange *exchange, uint32_t number)
{
    struct inferd_bytes none = {NULL, 0}, *values;
    size_t n;

    values = exchange_list(exchange, exchange->request, number, &n);
    return values && n > 0 ? values[n - 1] : none;
}

static bool is_version(struct inferd_bytes version)
{
    return version.len == 0 || inferd_bytes_equal(version, inferd_bytes_of(KSERVE_VERSION));
}

const struct xgboost_model *kserve_find_model(struct exchange *exchange, struct inferd_bytes name,
                                              struct inferd_bytes version)
{
    const struct xgboost_model *model = map_find(&exchange->store->models, name.data, name.len);

    if (!model)
        exchange_fail(exchange, INFERD_NOT_FOUND, "no model '%.*s'; this server has: %s", (int)name.len,
                      (const char *)name.data, store_names(&exchange->store->models, exchange->arena));
    else if (!is_version(version))
        exchange_fail(exchange, INFERD_NOT_FOUND, "model '%s' has no version '%.*s'; it has: " KSERVE_VERSION,
                      model->name, (int)version.len, (const char *)version.data);
    else
        return model;
    return NULL;
}

void kserve_model_ready(struct exchange *exchange)
{
    struct inferd_bytes name = kserve_field(exchange, MODEL_NAME), version = kserve_field(exchange, MODEL_VERSION);

    if (exchange->status == INFERD_OK && map_find(&exchange->store->models, name.data, name.len) && is_version(version))
        writer_put_number(&exchange->reply, READY_READY, 1);
    exchange_note(exchange, "model %.*s", (int)name.len, (const char *)name.data);
}

static void put_tensor(struct exchange *exchange, uint32_t number, const char *name, size_t width)
{
    size_t begin = writer_begin(&exchange->reply, number);

    writer_put_string(&exchange->reply, TENSOR_NAME, name);
    writer_put_string(&exchange->reply, TENSOR_DATATYPE, "FP32");
    writer_put_number(&exchange->reply, TENSOR_SHAPE, UINT64_MAX); // -1: any number of rows
    writer_put_number(&exchange->reply, TENSOR_SHAPE, width);
    writer_end(&exchange->reply, begin);
}

void kserve_model_metadata(struct exchange *exchange)
{
    struct inferd_bytes name = kserve_field(exchange, MODEL_NAME), version = kserve_field(exchange, MODEL_VERSION);
    const struct xgboost_model *model;

    if (exchange->status != INFERD_OK || !(model = kserve_find_model(exchange, name, version)))
        return;
    writer_put_string(&exchange->reply, METADATA_NAME, model->name);
    writer_put_string(&exchange->reply, METADATA_VERSIONS, KSERVE_VERSION);
    writer_put_string(&exchange->reply, METADATA_PLATFORM, "xgboost");
    put_tensor(exchange, METADATA_INPUTS, KSERVE_INPUT, model->n_features);
    put_tensor(exchange, METADATA_OUTPUTS, KSERVE_OUTPUT, model->n_outputs);
    exchange_note(exchange, "model %s", model->name);
}
