// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules that a running inferd has, as its checking child found them; and having it look for others.
#include "admin.h"
#include "command.h"
#include "modules.h"
#include "rows.h"

static bool is_refused(const json_t *module)
{
    return json_is_true(json_object_get(module, "refused"));
}

// As a table of a path's files is made of; what isn't known is missing.
static json_t *rows_of(const json_t *modules)
{
    json_t *rows = json_array();
    const json_t *module;
    size_t i;

    json_array_foreach(modules, i, module)
    {
        json_t *row = json_object();

        json_object_set(row, "path", json_object_get(module, "path"));
        json_object_set(row, "module", json_object_get(module, "name"));
        json_object_set(row, "version", json_object_get(module, "version"));
        if (is_refused(module))
            json_object_set(row, "refused", json_object_get(module, "reason"));
        json_array_append_new(rows, row);
    }
    return rows;
}

int server_modules(const struct http_place *place, bool json)
{
    json_t *config = admin_config(place, "modules");
    json_t *rows = config ? rows_of(json_object_get(config, "modules")) : NULL;
    int status = rows ? EXIT_FINE : EXIT_TROUBLE;

    if (rows && rows_refused(rows))
        status = EXIT_FOUND;
    if (rows && !json)
        rows_print(rows);
    else if (rows && !rows_print_json(rows))
        status = EXIT_TROUBLE;
    json_decref(rows);
    json_decref(config);
    return status;
}

int server_rescan(const struct http_place *admin, bool json)
{
    json_t *answer = admin_act(admin, "/modules/rescan", "modules");
    int status = answer ? server_modules(admin, json) : EXIT_TROUBLE;

    json_decref(answer);
    return status;
}
