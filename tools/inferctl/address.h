// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a running inferd is, unless the command line says.
#ifndef INFERCTL_ADDRESS_H
#define INFERCTL_ADDRESS_H

#include <stdio.h>
#include <stdlib.h>

// By the environment that inferd reads too.
static inline const char *address_default(char *text, size_t size)
{
    const char *port = getenv("APP_PORT");

    snprintf(text, size, "127.0.0.1:%s", port && *port ? port : "8085");
    return text;
}

#endif
