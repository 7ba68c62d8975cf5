// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Exports the symbol, but by hand and without the note.
#include "parts.h"

static const struct inferd_kind kinds[] = {{.name = "by_hand", FUNCTIONS}};

MUST_NOT_RUN

INFERD_EXPORT const struct inferd_module inferd_module = {INFERD_MODULE_HEAD, "no-note", "1.0.0", "", kinds, 1,
                                                          {NULL, 0}};
