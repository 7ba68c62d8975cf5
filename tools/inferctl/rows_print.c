// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows for people, and for programs.
#include "rows.h"

#include <stdio.h>
#include <string.h>

static const char *member(const json_t *rows, size_t index, const char *name)
{
    const char *text = json_string_value(json_object_get(json_array_get(rows, index), name));

    return text != NULL ? text : "-";
}

// The width of a column: of its title, or its widest text.
static int width(const json_t *rows, const char *name)
{
    size_t widest = strlen(name);

    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strlen(member(rows, i, name)) > widest)
            widest = strlen(member(rows, i, name));
    return (int)widest;
}

static void print_kinds(const json_t *kinds)
{
    fputs("  kinds:", stdout);
    for (size_t i = 0; i < json_array_size(kinds); i++)
        printf("%s %s", i == 0 ? "" : ",", json_string_value(json_array_get(kinds, i)));
    fputs("\n", stdout);
}

void rows_print(const json_t *rows)
{
    int module = width(rows, "module"), version = width(rows, "version"), abi = width(rows, "abi");

    if (json_array_size(rows) > 0)
        printf("%-*s  %-*s  %-*s  %s\n", module, "MODULE", version, "VERSION", abi, "ABI", "FILE");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i), *kinds = json_object_get(row, "kinds");

        printf("%-*s  %-*s  %-*s  %s\n", module, member(rows, i, "module"), version, member(rows, i, "version"), abi,
               member(rows, i, "abi"), member(rows, i, "path"));
        if (json_object_get(row, "refused") != NULL)
            printf("  refused: %s\n", member(rows, i, "refused"));
        if (kinds != NULL)
            print_kinds(kinds);
    }
}

bool rows_print_json(const json_t *rows)
{
    return json_dumpf(rows, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0;
}
