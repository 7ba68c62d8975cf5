// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The commands of inferctl: one file each, one line in the table of main.c.
#ifndef INFERCTL_COMMAND_H
#define INFERCTL_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

// What inferctl exits with; scripts rely on it.
enum {
    EXIT_FINE = 0,   // done, and all is well
    EXIT_FOUND = 1,  // something is wrong with what was looked at, or it isn't there
    EXIT_USAGE = 2,  // the command line says nothing
    EXIT_TROUBLE = 3 // it could not be done: no memory, a file that can't be written, …
};

struct command {
    const char *name;
    const char *arguments; // "[OPTION]... NAME"
    const char *summary;   // one line
    const char *help;      // what follows it: options and what they mean
    // argv[0] is the command's name. What inferctl exits with.
    int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command check_command;
extern const struct command diff_command;
extern const struct command explain_command;
extern const struct command history_command;
extern const struct command infer_command;
extern const struct command kind_command;
extern const struct command modules_command;
extern const struct command new_plugin_command;
extern const struct command push_command;
extern const struct command quarantine_command;
extern const struct command rollback_command;
extern const struct command status_command;
extern const struct command token_command;
// Of inferctl's own children; --help doesn't tell of them.
extern const struct command open_here_command;
extern const struct command compile_here_command;

// Reads options by getopt_long(). Answers -h itself: the next option, -1 at the end, -2 where the command is to end
// with the status in *status.
int command_option(const struct command *command, int argc, char **argv, const char *letters,
                   const struct option *options, int *status);
// Says that the command line is wrong; EXIT_USAGE.
int command_usage(const struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A number that isn't negative, of a whole word. False: it is none.
bool command_number(const char *text, int64_t *number);

#define HELP_OPTION                                                                                                    \
    {                                                                                                                  \
        "help", no_argument, NULL, 'h'                                                                                 \
    }

#endif
