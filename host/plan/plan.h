// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A plan: a model compiled. Nodes in an order that respects the graph, the matrix's columns, the reply's columns. It is
// immutable once compiled, but for its count of users and what is measured of its runs.
//
// Threads: compiled and destroyed on the control thread; read on the loop. plan_ref() and plan_unref() on the loop
// only.
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <inferd/column.h>
#include "base/arena.h"
#include "base/map.h"
#include "plan/component.h"

#define PLAN_MAGIC 0x504c414eu
#define PLAN_NO_NODE UINT32_MAX

struct plan_policy;

enum plan_column_origin {
    PLAN_REQUEST = 0, // no component writes it: the request has it, or it is missing
    PLAN_WRITTEN = 1, // by a node
    PLAN_CONSTANT = 2 // the same text in every row of every run
};

struct plan_column {
    const char *name;
    size_t name_len;
    uint8_t space;    // enum inferd_space
    uint8_t origin;   // enum plan_column_origin
    uint8_t type;     // enum inferd_type; a request column's is known when the request is here
    uint8_t reported; // number in replies' schemas
    bool is_text;     // read as the request's text is
    bool is_id;
    bool optional;    // all its readers can do without
    bool idle;        // only a component that never runs declares it
    uint32_t turn;    // writers' columns in the order in which they were bound, from 1 on
    uint32_t writer;  // node, or PLAN_NO_NODE
    const char *path; // JSON path of who writes it
    const char *spelling;
    struct inferd_bytes value; // of a constant
    uint32_t shadow_of;        // a twin's: the component's column + 1
};

struct plan_node {
    struct inferd_self *component;
    const uint32_t *next; // nodes that wait for this one
    uint32_t next_count;
    uint32_t waits;                   // for so many nodes
    const uint64_t *before;           // bit set of all nodes upstream
    const struct plan_policy *policy; // NULL: it has none, as most
};

// That a node reads a column; only kept where the plan is to be explained.
struct plan_read {
    uint32_t node, column;
    unsigned flags;   // enum inferd_read_flags
    const char *path; // JSON path of where the config says so
};

struct plan_reply {
    const uint32_t *targets; // columns of the targets' table, in order
    uint32_t target_count;
    const uint32_t *slates; // columns of the slates' table
    uint32_t slate_count;
    const uint32_t *all;  // columns of InferPointWise and RetrieveModelScore (UINT32_MAX: never has values)
    const uint32_t *full; // with the model schema's columns in front
    uint32_t all_count, full_count;
    const char *const *all_names;
    const char *const *full_names;
    uint32_t schema_percent; // of users get the full one
};

// What runs of a plan take, in windows of time: what is normal, and what is added up in the window below.
struct plan_pace {
    float normal_us; // 0: none has ended yet
    uint32_t windows;
    uint32_t window, count, least; // of those under way, the least in the window
    uint64_t sum_us;
    int64_t expect_us; // what one that begins now will take, as more come than end
};

struct plan {
    uint32_t magic;
    uint32_t users; // runs and the table of models
    struct arena arena;
    const char *model;
    bool compat;
    bool inline_text; // untyped and typed values of requests alike are texts
    struct plan_node *nodes;
    uint32_t node_count;
    uint32_t
        graph_count; // nodes of the graph; those behind them are fallbacks, each with the edges of whom it stands for
    uint32_t root;
    struct plan_column *columns;
    uint32_t column_count;
    uint32_t id_column;
    struct map names[INFERD_SPACES]; // name -> column index + 1
    struct plan_reply reply;
    struct inferd_self **components; // nodes' and others', all to be destroyed
    uint32_t component_count;
    const char *dependency_reading; // "parents" or "children"
    bool dependency_asked;          // the config says which; otherwise the root tells
    const struct plan_read *reads;  // see plan_options.explain
    size_t read_count;
    void *metrics;                               // of the run engine
    struct plan_pace pace;                       // of those who bound runs
    uint64_t generation;                         // in which its config became good
    void (*left)(void *user, struct plan *plan); // set when it isn't served any more: one of its users has gone
    void *left_user;
};

struct plan_quarantine;

// Where components find resources, while they are created and bound.
struct plan_resources {
    // The text, terminated, with its place's name in *where; data is NULL where there is none. Both live until the plan
    // is compiled. [control]
    struct inferd_bytes (*read)(void *user, const char *subtree, const char *key, const char **where);
    void *user;
};

struct plan_options {
    const struct registry *registry;
    const struct inferd_host *host;
    const struct plan_resources *resources; // NULL: there are none
    bool compat;
    bool explain;                             // keep what only people want to know
    const struct plan_quarantine *quarantine; // see plan/quarantine.h
    size_t quarantine_count;
    bool stay;        // with a version that is quarantined, though there is another
    const char *pins; // versions of modules to take where there are several: lines, "name version" each. NULL: highest
};

// Compiles a model config. NULL when a problem refuses it. [control]
struct plan *plan_compile(const struct plan_options *options, const char *model, const char *json, size_t len,
                          struct problems *problems);
// Calls the components' start; NULL start is fine. False after a problem. [control]
bool plan_start(struct plan *plan, struct problems *problems);
// Calls stop and destroy. [control]
void plan_destroy(struct plan *plan);

// The column's index, or INFERD_NO_COLUMN. [any]
uint32_t plan_find_column(const struct plan *plan, unsigned space, const void *name, size_t len);

#endif
