// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// JSON paths as messages have them: a.b[2].c, and ["a b"] for a member whose name is no plain word.
#ifndef CONFIG_JSON_PATH_H
#define CONFIG_JSON_PATH_H

#include "base/text.h"

void json_path_member(struct text *path, const char *name);
void json_path_item(struct text *path, size_t index);

#endif
