// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A component: a kind with its configuration and name in one model config; and its place in the plan, the node. The
// plugin sees it as struct inferd_self.
#ifndef PLAN_COMPONENT_H
#define PLAN_COMPONENT_H

#include <stdarg.h>
#include <jansson.h>
#include <inferd/kind.h>
#include "base/arena.h"
#include "base/log_limit.h"
#include "config/problems.h"
#include "module/registry.h"

struct plan;
struct plan_policy;
struct plan_resources;

#define COMPONENT_MAGIC 0x434f4d50u

struct inferd_self {
    uint32_t magic;
    struct inferd_component info; // what the plugin gets
    const struct module_kind *kind;
    const json_t *object;                   // its JSON while compiling
    const char *path;                       // JSON path of that object
    struct problems *problems;              // while compiling; NULL later
    const struct plan_resources *resources; // likewise
    struct plan *plan;
    void *instance;  // the plugin's
    uint32_t node;   // index in the plan
    bool configured; // false: implicit (the root)
    bool by_name;    // its object is a member of "<kind>_component_config", not an item of "<kind>_components"
    bool bound, started;
    bool required;                  // its failure fails the run
    bool in_graph;                  // component_dependency names it
    struct plan_policy *policy;     // NULL: the config gives it none
    struct inferd_self *fallback;   // takes its place where it fails; NULL: none
    struct inferd_self *twin;       // makes its calls to another backend, to compare; NULL: none
    struct inferd_self *shadows;    // whose twin it is itself; NULL: nobody's
    struct inferd_self *stands_for; // whose place it takes itself; NULL: nobody's
    void *stand_in;                 // what stands in its place, where it is quarantined; NULL: nothing
    void *metrics;                  // of the run engine
    uint64_t cache_scope;           // the same for this component in all its configs
    uint32_t crumb;                 // its number in breadcrumbs: who is called, should it crash
    struct log_limit log_limit;     // of the lines that it writes, whose fields tell who it is
};

// Makes the plugin's part by its kind's create. False after at least one problem. [control]
bool component_create(struct inferd_self *self, struct arena *arena, const json_t *shared);
// The same for a twin, which has the options of the component that it shadows.
bool component_create_twin(struct inferd_self *self);
void component_end(struct inferd_self *self); // the plugin's part only: stop and destroy. [control]
void component_destroy(struct inferd_self *self);
// The JSON path of what the plugin calls 'path' within the component's object, as the config spells it; in the arena.
const char *component_path(const struct inferd_self *self, struct arena *arena, const char *path);
// Adds a problem at a path within the component; the plugin's fail(). Returns status. [control]
int component_vfail(struct inferd_self *self, int status, const char *path, const char *format, va_list args);
int component_fail(struct inferd_self *self, int status, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
