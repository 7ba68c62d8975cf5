// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Admission.
#include "front/admission.h"

#include <string.h>

#include "metrics/metrics.h"

bool admission_init(struct admission *admission, const struct admission_options *options)
{
    memset(admission, 0, sizeof(*admission));
    limit_init(&admission->limit, options->least, options->most);
    metrics_set(METRICS_IN_FLIGHT_LIMIT, options->most ? admission->limit.value : 0);
    admission->tenants = tenants_new(options->tenant_shares);
    return admission->tenants != NULL;
}

void admission_free(struct admission *admission)
{
    tenants_free(admission->tenants);
}

static void turn(struct admission *admission, int64_t now_us)
{
    uint32_t before = admission->limit.value;

    if (!limit_is_due(&admission->limit, now_us))
        return;
    limit_turn(&admission->limit, now_us);
    if (admission->limit.value != before)
        metrics_set(METRICS_IN_FLIGHT_LIMIT, admission->limit.value);
}

static enum admission_answer refuse(struct admission *admission, enum admission_answer answer)
{
    admission->limit.refused++;
    metrics_add(answer == ADMISSION_TENANT ? METRICS_REFUSED_TENANT : METRICS_REFUSED_OVERLOAD, 1);
    return answer;
}

bool admission_is_full(struct admission *admission, int64_t now_us)
{
    if (admission->in_flight < 2 * admission->limit.value)
        return false;
    turn(admission, now_us);
    refuse(admission, ADMISSION_FULL);
    return true;
}

// A tenant within its share goes in even where others have taken all: they fall back to theirs as their runs end.
static enum admission_answer answer_to(const struct admission *admission, uint32_t tenant)
{
    uint32_t limit = admission->limit.value;

    if (admission->in_flight < limit)
        return ADMISSION_GO;
    if (!tenants_are_many(admission->tenants))
        return ADMISSION_FULL;
    if (!tenants_within_share(admission->tenants, tenant, limit))
        return ADMISSION_TENANT;
    return admission->in_flight < 2 * limit ? ADMISSION_GO : ADMISSION_FULL;
}

enum admission_answer admission_ask(struct admission *admission, struct admission_entry *entry,
                                    struct inferd_bytes tenant, int64_t now_us)
{
    enum admission_answer answer;

    entry->since_us = now_us;
    entry->tenant = tenants_find(admission->tenants, tenant, now_us);
    turn(admission, now_us);
    answer = answer_to(admission, entry->tenant);
    if (answer != ADMISSION_GO)
        return refuse(admission, answer);
    admission->in_flight++;
    tenants_enter(admission->tenants, entry->tenant);
    return answer;
}

void admission_leave(struct admission *admission, const struct admission_entry *entry, struct plan_pace *pace,
                     uint32_t of_plan, bool well, int64_t now_us)
{
    turn(admission, now_us);
    if (pace)
        limit_sample(&admission->limit, pace, now_us - entry->since_us, of_plan, admission->in_flight, well);
    tenants_leave(admission->tenants, entry->tenant);
    admission->in_flight--;
}
