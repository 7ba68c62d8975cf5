// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// When a new process may take over: each of its workers serves, and it serves each model that the old one does.
#include "daemon/succeeding.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/text.h"
#include "daemon/publisher.h"
#include "metrics/metrics.h"
#include "process/notify.h"

static void note_failed(struct succeeding *succeeding, const json_t *failed)
{
    const char *model;
    json_t *reason;
    struct text lines;

    text_init(&lines);
    if (succeeding->failed)
        text_add(&lines, succeeding->failed);
    json_object_foreach((json_t *)failed, model, reason) text_printf(&lines, "%s\n", model);
    free(succeeding->failed);
    succeeding->failed = strdup(text_string(&lines));
    text_free(&lines);
}

static void say_ready(struct succeeding *succeeding)
{
    struct text missing;

    text_init(&missing);
    publisher_unserved(succeeding->publisher, &missing);
    if (succeeding->failed)
        text_add(&missing, succeeding->failed);
    master_can_serve(succeeding->master, text_string(&missing));
    text_free(&missing);
}

void succeeding_hear(struct succeeding *succeeding, unsigned worker, const void *bytes, size_t len)
{
    json_t *report;

    if (!succeeding->succeeds || succeeding->serving_count == succeeding->workers || worker >= succeeding->workers)
        return;
    if (!succeeding->serving)
        succeeding->serving = calloc(succeeding->workers, sizeof(*succeeding->serving));
    ALWAYS(succeeding->serving);
    report = json_loadb(bytes, len, 0, NULL);
    note_failed(succeeding, json_object_get(report, "failed"));
    if (json_integer_value(json_object_get(report, "generation")) > 0 && !succeeding->serving[worker]) {
        succeeding->serving[worker] = true;
        if (++succeeding->serving_count == succeeding->workers)
            say_ready(succeeding);
    }
    json_decref(report);
}

void succeeding_took_over(struct succeeding *succeeding)
{
    metrics_add(METRICS_UPGRADES, 1);
    publisher_upgrade(succeeding->publisher, "done", NULL);
    notify_manager("READY=1\nSTATUS=serving");
}

char *succeeding_judge(const struct succeeding *succeeding, const char *missing)
{
    char model[512], *why = NULL;

    while (*missing && !why) {
        size_t len = strcspn(missing, "\n");

        snprintf(model, sizeof(model), "%.*s", (int)(len < sizeof(model) ? len : sizeof(model) - 1), missing);
        if (publisher_serves(succeeding->publisher, model) &&
            asprintf(&why, "it refuses the config of model %s, which is served", model) < 0)
            return strdup("it refuses a config of a model that is served");
        missing += missing[len] ? len + 1 : len;
    }
    return why;
}

void succeeding_upgrade(const struct succeeding *succeeding, enum master_upgrade what, pid_t pid, const char *why)
{
    static const char *const states[] = {
        [MASTER_UPGRADE_BEGUN] = "under way", [MASTER_UPGRADE_FAILED] = "failed", [MASTER_UPGRADE_DONE] = "succeeded"};

    if (what == MASTER_UPGRADE_FAILED)
        metrics_add(METRICS_UPGRADES_FAILED, 1);
    publisher_upgrade(succeeding->publisher, states[what], why);
    if (what == MASTER_UPGRADE_BEGUN)
        notify_manager("RELOADING=1\nSTATUS=process %ld is to take over", (long)pid);
    else if (what == MASTER_UPGRADE_FAILED)
        notify_manager("READY=1\nSTATUS=serving; an upgrade failed: %s", why);
    else
        notify_manager("READY=1\nMAINPID=%ld\nSTATUS=serving", (long)pid);
}

void succeeding_free(struct succeeding *succeeding)
{
    free(succeeding->serving);
    free(succeeding->failed);
}
