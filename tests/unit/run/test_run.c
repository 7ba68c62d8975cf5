// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs on a real loop with kinds of the test's own: order, pending steps, completions of every sort, failure,
// cancellation, deadlines, timers, and work that blocks.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <grpc/grpc.h>

#include <inferd/ext/blocking.h>
#include <inferd/ext/request.h>
#include <inferd/ext/timer.h>
#include <inferd/module.h>
#include "module/registry.h"
#include "run/run.h"

// What a component named so does in its step.
typedef int behave_fn(const struct inferd_component *info, struct inferd_step *step);

static struct behaviour {
    const char *name;
    behave_fn *run;
} behaviours[8];

static char trace[64]; // the order in which components ran
static struct loop *loop;
static struct run_engine *engine;
static const struct inferd_host *host;
static int ended, last_status;
static char last_message[256];
static struct run *last_run;
static uint64_t last_token;
static struct loop_timer late; // what a step left undone is completed some time after the answer; fn NULL: it isn't

static int make(const struct inferd_component *info, void **component)
{
    *component = (void *)info;
    return INFERD_OK;
}

static int bind(void *component, struct inferd_binder *binder)
{
    (void)component;
    (void)binder;
    return INFERD_OK;
}

static void forget(void *component)
{
    (void)component;
}

static int run_root(void *component, struct inferd_step *step)
{
    const struct inferd_request_ext *request = host->extension(INFERD_EXT_REQUEST);

    (void)component;
    strcat(trace, "r");
    return request->shape(step, request->get(step)->targets, 0);
}

static int run_any(void *component, struct inferd_step *step)
{
    const struct inferd_component *info = component;

    strcat(trace, info->name);
    for (size_t i = 0; i < 8; i++)
        if (behaviours[i].name && strcmp(behaviours[i].name, info->name) == 0)
            return behaviours[i].run(info, step);
    return INFERD_OK;
}

static const struct inferd_kind root_kind = {.name = "start",
                                             .flags = INFERD_KIND_ROOT,
                                             .implicit = "root",
                                             .create = make,
                                             .bind = bind,
                                             .run = run_root,
                                             .destroy = forget};
static const struct inferd_kind any_kind = {.name = "any",
                                            .flags = INFERD_KIND_REQUIRED,
                                            .rank = 9,
                                            .create = make,
                                            .bind = bind,
                                            .run = run_any,
                                            .destroy = forget};
static const struct module fake = {.path = "fake.so", .info = {.name = "fake", .version = "1.0"}};
static const struct module_kind kinds[] = {{&root_kind, &fake}, {&any_kind, &fake}};
static const struct module_kind *const all[] = {&kinds[0], &kinds[1]};

const struct module_kind *registry_find(const struct registry *registry, const char *kind, const char *version)
{
    (void)registry;
    (void)version;
    for (size_t i = 0; i < 2; i++)
        if (strcmp(all[i]->kind->name, kind) == 0)
            return all[i];
    return NULL;
}

const struct module_kind *registry_choose(const struct registry *registry, const char *kind, const char *version,
                                          registry_fits_fn *fits, void *user)
{
    (void)fits;
    (void)user;
    return registry_find(registry, kind, version);
}

size_t registry_kinds(const struct registry *registry, const struct module_kind *const **out)
{
    (void)registry;
    *out = all;
    return 2;
}

static struct plan *plan_of(const char *graph, const char *components)
{
    struct plan_options options = {.host = run_host()};
    struct problems problems;
    struct plan *plan;
    char json[1024];

    snprintf(json, sizeof(json),
             "{\"dag_execution_config\":{\"component_dependency\":%s},\"component_config\":{\"any_components\":[%s]}}",
             graph, components);
    problems_init(&problems);
    plan = plan_compile(&options, "m", json, strlen(json), &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_error("%s: %s\n", problems.list[i].path, problems.list[i].message);
    problems_free(&problems);
    assert_non_null(plan);
    return plan;
}

static void on_done(void *user, struct run *run, int status, const char *message)
{
    (void)user;
    ended++;
    last_status = status;
    snprintf(last_message, sizeof(last_message), "%s", message);
    if (late.fn)
        assert_true(loop_timer_arm(loop, &late, loop_now_us(loop) + 1000));
    run_release(run);
}

static void on_quiet(void *user)
{
    (void)user;
    loop_stop(loop);
}

static const struct run_front front = {.done = on_done};

static int setup(void **state)
{
    struct run_engine_options options = {0};

    (void)state;
    grpc_init();
    host = run_host();
    memset(behaviours, 0, sizeof(behaviours));
    late = (struct loop_timer){0};
    trace[0] = '\0';
    ended = 0;
    options.loop = loop = loop_new();
    engine = run_engine_new(&options);
    engine->quiet = on_quiet;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    run_engine_free(engine);
    loop_free(loop);
    grpc_shutdown();
    return 0;
}

struct starting {
    struct loop_job job;
    struct plan *plan;
    int64_t deadline_us;
};

static void start_now(struct loop_job *job)
{
    struct starting *starting = (struct starting *)job;
    struct run *run = run_new(engine, starting->plan);
    struct inferd_request *request = arena_zalloc(&run->arena, sizeof(*request));

    request->targets = 3;
    last_run = run;
    run_start(run, request, starting->deadline_us ? loop_now_us(loop) + starting->deadline_us : RUN_NO_DEADLINE, &front,
              NULL);
}

// One run from start to its last trace.
static void run_once(struct plan *plan, int64_t deadline_us)
{
    struct starting starting = {.job.fn = start_now, .plan = plan, .deadline_us = deadline_us};

    loop_post(loop, &starting.job);
    loop_run(loop);
    assert_int_equal(ended, 1);
    assert_int_equal(engine->under_way, 0);
    assert_int_equal(plan->users, 0);
    plan_destroy(plan);
}

#define ABCD "{\"component\":\"a\"},{\"component\":\"b\"},{\"component\":\"c\"},{\"component\":\"d\"}"
#define DIAMOND "{\"a\":[\"root\"],\"b\":[\"a\"],\"c\":[\"a\"],\"d\":[\"b\",\"c\"]}"

static void test_order(void **state)
{
    (void)state;
    run_once(plan_of(DIAMOND, ABCD), 0);
    assert_int_equal(last_status, INFERD_OK);
    assert_int_equal(strlen(trace), 5);
    assert_memory_equal(trace, "ra", 2);
    assert_int_equal(trace[4], 'd');
}

static int pend(const struct inferd_component *info, struct inferd_step *step)
{
    (void)info;
    last_token = step->token;
    return INFERD_PENDING;
}

static void *complete_twice(void *arg)
{
    (void)arg;
    host->complete(last_token, INFERD_OK);
    host->complete(last_token, INFERD_INTERNAL);
    host->complete(12345, INFERD_OK);
    loop_stop(loop); // behind them
    return NULL;
}

static pthread_t helper;

static int pend_with_thread(const struct inferd_component *info, struct inferd_step *step)
{
    pend(info, step);
    engine->quiet = NULL; // the thread says when it is over
    assert_int_equal(pthread_create(&helper, NULL, complete_twice, NULL), 0);
    return INFERD_PENDING;
}

static void test_completion_from_a_thread(void **state)
{
    (void)state;
    behaviours[0] = (struct behaviour){"b", pend_with_thread};
    run_once(plan_of(DIAMOND, ABCD), 0);
    pthread_join(helper, NULL);
    assert_int_equal(last_status, INFERD_OK);
    assert_int_equal(strlen(trace), 5);
}

static int complete_at_once(const struct inferd_component *info, struct inferd_step *step)
{
    (void)info;
    host->complete(step->token, INFERD_OK);
    host->complete(step->token, INFERD_INTERNAL);
    return INFERD_PENDING;
}

static void test_completion_within_run(void **state)
{
    (void)state;
    behaviours[0] = (struct behaviour){"c", complete_at_once};
    run_once(plan_of(DIAMOND, ABCD), 0);
    assert_int_equal(last_status, INFERD_OK);
    assert_int_equal(strlen(trace), 5);
}

static int say_no(const struct inferd_component *info, struct inferd_step *step)
{
    (void)info;
    return host->fail_step(step, INFERD_UNAVAILABLE, "backend %s is away", "X");
}

static void test_required_failure(void **state)
{
    (void)state;
    behaviours[0] = (struct behaviour){"a", say_no};
    run_once(plan_of(DIAMOND, ABCD), 0);
    assert_int_equal(last_status, INFERD_UNAVAILABLE);
    assert_string_equal(last_message, "component a (fake 1.0): backend X is away");
    assert_string_equal(trace, "ra");
}

static void test_failure_that_is_not_required(void **state)
{
    (void)state;
    behaviours[0] = (struct behaviour){"a", say_no};
    run_once(plan_of(DIAMOND, "{\"component\":\"a\",\"required\":false},{\"component\":\"b\"},{\"component\":\"c\"},"
                              "{\"component\":\"d\"}"),
             0);
    assert_int_equal(last_status, INFERD_OK);
    assert_int_equal(strlen(trace), 5);
}

static void cancel_now(struct inferd_step *step, void *user)
{
    (void)step;
    (void)user;
    run_cancel(last_run);
}

static int pend_and_cancel(const struct inferd_component *info, struct inferd_step *step)
{
    const struct inferd_timer_ext *timer = host->extension(INFERD_EXT_TIMER);

    pend(info, step);
    assert_int_not_equal(timer->after(step, 1000, cancel_now, NULL), 0);
    return INFERD_PENDING;
}

static void complete_late(struct loop_timer *timer)
{
    (void)timer;
    host->complete(last_token, INFERD_OK);
}

static void test_cancel(void **state)
{
    (void)state;
    behaviours[0] = (struct behaviour){"d", pend_and_cancel};
    late.fn = complete_late; // the plugin's own completion
    run_once(plan_of(DIAMOND, ABCD), 0);
    assert_int_equal(last_status, INFERD_CANCELLED);
}

static void test_deadline(void **state)
{
    (void)state;
    behaviours[0] = (struct behaviour){"d", pend};
    late.fn = complete_late;
    run_once(plan_of(DIAMOND, ABCD), 5000);
    assert_int_equal(last_status, INFERD_DEADLINE_EXCEEDED);
}

static pthread_t blocking_thread;

static void work(void *user)
{
    blocking_thread = pthread_self();
    *(int *)user = 7;
}

static void worked(struct inferd_step *step, void *user)
{
    host->complete(step->token, *(int *)user == 7 ? INFERD_OK : INFERD_INTERNAL);
}

static int block(const struct inferd_component *info, struct inferd_step *step)
{
    const struct inferd_blocking *blocking = host->extension(INFERD_EXT_BLOCKING);

    (void)info;
    return blocking->submit(step, work, worked, host->alloc(step, sizeof(int))) == INFERD_OK ? INFERD_PENDING
                                                                                             : INFERD_INTERNAL;
}

static void test_blocking(void **state)
{
    (void)state;
    behaviours[0] = (struct behaviour){"b", block};
    run_once(plan_of(DIAMOND, ABCD), 0);
    assert_int_equal(last_status, INFERD_OK);
    assert_false(pthread_equal(blocking_thread, pthread_self()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_completion_from_a_thread, setup, teardown),
        cmocka_unit_test_setup_teardown(test_completion_within_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_required_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failure_that_is_not_required, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(test_blocking, setup, teardown),
    };

    return cmocka_run_group_tests_name("run/run", tests, NULL, NULL);
}
