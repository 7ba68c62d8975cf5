// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Commands that run modules' code do so in a process of their own, for one that crashes must not take inferctl along.
// That process is inferctl again, with a command that --help doesn't tell of; it writes what it finds as lines of JSON
// to a pipe, for standard output may be a module's toy.
#ifndef INFERCTL_ELSEWHERE_H
#define INFERCTL_ELSEWHERE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// How such a process ended.
enum elsewhere_end {
    ELSEWHERE_DONE,
    ELSEWHERE_DIED,   // by a signal or by an exit status, which is a module's doing
    ELSEWHERE_TROUBLE // it could not be run, or it ran out of memory
};

// Runs inferctl with these arguments, the first being the command's name, and with 'input' as its standard input (-1:
// none of its own). Calls 'each' for every line it tells, as it comes. What is wrong goes to error; it died while
// 'doing' ("it was opened").
enum elsewhere_end elsewhere_each(const char *const *arguments, int input, void (*each)(void *user, json_t *line),
                                  void *user, const char *doing, char *error, size_t size);
// The same where it tells one thing. NULL with a message in error: it did no more than that.
json_t *elsewhere_run(const char *const *arguments, const char *doing, bool *died, char *error, size_t size);
// In that process: hands a line over. What the process is to exit with.
int elsewhere_tell(const json_t *line);

#endif
