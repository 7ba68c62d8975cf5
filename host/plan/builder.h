// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What compiling a plan knows between its passes: the JSON, the components, the columns so far and who reads them.
#ifndef PLAN_BUILDER_H
#define PLAN_BUILDER_H

#include "plan/plan.h"
#include "plan/policy.h"

// The short name of a column that is called "<component>:<short name>".
struct plan_short_name {
    const char *name, *path; // path: of who writes the column
    unsigned space;
    uint32_t column;
    const char *other;     // another column that could be meant, or NULL
    const char *read_path; // somebody reads it by this name, or NULL
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
    uint32_t turns; // written columns so far
    bool ids_read;  // somebody reads the ids whatever their column's name
    struct plan_short_name *short_names;
    size_t short_name_count;
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

// The version of a kind that a component gets; NULL: none that is asked for is loaded.
const struct module_kind *plan_choose_kind(const struct plan_options *options, const char *kind, const char *version);

// The column of that name, made as a request column where there is none. UINT32_MAX: no memory.
uint32_t plan_add_column(struct plan_builder *builder, unsigned space, const char *name);

// Whether that name means one column at most, which it does unless it is short for several. 'path': of who reads it.
bool plan_is_clear(struct plan_builder *builder, unsigned space, const char *name, const char *path);
// The column "<component>:<name>" for its writer. INFERD_NO_COLUMN after a problem.
uint32_t plan_add_qualified(struct inferd_binder *binder, unsigned space, const char *name, const char *path);

// The column that a fallback writes in the place of another component. INFERD_NO_COLUMN after a problem.
uint32_t plan_share_column(struct inferd_binder *binder, const char *name, unsigned space, unsigned type,
                           const char *path);

// A twin's node; its column beside one of the component's; all of them in pairs.
void plan_add_twin(struct plan *plan, struct plan_node *node);
uint32_t plan_shadow_column(struct inferd_binder *binder, const char *name, unsigned space);
bool plan_pair_columns(struct plan_builder *builder, struct inferd_self *twin);

// Binding, as the plugin sees it.
uint32_t plan_bind_read(struct inferd_binder *binder, const char *name, unsigned space, unsigned flags,
                        const char *path);
uint32_t plan_bind_write(struct inferd_binder *binder, const char *name, unsigned space, unsigned type, unsigned flags,
                         const char *spelling, const char *path);
int plan_bind_constant(struct inferd_binder *binder, const char *name, struct inferd_bytes value, const char *path);
bool plan_is_read(struct inferd_binder *binder, const char *name, unsigned space);

#endif
