// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Module init: the kind "init", the root of every model. It makes rows and request columns of what the client sent, and
// knows neither how the request came nor who will read the columns.
#include <stdlib.h>

#include <inferd/module.h>
#include "init.h"

void init_ignore(struct init *init, struct inferd_bytes name, const char *why)
{
    if (init->metrics)
        init->metrics->add(init->ignored, 1);
    if (init->log && init->log->enabled(init->info->self, INFERD_LOG_WARNING))
        init->log->write(init->info->self, INFERD_LOG_WARNING, "the request's \"%.*s\" is ignored: %s", (int)name.len,
                         (const char *)name.data, why);
}

static int create(const struct inferd_component *info, void **component)
{
    struct init *init = calloc(1, sizeof(*init));

    if (!init)
        return info->host->fail(info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    init->info = info;
    init->host = info->host;
    init->request = info->host->extension(INFERD_EXT_REQUEST);
    init->log = info->host->extension(INFERD_EXT_LOG);
    init->metrics = info->host->extension(INFERD_EXT_METRICS);
    *component = init;
    if (init->request)
        return INFERD_OK;
    free(init);
    return info->host->fail(info->self, INFERD_UNIMPLEMENTED, "", "this host has no %s", INFERD_EXT_REQUEST);
}

// The columns are those that others read: the request says which of them it has.
static int bind(void *component, struct inferd_binder *binder)
{
    (void)component;
    (void)binder;
    return INFERD_OK;
}

static int start(void *component)
{
    struct init *init = component;

    if (init->metrics)
        init->ignored = init->metrics->counter(init->info->self, "inferd.request.ignored.total", NULL,
                                               "values of requests that were of no use");
    return INFERD_OK;
}

static int run(void *component, struct inferd_step *step)
{
    struct init *init = component;
    const struct inferd_request *request = init->request->get(step);

    if (request->form == INFERD_ENTITIES)
        return init_entities(init, step, request);
    return init_predict(init, step, request);
}

static const struct inferd_option no_options[] = {{0}};

static const struct inferd_kind kinds[] = {{
    .name = "init",
    .description = "Makes rows and columns of the request; the root of every model.",
    .flags = INFERD_KIND_ROOT,
    .implicit = "feature_initializer",
    .options = {no_options, 0},
    .shared = {no_options, 0},
    .create = create,
    .bind = bind,
    .start = start,
    .run = run,
    .destroy = free,
}};

INFERD_MODULE("init", "1.0.0", "Makes rows and columns of requests", kinds, 1, {NULL, 0});
