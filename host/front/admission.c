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
    admission->waiting.patience_us = options->patience_us;
    admission->waiting.most = options->most;
    admission->tenants = tenants_new(options->tenant_shares);
    return admission->tenants != NULL;
}

void admission_free(struct admission *admission)
{
    tenants_free(admission->tenants);
}

static bool has_room(const struct admission *admission)
{
    return admission->in_flight < admission->limit.value && admission->waiting.count == 0;
}

// Before anything changes.
static void turn(struct admission *admission, int64_t now_us)
{
    uint32_t before = admission->limit.value;

    if (has_room(admission))
        admission->room_us += now_us - admission->looked_us;
    admission->looked_us = now_us;
    if (!limit_is_due(&admission->limit, now_us))
        return;
    // Who is refused comes in bursts, between which there is nothing to do: that is no overload.
    if (2 * admission->room_us > limit_window_us(&admission->limit, now_us))
        admission->waiting.overload = false;
    admission->room_us = 0;
    admission->limit.beyond += admission->waiting.count;
    limit_turn(&admission->limit, now_us);
    if (admission->limit.value != before)
        metrics_set(METRICS_IN_FLIGHT_LIMIT, admission->limit.value);
}

static enum admission_answer refuse(struct admission *admission, enum admission_answer answer, int64_t now_us)
{
    admission->limit.beyond++;
    admission->waiting.refused_us = now_us;
    metrics_add(answer == ADMISSION_TENANT ? METRICS_REFUSED_TENANT : METRICS_REFUSED_OVERLOAD, 1);
    return answer;
}

// Whoever came now could only take the place of another one who waits.
static bool no_use_waiting(struct admission *admission, int64_t now_us)
{
    struct waiting *waiting = &admission->waiting;

    return waiting->patience_us == 0 ||
           (waiting->count >= admission->limit.value && waiting_is_overload(waiting, now_us));
}

bool admission_is_full(struct admission *admission, int64_t now_us)
{
    if (admission->in_flight < 2 * admission->limit.value &&
        (admission->waiting.count == 0 || tenants_are_many(admission->tenants) || !no_use_waiting(admission, now_us)))
        return false;
    turn(admission, now_us);
    refuse(admission, ADMISSION_FULL, now_us);
    return true;
}

// A tenant within its share goes in even where others have taken all: they fall back to theirs as their runs end.
static enum admission_answer answer_to(const struct admission *admission, uint32_t tenant)
{
    uint32_t limit = admission->limit.value;

    if (admission->in_flight < limit && admission->waiting.count == 0)
        return ADMISSION_GO;
    if (!tenants_are_many(admission->tenants))
        return ADMISSION_FULL;
    if (!tenants_within_share(admission->tenants, tenant, limit))
        return ADMISSION_TENANT;
    return admission->in_flight < 2 * limit ? ADMISSION_GO : ADMISSION_FULL;
}

static void enter(struct admission *admission, struct admission_entry *entry, int64_t now_us)
{
    entry->since_us = now_us;
    admission->in_flight++;
    tenants_enter(admission->tenants, entry->tenant);
}

enum admission_answer admission_ask(struct admission *admission, struct admission_entry *entry,
                                    struct inferd_bytes tenant, int64_t now_us)
{
    enum admission_answer answer;

    entry->tenant = tenants_find(admission->tenants, tenant, now_us);
    turn(admission, now_us);
    answer = answer_to(admission, entry->tenant);
    if (answer == ADMISSION_GO) {
        enter(admission, entry, now_us);
        return answer;
    }
    if (no_use_waiting(admission, now_us))
        return refuse(admission, answer, now_us);
    entry->since_us = now_us;
    waiting_add(&admission->waiting, entry, now_us);
    metrics_add(METRICS_WAITING, 1);
    admission->limit.beyond++;
    return ADMISSION_WAIT;
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

void admission_forget(struct admission *admission, struct admission_entry *entry)
{
    waiting_remove(&admission->waiting, entry);
    metrics_add(METRICS_WAITING, -1);
}

struct admission_entry *admission_next(struct admission *admission, int64_t now_us)
{
    struct admission_entry *entry;

    turn(admission, now_us);
    if (admission->waiting.count == 0 || admission->in_flight >= admission->limit.value)
        return NULL;
    entry = waiting_next(&admission->waiting, now_us);
    admission_forget(admission, entry);
    enter(admission, entry, now_us);
    return entry;
}

struct admission_entry *admission_give_up(struct admission *admission, int64_t now_us, enum admission_answer *why)
{
    struct waiting *waiting = &admission->waiting;
    struct admission_entry *entry = waiting->oldest;

    if (waiting->count == 0 || now_us < waiting_due_us(waiting, now_us))
        return NULL;
    admission_forget(admission, entry);
    *why = refuse(admission, tenants_are_many(admission->tenants) ? ADMISSION_TENANT : ADMISSION_FULL, now_us);
    return entry;
}

int64_t admission_due_us(struct admission *admission, int64_t now_us)
{
    int64_t due_us = waiting_due_us(&admission->waiting, now_us);

    return due_us < admission->limit.window_end_us ? due_us : admission->limit.window_end_us;
}
