// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Walks a module path with glob(3), which sorts and doesn't mind a folder that isn't there.
#include "module/find.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/owned.h"

// What may follow a directory's name.
static const char *const patterns[] = {"/*.so", "/.libs/*.so", "/*/.libs/*.so"};

// A directory's name may hold characters that mean something to glob.
static char *escape(const char *directory)
{
    char *escaped = malloc(2 * strlen(directory) + 1), *out = escaped;

    for (const char *in = directory; escaped != NULL && *in != '\0'; in++) {
        if (strchr("*?[\\", *in) != NULL)
            *out++ = '\\';
        *out++ = *in;
    }
    if (escaped != NULL)
        *out = '\0';
    return escaped;
}

static void search_directory(const char *directory, module_found_fn *found, void *user)
{
    char *escaped = escape(directory);

    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        char *pattern = NULL;
        glob_t names = {0};
        int status = GLOB_NOSPACE;

        if (escaped != NULL && asprintf(&pattern, "%s%s", escaped, patterns[i]) >= 0)
            status = glob(pattern, 0, NULL, &names);
        if (status == 0)
            for (size_t k = 0; k < names.gl_pathc; k++)
                found(user, names.gl_pathv[k], NULL);
        else if (status != GLOB_NOMATCH)
            found(user, directory, status == GLOB_NOSPACE ? "no memory to search it" : "it can't be searched");
        if (status == 0)
            globfree(&names);
        free(pattern);
    }
    free(escaped);
}

static void search_entry(const char *entry, module_found_fn *found, void *user)
{
    struct stat st;
    char error[512];

    if (stat(entry, &st) != 0) {
        snprintf(error, sizeof error, "it can't be searched for modules: %s", strerror(errno));
        found(user, entry, error);
    } else if (!owned_by_us(entry, error, sizeof error)) {
        found(user, entry, error);
    } else if (S_ISDIR(st.st_mode)) {
        search_directory(entry, found, user);
    } else {
        found(user, entry, NULL);
    }
}

void module_find(const char *path, module_found_fn *found, void *user)
{
    char *copy = strdup(path), *rest = copy;

    if (copy == NULL) {
        found(user, path, "no memory to search it");
        return;
    }
    for (char *entry; (entry = strsep(&rest, ":")) != NULL;)
        if (*entry != '\0')
            search_entry(entry, found, user);
    free(copy);
}
