// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The host's table as plugins see it, and the extensions by their ids.
#include <stdarg.h>
#include <string.h>

#include <inferd/host.h>
#include <inferd/module.h>
#include "base/text.h"
#include "metrics/metrics.h"
#include "plan/builder.h"
#include "plan/resource.h"
#include "run/extensions.h"
#include "run/record.h"
#include "run/step.h"

static const struct {
    const char *id;
    const void *table;
} extensions[] = {
    {INFERD_EXT_BLOCKING, &run_ext_blocking}, {INFERD_EXT_CACHE, &run_ext_cache},
    {INFERD_EXT_CONVERT, &run_ext_convert},   {INFERD_EXT_FLIGHT, &run_ext_flight},
    {INFERD_EXT_LOG, &run_ext_log},           {INFERD_EXT_METRICS, &run_ext_metrics},
    {INFERD_EXT_REQUEST, &run_ext_request},   {INFERD_EXT_RPC, &run_ext_rpc},
    {INFERD_EXT_TIMER, &run_ext_timer},       {INFERD_EXT_RESOURCE, &plan_ext_resource},
};

static const void *extension(const char *id)
{
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        if (strcmp(id, extensions[i].id) == 0)
            return extensions[i].table;
    return NULL;
}

static int fail(struct inferd_self *self, int status, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    component_vfail(self, status, path, format, args);
    va_end(args);
    return status;
}

static void *alloc(struct inferd_step *step, size_t size)
{
    return arena_alloc(&run_step_of(step)->run->arena, size);
}

static int fail_step(struct inferd_step *step, int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    run_step_fail(run_step_of(step), status, format, args);
    va_end(args);
    return status;
}

static void fail_rows(struct inferd_step *step, unsigned space, uint32_t first, uint32_t count, int status,
                      const char *format, ...)
{
    struct run *run = run_step_of(step)->run;
    const bool shadow = run_step_of(step)->node->component->shadows != NULL; // nobody's rows
    struct run_row_error *error = shadow ? NULL : arena_alloc(&run->arena, sizeof(*error));
    char *message;
    va_list args;

    if (!error || space >= INFERD_SPACES || count == 0)
        return;
    va_start(args, format);
    message = arena_vprintf(&run->arena, format, args);
    va_end(args);
    if (message)
        text_mend(message); // it goes into a reply, which clients refuse whole over a byte
    *error = (struct run_row_error){.next = run->row_errors,
                                    .step = run_step_of(step),
                                    .space = space,
                                    .first = first,
                                    .count = count,
                                    .status = status,
                                    .message = message};
    run->row_errors = error;
    if (run_step_of(step)->record)
        run_step_of(step)->record->rows_failed += count;
    metrics_add(METRICS_ROWS_FAILED, count);
}

static void defaulted(struct inferd_step *step, uint32_t index, uint32_t count)
{
    (void)index;
    run_count_defaults(run_step_of(step), count);
}

static const struct inferd_host table = {
    .size = sizeof(table),
    .abi_major = INFERD_ABI_MAJOR,
    .abi_minor = INFERD_ABI_MINOR,
    .extension = extension,
    .fail = fail,
    .reads = plan_bind_read,
    .writes = plan_bind_write,
    .constant = plan_bind_constant,
    .alloc = alloc,
    .fail_step = fail_step,
    .fail_rows = fail_rows,
    .defaulted = defaulted,
    .complete = run_complete,
    .is_read = plan_is_read,
};

const struct inferd_host *run_host(void)
{
    return &table;
}
