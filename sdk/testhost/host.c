// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The host's table: binding by name, the run's memory, failures and completions.
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "inner.h"

static const struct {
    const char *id;
    const void *table;
} extensions[] = {
    {INFERD_EXT_RPC, &testhost_rpc},
    {INFERD_EXT_CONVERT, &testhost_convert},
    {INFERD_EXT_LOG, &testhost_log_table},
    {INFERD_EXT_METRICS, &testhost_metrics},
    {INFERD_EXT_CACHE, &testhost_cache},
    {INFERD_EXT_REQUEST, &testhost_request_table},
    {INFERD_EXT_RESOURCE, &testhost_resource_table},
    {INFERD_EXT_FLIGHT, &testhost_flight},
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
    problems_vadd(&self->testhost->problems, PROBLEM_CONFIG, path, format, args);
    va_end(args);
    return status;
}

uint32_t testhost_find(const struct testhost *testhost, unsigned space, const char *name, size_t len)
{
    for (size_t i = 0; i < testhost->column_count; i++) {
        const struct testhost_column *column = &testhost->columns[i];

        if (column->space == space && strlen(column->name) == len && memcmp(column->name, name, len) == 0)
            return (uint32_t)i;
    }
    return INFERD_NO_COLUMN;
}

uint32_t testhost_add(struct testhost *testhost, unsigned space, const char *name)
{
    uint32_t index = testhost_find(testhost, space, name, strlen(name));
    struct testhost_column *columns;

    if (index != INFERD_NO_COLUMN)
        return index;
    columns = realloc(testhost->columns, (testhost->column_count + 1) * sizeof(*columns));
    ALWAYS(columns);
    testhost->columns = columns;
    columns[testhost->column_count] = (struct testhost_column){
        .name = arena_strndup(&testhost->arena, name, strlen(name)), .space = space, .type = INFERD_TYPE_STRING};
    return (uint32_t)testhost->column_count++;
}

static uint32_t reads(struct inferd_binder *binder, const char *name, unsigned space, unsigned flags, const char *path)
{
    uint32_t index;

    (void)path;
    if (space >= INFERD_SPACES)
        testhost_broken("reads \"%s\" in space %u", name, space);
    index = testhost_add(binder->testhost, space, name ? name : "id");
    binder->testhost->columns[index].read = true;
    binder->testhost->columns[index].read_flags |= flags;
    return index;
}

static bool is_read(struct inferd_binder *binder, const char *name, unsigned space)
{
    uint32_t index = testhost_find(binder->testhost, space, name, strlen(name));
    const struct testhost_column *columns = binder->testhost->columns;

    return index != INFERD_NO_COLUMN && columns[index].read && !(columns[index].read_flags & INFERD_READ_SCHEMA);
}

static uint32_t writes(struct inferd_binder *binder, const char *name, unsigned space, unsigned type, unsigned flags,
                       const char *spelling, const char *path)
{
    struct testhost *testhost = binder->testhost;
    struct testhost_column *column;
    uint32_t index;

    if (space >= INFERD_SPACES || (type == INFERD_TYPE_UNKNOWN && !(testhost->info.compat && spelling)) ||
        type >= INFERD_TYPE_COUNT || !*name) {
        problems_add(&testhost->problems, PROBLEM_CONFIG, path, "writes \"%s\" of type %u", name, type);
        return INFERD_NO_COLUMN;
    }
    if (flags & INFERD_WRITE_QUALIFIED)
        name = arena_printf(&testhost->arena, "%s:%s", testhost->info.name, name);
    ALWAYS(name);
    index = testhost_add(testhost, space, name);
    column = &testhost->columns[index];
    if (column->written || column->constant) {
        problems_add(&testhost->problems, PROBLEM_CONFIG, path, "column \"%s\" is written already", name);
        return INFERD_NO_COLUMN;
    }
    column->written = true;
    column->type = type;
    column->write_flags = flags;
    column->spelling = spelling ? arena_strndup(&testhost->arena, spelling, strlen(spelling)) : NULL;
    return index;
}

static int constant(struct inferd_binder *binder, const char *name, struct inferd_bytes value, const char *path)
{
    struct testhost *testhost = binder->testhost;
    uint32_t index = testhost_add(testhost, INFERD_TARGETS, name);
    struct testhost_column *column = &testhost->columns[index];

    if (column->constant && inferd_bytes_equal(column->value, value))
        return INFERD_OK;
    if (column->constant || column->written) {
        problems_add(&testhost->problems, PROBLEM_CONFIG, path, "column \"%s\" is written already", name);
        return INFERD_INVALID_ARGUMENT;
    }
    column->constant = true;
    column->value.data = arena_copy(&testhost->arena, value.data, value.len);
    column->value.len = value.len;
    return INFERD_OK;
}

static void *allocate(struct inferd_step *step, size_t size)
{
    uint8_t *memory = arena_alloc(&testhost_run_of(step)->arena, size);

    if (memory)
        memset(memory, 0xa5, size); // it is not promised to be zero
    return memory;
}

static int fail_step(struct inferd_step *step, int status, const char *format, ...)
{
    struct testhost_run *run = testhost_run_of(step);
    va_list args;

    va_start(args, format);
    run->arena.limit = 0;
    run->failure = arena_vprintf(&run->arena, format, args);
    va_end(args);
    return status;
}

static void fail_rows(struct inferd_step *step, unsigned space, uint32_t first, uint32_t count, int status,
                      const char *format, ...)
{
    struct testhost_run *run = testhost_run_of(step);
    struct testhost_row_error *errors;
    va_list args;

    if (space >= INFERD_SPACES || count == 0 || first >= step->rows[space] || count > step->rows[space] - first)
        testhost_broken("fails rows %u to %u of %u", first, first + count, step->rows[space]);
    errors = realloc(run->row_errors, (run->row_error_count + 1) * sizeof(*errors));
    ALWAYS(errors);
    run->row_errors = errors;
    run->arena.limit = 0;
    va_start(args, format);
    errors[run->row_error_count++] = (struct testhost_row_error){.space = space,
                                                                 .first = first,
                                                                 .count = count,
                                                                 .status = status,
                                                                 .message = arena_vprintf(&run->arena, format, args)};
    va_end(args);
}

static void defaulted(struct inferd_step *step, uint32_t index, uint32_t count)
{
    struct testhost_run *run = testhost_run_of(step);

    if (index >= run->testhost->column_count)
        testhost_broken("defaulted column %u of %zu", index, run->testhost->column_count);
    run->defaulted[index] += count;
}

static void complete(uint64_t token, int status)
{
    struct testhost_run *run = (struct testhost_run *)(uintptr_t)token;

    if (run->started && run->status != INFERD_PENDING)
        testhost_broken("completes a step twice");
    if (status < INFERD_OK || status > INFERD_UNAUTHENTICATED)
        testhost_broken("completes with status %d", status);
    run->status = status;
    run->completed = true;
}

const struct inferd_host testhost_table = {
    .size = sizeof(testhost_table),
    .abi_major = INFERD_ABI_MAJOR,
    .abi_minor = INFERD_ABI_MINOR,
    .extension = extension,
    .fail = fail,
    .reads = reads,
    .writes = writes,
    .constant = constant,
    .alloc = allocate,
    .fail_step = fail_step,
    .fail_rows = fail_rows,
    .defaulted = defaulted,
    .complete = complete,
    .is_read = is_read,
};
