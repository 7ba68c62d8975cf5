// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Filling structs from JSON by option tables: every type, defaults, and every way to get it wrong with its message.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>
#include "config/options.h"

struct input {
    const char *name;
    struct inferd_list features;
    struct inferd_list shape;
    struct inferd_typed_name type;
};

struct limits {
    int64_t rows;
    const char *unit;
};

struct thing {
    bool on;
    int64_t deadline;
    double share;
    const char *model;
    struct inferd_typed_name type;
    struct inferd_list dims;
    struct inferd_list scores;
    struct inferd_list mapping;
    struct limits limits;
    struct inferd_list inputs;
    struct inferd_list score_dims;
    struct inferd_list routes;
    struct inferd_list routes_map;
    int64_t version;
    const char *version_name;
};

static const struct inferd_option input_options[] = {
    {.name = "name",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct input, name),
     .help = "the tensor's name"},
    {.name = "features", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct input, features)},
    {.name = "shape", .type = INFERD_OPTION_INTS, .offset = offsetof(struct input, shape), .min = -1, .max = 1000},
    {.name = "data_type", .type = INFERD_OPTION_TYPE, .offset = offsetof(struct input, type), .fallback = "\"FP32\""},
    {0},
};

static const struct inferd_option limits_options[] = {
    {.name = "rows", .type = INFERD_OPTION_INT, .offset = offsetof(struct limits, rows), .fallback = "7"},
    {.name = "unit",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct limits, unit)},
    {0},
};

static const struct inferd_option thing_options[] = {
    {.name = "on", .type = INFERD_OPTION_BOOL, .offset = offsetof(struct thing, on), .fallback = "true"},
    {.name = "deadline",
     .type = INFERD_OPTION_INT,
     .offset = offsetof(struct thing, deadline),
     .fallback = "100",
     .min = 1,
     .max = 5000,
     .unit = "ms"},
    {.name = "share", .type = INFERD_OPTION_REAL, .offset = offsetof(struct thing, share), .min = 0, .max = INFINITY},
    {.name = "model_end_point",
     .alias = "model_endpoint",
     .type = INFERD_OPTION_STRING,
     .offset = offsetof(struct thing, model)},
    {.name = "token",
     .type = INFERD_OPTION_INT,
     .flags = INFERD_OPTION_SECRET,
     .offset = offsetof(struct thing, version)},
    {.name = "data_type", .type = INFERD_OPTION_TYPE, .offset = offsetof(struct thing, type)},
    {.name = "dims", .type = INFERD_OPTION_INTS, .offset = offsetof(struct thing, dims), .fallback = "[1, 2]"},
    {.name = "scores", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct thing, scores)},
    {.name = "mapping", .type = INFERD_OPTION_MAP, .offset = offsetof(struct thing, mapping)},
    {.name = "limits",
     .type = INFERD_OPTION_OBJECT,
     .offset = offsetof(struct thing, limits),
     .nested = limits_options},
    {.name = "inputs",
     .type = INFERD_OPTION_LIST,
     .offset = offsetof(struct thing, inputs),
     .nested = input_options,
     .nested_size = sizeof(struct input)},
    {.name = "score_dims", .type = INFERD_OPTION_INT_LISTS, .offset = offsetof(struct thing, score_dims)},
    {.name = "routes",
     .type = INFERD_OPTION_LIST,
     .offset = offsetof(struct thing, routes),
     .nested = input_options,
     .nested_size = sizeof(struct input)},
    {.name = "routes", .type = INFERD_OPTION_MAP, .offset = offsetof(struct thing, routes_map)},
    {.name = "version", .type = INFERD_OPTION_INT, .offset = offsetof(struct thing, version)},
    {.name = "version", .type = INFERD_OPTION_STRING, .offset = offsetof(struct thing, version_name)},
    {.name = "old",
     .type = INFERD_OPTION_INT,
     .flags = INFERD_OPTION_UNUSED,
     .offset = offsetof(struct thing, version)},
    {0},
};

static const struct inferd_options thing = {thing_options, sizeof(struct thing)};

struct fixture {
    struct arena arena;
    struct problems problems;
    struct text text;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    arena_init(&f->arena, 4096, 0);
    problems_init(&f->problems);
    text_init(&f->text);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    text_free(&f->text);
    problems_free(&f->problems);
    arena_free(&f->arena);
    free(f);
    return 0;
}

// Fills a thing; JSON in single quotes for legibility.
static const struct thing *fill(struct fixture *f, const char *json)
{
    static const char *const also[] = {"component", NULL};
    char *copy = strdup(json);
    json_t *object;
    const struct thing *t;

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    object = json_loads(copy, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    assert_non_null(object);
    t = options_fill(&f->arena, &thing, object, "p[2]", also, NULL, &f->problems);
    json_decref(object); // nothing filled may point into it
    free(copy);
    problems_text(&f->problems, &f->text);
    return t;
}

static void refused(void **state, const char *json, const char *message)
{
    struct fixture *f = *state;

    assert_null(fill(f, json));
    assert_string_equal(text_string(&f->text), message);
}

static void accepted_with(void **state, const char *json, const char *warnings)
{
    struct fixture *f = *state;

    assert_non_null(fill(f, json));
    assert_string_equal(text_string(&f->text), warnings);
}

static const char *string_at(const struct inferd_list *list, size_t i)
{
    assert_true(i < list->count);
    return ((const char *const *)list->items)[i];
}

static int64_t int_at(const struct inferd_list *list, size_t i)
{
    assert_true(i < list->count);
    return ((const int64_t *)list->items)[i];
}

static void fills_every_type(void **state)
{
    const struct thing *t =
        fill(*state, "{'on': false, 'deadline': 20, 'share': 0.5, 'model_end_point': 'a:1',"
                     " 'data_type': 'DataTypeInt64Vector', 'dims': [3, -1], 'scores': ['x', 'y'],"
                     " 'mapping': {'b': 2, 'a': 'one', 'c': 0.1}, 'limits': {'rows': 9, 'unit': 'k'},"
                     " 'inputs': [{'name': 'i', 'features': ['f'], 'shape': [-1]}, {'name': 'j'}],"
                     " 'score_dims': [[1], [], [2, 3]], 'component': 'ranker'}");
    const struct inferd_pair *pairs;
    const struct input *inputs;
    const struct inferd_list *dims;

    assert_non_null(t);
    assert_string_equal(text_string(&((struct fixture *)*state)->text), "");
    assert_false(t->on);
    assert_int_equal(t->deadline, 20);
    assert_true(t->share == 0.5);
    assert_string_equal(t->model, "a:1");
    assert_int_equal(t->type.type, INFERD_TYPE_INT64_VECTOR);
    assert_string_equal(t->type.spelling, "DataTypeInt64Vector");
    assert_int_equal(t->dims.count, 2);
    assert_int_equal(int_at(&t->dims, 1), -1);
    assert_string_equal(string_at(&t->scores, 1), "y");
    assert_int_equal(t->mapping.count, 3);
    pairs = t->mapping.items;
    assert_string_equal(pairs[0].key, "a");
    assert_string_equal(pairs[0].value, "one");
    assert_string_equal(pairs[1].value, "2");
    assert_string_equal(pairs[2].value, "0.1");
    assert_int_equal(t->limits.rows, 9);
    assert_string_equal(t->limits.unit, "k");
    assert_int_equal(t->inputs.count, 2);
    inputs = t->inputs.items;
    assert_string_equal(inputs[0].name, "i");
    assert_string_equal(string_at(&inputs[0].features, 0), "f");
    assert_int_equal(int_at(&inputs[0].shape, 0), -1);
    assert_int_equal(inputs[1].type.type, INFERD_TYPE_FP32);
    assert_int_equal(inputs[1].features.count, 0);
    assert_int_equal(t->score_dims.count, 3);
    dims = t->score_dims.items;
    assert_int_equal(dims[1].count, 0);
    assert_int_equal(int_at(&dims[2], 1), 3);
}

static void fills_defaults(void **state)
{
    const struct thing *t = fill(*state, "{'deadline': null}");

    assert_non_null(t);
    assert_true(t->on);
    assert_int_equal(t->deadline, 100);
    assert_true(t->share == 0);
    assert_string_equal(t->model, "");
    assert_string_equal(t->type.spelling, "");
    assert_int_equal(t->type.type, INFERD_TYPE_UNKNOWN);
    assert_int_equal(int_at(&t->dims, 1), 2);
    assert_null(t->scores.items);
    // An object that is missing has its own defaults, and nothing in it is required.
    assert_int_equal(t->limits.rows, 7);
    assert_string_equal(t->limits.unit, "");
    assert_string_equal(t->version_name, "");
}

static void takes_other_spellings(void **state)
{
    const struct thing *t = fill(*state, "{'model_endpoint': 'b:2', 'Deadline': 30.0}");

    assert_non_null(t);
    assert_string_equal(t->model, "b:2");
    assert_int_equal(t->deadline, 30);
}

static void one_name_takes_several_shapes(void **state)
{
    const struct thing *list = fill(*state, "{'routes': [{'name': 'x'}], 'version': 3}");
    const struct thing *map = fill(*state, "{'routes': {'a:1': 80}, 'version': 'v3'}");

    assert_int_equal(list->routes.count, 1);
    assert_int_equal(list->routes_map.count, 0);
    assert_int_equal(list->version, 3);
    assert_string_equal(list->version_name, "");
    assert_int_equal(map->routes.count, 0);
    assert_int_equal(map->routes_map.count, 1);
    assert_int_equal(map->version, 0);
    assert_string_equal(map->version_name, "v3");
}

static void refuses_wrong_types(void **state)
{
    refused(state,
            "{'on': 'true', 'deadline': '70', 'share': 'x', 'model_end_point': 5, 'dims': 3, 'scores': 'a',"
            " 'mapping': [], 'limits': 1, 'inputs': {'name': 'n'}, 'score_dims': [1], 'routes': 'all'}",
            "p[2].on: is the string \"true\"; expected true or false; write true without quotes\n"
            "p[2].deadline: is the string \"70\"; expected an integer; write 70 without quotes\n"
            "p[2].share: is the string \"x\"; expected a number\n"
            "p[2].model_end_point: is the number 5; expected a string; write it in quotes\n"
            "p[2].dims: is the number 3; expected a list of integers; write [3]\n"
            "p[2].scores: is the string \"a\"; expected a list of strings; write it in brackets: [\"…\"]\n"
            "p[2].mapping: is a list; expected an object whose values are strings\n"
            "p[2].limits: is the number 1; expected an object\n"
            "p[2].inputs: is an object; expected a list of objects; write it in brackets: [{…}]\n"
            "p[2].score_dims[0]: is the number 1; expected a list of integers; write [1]\n"
            "p[2].routes: is the string \"all\"; expected a list of objects, or an object whose values are strings\n");
}

static void names_the_path_within_lists(void **state)
{
    refused(state,
            "{'inputs': [{'name': 'i', 'shape': [1, 'a', 2.5, 2000]}, 7, {'features': [null]}],"
            " 'mapping': {'a.b': true}}",
            "p[2].mapping[\"a.b\"]: is true; expected a string; write it in quotes\n"
            "p[2].inputs[0].shape[1]: is the string \"a\"; expected an integer\n"
            "p[2].inputs[0].shape[2]: is the number 2.5; expected an integer\n"
            "p[2].inputs[0].shape[3]: is 2000; expected -1 to 1000\n"
            "p[2].inputs[1]: is the number 7; expected an object\n"
            "p[2].inputs[2].name: is missing: the tensor's name\n"
            "p[2].inputs[2].features[0]: is null; expected a string\n");
}

static void refuses_what_is_out_of_range(void **state)
{
    refused(state, "{'deadline': 5001, 'share': -0.5}",
            "p[2].deadline: is 5001; expected 1 to 5000 ms\n"
            "p[2].share: is -0.5; expected at least 0\n");
}

static void refuses_unknown_data_types(void **state)
{
    refused(state, "{'data_type': 'FP23', 'inputs': [{'name': 'n', 'data_type': 'complicated'}]}",
            "p[2].data_type: \"FP23\" is no data type; did you mean \"FP32\"?\n"
            "p[2].inputs[0].data_type: \"complicated\" is no data type; expected one such as \"FP32\", \"INT64\", "
            "\"BYTES\" or \"FP32Vector\"\n");
}

static void refuses_two_spellings_of_one_member(void **state)
{
    refused(state, "{'model_end_point': 'a', 'model_endpoint': 'a'}",
            "p[2].model_endpoint: is given twice, also as \"model_end_point\"; leave one of them out\n");
}

static void requires_members_of_objects_that_are_there(void **state)
{
    refused(state, "{'limits': {}}", "p[2].limits.unit: is missing: it is required\n");
}

static void refuses_what_is_no_object(void **state)
{
    refused(state, "[1]", "p[2]: is a list; expected an object\n");
}

static void warns_of_unknown_members(void **state)
{
    accepted_with(state, "{'dedline': 5, 'inputs': [{'name': 'a', 'shpae': []}], 'frobnicate': 1, 'compnent': 'c'}",
                  "p[2].inputs[0].shpae: warning: is not known and has no effect; did you mean \"shape\"?\n"
                  "p[2].dedline: warning: is not known and has no effect; did you mean \"deadline\"?\n"
                  "p[2].frobnicate: warning: is not known and has no effect\n"
                  "p[2].compnent: warning: is not known and has no effect; did you mean \"component\"?\n");
}

static void warns_of_members_without_effect(void **state)
{
    accepted_with(state, "{'old': 5}", "p[2].old: warning: is accepted but has no effect any more; leave it out\n");
}

static void keeps_secrets_out_of_messages(void **state)
{
    refused(state, "{'token': '4711'}", "p[2].token: is the string; expected an integer; write it without quotes\n");
}

static void refuses_when_memory_ends(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    arena_init(&f->arena, 4096, sizeof(struct thing) + 64);
    assert_null(fill(f, "{'scores': ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n']}"));
    assert_true(f->problems.errors > 0);
    assert_non_null(strstr(text_string(&f->text), "p[2].scores: does not fit in memory"));
}

static void refuses_a_wrong_default(void **state)
{
    static const struct inferd_option table[] = {
        {.name = "n", .type = INFERD_OPTION_INT, .fallback = "many"},
        {0},
    };
    const struct inferd_options options = {table, sizeof(int64_t)};
    struct fixture *f = *state;
    json_t *object = json_object();

    assert_null(options_fill(&f->arena, &options, object, "", NULL, NULL, &f->problems));
    problems_text(&f->problems, &f->text);
    assert_string_equal(text_string(&f->text), "n: the module's own default is wrong: many\n");
    json_decref(object);
}

static void fills_an_empty_table(void **state)
{
    const struct inferd_options options = {NULL, 0};
    struct fixture *f = *state;
    json_t *object = json_object();

    assert_non_null(options_fill(&f->arena, &options, object, "", NULL, NULL, &f->problems));
    json_decref(object);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(fills_every_type),
        CASE(fills_defaults),
        CASE(takes_other_spellings),
        CASE(one_name_takes_several_shapes),
        CASE(refuses_wrong_types),
        CASE(names_the_path_within_lists),
        CASE(refuses_what_is_out_of_range),
        CASE(refuses_unknown_data_types),
        CASE(refuses_two_spellings_of_one_member),
        CASE(requires_members_of_objects_that_are_there),
        CASE(refuses_what_is_no_object),
        CASE(warns_of_unknown_members),
        CASE(warns_of_members_without_effect),
        CASE(keeps_secrets_out_of_messages),
        CASE(refuses_when_memory_ends),
        CASE(refuses_a_wrong_default),
        CASE(fills_an_empty_table),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
