// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Has the note, but its symbol under another name.
#define inferd_module another_name // the tag of the struct is renamed along with the symbol
#include "parts.h"

static const struct inferd_kind kinds[] = {{.name = "hidden", FUNCTIONS}};

MUST_NOT_RUN

INFERD_MODULE("no-symbol", "1.0.0", "", kinds, 1, {NULL, 0});
