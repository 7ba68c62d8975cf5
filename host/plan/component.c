// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Making and ending one component: its options from JSON, then the plugin's create; stop and destroy at the end.
#include "plan/component.h"

#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "config/options.h"
#include "plan/policy.h"
#include "plan/tables.h"
#include "process/breadcrumb.h"

// Members of a component's object that are the host's business.
static const char *const host_members[] = {"component", "kind"};

const char *component_path(const struct inferd_self *self, struct arena *arena, const char *path)
{
    struct text text;
    const char *full;

    text_init(&text);
    text_add(&text, self->path);
    if (path && *path) {
        struct text within;

        text_init(&within);
        options_path(self->kind->kind->options.table, self->object, path, &within);
        text_printf(&text, "%s%s", *text_string(&within) == '[' || !text.len ? "" : ".", text_string(&within));
        text_free(&within);
    }
    full = arena_strndup(arena, text_string(&text), text.len);
    text_free(&text);
    return full ? full : self->path;
}

int component_vfail(struct inferd_self *self, int status, const char *path, const char *format, va_list args)
{
    struct arena scratch;

    if (!self->problems)
        return status;
    arena_init(&scratch, 1024, 0);
    problems_vadd(self->problems, PROBLEM_CONFIG, component_path(self, &scratch, path), format, args);
    arena_free(&scratch);
    return status;
}

int component_fail(struct inferd_self *self, int status, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    component_vfail(self, status, path, format, args);
    va_end(args);
    return status;
}

// With the names of policies.
static const char *const *members_of_host(struct arena *arena)
{
    size_t own = sizeof(host_members) / sizeof(host_members[0]), n = 0;
    const char **names;

    while (plan_component_table[n].name)
        n++;
    names = arena_alloc(arena, (own + n + 1) * sizeof(*names));
    if (!names)
        return NULL;
    memcpy(names, host_members, sizeof(host_members));
    for (size_t i = 0; i < n; i++)
        names[own + i] = plan_component_table[i].name;
    names[own + n] = NULL;
    return names;
}

// The members of component_config that the kind names; the others concern somebody else.
static const void *fill_shared(struct arena *arena, const struct inferd_kind *kind, const json_t *shared,
                               struct problems *problems)
{
    const char **others = arena_alloc(arena, (json_object_size(shared) + 1) * sizeof(*others));
    const char *name;
    json_t *value;
    size_t n = 0;

    if (!others)
        return NULL;
    json_object_foreach((json_t *)shared, name, value) others[n++] = name;
    others[n] = NULL;
    return options_fill(arena, &kind->shared, shared, "component_config", others, NULL, problems);
}

static bool make(struct inferd_self *self)
{
    const struct inferd_kind *kind = self->kind->kind;
    size_t errors = self->problems->errors;
    uint64_t before;
    int status;

    before = breadcrumb_enter(self->crumb | BREADCRUMB_CREATE);
    status = kind->create(&self->info, &self->instance);
    breadcrumb_leave(before);
    if (status == INFERD_OK)
        return true;
    self->instance = NULL;
    if (self->problems->errors == errors)
        component_fail(self, INFERD_INTERNAL, "", "module %s %s refuses it and doesn't say why",
                       self->kind->module->info.name, self->kind->module->info.version);
    return false;
}

bool component_create(struct inferd_self *self, struct arena *arena, const json_t *shared)
{
    const struct inferd_kind *kind = self->kind->kind;
    size_t errors = self->problems->errors;
    const char *const *of_host = members_of_host(arena);
    json_t *empty = json_object();

    self->info.options = options_fill(arena, &kind->options, self->object ? self->object : empty, self->path, of_host,
                                      &self->info.shape, self->problems);
    self->info.shared = fill_shared(arena, kind, shared ? shared : empty, self->problems);
    json_decref(empty);
    plan_policy_read(self, arena);
    return self->problems->errors == errors && make(self);
}

bool component_create_twin(struct inferd_self *self)
{
    self->info.options = self->shadows->info.options;
    self->info.shared = self->shadows->info.shared;
    self->info.shape = self->shadows->info.shape;
    return make(self);
}

void component_end(struct inferd_self *self)
{
    const struct inferd_kind *kind = self->kind->kind;
    uint64_t before;

    if (!self->instance)
        return;
    if (self->started && kind->stop) {
        before = breadcrumb_enter(self->crumb | BREADCRUMB_STOP);
        kind->stop(self->instance);
        breadcrumb_leave(before);
    }
    before = breadcrumb_enter(self->crumb | BREADCRUMB_DESTROY);
    kind->destroy(self->instance);
    breadcrumb_leave(before);
    self->instance = NULL;
}

void component_destroy(struct inferd_self *self)
{
    CHECK_MAGIC(self, COMPONENT_MAGIC);
    component_end(self);
    log_limit_end(&self->log_limit);
    breadcrumb_remove(self->crumb);
    self->magic = 0;
}
