// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Node policies as a plan has them: what the host does about time, failure and missing values of a component, whatever
// its kind. Read from the component's JSON object, whose members these are beside its kind's own; docs/policies.md
// tells what each means.
#ifndef PLAN_POLICY_H
#define PLAN_POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include <inferd/bytes.h>
#include <inferd/option.h>

struct inferd_self;
struct plan_builder;
struct plan_condition;
struct arena;

// A value for the rows of a column that are missing when the node has ended.
struct plan_default {
    uint32_t column;
    struct inferd_bytes value; // as the column's type has it
};

// A column of a component and its twin's.
struct plan_pair {
    uint32_t column, shadow;
};

struct plan_breaker {
    double share;    // of calls that fail, from which on it opens
    uint32_t calls;  // in the window, below which it doesn't
    uint32_t probes; // that must do well before it closes
    uint32_t on;     // bit set of the statuses that count
    int64_t window_us;
    int64_t open_us; // until it lets probes through
};

// What is done about each call that the component makes to a backend.
struct plan_call_policy {
    uint32_t retries;  // sendings after the first, at most
    uint32_t retry_on; // bit set of statuses
    int64_t backoff_us;
    double budget;                      // of retries and hedges, as a share of calls
    int64_t hedge_us;                   // when another one is sent beside the first; 0: see the next
    double hedge_share;                 // the same as a share of the backend's times; 0: never
    const struct plan_breaker *breaker; // NULL: there is none
};

struct plan_policy {
    const struct plan_condition *when;    // where it doesn't hold the node is skipped; NULL: it always runs
    int64_t timeout_us;                   // 0: only the run's deadline
    bool forgives;                        // on_error says that its failure is no matter, or what takes its place
    const struct plan_call_policy *calls; // NULL: there is none
    const char *fallback;                 // name of the component that takes its place where it fails; NULL: none does
    uint32_t fallback_node;               // of that, or PLAN_NO_NODE
    const struct plan_default *defaults;
    uint32_t default_count;
    double shadow_share;           // of runs in which its twin runs, too
    const char *shadow_endpoint;   // "host" or "host:port" that the twin calls
    uint32_t twin_node;            // or PLAN_NO_NODE
    const struct plan_pair *pairs; // of a twin: what it is compared with
    uint32_t pair_count;
    void *metrics;                            // of the run engine
    const struct plan_asked *asked;           // as the config has it; NULL: it doesn't
    const struct inferd_option *const *given; // its members that the config has, ended by NULL
};

// Reads a component's policies and whether it is required. False after a problem. [control]
bool plan_policy_read(struct inferd_self *self, struct arena *arena);

// The first of a chain of fallbacks: the component of the graph; of any other component itself.
struct inferd_self *plan_policy_head(struct inferd_self *self);

// Passes of compiling: which component takes whose place; the nodes of those; what depends on columns.
bool plan_link_fallbacks(struct plan_builder *builder);
bool plan_add_fallbacks(struct plan_builder *builder);
bool plan_compile_policies(struct plan_builder *builder);

#endif
