// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens modules in a process of its own.
#include <stdio.h>

#include "command.h"
#include "elsewhere.h"
#include "rows.h"

static int run(const struct command *command, int argc, char **argv)
{
    json_t *rows = argc == 2 ? rows_opened(argv[1]) : NULL;
    int status = elsewhere_tell(rows);

    (void)command;
    json_decref(rows);
    return status;
}

const struct command open_here_command = {.name = "open-here", .run = run};

json_t *rows_opened_elsewhere(const char *path, bool *died, char *error, size_t size)
{
    const char *const arguments[] = {open_here_command.name, path, NULL};

    return elsewhere_run(arguments, "it was opened", died, error, size);
}

json_t *rows_opened_apart(const char *path)
{
    json_t *files = rows_noted(path), *rows = json_array();

    for (size_t i = 0; rows != NULL && i < json_array_size(files); i++) {
        json_t *noted = json_array_get(files, i), *opened;
        const char *file = json_string_value(json_object_get(noted, "path"));
        char error[512] = "";
        bool died;

        opened = rows_opened_elsewhere(file, &died, error, sizeof error);
        if (opened != NULL) {
            json_array_extend(rows, opened);
        } else if (died) {
            json_object_set_new(noted, "refused", json_string(error));
            json_array_append(rows, noted);
        } else {
            fprintf(stderr, "inferctl: %s: %s\n", file, error);
            json_decref(rows);
            rows = NULL;
        }
        json_decref(opened);
    }
    json_decref(files);
    return rows;
}

json_t *rows_opened_safely(const char *path)
{
    char error[512];
    bool died;
    json_t *rows = rows_opened_elsewhere(path, &died, error, sizeof error);

    if (rows == NULL && died)
        return rows_opened_apart(path);
    if (rows == NULL)
        fprintf(stderr, "inferctl: %s\n", error);
    return rows;
}

bool rows_load(struct registry *registry, const char *path, const char *command)
{
    json_t *rows = rows_opened_safely(path);

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *file = json_string_value(json_object_get(row, "path"));
        const char *refused = json_string_value(json_object_get(row, "refused"));

        if (refused != NULL)
            fprintf(stderr, "inferctl %s: %s: refused: %s\n", command, file, refused);
        else
            registry_scan(registry, file);
    }
    json_decref(rows);
    return rows != NULL;
}
