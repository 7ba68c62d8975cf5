// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Quarantined components in plans: who stands in, what of the plugin is called all the same, and which version of a
// module a component gets.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_kinds.h"
#include "plan/builder.h"
#include "plan/quarantine.h"

static char said[256];

static int say_step(struct inferd_step *step, int status, const char *format, ...)
{
    va_list args;

    (void)step;
    va_start(args, format);
    vsnprintf(said, sizeof(said), format, args);
    va_end(args);
    return status;
}

static const struct inferd_host host = {.size = sizeof(host),
                                        .reads = plan_bind_read,
                                        .writes = plan_bind_write,
                                        .constant = plan_bind_constant,
                                        .fail_step = say_step};

static const char config[] = "{\"dag_execution_config\":{\"component_dependency\":{\"x\":[\"root\"]}},"
                             "\"component_config\":{\"copy_components\":[{\"component\":\"x\",\"writes\":[\"w\"]}]},"
                             "\"response_config\":{\"features\":[\"id\",\"w\"]}}";

static struct plan *compile(struct plan_options *options)
{
    struct problems problems;
    struct plan *plan;

    options->host = &host;
    fake_made = fake_bound = fake_destroyed = 0;
    problems_init(&problems);
    plan = plan_compile(options, "m", config, strlen(config), &problems);
    assert_non_null(plan);
    problems_free(&problems);
    return plan;
}

static struct inferd_self *component(struct plan *plan, const char *name)
{
    uint32_t i = 0;

    while (i + 1 < plan->component_count && strcmp(plan->components[i]->info.name, name) != 0)
        i++;
    return plan->components[i];
}

static bool is_written(const struct plan *plan)
{
    return plan->columns[plan_find_column(plan, INFERD_TARGETS, "w", 1)].origin == PLAN_WRITTEN;
}

static void fails_each_run_and_keeps_its_columns(void **state)
{
    const struct plan_quarantine list[] = {{"m", "x", "fake 1.2.0", PLAN_CALL(BREADCRUMB_RUN), "it crashed"}};
    struct plan_options options = {.quarantine = list, .quarantine_count = 1};
    struct plan *plan = compile(&options);
    struct inferd_self *self = component(plan, "x");

    (void)state;
    assert_int_equal(self->kind->kind->run(self->instance, NULL), INFERD_UNAVAILABLE);
    assert_string_equal(said, "it is quarantined: it crashed");
    assert_string_equal(self->kind->module->info.version, "1.2.0");
    assert_true(is_written(plan));
    assert_int_equal(fake_made, 2); // and the root
    assert_int_equal(fake_destroyed, 1);
    plan_destroy(plan);
    assert_int_equal(fake_destroyed, 2);
}

static void isnt_made_where_that_is_what_crashed(void **state)
{
    const struct plan_quarantine list[] = {{"m", "x", "fake 1.2.0", PLAN_CALL(BREADCRUMB_BIND), "it crashed"}};
    struct plan_options options = {.quarantine = list, .quarantine_count = 1};
    struct plan *plan = compile(&options);
    struct inferd_self *self = component(plan, "x");

    (void)state;
    assert_int_equal(self->kind->kind->run(self->instance, NULL), INFERD_UNAVAILABLE);
    assert_false(is_written(plan));
    assert_int_equal(fake_made, 1); // the root
    assert_int_equal(fake_bound, 0);
    plan_destroy(plan);
    assert_int_equal(fake_destroyed, 1);
}

static void isnt_ended_where_that_is_what_crashed(void **state)
{
    const struct plan_quarantine list[] = {{"m", "x", "fake 1.2.0", PLAN_CALL(BREADCRUMB_DESTROY), "it crashed"}};
    struct plan_options none = {.quarantine_count = 0}, options = {.quarantine = list, .quarantine_count = 1};
    struct plan *plan = compile(&none);

    (void)state;
    plan_quarantine_forsake(plan, &options);
    plan_destroy(plan);
    assert_int_equal(fake_destroyed, 1); // the root
    plan = compile(&options);            // what it does else is fine: it is served
    assert_int_equal(component(plan, "x")->kind->kind->run(component(plan, "x")->instance, NULL), INFERD_OK);
    plan_quarantine_forsake(plan, &options);
    plan_destroy(plan);
    assert_int_equal(fake_destroyed, 1);
}

static void concerns_nobody_else(void **state)
{
    const struct plan_quarantine list[] = {{"m", "y", "fake 1.2.0", 1, "it crashed"},
                                           {"n", "x", "fake 1.2.0", 1, "it crashed"},
                                           {"m", "x", "fake 1.1.0", 1, "it crashed"}};
    struct plan_options options = {.quarantine = list, .quarantine_count = 3};
    struct plan *plan = compile(&options);

    (void)state;
    assert_ptr_equal(component(plan, "x")->kind, &fake_copy);
    plan_destroy(plan);
}

static void has_another_version_stand_in_for_a_module(void **state)
{
    const struct plan_quarantine list[] = {{NULL, NULL, "fake 1.2.0", PLAN_CALL(BREADCRUMB_RUN), "it crashed"}};
    struct plan_options options = {.quarantine = list, .quarantine_count = 1};
    struct plan *plan = compile(&options);
    struct inferd_self *root = component(plan, "root"), *x = component(plan, "x");

    (void)state;
    assert_ptr_equal(x->kind, &fake_older_copy);
    assert_int_equal(x->kind->kind->run(x->instance, NULL), INFERD_OK);
    assert_int_equal(root->kind->kind->run(root->instance, NULL), INFERD_UNAVAILABLE); // of which there is one only
    plan_destroy(plan);
    options.stay = true;
    plan = compile(&options);
    x = component(plan, "x");
    assert_int_equal(x->kind->kind->run(x->instance, NULL), INFERD_UNAVAILABLE);
    plan_destroy(plan);
}

static void the_version_that_was_checked_is_taken(void **state)
{
    struct plan_options options = {.pins = "other 7\nfake 1.1.0\n"};
    struct plan *plan = compile(&options);

    (void)state;
    assert_ptr_equal(component(plan, "x")->kind, &fake_older_copy);
    plan_destroy(plan);
    options.pins = "fake 1.1\n"; // which there isn't
    plan = compile(&options);
    assert_ptr_equal(component(plan, "x")->kind, &fake_copy);
    plan_destroy(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fails_each_run_and_keeps_its_columns),
        cmocka_unit_test(isnt_made_where_that_is_what_crashed),
        cmocka_unit_test(isnt_ended_where_that_is_what_crashed),
        cmocka_unit_test(concerns_nobody_else),
        cmocka_unit_test(has_another_version_stand_in_for_a_module),
        cmocka_unit_test(the_version_that_was_checked_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
