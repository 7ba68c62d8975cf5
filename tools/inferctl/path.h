// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Where modules are looked for: --module-path, else INFERD_MODULE_PATH, else where they are installed.
#ifndef INFERCTL_PATH_H
#define INFERCTL_PATH_H

#include <stdlib.h>

#define PATH_OPTION                                                                                                    \
    {                                                                                                                  \
        "module-path", required_argument, NULL, 'p'                                                                    \
    }
#define PATH_HELP                                                                                                      \
    "  -p, --module-path=PATH  look for modules in PATH, directories separated by colons, instead of\n"                \
    "                          INFERD_MODULE_PATH or " INFERD_PKGLIBDIR "\n"

static inline const char *path_of_modules(const char *option)
{
    const char *environment = getenv("INFERD_MODULE_PATH");

    if (option != NULL)
        return option;
    return environment != NULL && *environment != '\0' ? environment : INFERD_PKGLIBDIR;
}

#endif
