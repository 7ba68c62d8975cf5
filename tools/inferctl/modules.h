// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules of a running inferd. What to exit with: EXIT_FOUND if one is refused.
#ifndef INFERCTL_MODULES_H
#define INFERCTL_MODULES_H

#include <stdbool.h>

#include "http_ask.h"

int server_modules(const struct http_place *place, bool json);
// Has it look through its module path, waits until that is done, and tells what there is then.
int server_rescan(const struct http_place *admin, bool json);

#endif
