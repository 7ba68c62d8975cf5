// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The schema of a model's config: what the host reads of it, and the components of all kinds there are.
#include "schema.h"

#include <stdio.h>

#include "base/text.h"
#include "command.h"
#include "module/registry.h"
#include "plan/tables.h"
#include "rows.h"

// Spelled as in the table of types, as in the data types of model servers, or in any case.
#define DATA_TYPE "^[A-Za-z0-9_]*$"

static const char *const of_map[] = {"component", "kind", NULL};

// What every component of a kind may have.
static json_t *component_schema(const struct inferd_kind *kind)
{
    json_t *schema = schema_of_table(kind->options.table, of_map), *properties = json_object_get(schema, "properties");
    json_t *host = schema_of_table(plan_component_table, NULL);

    json_object_update_missing(properties, json_object_get(host, "properties"));
    json_decref(host);
    json_object_set_new(properties, "component",
                        json_pack("{s:[s, s], s:s}", "type", "string", "null", "description",
                                  "the component's name in the graph; in an object by names it may be left out"));
    json_object_set_new(properties, "kind",
                        json_pack("{s:[s, s], s:s}", "type", "string", "null", "description",
                                  "KIND@VERSION, to have that version of its module"));
    if (kind->description)
        json_object_set_new(schema, "description", json_string(kind->description));
    return schema;
}

// A list of components that name themselves, or an object of them by name; or none.
static json_t *components_schema(const char *kind)
{
    char ref[160];

    snprintf(ref, sizeof(ref), "#/$defs/kind:%s", kind);
    return json_pack("{s:[{s:s, s:{s:s, s:[s]}}, {s:s, s:{s:s}}, {s:s}]}", "anyOf", "type", "array", "items", "$ref",
                     ref, "required", "component", "type", "object", "additionalProperties", "$ref", ref, "type",
                     "null");
}

static void add_shared(json_t *properties, const struct inferd_kind *kind)
{
    json_t *shared = schema_of_table(kind->shared.table, NULL);

    json_object_update_missing(properties, json_object_get(shared, "properties"));
    json_decref(shared);
}

// Components of a kind that nobody offers are refused; a list of none isn't.
static json_t *no_others(const struct text *kinds)
{
    json_t *patterns = json_object();
    struct text pattern;

    text_init(&pattern);
    text_printf(&pattern, "^(?!(%s)_component(s|_config)$).+_component(s|_config)$", text_string(kinds));
    json_object_set_new(patterns, text_string(&pattern),
                        json_pack("{s:[s, s, s], s:i, s:i, s:s}", "type", "array", "object", "null", "maxItems", 0,
                                  "maxProperties", 0, "description", "no module offers this kind"));
    text_free(&pattern);
    return patterns;
}

static json_t *config_schema(const struct registry *registry, json_t *defs)
{
    const struct module_kind *const *kinds;
    size_t count = registry_kinds(registry, &kinds);
    json_t *properties = json_object(), *schema;
    struct text names;

    text_init(&names);
    for (size_t i = 0; i < count; i++) {
        const struct inferd_kind *kind = kinds[i]->kind;
        char member[192];

        snprintf(member, sizeof(member), "kind:%s", kind->name);
        json_object_set_new(defs, member, component_schema(kind));
        snprintf(member, sizeof(member), "%s_components", kind->name);
        json_object_set_new(properties, member, components_schema(kind->name));
        snprintf(member, sizeof(member), "%s_component_config", kind->name);
        json_object_set_new(properties, member, components_schema(kind->name));
        text_printf(&names, "%s%s", i ? "|" : "", kind->name);
    }
    for (size_t i = 0; i < count; i++)
        add_shared(properties, kinds[i]->kind);
    schema = json_pack("{s:s, s:s, s:o, s:o}", "type", "object", "description",
                       "the components, by kinds: KIND_components or KIND_component_config", "properties", properties,
                       "patternProperties", no_others(&names));
    text_free(&names);
    return schema;
}

static json_t *graph_schema(void)
{
    return json_pack("{s:s, s:[s], s:{s:{s:s, s:i, s:s, s:{s:[s, s], s:{s:s}}}, s:{s:s}}}", "type", "object",
                     "required", "component_dependency", "properties", "component_dependency", "type", "object",
                     "minProperties", 1, "description", "which component waits for which", "additionalProperties",
                     "type", "array", "null", "items", "type", "string", "dependency_direction", "$ref",
                     "#/$defs/direction");
}

static json_t *one_of(const char *first, const char *second, const char *description)
{
    return json_pack("{s:[s, s, n], s:s}", "enum", first, second, "description", description);
}

static json_t *model_schema(const struct registry *registry)
{
    json_t *defs = json_pack("{s:{s:s, s:s, s:s}}", "data_type", "type", "string", "pattern", DATA_TYPE, "description",
                             "a data type: FP32, INT64, BYTES, BOOL, FP32Vector, DataTypeString, ...");
    json_t *properties = json_object(), *reply = schema_of_table(plan_reply_table, NULL);

    json_object_set_new(defs, "direction", one_of("parents", "children", "what the keys of component_dependency list"));
    json_object_set_new(properties, "component_config", config_schema(registry, defs));
    json_object_set_new(properties, "dag_execution_config", graph_schema());
    json_object_set_new(properties, "dependency_direction", json_pack("{s:s}", "$ref", "#/$defs/direction"));
    json_object_set_new(properties, "response_config", json_pack("{s:[o, {s:s}]}", "anyOf", reply, "type", "null"));
    json_object_set_new(properties, "compat", one_of("inferflow", "none", "whether replies are as Inferflow's"));
    json_object_set_new(properties, "inline_values",
                        one_of("text", "typed", "whether values of requests are read as text, whatever their type"));
    return json_pack("{s:s, s:s, s:s, s:[s, s], s:o, s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                     "title", "inferd model config", "type", "object", "required", "component_config",
                     "dag_execution_config", "properties", properties, "$defs", defs);
}

int schema_print(const char *path)
{
    struct registry *registry = registry_new(NULL, NULL);
    int status = EXIT_TROUBLE;
    json_t *schema = NULL;

    if (registry && rows_load(registry, path, "check"))
        schema = model_schema(registry);
    if (schema && json_dumpf(schema, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0)
        status = EXIT_FINE;
    json_decref(schema);
    registry_free(registry);
    return status;
}
