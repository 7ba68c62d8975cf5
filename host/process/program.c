// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Finding the program's path as the shell did.
#include "process/program.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *below(const char *directory, size_t len, const char *name)
{
    char here[PATH_MAX], *path;

    if (len == 0 || *directory != '/') { // "" in PATH is the working directory
        if (!getcwd(here, sizeof(here)) ||
            asprintf(&path, "%s/%.*s%s%s", here, (int)len, directory, len ? "/" : "", name) < 0)
            return NULL;
        return path;
    }
    return asprintf(&path, "%.*s/%s", (int)len, directory, name) < 0 ? NULL : path;
}

static char *search(const char *name)
{
    const char *at = getenv("PATH");

    while (at) {
        size_t len = strcspn(at, ":");
        char *path = below(at, len, name);

        if (path && access(path, X_OK) == 0)
            return path;
        free(path);
        at = at[len] ? at + len + 1 : NULL;
    }
    return NULL;
}

char *program_find(const char *name)
{
    if (!name || !*name)
        return NULL;
    if (*name == '/')
        return strdup(name);
    return strchr(name, '/') ? below("", 0, name) : search(name);
}
