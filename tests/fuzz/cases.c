// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The recorded requests with their models.
#include "cases.h"

#include <inferd/status.h>

static const char *const names[] = {
    "batch7",     "cache_twice", "calibration", "chain",         "chain_legacy",  "chain_missing", "composite",
    "dag3",       "fp8_all",     "headers",     "inline_texts",  "ints",          "minus1_ok",     "model_schema",
    "no_schema",  "outputs",     "prefix",      "retype",        "schema_nonnum", "slate_ok",      "strings",
    "text_forms", "vectors",     "w0_5",        "w0_typed_fp32",
};

enum { CASES = sizeof(names) / sizeof(names[0]) };

static struct fuzz_case cases[CASES];

static const struct {
    const char *path;
    void (*start)(struct inbound *inbound);
} methods[] = {
    {"/Predict/InferPointWise", predict_point},
    {"/Predict/InferPairWise", predict_pair},
    {"/Predict/InferSlateWise", predict_slate},
    {"/Inferflow/RetrieveModelScore", entities_score},
};

static void open_case(struct fuzz_case *it, const char *name)
{
    char *config;

    recorded_open(&it->recorded, name);
    for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++)
        if (strcmp(it->recorded.method, methods[m].path) == 0)
            it->start = methods[m].start;
    FUZZ_ALWAYS(it->start);
    config = json_dumps(it->recorded.config, 0);
    for (int compat = 0; compat < 2; compat++) {
        bool served = stage_compile(&it->tables[compat], it->recorded.model, inferd_bytes_of(config), compat);

        if (!served)
            fprintf(stderr, "%s: %s\n", name,
                    run_models_find(&it->tables[compat].models, inferd_bytes_of(it->recorded.model))->reason);
        FUZZ_ALWAYS(served);
    }
    free(config);
}

void cases_open(void)
{
    stage_open();
    for (size_t i = 0; i < CASES; i++)
        open_case(&cases[i], names[i]);
}

const struct fuzz_case *cases_get(unsigned number, bool *compat)
{
    *compat = number / CASES % 2;
    return &cases[number % CASES];
}

const char *cases_service(const char *path)
{
    return strstr(path, "RetrieveFeatures") ? "onfs" : strstr(path, "ModelInfer") ? "triton" : "numerix";
}

int cases_answer(const struct fuzz_case *it, const char *path, struct inferd_bytes request, unsigned nth,
                 struct inferd_bytes *reply)
{
    const char *service = cases_service(path);
    const struct recorded_call *found = NULL;
    unsigned seen = 0;

    for (size_t i = 0; i < it->recorded.call_count; i++) {
        const struct recorded_call *call = &it->recorded.calls[i];

        if (strcmp(call->service, service) != 0)
            continue;
        if (inferd_bytes_equal(call->request, request)) {
            found = call;
            break;
        }
        if (seen++ <= nth)
            found = call;
    }
    if (!found)
        return INFERD_UNAVAILABLE;
    *reply = found->reply;
    return found->reply.data ? (int)found->status : INFERD_UNAVAILABLE;
}
