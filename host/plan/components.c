// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Finds the components of a model config. "<kind>_components" (an array of objects that name themselves by "component")
// and "<kind>_component_config" (an object by name) bind to whichever loaded module offers the kind.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/builder.h"
#include "process/breadcrumb.h"

static const char array_suffix[] = "_components";
static const char object_suffix[] = "_component_config";

// The kind's part of a member's name, when it ends like a list of components.
static size_t kind_length(const char *member, const char *suffix)
{
    size_t len = strlen(member), end = strlen(suffix);

    return len > end && strcmp(member + len - end, suffix) == 0 ? len - end : 0;
}

static void list_kinds(const struct registry *registry, struct text *out)
{
    const struct module_kind *const *kinds;
    size_t count = registry_kinds(registry, &kinds);

    for (size_t i = 0; i < count; i++)
        text_printf(out, "%s%s", i ? ", " : "", kinds[i]->kind->name);
    if (count == 0)
        text_add(out, "none");
}

// The kind that a component asks for: its list's, or "<kind>@<version>" of its own member "kind".
static const struct module_kind *find_kind(struct plan_builder *builder, const char *kind, const json_t *object,
                                           const char *path)
{
    const char *asked = json_string_value(json_object_get(object, "kind"));
    const char *at = asked ? strchr(asked, '@') : NULL;
    size_t len = asked ? (at ? (size_t)(at - asked) : strlen(asked)) : 0;
    const struct module_kind *found;

    if (asked && (len != strlen(kind) || memcmp(asked, kind, len) != 0)) {
        problems_add(builder->problems, PROBLEM_CONFIG, path,
                     "asks for kind \"%s\" in a list of kind \"%s\": move it to \"%.*s_components\"", asked, kind,
                     (int)len, asked);
        return NULL;
    }
    found = registry_find(builder->options->registry, kind, at ? at + 1 : NULL);
    if (!found && at)
        problems_add(builder->problems, PROBLEM_GRAPH, path, "no loaded module offers kind \"%s\" in version %s", kind,
                     at + 1);
    return found;
}

// Names a component by all that it is called by, in whatever config.
static uint64_t cache_scope(const char *model, const char *name, const char *kind)
{
    struct text text;
    uint64_t hash;

    text_init(&text);
    text_append(&text, model, strlen(model) + 1);
    text_append(&text, name, strlen(name) + 1);
    text_add(&text, kind);
    hash = map_hash(text_string(&text), text.len);
    text_free(&text);
    return hash;
}

static struct inferd_self *new_component(struct plan_builder *builder, const struct module_kind *kind, const char *name)
{
    struct plan *plan = builder->plan;
    struct inferd_self *self = arena_zalloc(&plan->arena, sizeof(*self));
    struct inferd_self **list = arena_alloc(&plan->arena, (plan->component_count + 1) * sizeof(*list));
    char module[BREADCRUMB_NAME_SIZE];

    if (!self || !list)
        return NULL;
    if (plan->component_count)
        memcpy(list, plan->components, plan->component_count * sizeof(*list));
    list[plan->component_count] = self;
    plan->components = list;
    plan->component_count++;
    self->magic = COMPONENT_MAGIC;
    self->kind = kind;
    self->plan = plan;
    self->problems = builder->problems;
    self->node = PLAN_NO_NODE;
    self->info = (struct inferd_component){.size = sizeof(self->info),
                                           .compat = plan->compat,
                                           .host = builder->options->host,
                                           .self = self,
                                           .model = plan->model,
                                           .kind = kind->kind->name,
                                           .settings = kind->module->settings};
    self->info.name = arena_strndup(&plan->arena, name, strlen(name));
    snprintf(module, sizeof(module), "%s %s", kind->module->info.name, kind->module->info.version);
    self->crumb = breadcrumb_add(plan->model, name, module);
    self->cache_scope = cache_scope(plan->model, name, kind->kind->name);
    return self->info.name && map_set(&builder->components, self->info.name, strlen(name), self, NULL) ? self : NULL;
}

static bool add_component(struct plan_builder *builder, const char *kind, const char *name, const json_t *object,
                          const char *path)
{
    const json_t *shared = json_object_get(builder->json, "component_config");
    const struct module_kind *found;
    struct inferd_self *self;

    if (!json_is_object(object)) {
        problems_add(builder->problems, PROBLEM_CONFIG, path, "must be an object, a component of kind \"%s\"", kind);
        return false;
    }
    if (!name || !*name) {
        problems_add(builder->problems, PROBLEM_CONFIG, path, "needs a name: \"component\": \"<name>\"");
        return false;
    }
    if (map_find(&builder->components, name, strlen(name))) {
        problems_add(builder->problems, PROBLEM_CONFIG, path,
                     "the component name \"%s\" is taken already: names are unique in a model", name);
        return false;
    }
    found = find_kind(builder, kind, object, path);
    if (!found)
        return false;
    self = new_component(builder, found, name);
    if (!self)
        return false;
    self->object = object;
    self->path = arena_strndup(&builder->plan->arena, path, strlen(path));
    self->configured = true;
    return component_create(self, &builder->plan->arena, shared);
}

static void read_list(struct plan_builder *builder, const char *kind, const char *member, const json_t *list)
{
    char path[512];
    const char *name;
    json_t *item;
    size_t i;

    if (json_is_array(list)) {
        json_array_foreach(list, i, item)
        {
            snprintf(path, sizeof(path), "component_config.%s[%zu]", member, i);
            add_component(builder, kind, json_string_value(json_object_get(item, "component")), item, path);
        }
    } else if (json_is_object(list)) {
        json_object_foreach((json_t *)list, name, item)
        {
            snprintf(path, sizeof(path), "component_config.%s.%s", member, name);
            add_component(builder, kind, name, item, path);
        }
    } else if (!json_is_null(list)) {
        snprintf(path, sizeof(path), "component_config.%s", member);
        problems_add(builder->problems, PROBLEM_CONFIG, path,
                     "must be an array of components, or an object of components by name");
    }
}

static bool is_empty(const json_t *value)
{
    return json_is_null(value) || json_array_size(value) + json_object_size(value) == 0;
}

static void read_member(struct plan_builder *builder, const char *member, const json_t *value)
{
    size_t len = kind_length(member, array_suffix);
    char kind[128], path[192];

    if (!len)
        len = kind_length(member, object_suffix);
    if (!len || len >= sizeof(kind))
        return;
    memcpy(kind, member, len);
    kind[len] = '\0';
    if (registry_find(builder->options->registry, kind, NULL)) {
        read_list(builder, kind, member, value);
    } else if (!is_empty(value)) {
        struct text known;

        text_init(&known);
        list_kinds(builder->options->registry, &known);
        snprintf(path, sizeof(path), "component_config.%s", member);
        problems_add(builder->problems, PROBLEM_GRAPH, path,
                     "no loaded module offers kind \"%s\" (loaded: %s): put its module into the module path", kind,
                     text_string(&known));
        text_free(&known);
    }
}

// Components that every model has without configuring them.
static void add_implicit(struct plan_builder *builder)
{
    const struct module_kind *const *kinds;
    size_t count = registry_kinds(builder->options->registry, &kinds);

    for (size_t i = 0; i < count; i++) {
        const char *name = kinds[i]->kind->implicit;
        struct inferd_self *self;

        if (!name || map_find(&builder->components, name, strlen(name)))
            continue;
        self = new_component(builder, kinds[i], name);
        if (!self)
            continue;
        self->path = self->info.name;
        component_create(self, &builder->plan->arena, json_object_get(builder->json, "component_config"));
    }
}

bool plan_read_components(struct plan_builder *builder)
{
    json_t *config = json_object_get(builder->json, "component_config");
    const char *member;
    json_t *value;

    if (!json_is_object(config)) {
        problems_add(builder->problems, PROBLEM_CONFIG, "component_config",
                     "%s: it holds the model's components, as \"<kind>_components\": [...]",
                     config ? "must be an object" : "is missing");
        return false;
    }
    json_object_foreach(config, member, value) read_member(builder, member, value);
    add_implicit(builder);
    return true;
}
