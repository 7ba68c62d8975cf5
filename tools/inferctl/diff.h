// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What changes between two configs of a model, as facts by name in sections:
//
//   {"model", "change": "added" | "removed" | "changed",
//    "graph": {"<component>": {"before", "now"}}, "columns": {…}, "endpoints": {…}, "request": {…}, "reply": {…},
//    "options": {"<path>": {"before", "now"}}, "problems": as compile.h has them, where the new one is refused}
//
// A side that has no such fact lacks the member; sections without a change are missing. Of a config that is refused,
// its options are known and nothing else.
#ifndef INFERCTL_DIFF_H
#define INFERCTL_DIFF_H

#include <jansson.h>

#include "texts.h"

// The facts of a config: {section: {name: text}}, from what the compiler made of it and from its text.
json_t *diff_facts(const json_t *compiled, const struct config_text *text);
// What is different between the facts of two; NULL: nothing. Either may be NULL, where there is no such model.
json_t *diff_models(const char *model, const json_t *before, const json_t *now);
void diff_print(const json_t *changes);

#endif
