// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What /config answers, for a person.
#ifndef INFERCTL_STATUS_PRINT_H
#define INFERCTL_STATUS_PRINT_H

#include <jansson.h>
#include <stdbool.h>

// Nothing is refused, everybody has what there is, its source is there, and nothing else went wrong.
bool status_is_fine(const json_t *config);
void status_print(const json_t *config);

#endif
