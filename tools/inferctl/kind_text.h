// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a module says of a kind, for people and for programs.
#ifndef INFERCTL_KIND_TEXT_H
#define INFERCTL_KIND_TEXT_H

#include <jansson.h>
#include "module/registry.h"

void kind_print(const struct module_kind *kind);
// {"kind", "description", "module", "version", "path", "root", "required", "rank", "implicit", "options", "shared",
// "settings"}
json_t *kind_json(const struct module_kind *kind);

// An option's type: for people, and in JSON.
const char *kind_type_text(uint32_t type);
const char *kind_type_name(uint32_t type);

#endif
