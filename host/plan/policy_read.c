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

#define AT(member) .offset = offsetof(struct plan_asked, member)
#define HOUR_MS 3600000

#define OF(object, member) .offset = offsetof(struct plan_asked, object.member) - offsetof(struct plan_asked, object)

static const struct inferd_option retries_table[] = {
    {.name = "max",
     .type = INFERD_OPTION_INT,
     OF(retries, max),
     .fallback = "1",
     .min = 1,
     .max = 10,
     .help = "sendings after the first"},
    {.name = "on",
     .type = INFERD_OPTION_STRINGS,
     OF(retries, on),
     .fallback = "[\"UNAVAILABLE\"]",
     .help = "statuses after which a call is sent again"},
    {.name = "backoff_ms",
     .type = INFERD_OPTION_INT,
     OF(retries, backoff_ms),
     .fallback = "5",
     .max = HOUR_MS,
     .unit = "ms",
     .help = "the first pause, of which half is random; each next one is twice as long"},
    {.name = "budget_percent",
     .type = INFERD_OPTION_REAL,
     OF(retries, budget_percent),
     .fallback = "20",
     .max = 100,
     .unit = "%",
     .help = "retries and hedges are at most that share of the calls to a backend"},
    {0},
};

static const struct inferd_option breaker_table[] = {
    {.name = "error_percent",
     .type = INFERD_OPTION_REAL,
     OF(breaker, error_percent),
     .fallback = "50",
     .min = 1,
     .max = 100,
     .unit = "%",
     .help = "it opens when so many of the calls in the window have failed"},
    {.name = "calls",
     .type = INFERD_OPTION_INT,
     OF(breaker, calls),
     .fallback = "20",
     .min = 1,
     .max = 1000000,
     .help = "calls in the window before it may open"},
    {.name = "window_ms",
     .type = INFERD_OPTION_INT,
     OF(breaker, window_ms),
     .fallback = "10000",
     .min = 2,
     .max = HOUR_MS,
     .unit = "ms",
     .help = "the time that is looked back on"},
    {.name = "open_ms",
     .type = INFERD_OPTION_INT,
     OF(breaker, open_ms),
     .fallback = "5000",
     .min = 1,
     .max = HOUR_MS,
     .unit = "ms",
     .help = "how long no call is let through before probes are"},
    {.name = "probes",
     .type = INFERD_OPTION_INT,
     OF(breaker, probes),
     .fallback = "1",
     .min = 1,
     .max = 1000,
     .help = "calls that must do well before all are let through again"},
    {.name = "on",
     .type = INFERD_OPTION_STRINGS,
     OF(breaker, on),
     .fallback = "[\"UNAVAILABLE\", \"DEADLINE_EXCEEDED\", \"RESOURCE_EXHAUSTED\", \"INTERNAL\", \"UNKNOWN\"]",
     .help = "statuses that are failures"},
    {0},
};

static const struct inferd_option shadow_table[] = {
    {.name = "endpoint",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     OF(shadow, endpoint),
     .help = "the backend that is tried: host:port, or a host, with the component's own port"},
    {.name = "percent",
     .type = INFERD_OPTION_REAL,
     OF(shadow, percent),
     .fallback = "1",
     .max = 100,
     .unit = "%",
     .help = "of the runs"},
    {0},
};

const struct inferd_option plan_component_table[] = {
    {.name = "when",
     .type = INFERD_OPTION_STRING,
     AT(when),
     .help = "a condition on the request, without which the node is skipped and its columns are missing"},
    {.name = "timeout_ms",
     .type = INFERD_OPTION_INT,
     AT(timeout_ms),
     .min = 1,
     .max = HOUR_MS,
     .unit = "ms",
     .help = "the node's time in each run, within what is left of the run's"},
    {.name = "retries",
     .type = INFERD_OPTION_OBJECT,
     AT(retries),
     .nested = retries_table,
     .help = "whether and when its calls to backends are sent again"},
    {.name = "hedge_after_ms",
     .type = INFERD_OPTION_INT,
     AT(hedge_ms),
     .min = 1,
     .max = HOUR_MS,
     .unit = "ms",
     .help = "when a call is sent a second time beside the first, and the first good answer taken"},
    {.name = "hedge_after_ms",
     .type = INFERD_OPTION_STRING,
     AT(hedge_share),
     .help = "the same as a percentile of the backend's own times, such as \"p95\""},
    {.name = "breaker",
     .type = INFERD_OPTION_OBJECT,
     AT(breaker),
     .nested = breaker_table,
     .help = "when calls to a backend that fails are refused at once"},
    {.name = "shadow",
     .type = INFERD_OPTION_OBJECT,
     AT(shadow),
     .nested = shadow_table,
     .help = "another backend that is asked the same, to compare what comes of it"},
    {.name = "on_error",
     .type = INFERD_OPTION_STRING,
     AT(on_error),
     .help = "what follows where it fails: \"fail\", \"default\" or \"fallback:<component>\""},
    {.name = "defaults",
     .type = INFERD_OPTION_MAP,
     AT(defaults),
     .help = "for columns it writes, the value of rows that are missing when it has ended"},
    {.name = "required",
     .type = INFERD_OPTION_BOOL,
     AT(required),
     .help = "where it fails, the run fails; the kind says what it is unless this does"},
    {0},
};

bool plan_policy_has(const struct inferd_self *self, const char *member)
{
    const json_t *value = json_object_get(self->object, member);

    return value && !json_is_null(value);
}

// The options that the config gives, ended by NULL; options of one name are forms of one.
static const struct inferd_option **find_given(const struct inferd_self *self, struct arena *arena)
{
    const struct inferd_option **given =
        arena_zalloc(arena, sizeof(plan_component_table) / sizeof(*plan_component_table) * sizeof(*given));
    size_t n = 0;

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

    if (!policy)
        return false;
    self->policy = policy;
    *policy = (struct plan_policy){.timeout_us = asked->timeout_ms * 1000,
                                   .fallback_node = PLAN_NO_NODE,
                                   .twin_node = PLAN_NO_NODE,
                                   .asked = asked,
                                   .given = given};
    return read_on_error(self, policy, asked->on_error) & plan_policy_read_calls(self, arena) &
           read_shadow(self, policy, asked);
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
