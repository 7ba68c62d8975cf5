// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading files and folders.
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void complain(struct text *problems, const char *path, const char *doing)
{
    text_printf(problems, "%s: can't %s it: %s\n", path, doing, strerror(errno));
}

char *file_read(const char *path, struct arena *arena, size_t *len, struct text *problems)
{
    FILE *file = fopen(path, "r");
    struct stat about;
    char *data = NULL;

    if (!file || fstat(fileno(file), &about) != 0) {
        complain(problems, path, "open");
    } else if (!(data = arena_alloc(arena, (size_t)about.st_size + 1))) {
        text_printf(problems, "%s: no memory for its %lld bytes\n", path, (long long)about.st_size);
    } else {
        *len = fread(data, 1, (size_t)about.st_size, file);
        data[*len] = '\0';
        if (ferror(file)) {
            complain(problems, path, "read");
            data = NULL;
        }
    }
    if (file)
        fclose(file);
    return data;
}

bool file_is_folder(const char *path, struct text *problems)
{
    DIR *folder = opendir(path);

    if (folder)
        closedir(folder);
    else
        complain(problems, path, "open");
    return folder != NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **file_list(const char *folder, struct arena *arena, struct text *problems)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, NULL, NULL), kept = 0;
    char **names;

    if (n < 0 && errno != ENOENT) {
        complain(problems, folder, "list");
        return NULL;
    }
    names = arena_zalloc(arena, (size_t)(n > 0 ? n + 1 : 1) * sizeof *names);
    for (int i = 0; i < n; i++) {
        if (names && entries[i]->d_name[0] != '.')
            names[kept++] = arena_strndup(arena, entries[i]->d_name, strlen(entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    if (names)
        qsort(names, (size_t)kept, sizeof *names, by_name);
    else
        text_printf(problems, "%s: no memory\n", folder);
    return names;
}
