// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.request/1: a request made by the test. Every column is one that a component reads: the test declares them by
// reading them back, and finds there what the root adopted.
#include <string.h>

#include "base/magic.h"
#include "inner.h"

static const struct inferd_request *get(struct inferd_step *step)
{
    return testhost_run_of(step)->request;
}

static uint32_t headers(struct inferd_step *step, const char *name, struct inferd_bytes *values, uint32_t room)
{
    const char *const *header = testhost_run_of(step)->headers;
    uint32_t count = 0;

    for (; header && *header && count < room; header += 2)
        if (strcmp(header[0], name) == 0)
            values[count++] = inferd_bytes_of(header[1]);
    return count;
}

static bool header(struct inferd_step *step, const char *name, struct inferd_bytes *value)
{
    return headers(step, name, value, 1) == 1;
}

static int shape(struct inferd_step *step, uint32_t targets, uint32_t slates)
{
    struct testhost_run *run = testhost_run_of(step);

    if (run->columns)
        testhost_broken("shapes the matrix twice");
    step->rows[INFERD_TARGETS] = targets;
    step->rows[INFERD_SLATES] = slates;
    testhost_make_columns(run);
    return INFERD_OK;
}

static uint32_t find(struct inferd_step *step, unsigned space, struct inferd_bytes name)
{
    return testhost_find(testhost_run_of(step)->testhost, space, (const char *)name.data, name.len);
}

static uint32_t id_column(struct inferd_step *step)
{
    return testhost_run_of(step)->testhost->ids;
}

static struct inferd_column *adopting(struct inferd_step *step, uint32_t index, unsigned type, unsigned flags)
{
    struct testhost_run *run = testhost_run_of(step);
    struct inferd_column *column;

    if (!run->columns || index >= run->testhost->column_count || type == INFERD_TYPE_UNKNOWN ||
        type >= INFERD_TYPE_COUNT)
        testhost_broken("adopts column %u as type %u", index, type);
    column = &run->columns[index];
    *column = (struct inferd_column){.size = sizeof(*column),
                                     .type = (uint16_t)type,
                                     .flags = (uint16_t)(flags | INFERD_COLUMN_PRESENT),
                                     .rows = column->rows,
                                     .value_size = inferd_type_size(type)};
    column->valid = arena_zalloc(&run->arena, ((size_t)column->rows + 63) / 64 * sizeof(uint64_t) + sizeof(uint64_t));
    column->data = arena_zalloc(
        &run->arena, (size_t)column->rows * (column->value_size ? column->value_size : sizeof(struct inferd_bytes)));
    ALWAYS(column->valid && column->data);
    return column;
}

static int adopt(struct inferd_step *step, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes *cells)
{
    struct inferd_column *column = adopting(step, index, type, flags);

    for (uint32_t r = 0; r < column->rows; r++)
        inferd_column_set(column, r, cells[r]);
    return INFERD_OK;
}

static int broadcast(struct inferd_step *step, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes value)
{
    struct inferd_column *column = adopting(step, index, type, flags);

    for (uint32_t r = 0; r < column->rows; r++)
        inferd_column_set(column, r, value);
    return INFERD_OK;
}

const struct inferd_request_ext testhost_request_table = {
    .size = sizeof(testhost_request_table),
    .get = get,
    .header = header,
    .shape = shape,
    .find = find,
    .id_column = id_column,
    .adopt = adopt,
    .broadcast = broadcast,
    .headers = headers,
};

void testhost_request(struct testhost_run *run, const struct inferd_request *request, const char *const *headers)
{
    run->request = request;
    run->headers = headers;
}

void testhost_wanted(struct testhost *testhost, unsigned space, const char *name)
{
    uint32_t index = testhost_add(testhost, space, name);

    testhost->columns[index].read = true;
}

void testhost_ids(struct testhost *testhost, const char *name)
{
    testhost->ids = testhost_add(testhost, INFERD_TARGETS, name);
    testhost->columns[testhost->ids].read = true;
}
