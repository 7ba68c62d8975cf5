// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes what became of a run's nodes. What is zero isn't written, since there is little room.
#include "run/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <inferd/status.h>
#include "plan/policy.h"
#include "run/breaker.h"

#define FORMAT 1
// Bytes of a node's message. What is longer loses its middle: it begins with what failed, and the cause is at its end.
#define MESSAGE_MOST 320

void run_record_begin(struct run *run)
{
    struct run_record *records = arena_zalloc(&run->arena, run->plan->node_count * sizeof(*records));

    for (uint32_t n = 0; records && n < run->plan->node_count; n++)
        run->steps[n].record = &records[n];
}

static const char *comma(const struct text *out)
{
    return out->len == 0 || out->data[out->len - 1] == '{' ? "" : ",";
}

static void member(struct text *out, const char *name, const char *value)
{
    text_printf(out, "%s\"%s\":", comma(out), name);
    text_json(out, value, strlen(value));
}

static void number(struct text *out, const char *name, int64_t value)
{
    text_printf(out, "%s\"%s\":%" PRId64, comma(out), name, value);
}

static void count(struct text *out, const char *name, uint32_t value)
{
    if (value)
        number(out, name, value);
}

// A byte of UTF-8 that isn't a character's first.
static bool is_inside(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static void message(struct text *out, const char *value)
{
    static const char gap[] = "…";
    char cut[MESSAGE_MOST + 1];
    size_t len = value ? strlen(value) : 0, half = (MESSAGE_MOST - (sizeof(gap) - 1)) / 2, end;

    if (len > MESSAGE_MOST) {
        for (end = len - half; is_inside(value[end]); end++)
            ;
        while (half > 0 && is_inside(value[half]))
            half--;
        snprintf(cut, sizeof(cut), "%.*s%s%s", (int)half, value, gap, value + end);
        value = cut;
    }
    if (len)
        member(out, "message", value);
}

// What has a member of its own is told by that.
static void write_acts(struct text *out, const struct run_record *record)
{
    struct text acts;

    text_init(&acts);
    text_add(&acts, "{");
    for (enum policy_act act = 0; act < POLICY_ACTS; act++)
        if (act != POLICY_SKIPPED && act != POLICY_FELL_BACK && act != POLICY_RETRIED && act != POLICY_HEDGED)
            count(&acts, run_observe_act_name(act), record->acts[act]);
    if (acts.len > 1)
        text_printf(out, "%s\"acts\":%s}", comma(out), text_string(&acts));
    out->failed |= acts.failed;
    text_free(&acts);
}

static void write_difference(struct text *out, const struct run_record *record)
{
    count(out, "compared", record->compared);
    count(out, "different", record->different);
    if (record->largest_difference > 0)
        text_printf(out, "%s\"largest_difference\":%.9g", comma(out), record->largest_difference);
}

static const char *outcome(const struct run_step *step)
{
    if (step->state == STEP_WAITING)
        return step->node->component->stands_for ? "spare" : "waiting";
    if (step->skipped)
        return "skipped";
    if (step->state != STEP_DONE)
        return "running";
    return step->status == INFERD_OK ? "done" : "failed";
}

static void write_node(struct text *out, const struct run_step *step)
{
    const struct inferd_self *self = step->node->component;
    const struct run_record *record = step->record;

    text_add(out, "{");
    member(out, "component", self->info.name);
    member(out, "kind", self->info.kind);
    member(out, "outcome", outcome(step));
    if (step->state != STEP_WAITING) {
        number(out, "start_us", step->started_us - step->run->started_us);
        number(out, "took_us",
               (record->ended_us ? record->ended_us : loop_now_us(step->run->engine->loop)) - step->started_us);
    }
    if (step->state == STEP_DONE) {
        member(out, "status", inferd_status_name(step->status));
        message(out, step->message);
    }
    if (self->shadows)
        member(out, "shadows", self->shadows->info.name);
    if (self->stands_for)
        member(out, "stands_in_for", plan_policy_head(step->node->component)->info.name);
    if (step->handed_on)
        member(out, "fallback", self->fallback->info.name);
    count(out, "calls", record->calls);
    count(out, "attempts", record->attempts);
    count(out, "retries", record->acts[POLICY_RETRIED]);
    count(out, "hedges", record->acts[POLICY_HEDGED]);
    if (record->breaker)
        member(out, "breaker", record->breaker == BREAKER_OPEN ? "open" : "half open");
    write_acts(out, record);
    write_difference(out, record);
    count(out, "rows_failed", record->rows_failed);
    count(out, "values_defaulted", record->values_defaulted);
    text_add(out, "}");
}

static void write_head(struct text *out, const struct run *run, int status)
{
    text_add(out, "{");
    number(out, "format", FORMAT);
    member(out, "model", run->plan->model);
    number(out, "generation", (int64_t)run->plan->generation);
    member(out, "status", inferd_status_name(status));
    number(out, "took_us", loop_now_us(run->engine->loop) - run->started_us);
    number(out, "targets", run->targets);
    number(out, "slates", run->slates);
}

bool run_record_write(const struct run *run, int status, size_t most, struct text *out)
{
    static const char end[] = "],\"left_out\":4294967295}";
    uint32_t written = 0, unshadowed = 0, nodes = run->plan->node_count;
    struct text node;
    bool room = true;

    if (!run->steps || !run->steps[0].record)
        return false;
    text_init(&node);
    write_head(out, run, status);
    text_add(out, ",\"nodes\":[");
    for (uint32_t n = 0; room && n < nodes; n++) {
        if (run->steps[n].state == STEP_WAITING && run->steps[n].node->component->shadows) {
            unshadowed++;
            continue;
        }
        text_clear(&node);
        write_node(&node, &run->steps[n]);
        room = !node.failed && out->len + node.len + sizeof(end) <= most;
        if (room)
            text_printf(out, "%s%s", written++ ? "," : "", text_string(&node));
    }
    text_add(out, "]");
    count(out, "left_out", nodes - written - unshadowed);
    text_add(out, "}");
    text_free(&node);
    return !out->failed && out->len <= most;
}
