// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Has a generation checked before it is published, and believes what that tells of module files.
#include "daemon/publisher_inner.h"

#include <string.h>

#include "base/magic.h"
#include "daemon/check.h"
#include "process/check.h"

// Of what is quarantined, the child is told of versions of modules, so that it tries those that stand in for them; what
// a model's other config crashed in says nothing of the new one. Copied: it is read without the lock. [locked]
static void show_banned(struct publisher *publisher, struct bundle *bundle, struct arena *arena)
{
    struct bundle all = {.count = 0};

    quarantine_show(&publisher->book, &all);
    bundle->quarantine = arena_zalloc(arena, (all.quarantine_count + 1) * sizeof(*bundle->quarantine));
    ALWAYS(bundle->quarantine);
    for (size_t i = 0; i < all.quarantine_count; i++) {
        struct bundle_quarantine *item = &bundle->quarantine[bundle->quarantine_count];

        if (all.quarantine[i].model)
            continue;
        bundle->quarantine_count++;
        *item = all.quarantine[i];
        item->module = arena_strndup(arena, item->module, strlen(item->module));
        item->call = arena_strndup(arena, item->call, strlen(item->call));
        item->how = arena_strndup(arena, item->how, strlen(item->how));
    }
}

// Other versions of modules than before may suit the models better: they are tried with them. [locked]
static void take_verdict(struct publisher *publisher, const struct verdict *verdict)
{
    struct verdict *before = &publisher->verdict;

    if (!before->looked) // what was quarantined before a restart
        quarantine_lift_replaced(&publisher->book, NULL, 0, verdict->modules, verdict->count);
    if (before->looked && verdict_has_more(before, verdict)) {
        quarantine_lift_replaced(&publisher->book, before->modules, before->count, verdict->modules, verdict->count);
        known_retry(&publisher->models, true);
        publisher->pending = true;
    }
    verdict_free(before);
    *before = *verdict;
    before->looked = true;
}

// Has the bundle checked, without the lock. The verdict is the thread's own to change meanwhile, but a snapshot may
// want to read it.
void publisher_check(struct publisher *publisher, struct bundle *bundle, struct bundle *stand_ins, struct arena *arena)
{
    // (The first generation's has seen all models, and is the largest.)
    struct check **kept = bundle->number > 1 ? &publisher->checker : NULL;
    struct check *outdated = NULL;
    struct verdict verdict;

    if (!publisher->options.argv)
        return;
    verdict_copy(&verdict, &publisher->verdict);
    verdict.judged = verdict.judged && !publisher->rescan;
    if (publisher->rescan) { // of what can't be seen in a module's file, too: what it is linked with, say
        outdated = publisher->checker;
        publisher->checker = NULL;
    }
    publisher->rescan = false;
    show_banned(publisher, bundle, arena);
    publisher->checking = bundle->number;
    pthread_mutex_unlock(&publisher->lock);
    check_end(outdated);
    check_bundle(bundle, &verdict, publisher->options.resources, publisher->options.argv, kept, arena);
    pthread_mutex_lock(&publisher->lock);
    known_stand_ins(&publisher->models, bundle, stand_ins, arena);
    stand_ins->quarantine = bundle->quarantine;
    stand_ins->quarantine_count = bundle->quarantine_count;
    if (stand_ins->count) {
        pthread_mutex_unlock(&publisher->lock);
        check_bundle(stand_ins, &verdict, publisher->options.resources, publisher->options.argv, kept, arena);
        pthread_mutex_lock(&publisher->lock);
    }
    publisher->checking = 0;
    take_verdict(publisher, &verdict);
}
