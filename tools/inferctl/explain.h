// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What inferctl explain's files share. A plan is explained as JSON, which is what --json prints and what the text is
// made of:
//
//   {"model", "source", "compat", "inline_values",
//    "dependency": {"reading", "told_by": "config" | "root", "root"},
//    "shape": "inferflow" | "guide" | "several" | null,
//    "nodes": [{"name", "kind", "module", "version", "path", "listed": "implicitly" | "in a list" | "by name", "shape",
//               "required", "stage", "waits_for": [names],
//               "reads": [{"column", "space", "type", "from", "optional", "path"}],
//               "writes": [{"column", "space", "type", "path"}]}],
//    "endpoints": [{"component", "path", "address"}], those that the config itself names,
//    "unused": [names], "constants": [{"column", "value", "path"}],
//    "request": {"ids", "columns": [{"column", "space", "readers": [names], "optional"}]},
//    "reply": {"targets": [column], "slates": [column], "schema_percent", "schema": [names]},
//    "problems": [{"path", "message", "warning"}], "refused_modules": [{"path", "reason"}]}
//
// Of a model that is refused there are "model", "source", "refused": true, "problems" and "refused_modules"; of one
// that isn't there, "model", "missing": true and "nearest".
#ifndef INFERCTL_EXPLAIN_H
#define INFERCTL_EXPLAIN_H

#include <jansson.h>

#include "plan/plan.h"

// Adds the members that come of the plan.
struct plan_policy;
// A node's policies, an empty object where it has none.
json_t *explain_policy(const struct plan_policy *policy);
void explain_plan(const struct plan *plan, json_t *explained);
// The servers that the config's text names.
json_t *explain_endpoints(const struct plan *plan, const char *text, size_t len);
// Prints it for people.
void explain_print(const json_t *explained);

#endif
