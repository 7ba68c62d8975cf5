// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.resource/1: what a component reads beside its config while it is created and bound.
#include "plan/resource.h"

#include "base/magic.h"
#include "config/options.h"
#include "module/adopt.h"
#include "plan/component.h"
#include "plan/plan.h"

static struct inferd_bytes text(struct inferd_self *self, const char *subtree, const char *key, const char **where)
{
    struct inferd_bytes found = {NULL, 0};
    const char *place = "";

    CHECK_MAGIC(self, COMPONENT_MAGIC);
    if (self->resources)
        found = self->resources->read(self->resources->user, subtree, key, &place);
    if (found.data)
        found.data = (uint8_t *)arena_strndup(&self->plan->arena, (const char *)found.data, found.len);
    if (where) {
        *where = arena_strndup(&self->plan->arena, place, strlen(place));
        if (!*where)
            *where = "";
    }
    return found;
}

static const void *object(struct inferd_self *self, const char *subtree, const char *key,
                          const struct inferd_options *options, const char *path)
{
    struct inferd_options adopted = *options;
    struct inferd_bytes found;
    const char *where = NULL;
    char error[256];

    if (!self->problems)
        return NULL;
    found = text(self, subtree, key, &where);
    if (!found.data) {
        component_fail(self, INFERD_NOT_FOUND, path, "asks for \"%s\", but there is no %s: put it there", key, where);
        return NULL;
    }
    if (!module_adopt_options(&self->plan->arena, &self->kind->module->info, &adopted.table, error, sizeof(error))) {
        component_fail(self, INFERD_INTERNAL, path, "its module's %s", error);
        return NULL;
    }
    return options_fill_text(&self->plan->arena, &adopted, (const char *)found.data, found.len, where, self->problems);
}

const struct inferd_resource plan_ext_resource = {.size = sizeof(plan_ext_resource), .text = text, .object = object};
