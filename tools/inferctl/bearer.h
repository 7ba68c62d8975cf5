// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The token that inferctl shows to a running inferd. It comes from a file or from the environment: what is on a command
// line, everybody on the machine can see.
#ifndef INFERCTL_BEARER_H
#define INFERCTL_BEARER_H

#include <stdbool.h>

#define BEARER_OPTION                                                                                                  \
    {                                                                                                                  \
        "token-file", required_argument, NULL, 'f'                                                                     \
    }
#define BEARER_HELP                                                                                                    \
    "      --token-file=FILE        show it the token that is FILE's first line, or else the one in\n"                 \
    "                               INFERCTL_TOKEN\n"

// The token in a file (NULL: in the environment), malloc'd; NULL if there is none. False after saying what is wrong
// with it.
bool bearer_read(const char *file, const char *command, char **token);
// Forgets it.
void bearer_free(char *token);

#endif
