// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.request/1: the request as root components see it.
#include "run/extensions.h"
#include "run/matrix.h"
#include "run/step.h"

static const struct inferd_request *get(struct inferd_step *step)
{
    return run_step_of(step)->run->request;
}

static uint32_t headers(struct inferd_step *step, const char *name, struct inferd_bytes *values, uint32_t room)
{
    struct run *run = run_step_of(step)->run;

    return run->released ? 0 : run_headers(run, name, values, room);
}

static bool header(struct inferd_step *step, const char *name, struct inferd_bytes *value)
{
    return headers(step, name, value, 1) == 1;
}

static int shape(struct inferd_step *step, uint32_t targets, uint32_t slates)
{
    return run_matrix_shape(run_step_of(step)->run, targets, slates);
}

static uint32_t find(struct inferd_step *step, unsigned space, struct inferd_bytes name)
{
    const struct plan *plan = run_step_of(step)->run->plan;
    uint32_t index = space < INFERD_SPACES ? plan_find_column(plan, space, name.data, name.len) : INFERD_NO_COLUMN;

    return index != INFERD_NO_COLUMN && plan->columns[index].origin != PLAN_CONSTANT ? index : INFERD_NO_COLUMN;
}

static uint32_t id_column(struct inferd_step *step)
{
    return run_step_of(step)->run->plan->id_column;
}

static int adopt(struct inferd_step *step, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes *cells)
{
    return run_matrix_adopt(run_step_of(step)->run, index, type, flags, cells);
}

static int broadcast(struct inferd_step *step, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes value)
{
    return run_matrix_broadcast(run_step_of(step)->run, index, type, flags, value);
}

const struct inferd_request_ext run_ext_request = {
    .size = sizeof(run_ext_request),
    .get = get,
    .header = header,
    .shape = shape,
    .find = find,
    .id_column = id_column,
    .adopt = adopt,
    .broadcast = broadcast,
    .headers = headers,
};
