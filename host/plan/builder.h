// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What compiling a plan knows between its passes: the JSON, the components, the columns so far and who reads them.
#ifndef PLAN_BUILDER_H
#define PLAN_BUILDER_H

#include "plan/plan.h"

struct plan_read {
    uint32_t node, column;
    unsigned flags;
    const char *path;
};

struct plan_builder {
    const struct plan_options *options;
    struct plan *plan;
    struct problems *problems;
    json_t *json;
    struct map components; // name -> struct inferd_self
    struct plan_read *reads;
    size_t read_count, read_capacity;
    uint32_t column_capacity;
    uint32_t *edges; // pairs: node, the node it waits for
    size_t edge_count, edge_capacity;
};

// A binding in progress: the binder of one component.
struct inferd_binder {
    struct plan_builder *builder;
    struct inferd_self *self;
};

// Passes, in order; each returns false when going on makes no sense.
bool plan_read_components(struct plan_builder *builder);
bool plan_read_graph(struct plan_builder *builder);
bool plan_order_nodes(struct plan_builder *builder);
bool plan_bind_components(struct plan_builder *builder);
bool plan_check_reads(struct plan_builder *builder);
bool plan_read_reply(struct plan_builder *builder);

// The column of that name, made as a request column where there is none. UINT32_MAX: no memory.
uint32_t plan_add_column(struct plan_builder *builder, unsigned space, const char *name);

// Binding, as the plugin sees it.
uint32_t plan_bind_read(struct inferd_binder *binder, const char *name, unsigned space, unsigned flags,
                        const char *path);
uint32_t plan_bind_write(struct inferd_binder *binder, const char *name, unsigned space, unsigned type, unsigned flags,
                         const char *spelling, const char *path);
int plan_bind_constant(struct inferd_binder *binder, const char *name, struct inferd_bytes value, const char *path);

#endif
