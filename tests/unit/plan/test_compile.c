// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiling model configs: what a plan holds, and what refuses one, with its path.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <inferd/module.h>
#include "fake_kinds.h"
#include "plan/builder.h"

static struct problems problems;
static char place_of_test[1];

// "app/objects/<text>" holds that text; nothing else is there.
static struct inferd_bytes read_resource(void *user, const char *subtree, const char *key, const char **where)
{
    static char place[256];

    assert_ptr_equal(user, place_of_test);
    snprintf(place, sizeof(place), "/store/%s/%s", subtree, key);
    *where = place;
    return strcmp(key, "none") == 0 ? (struct inferd_bytes){NULL, 0} : inferd_bytes_of(key);
}

static const struct plan_resources resources = {read_resource, place_of_test};

static struct plan *compile(const char *text)
{
    const struct plan_options options = {.host = &fake_host, .resources = &resources};
    char json[4096];
    size_t len = strlen(text);

    memcpy(json, text, len + 1);
    for (size_t i = 0; i < len; i++)
        if (json[i] == '\'')
            json[i] = '"';
    problems_free(&problems);
    problems_init(&problems);
    return plan_compile(&options, "m", json, len, &problems);
}

static void refused(const char *json, const char *path, const char *message)
{
    struct plan *plan = compile(json);
    struct text text;
    bool found = false;

    assert_null(plan);
    assert_true(problems.errors > 0);
    text_init(&text);
    problems_text(&problems, &text);
    for (size_t i = 0; i < problems.count; i++)
        found |= strcmp(problems.list[i].path, path) == 0 && strstr(problems.list[i].message, message);
    if (!found)
        fail_msg("no problem \"%s: %s\" among:\n%s", path, message, text_string(&text));
    text_free(&text);
}

#define GRAPH(graph) "{'dag_execution_config':{'component_dependency':" graph "},"
#define TWO                                                                                                            \
    "'component_config':{'copy_components':[{'component':'a','reads':['in'],'writes':['x']},"                          \
    "{'component':'b','reads':['x'],'writes':['y'],'slate_writes':['s']}]},"
#define REPLY "'response_config':{'features':['id','y','x','s','nowhere']}}"

static void test_plan(void **state)
{
    struct plan *plan = compile(GRAPH("{'a':['root'],'b':['a']}") TWO REPLY);
    uint32_t x, y;

    (void)state;
    assert_non_null(plan);
    assert_string_equal(plan->dependency_reading, "parents");
    assert_int_equal(plan->node_count, 3);
    assert_string_equal(plan->nodes[0].component->info.name, "root");
    assert_string_equal(plan->nodes[2].component->info.name, "b");
    assert_int_equal(plan->nodes[2].waits, 1);
    x = plan_find_column(plan, INFERD_TARGETS, "x", 1);
    y = plan_find_column(plan, INFERD_TARGETS, "y", 1);
    assert_int_equal(plan->columns[x].origin, PLAN_WRITTEN);
    assert_int_equal(plan->columns[x].writer, 1);
    assert_int_equal(plan->columns[y].type, INFERD_TYPE_FP32);
    assert_int_equal(plan->columns[plan_find_column(plan, INFERD_TARGETS, "in", 2)].origin, PLAN_REQUEST);
    assert_int_equal(plan->reply.all_count, 5);
    assert_int_equal(plan->reply.all[3], INFERD_NO_COLUMN);
    assert_int_equal(plan->reply.target_count, 4);
    assert_int_equal(plan->reply.slate_count, 1);
    assert_int_equal(plan->reply.full_count, 6); // in, x, then id, y, s, nowhere
    assert_string_equal(plan->reply.full_names[0], "in");
    plan_destroy(plan);
}

static void test_directions(void **state)
{
    struct plan *plan = compile(GRAPH("{'root':['a'],'a':['b'],'b':[]}") TWO REPLY);

    (void)state;
    assert_non_null(plan);
    assert_string_equal(plan->dependency_reading, "children");
    assert_int_equal(plan->nodes[0].next_count, 1);
    plan_destroy(plan);
    refused(GRAPH("{'root':['a'],'b':['root','a']}") TWO REPLY, "dag_execution_config.component_dependency",
            "stands on both sides");
    refused(GRAPH("{'b':['a']}") TWO REPLY, "dag_execution_config.component_dependency", "stands nowhere");
    refused(
        "{'dependency_direction':'parents','dag_execution_config':{'component_dependency':{'root':['a','b']}}," TWO
            REPLY,
        "dag_execution_config.component_dependency",
        "keys are read as listing what they wait for, the other way round is \"dependency_direction\": \"children\"");
    refused(
        "{'dependency_direction':'up','dag_execution_config':{'component_dependency':{'root':['a','b']}}," TWO REPLY,
        "dependency_direction", "must be \"parents\", if keys list what they wait for");
    refused("{'dependency_direction':'parents','dag_execution_config':{'dependency_direction':'children',"
            "'component_dependency':{'b':['a']}}," TWO REPLY,
            "dag_execution_config.dependency_direction", "is another than dependency_direction at the top");
    plan = compile(
        "{'dag_execution_config':{'dependency_direction':'children','component_dependency':{'a':['b']}}," TWO REPLY);
    assert_non_null(plan);
    assert_true(plan->dependency_asked);
    assert_string_equal(plan->dependency_reading, "children");
    plan_destroy(plan);
    plan = compile(
        "{'dependency_direction':'parents','dag_execution_config':{'component_dependency':{'b':['a']}}," TWO REPLY);
    assert_non_null(plan);
    assert_int_equal(plan->nodes[1].waits, 1); // a waits for the root, which nobody named
    plan_destroy(plan);
}

static void test_graph_is_refused(void **state)
{
    (void)state;
    refused(GRAPH("{'a':['root','b'],'b':['a']}") TWO REPLY, "dag_execution_config.component_dependency", "cycle");
    refused(GRAPH("{'a':['root'],'c':['a']}") TWO REPLY, "dag_execution_config.component_dependency.c",
            "no component \"c\"");
    refused(GRAPH("{'a':['root'],'b':[7]}") TWO REPLY, "dag_execution_config.component_dependency.b[0]", "name");
    refused(GRAPH("{}") TWO REPLY, "dag_execution_config.component_dependency", "at least one");
    refused("{" TWO REPLY, "dag_execution_config.component_dependency", "missing");
    assert_int_equal(problems.list[0].kind, PROBLEM_CONFIG);
}

static void test_reader_must_be_downstream(void **state)
{
    (void)state;
    refused(GRAPH("{'a':['root'],'b':['root']}") TWO REPLY, "component_config.copy_components[1].reads",
            "doesn't wait for \"a\"");
}

static void test_one_writer(void **state)
{
    (void)state;
    refused(GRAPH("{'a':['root'],'b':['a']}") "'component_config':{'copy_components':[{'component':'a','writes':['x']},"
                                              "{'component':'b','writes':['x']}]}," REPLY,
            "component_config.copy_components[1].writes", "component_config.copy_components[0].writes writes already");
}

// The first of the reply's columns may be one that is written, unless somebody wants the ids themselves.
static void test_the_ids_may_be_hidden(void **state)
{
#define HIDING(a, b) TWO_OF(a, b, "{'a':['root'],'b':['a']}")
#define TWO_OF(a, b, graph)                                                                                            \
    GRAPH(graph)                                                                                                       \
    "'component_config':{'copy_components':[{'component':'a'," a "},{'component':'b'," b "}]}," REPLY
    struct plan *plan = compile(HIDING("'reads':['in']", "'writes':['id']"));

    (void)state;
    assert_non_null(plan);
    assert_int_equal(plan->columns[plan->id_column].origin, PLAN_WRITTEN);
    assert_int_equal(plan->columns[plan->id_column].type, INFERD_TYPE_FP32);
    assert_int_equal(plan->reply.all[0], plan->id_column);
    plan_destroy(plan);
    refused(HIDING("'reads_ids':true", "'writes':['id']"), "component_config.copy_components[1].writes",
            "holds the targets' ids");
    refused(HIDING("'writes':['id']", "'reads_ids':true"), "component_config.copy_components[1].reads_ids",
            "reads the targets' ids, but their column \"id\"");
}

// What component_dependency doesn't name has columns without values. It refuses nothing, and whoever runs has
// precedence.
static void test_idle_components(void **state)
{
    struct plan *plan = compile(TWO_OF("'reads':['in','x'],'writes':['x','y'],'constants':['k']",
                                       "'reads':['out'],'writes':['x','z'],'constants':['l']", "{'b':['root']}"));
    const struct plan_column *x, *y;

    (void)state;
    assert_non_null(plan);
    x = &plan->columns[plan_find_column(plan, INFERD_TARGETS, "x", 1)];
    assert_string_equal(plan->nodes[x->writer].component->info.name, "b");
    assert_false(x->idle);
    y = &plan->columns[plan_find_column(plan, INFERD_TARGETS, "y", 1)];
    assert_true(y->idle && y->type == INFERD_TYPE_FP32 && y->origin == PLAN_WRITTEN && y->writer == PLAN_NO_NODE);
    assert_int_equal(plan->columns[plan_find_column(plan, INFERD_TARGETS, "k", 1)].origin, PLAN_CONSTANT);
    assert_string_equal(plan->reply.full_names[0], "in");
    assert_string_equal(plan->reply.full_names[2], "out");
    plan_destroy(plan);

    plan = compile(TWO_OF("'writes':['y']", "'writes':['y','']", "{'a':['root']}")); // b is wrong, too
    assert_non_null(plan);
    y = &plan->columns[plan_find_column(plan, INFERD_TARGETS, "y", 1)];
    assert_string_equal(plan->nodes[y->writer].component->info.name, "a");
    plan_destroy(plan);
}

static void test_components_are_refused(void **state)
{
    (void)state;
    refused(GRAPH("{'a':['root']}") "'component_config':{'quote_components':[{'component':'a'}]}}",
            "component_config.quote_components", "no loaded module offers kind \"quote\"");
    refused(GRAPH("{'a':['root']}") "'component_config':{'copy_components':[{'component':'a'},{'component':'a'}]}}",
            "component_config.copy_components[1]", "taken already");
    refused(GRAPH("{'a':['root']}") "'component_config':{'copy_components':[{'component':'a','writes':3}]}}",
            "component_config.copy_components[0].writes", "");
    refused(GRAPH("{'a':['root']}") "'component_config':{'copy_components':[{'component':'a','kind':'copy@2'}]}}",
            "component_config.copy_components[0]", "in version 2");
    refused(GRAPH("{'a':['root']}") "'component_config':{'copy_components':'a'}}", "component_config.copy_components",
            "array");
}

static void test_components_by_name(void **state)
{
    struct plan *plan =
        compile(GRAPH("{'root':['a'],'a':[]}") "'component_config':{'copy_component_config':{'a':"
                                               "{'kind':'copy@1','writes':['x']}},'quote_components':[]}}");

    (void)state;
    assert_non_null(plan);
    assert_string_equal(plan->columns[plan->id_column].name, "id");
    plan_destroy(plan);
}

static void test_one_list_of_a_kind(void **state)
{
    (void)state;
    refused(GRAPH("{'a':['root']}") "'component_config':{'copy_component_config':{'a':{}},'copy_components':["
                                    "{'component':'b'}]}}",
            "component_config.copy_components", "copy_component_config both hold components of kind \"copy\"");
    plan_destroy(compile(GRAPH("{'a':['root']}") "'component_config':{'copy_component_config':{'a':{}},"
                                                 "'copy_components':[]}}"));
    assert_int_equal(problems.errors, 0);
    refused(GRAPH("{'a':['root']}") "'component_config':{'copy_component_config':{'a':{'component':'b'}}}}",
            "component_config.copy_component_config.a", "another name");
    refused("{'m':" GRAPH("{'a':['root']}") "'component_config':{}}}", "", "holds models by their ids, such as \"m\"");
}

#define NAMED(a, b, c, features)                                                                                       \
    GRAPH("{'root':['a','b'],'a':['c'],'b':['c'],'c':[]}")                                                             \
    "'component_config':{'copy_component_config':{'c':{" c "},'a':{" a "},'b':{" b "}}},"                              \
    "'response_config':{'features':[" features "]}}"

static void test_qualified_columns(void **state)
{
    struct plan *plan = compile(NAMED("'own':['x']", "'own':['y']", "'reads':['x','b:y'],'own':['z']", "'id','z','x'"));
    uint32_t x, y;

    (void)state;
    assert_non_null(plan);
    assert_string_equal(plan->components[1]->info.shape, "guide");
    x = plan_find_column(plan, INFERD_TARGETS, "x", 1); // read before its writer was there
    assert_int_equal(x, plan_find_column(plan, INFERD_TARGETS, "a:x", 3));
    assert_int_equal(plan->columns[x].origin, PLAN_WRITTEN);
    assert_string_equal(plan->columns[x].name, "x"); // as the reply calls it
    assert_int_equal(plan->reply.all[2], x);
    y = plan_find_column(plan, INFERD_TARGETS, "y", 1);
    assert_int_equal(y, plan_find_column(plan, INFERD_TARGETS, "b:y", 3));
    assert_string_equal(plan->columns[y].name, "b:y");
    assert_int_equal(plan->column_count, 4);
    plan_destroy(plan);

    plan = compile(NAMED("'own':['x']", "'own':['x']", "'reads':['a:x','b:x','x2']", "'a:x','b:x'"));
    assert_non_null(plan);
    assert_string_equal(plan->columns[plan->id_column].name, "id"); // not the first of the reply, which is a's
    plan_destroy(plan);
    plan = compile(NAMED("'own':['x']", "", "'reads_ids':true", "'a:x'"));
    assert_non_null(plan);
    plan_destroy(plan);
}

static void test_qualified_columns_are_refused(void **state)
{
    (void)state;
    refused(NAMED("'own':['x']", "'own':['x']", "'reads':['x']", "'id'"),
            "component_config.copy_component_config.c.reads", "\"x\" may be \"a:x\" or \"b:x\"");
    refused(NAMED("'own':['x']", "'own':['x']", "", "'id','x'"), "response_config.features[1]",
            "\"x\" may be \"a:x\" or \"b:x\"");
    refused(NAMED("'own':['x']", "", "'reads':['x','a:x']", "'id'"), "component_config.copy_component_config.a.own",
            "others read by this name and as \"x\"");
    refused(NAMED("'own':['x']", "", "", "'x'"), "component_config.copy_component_config.a.own",
            "names the targets' ids: write \"a:x\" there");
    refused(NAMED("'own':['x','x']", "", "", "'id'"), "component_config.copy_component_config.a.own", "writes already");
}

static void test_the_reply_is_checked(void **state)
{
#define REPLIES(text)                                                                                                  \
    GRAPH("{'a':['root']}") "'component_config':{'copy_components':[{'component':'a'}]},'response_config':" text "}"
    (void)state;
    refused(REPLIES("7"), "response_config", "expected an object");
    refused(REPLIES("{'features':'x'}"), "response_config.features", "expected a list of strings");
    refused(REPLIES("{'features':['x',7]}"), "response_config.features[1]", "expected a string");
    refused(REPLIES("{'model_schema_perc':101}"), "response_config.model_schema_perc", "expected 0 to 100");
    refused(REPLIES("{'model_schema_perc':1,'model_schema_features_perc':1}"),
            "response_config.model_schema_features_perc", "given twice");
    refused(REPLIES("{'log_features':1}"), "response_config.log_features",
            "expected true or false, or a list of strings");
    plan_destroy(compile(REPLIES("{'features':null,'log_features':['a'],'logging_perc':5,'log_batch_size':9}")));
    assert_int_equal(problems.count, 0);
    plan_destroy(compile(REPLIES("{'log_feature':true}")));
    assert_int_equal(problems.errors, 0);
    assert_string_equal(problems.list[0].path, "response_config.log_feature");
}

static void test_constants(void **state)
{
    struct plan *plan =
        compile(GRAPH("{'a':['root'],'b':['root']}") "'component_config':{'copy_components':["
                                                     "{'component':'a','constants':['k'],'reads':['k']},"
                                                     "{'component':'b','constants':['k']}]}}");
    uint32_t k;

    (void)state;
    assert_non_null(plan);
    k = plan_find_column(plan, INFERD_TARGETS, "k", 1);
    assert_int_equal(plan->columns[k].origin, PLAN_CONSTANT);
    plan_destroy(plan);
}

#define READING(option) GRAPH("{'a':['root']}") "'component_config':{'copy_components':[{'component':'a'," option "}]}}"

static void test_resources(void **state)
{
    struct plan *plan = compile(READING("'object':'{\\'factor\\': 7}'"));

    (void)state;
    assert_non_null(plan);
    assert_int_equal(fake_factor, 7);
    plan_destroy(plan);
    refused(READING("'object':'none'"), "component_config.copy_components[0].object",
            "asks for \"none\", but there is no /store/app/objects/none: put it there");
    refused(READING("'object':'{'"), "/store/app/objects/{", "is not JSON: line 1, column 1");
    refused(READING("'object':'[]'"), "/store/app/objects/[]", "expected an object");
    refused(READING("'object':'{}'"), "/store/app/objects/{}.factor", "is missing: say how much");
    refused(READING("'object':'{\\'factor\\': true}'"), "/store/app/objects/{\"factor\": true}.factor",
            "expected an integer");
    refused(READING("'text':'some words'"), "component_config.copy_components[0].text",
            "/store/app/texts/some words holds some words (10)");
    refused(READING("'text':'none'"), "component_config.copy_components[0].text",
            "/store/app/texts/none holds nothing (0)");
}

static void test_not_json(void **state)
{
    (void)state;
    refused("{'a':1,'a':2}", "", "not JSON");
    refused("[]", "", "object");
    refused("", "", "not JSON");
    refused("{'component_config':[]}", "component_config", "object");
    refused("{'compat':'foo'}", "compat", "inferflow");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_graph_is_refused),
        cmocka_unit_test(test_reader_must_be_downstream),
        cmocka_unit_test(test_one_writer),
        cmocka_unit_test(test_the_ids_may_be_hidden),
        cmocka_unit_test(test_idle_components),
        cmocka_unit_test(test_components_are_refused),
        cmocka_unit_test(test_components_by_name),
        cmocka_unit_test(test_one_list_of_a_kind),
        cmocka_unit_test(test_qualified_columns),
        cmocka_unit_test(test_qualified_columns_are_refused),
        cmocka_unit_test(test_the_reply_is_checked),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_resources),
        cmocka_unit_test(test_not_json),
    };
    int failed = cmocka_run_group_tests_name("plan/compile", tests, NULL, NULL);

    problems_free(&problems);
    return failed;
}
