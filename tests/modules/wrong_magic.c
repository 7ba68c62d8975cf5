// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Begins with something else than the magic number.
#include "parts.h"

#undef INFERD_MODULE_MAGIC
#define INFERD_MODULE_MAGIC 0xbadc0de

static const struct inferd_kind kinds[] = {{.name = "strange", FUNCTIONS}};

MUST_NOT_RUN

INFERD_MODULE("wrong-magic", "1.0.0", "", kinds, 1, {NULL, 0});
