// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Shadows: which runs have one, and what differs.
#include "run/shadow.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan/policy.h"
#include "run/convert/convert.h"
#include "run/observe_policy.h"
#include "run/record.h"

#define MILLION 1e6
#define MOST_DIFFERENCE 1e9 // more is counted as that

void run_shadow_begin(struct run_step *step)
{
    const struct plan_policy *policy = step->node->policy;
    struct run_engine *engine = step->run->engine;

    engine->lots = engine->lots * UINT64_C(6364136223846793005) + 1442695040888963407u;
    if ((double)(engine->lots >> 11) * 0x1p-53 >= policy->shadow_share)
        return;
    run_observe_act(step, POLICY_SHADOWED);
    step->run->ready[step->run->ready_count++] = policy->twin_node;
}

static bool number_at(const struct inferd_column *column, uint32_t row, double *number)
{
    return column->value_size &&
           convert_scalars(column, NULL, row, 1, INFERD_TYPE_FP64, 0, number, sizeof(double)) == 0;
}

// How far apart two values are: 0 where they are equal, -1 where that can't be told.
static double difference(const struct inferd_column *one, const struct inferd_column *other, uint32_t row)
{
    double first, second;

    if (inferd_bytes_equal(inferd_column_get(one, row), inferd_column_get(other, row)))
        return 0;
    if (!number_at(one, row, &first) || !number_at(other, row, &second))
        return -1;
    return isnan(first - second) ? -1 : fabs(first - second);
}

static void compare(const struct run_step *step, const struct inferd_column *one, const struct inferd_column *other,
                    struct run_record *record)
{
    const struct plan_node *node = step->node;
    uint32_t differ = 0;

    for (uint32_t row = 0; row < one->rows; row++) {
        double apart;

        if (!inferd_column_has(one, row) || !inferd_column_has(other, row)) {
            differ += inferd_column_has(one, row) != inferd_column_has(other, row);
            continue;
        }
        apart = difference(one, other, row);
        differ += apart != 0;
        if (apart < 0)
            continue;
        apart = fmin(apart, MOST_DIFFERENCE);
        run_observe_difference(node, (uint64_t)(apart * MILLION));
        if (record)
            record->largest_difference = fmax(record->largest_difference, apart);
    }
    run_observe_shadow(node, one->rows, differ);
    if (!record)
        return;
    record->compared += one->rows;
    record->different += differ;
}

void run_shadow_end(struct run_step *step)
{
    const struct inferd_self *self = step->node->component->shadows;
    const struct plan_policy *policy = step->node->policy;
    struct run *run = step->run;
    const struct run_step *shadowed = &run->steps[self->node];

    if (step->status != INFERD_OK) {
        run_observe_act(shadowed, POLICY_SHADOW_FAILED);
        return;
    }
    for (uint32_t i = 0; i < policy->pair_count; i++)
        compare(shadowed, run->columns[policy->pairs[i].column], run->columns[policy->pairs[i].shadow], step->record);
}

const char *run_shadow_address(const struct inferd_self *self, const char *address, char *text, size_t size)
{
    const char *endpoint = self->shadows->policy->shadow_endpoint, *port = strrchr(address, ':');

    snprintf(text, size, "%s%s", endpoint, strchr(endpoint, ':') || !port ? "" : port);
    return text;
}
