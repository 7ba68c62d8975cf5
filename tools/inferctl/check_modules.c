// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether modules can be loaded, and what is wrong with those that can't.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "command.h"
#include "rows.h"
#include "texts.h"

bool check_is_modules(const char *path)
{
    size_t len = strlen(path);
    bool json = len > 5 && strcmp(path + len - 5, ".json") == 0;
    struct stat found;
    json_t *rows;
    bool modules;

    if (strncmp(path, "etcd:", 5) == 0 || json)
        return false;
    if (stat(path, &found) != 0 || !S_ISDIR(found.st_mode))
        return true; // a file of any name but a config's, or none: the loader says what is wrong with it
    rows = rows_noted(path);
    modules = json_array_size(rows) > 0 || !texts_in_directory(path);
    json_decref(rows);
    return modules;
}

static void print_row(const json_t *row, bool quiet)
{
    const char *path = json_string_value(json_object_get(row, "path"));
    const char *refused = json_string_value(json_object_get(row, "refused"));
    const json_t *kinds = json_object_get(row, "kinds");

    if (refused != NULL) {
        printf("%s: refused: %s\n", path, refused);
        return;
    }
    if (quiet)
        return;
    printf("%s: fine: %s %s, ABI %s, offers", path, json_string_value(json_object_get(row, "module")),
           json_string_value(json_object_get(row, "version")), json_string_value(json_object_get(row, "abi")));
    for (size_t i = 0; i < json_array_size(kinds); i++)
        printf("%s %s", i == 0 ? "" : ",", json_string_value(json_array_get(kinds, i)));
    fputs("\n", stdout);
}

int check_modules(const char *path, const struct check_options *options, json_t *all)
{
    json_t *rows = options->here ? rows_opened(path) : rows_opened_apart(path);
    int status;

    if (rows == NULL)
        return EXIT_TROUBLE;
    if (json_array_size(rows) == 0)
        json_array_append_new(rows, json_pack("{s:s, s:s}", "path", path, "refused",
                                              "there are no modules in it, and no configs (files NAME.json) either"));
    status = rows_refused(rows) > 0 ? EXIT_FOUND : EXIT_FINE;
    for (size_t i = 0; !options->json && i < json_array_size(rows); i++)
        print_row(json_array_get(rows, i), options->quiet);
    json_array_extend(all, rows);
    json_decref(rows);
    return status;
}
