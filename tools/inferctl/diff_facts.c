// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Facts of a config, each by a name that stays when other things change: a component's, a column's, an option's path
// where items of lists of components go by their names.
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/json_path.h"
#include "diff.h"

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

static void set(json_t *section, const char *name, struct text *text)
{
    json_object_set_new(section, name, json_string(text_string(text)));
    text_free(text);
}

static void add_names(struct text *out, const char *before, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        text_printf(out, "%s%s", i ? ", " : before, json_string_value(json_array_get(names, i)));
}

static json_t *graph_facts(const json_t *nodes)
{
    json_t *section = json_object();
    const json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const json_t *policies = json_object_get(node, "policies");
        char *policy = json_object_size(policies) ? json_dumps(policies, JSON_SORT_KEYS) : NULL;
        struct text text;

        text_init(&text);
        text_printf(&text, "%s of module %s %s", text_of(node, "kind"), text_of(node, "module"),
                    text_of(node, "version"));
        add_names(&text, ", after ", json_object_get(node, "waits_for"));
        if (*text_of(node, "stands_in_for"))
            text_printf(&text, ", in the place of %s", text_of(node, "stands_in_for"));
        if (*text_of(node, "shadows"))
            text_printf(&text, ", a shadow of %s", text_of(node, "shadows"));
        text_add(&text, json_is_true(json_object_get(node, "required")) ? ", required" : "");
        text_printf(&text, "%s%s", policy ? ", policies " : "", policy ? policy : "");
        set(section, text_of(node, "name"), &text);
        free(policy);
    }
    return section;
}

static const char *space_of(const json_t *column)
{
    return strcmp(text_of(column, "space"), "slates") == 0 ? " of slates" : "";
}

static void set_column(json_t *section, const json_t *column, struct text *text)
{
    struct text name;

    text_init(&name);
    text_printf(&name, "%s%s", text_of(column, "column"), space_of(column));
    set(section, text_string(&name), text);
    text_free(&name);
}

static json_t *column_facts(const json_t *nodes)
{
    json_t *section = json_object();
    const json_t *node, *column;
    size_t i, k;

    json_array_foreach(nodes, i, node) json_array_foreach(json_object_get(node, "writes"), k, column)
    {
        struct text text;

        text_init(&text);
        text_printf(&text, "%s, by %s", text_of(column, "type"), text_of(node, "name"));
        set_column(section, column, &text);
    }
    return section;
}

static json_t *request_facts(const json_t *request)
{
    json_t *section = json_object();
    const json_t *column;
    size_t i;

    json_object_set(section, "the targets' ids", json_object_get(request, "ids"));
    json_array_foreach(json_object_get(request, "columns"), i, column)
    {
        struct text text;

        if (json_is_true(json_object_get(column, "optional")))
            continue;
        text_init(&text);
        add_names(&text, "read by ", json_object_get(column, "readers"));
        text_add(&text, text.len ? "" : "for the reply only");
        set_column(section, column, &text);
    }
    return section;
}

static json_t *reply_facts(const json_t *reply)
{
    static const char *const tables[] = {"targets", "slates"};
    json_t *section = json_object();

    for (size_t t = 0; t < 2; t++) {
        const json_t *columns = json_object_get(reply, tables[t]);
        struct text text;

        text_init(&text);
        for (size_t i = 0; i < json_array_size(columns); i++) {
            const json_t *column = json_array_get(columns, i);

            text_printf(&text, "%s%s%s%s", i ? ", " : "", text_of(column, "column"),
                        *text_of(column, "type") ? " " : "", text_of(column, "type"));
        }
        if (text.len)
            set(section, tables[t], &text);
        else
            text_free(&text);
    }
    return section;
}

static json_t *endpoint_facts(const json_t *endpoints)
{
    json_t *section = json_object();
    const json_t *one;
    size_t i;

    json_array_foreach(endpoints, i, one)
    {
        struct text name;

        text_init(&name);
        text_printf(&name, "%s: %s", text_of(one, "component"), text_of(one, "path"));
        json_object_set(section, text_string(&name), json_object_get(one, "address"));
        text_free(&name);
    }
    return section;
}

static void flatten(json_t *section, struct text *path, const json_t *value);

static void flatten_list(json_t *section, struct text *path, const json_t *list)
{
    size_t len = path->len, i;
    const json_t *item;

    json_array_foreach(list, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "component"));

        if (name)
            json_path_member(path, name);
        else
            json_path_item(path, i);
        flatten(section, path, item);
        path->len = len;
    }
}

// All options with their values; the graph is told by itself.
static void flatten(json_t *section, struct text *path, const json_t *value)
{
    size_t len = path->len;
    const char *name;
    json_t *member;
    char *text;

    if (json_object_size(value)) {
        json_object_foreach((json_t *)value, name, member)
        {
            if (len == 0 && strcmp(name, "dag_execution_config") == 0)
                continue;
            json_path_member(path, name);
            flatten(section, path, member);
            path->len = len;
        }
    } else if (json_array_size(value) && !json_is_number(json_array_get(value, 0)) &&
               !json_is_string(json_array_get(value, 0))) {
        flatten_list(section, path, value);
    } else {
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        json_object_set_new(section, text_string(path), json_string(text ? text : ""));
        free(text);
    }
}

static json_t *option_facts(const struct config_text *text)
{
    json_t *config = json_loadb(text->text, text->len, JSON_DECODE_ANY, NULL), *section = json_object();
    struct text path;

    text_init(&path);
    if (config)
        flatten(section, &path, config);
    else
        json_object_set_new(section, "text", json_string(text->text));
    text_free(&path);
    json_decref(config);
    return section;
}

json_t *diff_facts(const json_t *compiled, const struct config_text *text)
{
    const json_t *nodes = json_object_get(compiled, "nodes");
    json_t *facts = json_pack("{s:o}", "options", option_facts(text));

    if (json_object_get(compiled, "refused"))
        json_object_set(facts, "problems", json_object_get(compiled, "problems"));
    else if (nodes)
        json_object_update_new(facts, json_pack("{s:o, s:o, s:o, s:o, s:o}", "graph", graph_facts(nodes), "columns",
                                                column_facts(nodes), "endpoints",
                                                endpoint_facts(json_object_get(compiled, "endpoints")), "request",
                                                request_facts(json_object_get(compiled, "request")), "reply",
                                                reply_facts(json_object_get(compiled, "reply"))));
    return facts;
}
