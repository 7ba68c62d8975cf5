// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Commands that run modules' code do so in a process of their own, for one that crashes must not take inferctl along.
// That process is inferctl again, with a command that --help doesn't tell of; it writes its result as JSON to a pipe,
// for standard output may be a module's toy.
#ifndef INFERCTL_ELSEWHERE_H
#define INFERCTL_ELSEWHERE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// Runs inferctl with these arguments, the first being the command's name. NULL with a message in error: it did no more
// than that; *died: by a signal or by an exit status, which is a module's doing, while 'doing' ("it was opened").
json_t *elsewhere_run(const char *const *arguments, const char *doing, bool *died, char *error, size_t size);
// In that process: hands the result over. What the process is to exit with.
int elsewhere_tell(const json_t *result);

#endif
