// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The stand-in for quarantined components: a kind like theirs whose functions do nothing but fail. Runs pay nothing for
// it: they call a node's kind as ever.
#include "plan/quarantine.h"

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"

struct stand_in {
    const struct inferd_host *host;
    const char *reason;
};

static int made(const struct inferd_component *info, void **component)
{
    *component = info->self->stand_in;
    return INFERD_OK;
}

static int bind_nothing(void *component, struct inferd_binder *binder)
{
    (void)component;
    (void)binder;
    return INFERD_OK;
}

static int fail(void *component, struct inferd_step *step)
{
    const struct stand_in *stand_in = component;

    return stand_in->host->fail_step(step, INFERD_UNAVAILABLE, "it is quarantined: %s", stand_in->reason);
}

static void free_nothing(void *component)
{
    (void)component;
}

const char *plan_module_text(const struct module *module, char text[BREADCRUMB_NAME_SIZE])
{
    snprintf(text, BREADCRUMB_NAME_SIZE, "%s %s", module->info.name, module->info.version);
    return text;
}

// Names in breadcrumbs, which is where these come from, may have been cut.
static bool same(const char *crumb, const char *name)
{
    return strncmp(crumb, name, BREADCRUMB_NAME_SIZE - 1) == 0;
}

bool plan_quarantine_has_module(const struct plan_options *options, const struct module *module)
{
    char text[BREADCRUMB_NAME_SIZE];

    plan_module_text(module, text);
    for (size_t i = 0; i < options->quarantine_count; i++)
        if (!options->quarantine[i].model && same(options->quarantine[i].module, text))
            return true;
    return false;
}

// Why a component is quarantined; NULL: it isn't. calls: all functions that it, or its module, crashed in.
static const char *reason_of(const struct inferd_self *self, const struct plan_options *options, uint32_t *calls)
{
    const char *reason = NULL;
    char text[BREADCRUMB_NAME_SIZE];

    *calls = 0;
    plan_module_text(self->kind->module, text);
    for (size_t i = 0; i < options->quarantine_count; i++) {
        const struct plan_quarantine *entry = &options->quarantine[i];

        if (!same(entry->module, text))
            continue;
        if (entry->model && (!same(entry->model, self->info.model) || !same(entry->node, self->info.name)))
            continue;
        *calls |= entry->calls;
        reason = entry->reason;
    }
    return reason;
}

static bool stand_in_for(struct inferd_self *self, const char *reason)
{
    struct arena *arena = &self->plan->arena;
    struct stand_in *stand_in = arena_zalloc(arena, sizeof(*stand_in));
    struct inferd_kind *kind = arena_alloc(arena, sizeof(*kind));
    struct module_kind *found = arena_alloc(arena, sizeof(*found));

    if (!stand_in || !kind || !found)
        return false;
    *stand_in = (struct stand_in){self->info.host, arena_strndup(arena, reason, strlen(reason))};
    *kind = *self->kind->kind;
    kind->create = made;
    kind->bind = bind_nothing;
    kind->start = NULL;
    kind->run = fail;
    kind->cancel = NULL;
    kind->stop = NULL;
    kind->destroy = free_nothing;
    *found = (struct module_kind){kind, self->kind->module};
    self->kind = found;
    self->stand_in = stand_in;
    return stand_in->reason != NULL;
}

bool plan_quarantine_unmade(struct inferd_self *self, const struct plan_options *options)
{
    uint32_t calls;
    const char *reason = options->quarantine_count ? reason_of(self, options, &calls) : NULL;

    if (!reason || !(calls & (PLAN_CALL(BREADCRUMB_CREATE) | PLAN_CALL(BREADCRUMB_BIND))))
        return true;
    return stand_in_for(self, reason);
}

bool plan_quarantine_bound(struct plan *plan, const struct plan_options *options)
{
    for (uint32_t i = 0; options->quarantine_count && i < plan->component_count; i++) {
        struct inferd_self *self = plan->components[i];
        uint32_t calls;
        const char *reason = reason_of(self, options, &calls);

        if (!reason || self->stand_in || !(calls & ~PLAN_CALLS_OF_END))
            continue;
        if (!(calls & PLAN_CALL(BREADCRUMB_DESTROY)))
            component_end(self);
        if (!stand_in_for(self, reason))
            return false;
        self->instance = self->stand_in;
    }
    return true;
}

void plan_quarantine_forsake(struct plan *plan, const struct plan_options *options)
{
    for (uint32_t i = 0; options->quarantine_count && i < plan->component_count; i++) {
        struct inferd_self *self = plan->components[i];
        uint32_t calls;

        if (reason_of(self, options, &calls) && calls & PLAN_CALLS_OF_END && !self->stand_in)
            self->instance = NULL;
    }
}
