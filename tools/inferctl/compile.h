// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiles texts of configs by the daemon's own compiler, in a process that modules' code may end: then it goes on in
// another one behind the text that did it. What comes of a text is JSON:
//
//   {"model": id or null, "source": file or key, "problems": [{"path", "message", "warning"}],
//    "refused_modules": [{"path", "reason"}]}
//
// with "refused": true where it is refused, and "crashed": true where it ended the process; where plans are asked for,
// with the members that explain.h tells of. The service config has no plan.
#ifndef INFERCTL_COMPILE_H
#define INFERCTL_COMPILE_H

#include <jansson.h>
#include <stdbool.h>

#include "texts.h"

// Calls 'each' for every text, in order. What it is for ("check") is told where it takes long. What the command is to
// exit with: EXIT_FINE; EXIT_FOUND where opening the modules ended the process, or EXIT_TROUBLE where it could not be
// done, which has been said.
int compile_texts(const struct texts *texts, const struct given *given, bool plans, const char *command,
                  void (*each)(void *user, const struct config_text *text, json_t *result), void *user);
// All results in an array; NULL with such a status.
json_t *compile_all(const struct texts *texts, const struct given *given, bool plans, const char *command, int *status);

#endif
