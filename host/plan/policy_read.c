// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads policies from a component's object. What has to do with other components or with columns is left to later
// passes.
#include "plan/policy_read.h"

#include <stdlib.h>
#include <string.h>

#include "config/option_fill.h"
#include "config/options.h"
#include "plan/component.h"
#include "plan/plan.h"
#include "plan/tables.h"

bool plan_policy_has(const struct inferd_self *self, const char *member)
{
    const json_t *value = json_object_get(self->object, member);

    return value && !json_is_null(value);
}

// The options that the config gives, ended by NULL; options of one name are forms of one.
static const struct inferd_option **find_given(const struct inferd_self *self, struct arena *arena)
{
    const struct inferd_option **given;
    size_t n = 0;

    while (plan_component_table[n].name)
        n++;
    given = arena_zalloc(arena, (n + 1) * sizeof(*given));
    n = 0;
    for (const struct inferd_option *option = plan_component_table; given && option->name; option++) {
        const struct inferd_option *taker;

        if (!plan_policy_has(self, option->name))
            continue;
        taker = option_choose(plan_component_table, option->name, json_object_get(self->object, option->name));
        if (!taker || taker == option)
            given[n++] = option;
    }
    return given;
}

// Members that are no policies are somebody else's.
static const struct plan_asked *fill(struct inferd_self *self, struct arena *arena)
{
    const struct inferd_options options = {plan_component_table, sizeof(struct plan_asked)};
    const char **others = arena_alloc(arena, (json_object_size(self->object) + 1) * sizeof(*others));
    const char *name;
    json_t *value;
    size_t n = 0;

    if (!others)
        return NULL;
    json_object_foreach((json_t *)self->object, name, value) others[n++] = name;
    others[n] = NULL;
    return options_fill(arena, &options, self->object, self->path, others, NULL, self->problems);
}

static bool refuse(struct inferd_self *self, const char *path, const char *message)
{
    component_fail(self, INFERD_INVALID_ARGUMENT, path, "%s", message);
    return false;
}

static bool read_on_error(struct inferd_self *self, struct plan_policy *policy, const char *word)
{
    static const char fallback[] = "fallback:";

    if (!*word)
        return true;
    if (strcmp(word, "fail") == 0) {
        if (plan_policy_has(self, "required") && !self->required)
            return refuse(self, "on_error", "is \"fail\", but \"required\" is false: leave one of them out");
        self->required = true;
        return true;
    }
    if (strcmp(word, "default") == 0) {
        if (plan_policy_has(self, "required") && self->required)
            return refuse(self, "on_error", "is \"default\", but \"required\" is true: leave one of them out");
        self->required = false;
        policy->forgives = true;
        return true;
    }
    if (strncmp(word, fallback, sizeof(fallback) - 1) != 0 || !word[sizeof(fallback) - 1])
        return refuse(self, "on_error", "must be \"fail\", \"default\" or \"fallback:<component>\"");
    policy->fallback = word + sizeof(fallback) - 1;
    return true;
}

static bool is_endpoint(const char *text)
{
    size_t host = strcspn(text, ": \t/");
    char *end;
    long port;

    if (!host || (text[host] && text[host] != ':'))
        return false;
    if (!text[host])
        return true;
    port = strtol(text + host + 1, &end, 10);
    return end != text + host + 1 && !*end && port > 0 && port < 65536;
}

static bool read_shadow(struct inferd_self *self, struct plan_policy *policy, const struct plan_asked *asked)
{
    if (!plan_policy_has(self, "shadow"))
        return true;
    if (!is_endpoint(asked->shadow.endpoint))
        return refuse(self, "shadow.endpoint", "must be \"host:port\", or a host, to take the component's own port");
    policy->shadow_endpoint = asked->shadow.endpoint;
    policy->shadow_share = asked->shadow.percent / 100;
    return true;
}

static bool make(struct inferd_self *self, struct arena *arena, const struct plan_asked *asked,
                 const struct inferd_option *const *given)
{
    struct plan_policy *policy = arena_zalloc(arena, sizeof(*policy));
    bool fine = true;

    if (!policy)
        return false;
    self->policy = policy;
    *policy = (struct plan_policy){.timeout_us = asked->timeout_ms * 1000,
                                   .fallback_node = PLAN_NO_NODE,
                                   .twin_node = PLAN_NO_NODE,
                                   .asked = asked,
                                   .given = given};
    fine &= read_on_error(self, policy, asked->on_error); // all are read, so that all problems are told at once
    fine &= plan_policy_read_calls(self, arena);
    fine &= read_shadow(self, policy, asked);
    return fine;
}

bool plan_policy_read(struct inferd_self *self, struct arena *arena)
{
    const bool root = self->kind->kind->flags & INFERD_KIND_ROOT;
    const struct inferd_option **given;
    const struct plan_asked *asked;

    self->required = root || (!self->info.compat && (self->kind->kind->flags & INFERD_KIND_REQUIRED));
    given = find_given(self, arena);
    if (!given || !given[0])
        return given != NULL;
    if (root)
        return refuse(self, "", "shapes the matrix, so that nothing can do without it: it takes no policies");
    asked = fill(self, arena);
    if (!asked)
        return false;
    if (plan_policy_has(self, "required"))
        self->required = asked->required;
    return make(self, arena, asked, given);
}
