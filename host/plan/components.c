// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Finds the components of a model config. "<kind>_components" (an array of objects that name themselves by "component")
// and "<kind>_component_config" (an object by name) bind to whichever loaded module offers the kind.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/json_path.h"
#include "plan/builder.h"
#include "plan/quarantine.h"
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
    found = plan_choose_kind(builder->options, kind, at ? at + 1 : NULL);
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
    self->resources = builder->options->resources;
    self->node = PLAN_NO_NODE;
    self->info = (struct inferd_component){.size = sizeof(self->info),
                                           .compat = plan->compat,
                                           .host = builder->options->host,
                                           .self = self,
                                           .model = plan->model,
                                           .kind = kind->kind->name,
                                           .settings = kind->module->settings};
    self->info.name = arena_strndup(&plan->arena, name, strlen(name));
    if (!self->info.name)
        return NULL;
    self->crumb = breadcrumb_add(plan->model, name, plan_module_text(kind->module, module));
    self->cache_scope = cache_scope(plan->model, name, kind->kind->name);
    log_limit_begin(
        &self->log_limit, "plugin",
        (struct log_field[]){
            {"model", plan->model}, {"component", self->info.name}, {"module", kind->module->info.name}, {NULL, NULL}});
    return self;
}

static struct inferd_self *new_named(struct plan_builder *builder, const struct module_kind *kind, const char *name)
{
    struct inferd_self *self = new_component(builder, kind, name);

    return self && map_set(&builder->components, self->info.name, strlen(name), self, NULL) ? self : NULL;
}

// Nobody finds a twin by its name.
static bool add_twin(struct plan_builder *builder, struct inferd_self *self)
{
    const char *name = arena_printf(&builder->plan->arena, "%s~shadow", self->info.name);
    struct inferd_self *twin;

    if (!self->policy || !self->policy->shadow_endpoint)
        return true;
    twin = name ? new_component(builder, self->kind, name) : NULL;
    if (!twin)
        return false;
    twin->object = self->object;
    twin->path = self->path;
    twin->configured = true;
    twin->by_name = self->by_name;
    twin->shadows = self;
    self->twin = twin;
    return plan_quarantine_unmade(twin, builder->options) && component_create_twin(twin);
}

static bool add_component(struct plan_builder *builder, const char *kind, const char *name, const json_t *object,
                          bool by_name, const char *path)
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
    self = new_named(builder, found, name);
    if (!self)
        return false;
    self->object = object;
    self->path = arena_strndup(&builder->plan->arena, path, strlen(path));
    self->configured = true;
    self->by_name = by_name;
    return plan_quarantine_unmade(self, builder->options) && component_create(self, &builder->plan->arena, shared) &&
           add_twin(builder, self);
}

static void path_of(struct text *path, const char *member)
{
    text_clear(path);
    text_add(path, "component_config");
    json_path_member(path, member);
}

// A component of an object may repeat the name that it stands under, but not have another.
static bool has_another_name(struct plan_builder *builder, const json_t *object, const char *name, const char *path)
{
    const json_t *own = json_object_get(object, "component");

    if (!own || json_is_null(own) || (json_is_string(own) && strcmp(json_string_value(own), name) == 0))
        return false;
    problems_add(builder->problems, PROBLEM_CONFIG, path,
                 "has another name in it, as \"component\": leave that out, it is called \"%s\"", name);
    return true;
}

// The components of an array, which name themselves, or of an object by name.
static void read_list(struct plan_builder *builder, const char *kind, const char *member, const json_t *list)
{
    const bool by_name = json_is_object(list);
    struct text path;
    const char *name;
    json_t *item;
    size_t i;

    text_init(&path);
    if (json_is_array(list)) {
        json_array_foreach(list, i, item)
        {
            path_of(&path, member);
            json_path_item(&path, i);
            add_component(builder, kind, json_string_value(json_object_get(item, "component")), item, by_name,
                          text_string(&path));
        }
    } else if (by_name) {
        json_object_foreach((json_t *)list, name, item)
        {
            path_of(&path, member);
            json_path_member(&path, name);
            if (has_another_name(builder, item, name, text_string(&path)))
                continue;
            add_component(builder, kind, name, item, by_name, text_string(&path));
        }
    } else {
        path_of(&path, member);
        problems_add(builder->problems, PROBLEM_CONFIG, text_string(&path),
                     "must be an array of components, or an object of components by name");
    }
    text_free(&path);
}

// Whether it holds no component; what is no list at all is looked at.
static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) ||
           ((json_is_array(value) || json_is_object(value)) && json_array_size(value) + json_object_size(value) == 0);
}

static void refuse_kind(struct plan_builder *builder, const char *kind, const char *member)
{
    struct text known, path;

    text_init(&known);
    text_init(&path);
    list_kinds(builder->options->registry, &known);
    path_of(&path, member);
    problems_add(builder->problems, PROBLEM_GRAPH, text_string(&path),
                 "no loaded module offers kind \"%s\" (loaded: %s): put its module into the module path", kind,
                 text_string(&known));
    text_free(&path);
    text_free(&known);
}

// One kind's components stand in one place.
static bool stands_in_both(struct plan_builder *builder, const json_t *config, const char *kind)
{
    char other[192];
    struct text path;

    snprintf(other, sizeof(other), "%s%s", kind, array_suffix);
    if (is_empty(json_object_get(config, other)))
        return false;
    text_init(&path);
    path_of(&path, other);
    problems_add(builder->problems, PROBLEM_CONFIG, text_string(&path),
                 "and %s%s both hold components of kind \"%s\": they are two shapes of one thing; move all to one of "
                 "them",
                 kind, object_suffix, kind);
    text_free(&path);
    return true;
}

static void read_member(struct plan_builder *builder, const json_t *config, const char *member, const json_t *value)
{
    size_t len = kind_length(member, object_suffix);
    bool by_name = len > 0;
    char kind[128];

    if (!by_name)
        len = kind_length(member, array_suffix);
    if (!len || len >= sizeof(kind) || is_empty(value))
        return;
    memcpy(kind, member, len);
    kind[len] = '\0';
    if (!registry_find(builder->options->registry, kind, NULL))
        refuse_kind(builder, kind, member);
    else if (!by_name || !stands_in_both(builder, config, kind))
        read_list(builder, kind, member, value);
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
        self = new_named(builder, plan_choose_kind(builder->options, kinds[i]->kind->name, NULL), name);
        if (!self)
            continue;
        self->path = self->info.name;
        if (plan_quarantine_unmade(self, builder->options))
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
    json_object_foreach(config, member, value) read_member(builder, config, member, value);
    add_implicit(builder);
    return true;
}
