// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Objects that may be written in several shapes: which of them one is in, lists written as objects, mixtures, and paths
// as the config spells them.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "config/options.h"

struct route {
    const char *endpoint;
    int64_t percentage;
    double weight;
};

struct request {
    struct inferd_list groups;
};

struct thing {
    const char *score;
    struct inferd_list routes;
    struct request request;
    struct inferd_list keys;
};

static const struct inferd_option route_table[] = {
    {.name = "endpoint", .type = INFERD_OPTION_STRING, .offset = offsetof(struct route, endpoint)},
    {.name = "percentage",
     .type = INFERD_OPTION_INT,
     .offset = offsetof(struct route, percentage),
     .min = 1,
     .max = 100},
    {.name = "weight", .type = INFERD_OPTION_REAL, .offset = offsetof(struct route, weight), .fallback = "0.5"},
    {0},
};

static const struct inferd_option request_table[] = {
    {.name = "featureGroups",
     .alias = "feature_groups",
     .type = INFERD_OPTION_LIST,
     .offset = offsetof(struct request, groups),
     .nested = route_table,
     .nested_size = sizeof(struct route)},
    {0},
};

static const struct inferd_option thing_table[] = {
    {.name = "score_col", .type = INFERD_OPTION_STRING, .offset = offsetof(struct thing, score), .shape = "old"},
    {.name = "score_column", .type = INFERD_OPTION_STRING, .offset = offsetof(struct thing, score), .shape = "new"},
    {.name = "routes",
     .type = INFERD_OPTION_LIST,
     .offset = offsetof(struct thing, routes),
     .nested = route_table,
     .nested_size = sizeof(struct route),
     .shape = "old"},
    {.name = "routes",
     .type = INFERD_OPTION_MEMBERS,
     .offset = offsetof(struct thing, routes),
     .nested = route_table,
     .nested_size = sizeof(struct route),
     .shape = "new"},
    {.name = "request",
     .type = INFERD_OPTION_OBJECT,
     .offset = offsetof(struct thing, request),
     .nested = request_table},
    {.name = "keys", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct thing, keys)},
    {0},
};

static const struct inferd_options thing = {thing_table, sizeof(struct thing)};

struct fixture {
    struct arena arena;
    struct problems problems;
    struct text text;
    const char *shape;
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

// JSON in single quotes, for legibility.
static json_t *read_json(const char *text)
{
    char *copy = strdup(text);
    json_t *object;

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    object = json_loads(copy, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    free(copy);
    return object;
}

static const struct thing *fill(struct fixture *f, const char *text)
{
    json_t *object = read_json(text);
    const struct thing *t = options_fill(&f->arena, &thing, object, "p", NULL, &f->shape, &f->problems);

    json_decref(object);
    text_clear(&f->text);
    problems_text(&f->problems, &f->text);
    return t;
}

static void a_shape_is_told_by_members(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(fill(f, "{'score_col': 'a'}")->score, "a");
    assert_string_equal(f->shape, "old");
    assert_string_equal(fill(f, "{'score_column': 'b', 'keys': []}")->score, "b");
    assert_string_equal(f->shape, "new");
    assert_string_equal(fill(f, "{'keys': ['x']}")->score, "");
    assert_string_equal(f->shape, "");
    assert_non_null(fill(f, "{'routes': []}"));
    assert_string_equal(f->shape, "old");
    assert_non_null(fill(f, "{'routes': {}}"));
    assert_string_equal(f->shape, "new");
    assert_non_null(fill(f, "{'routes': null}"));
    assert_string_equal(f->shape, "");
}

static void members_are_items(void **state)
{
    struct fixture *f = *state;
    const struct thing *t = fill(f, "{'routes': {'z:1': 80, 'a:2': 20}}");
    const struct route *routes = t->routes.items;

    assert_int_equal(t->routes.count, 2); // in the order of the config
    assert_string_equal(routes[0].endpoint, "z:1");
    assert_int_equal(routes[0].percentage, 80);
    assert_true(routes[0].weight == 0.5);
    assert_string_equal(routes[1].endpoint, "a:2");
    assert_int_equal(routes[1].percentage, 20);
}

static void refused(void **state, const char *json, const char *message)
{
    struct fixture *f = *state;

    assert_null(fill(f, json));
    assert_string_equal(text_string(&f->text), message);
    problems_free(&f->problems);
}

static void wrong_members_are_named(void **state)
{
    refused(state, "{'routes': {'a:1': 'all'}}", "p.routes[\"a:1\"]: is the string \"all\"; expected an integer\n");
    refused(state, "{'routes': {'a': 101}}", "p.routes.a: is 101; expected 1 to 100\n");
    refused(state, "{'routes': 7}",
            "p.routes: is the number 7; expected a list of objects, or an object, a member for each item\n");
}

static void mixtures_are_refused(void **state)
{
    refused(
        state, "{'score_col': 'a', 'routes': {'b': 5}}",
        "p.routes: is written in the shape \"new\", but p.score_col in the shape \"old\": write both in the same; the "
        "options of each are told by inferctl kind\n");
    refused(state, "{'score_col': 'a', 'score_column': 'a'}",
            "p.score_column: is written in the shape \"new\", but p.score_col in the shape \"old\": write both in the "
            "same; the options of each are told by inferctl kind\n");
}

static void spelled(const char *json, const char *path, const char *expected)
{
    json_t *object = read_json(json);
    struct text text;

    text_init(&text);
    options_path(thing_table, object, path, &text);
    assert_string_equal(text_string(&text), expected);
    text_free(&text);
    json_decref(object);
}

static void paths_are_spelled_as_the_config_does(void **state)
{
    (void)state;
    spelled("{'score_col': 'x'}", "score_col", "score_col");
    spelled("{'score_column': 'x'}", "score_col", "score_column");
    spelled("{}", "score_col", "score_col");
    spelled("{'routes': [{'endpoint': 'a'}]}", "routes[0].endpoint", "routes[0].endpoint");
    spelled("{'routes': [{'endpoint': 'a'}]}", "routes[1].endpoint", "routes[1].endpoint");
    spelled("{'routes': {'a:1': 5, 'b': 6}}", "routes[0].endpoint", "routes[\"a:1\"]");
    spelled("{'routes': {'a:1': 5, 'b': 6}}", "routes[1].percentage", "routes.b");
    spelled("{'routes': {'a:1': 5, 'b': 6}}", "routes[1]", "routes.b");
    spelled("{'routes': {}}", "routes[1].endpoint", "routes[1].endpoint");
    spelled("{'routes': {}}", "routes", "routes");
    spelled("{'request': {'feature_groups': [{}]}}", "request.featureGroups[0].percentage",
            "request.feature_groups[0].percentage");
    spelled("{'request': {}}", "request.featureGroups[0].percentage", "request.featureGroups[0].percentage");
    spelled("{'keys': ['a', 'b']}", "keys[1]", "keys[1]");
    spelled("{}", "mapping[\"a.b\"]", "mapping[\"a.b\"]");
    spelled("{}", "unknown.way[3]", "unknown.way[3]");
    spelled("{}", "", "");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_shape_is_told_by_members),
        CASE(members_are_items),
        CASE(wrong_members_are_named),
        CASE(mixtures_are_refused),
        CASE(paths_are_spelled_as_the_config_does),
    };

    return cmocka_run_group_tests_name("option_shapes", tests, NULL, NULL);
}
