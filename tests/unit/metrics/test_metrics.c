// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Metrics in shared memory: the same name is the same metric, processes add up, a successor counts on, a full slot
// refuses, and a slot full of rubbish is no danger to readers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "metrics/area.h"
#include "metrics/metrics.h"
#include "metrics/view.h"

// The value (of a timing: the number of measurements) of a metric over all slots; 0 where it isn't there.
static uint64_t value_of(const struct metrics *metrics, const char *name, const char *tags)
{
    const struct metrics_sample *sample;
    struct metrics_view view;
    uint64_t value = 0;

    assert_true(metrics_view_make(&view, metrics));
    sample = metrics_view_find(&view, name, tags);
    if (sample != NULL && sample->buckets != NULL)
        for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
            value += sample->buckets[i];
    else if (sample != NULL)
        value = sample->value;
    metrics_view_free(&view);
    return value;
}

static struct metrics *make(unsigned slots, int *fd)
{
    char error[256] = "";
    struct metrics *metrics = metrics_new(slots, fd, error, sizeof error);

    if (metrics == NULL)
        fail_msg("%s", error);
    return metrics;
}

static void the_same_name_and_tags_are_the_same_metric(void **state)
{
    struct metrics *metrics = make(1, NULL);
    struct inferd_metric *a = metrics_counter(metrics, "a", "k:v", "Help"), *b;

    (void)state;
    assert_non_null(a);
    assert_ptr_equal(metrics_counter(metrics, "a", "k:v", NULL), a);
    assert_ptr_equal(metrics_counter(metrics, "a", ",k:v", "Other help"), a);
    b = metrics_counter(metrics, "a", "k:w", "Help");
    assert_ptr_not_equal(a, b);
    metrics_metric_add(a, 2);
    metrics_metric_add(b, 3);
    assert_int_equal(value_of(metrics, "a", "k:v"), 2);
    assert_int_equal(value_of(metrics, "a", "k:w"), 3);
    metrics_free(metrics);
}

static void one_name_has_one_kind(void **state)
{
    struct metrics *metrics = make(1, NULL);

    (void)state;
    assert_non_null(metrics_counter(metrics, "rows", NULL, NULL));
    assert_null(metrics_timing(metrics, "rows", NULL, NULL));
    assert_null(metrics_gauge(metrics, "rows.total", "k:v", NULL));  // both are rows_total in Prometheus
    assert_null(metrics_counter(metrics, "rows-total", NULL, NULL)); // likewise
    assert_int_equal(value_of(metrics, "inferd.metrics.refused", ""), 3);
    metrics_metric_add(NULL, 1);
    metrics_metric_set(NULL, 1);
    metrics_metric_observe(NULL, 1);
    assert_int_equal(metrics_metric_quantile(NULL, 0.5), 0);
    metrics_free(metrics);
}

static void the_hosts_own_are_counted_by_index(void **state)
{
    struct metrics *metrics = make(1, NULL);

    (void)state;
    metrics_add(METRICS_RUNS, 2); // before there is a slot
    metrics_use(metrics);
    metrics_add(METRICS_RUNS, 3);
    metrics_set(METRICS_CONFIG_MODELS, 7);
    metrics_add(METRICS_RUNS_IN_FLIGHT, 5);
    metrics_add(METRICS_RUNS_IN_FLIGHT, -4);
    assert_int_equal(value_of(metrics, "inferd.run.total", ""), 5);
    assert_int_equal(value_of(metrics, "inferd.config.models", ""), 7);
    assert_int_equal(value_of(metrics, "inferd.run.in_flight", ""), 1);
    metrics_free(metrics);
    metrics_add(METRICS_NODES, 1); // nowhere, but harmless
}

static void timings_have_sums_and_quantiles(void **state)
{
    struct metrics *metrics = make(1, NULL);
    struct inferd_metric *timing = metrics_series(metrics, METRICS_COMPONENT_LATENCY, "model-id:m,component-name:c");
    const struct metrics_sample *sample;
    struct metrics_view view;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        metrics_metric_observe(timing, i < 990 ? 10 : 5000);
    assert_int_equal(metrics_metric_quantile(timing, 0.5), 10);
    assert_in_range(metrics_metric_quantile(timing, 0.995), 4840, 5160);
    assert_true(metrics_view_make(&view, metrics));
    sample = metrics_view_find(&view, "inferflow.component.execution.latency", "model-id:m,component-name:c");
    assert_non_null(sample);
    assert_int_equal(sample->value, 990 * 10 + 10 * 5000);
    assert_int_equal(sample->buckets[10], 990);
    assert_string_equal(sample->prometheus, "inferd_component_duration_seconds");
    metrics_view_free(&view);
    metrics_free(metrics);
}

static void a_successor_counts_on_but_forgets_gauges(void **state)
{
    char error[256];
    int fd;
    struct metrics *master = make(2, &fd), *worker = metrics_attach(fd, 1, error, sizeof error);

    (void)state;
    metrics_use(worker);
    metrics_add(METRICS_RUNS, 4);
    metrics_add(METRICS_RUNS_IN_FLIGHT, 4);
    metrics_metric_add(metrics_counter(worker, "c", NULL, NULL), 5);
    metrics_metric_set(metrics_gauge(worker, "g", NULL, NULL), 6);
    metrics_metric_observe(metrics_timing(worker, "t", NULL, NULL), 7);
    metrics_use(NULL);
    metrics_free(worker); // as good as dead: nothing is written at the end

    worker = metrics_attach(fd, 1, error, sizeof error);
    assert_int_equal(value_of(master, "inferd.run.total", ""), 4);
    assert_int_equal(value_of(master, "inferd.run.in_flight", ""), 0);
    assert_int_equal(value_of(master, "c", ""), 5);
    assert_int_equal(value_of(master, "g", ""), 0);
    assert_int_equal(value_of(master, "t", ""), 1);
    metrics_metric_add(metrics_counter(worker, "c", NULL, NULL), 5);
    assert_int_equal(value_of(master, "c", ""), 10);
    metrics_free(worker);
    metrics_free(master);
    close(fd);
}

static void a_full_slot_refuses_and_counts_it(void **state)
{
    struct metrics *metrics = make(1, NULL);
    char tags[64], long_name[AREA_TEXT_MAX + 10];
    unsigned made = 0;

    (void)state;
    for (;; made++) {
        snprintf(tags, sizeof tags, "n:%u", made);
        if (metrics_timing(metrics, "full", tags, NULL) == NULL)
            break;
    }
    assert_in_range(made, AREA_SLOT_BYTES / 4200, AREA_SLOT_BYTES / 3300);
    assert_int_equal(value_of(metrics, "inferd.metrics.refused", ""), 1);
    assert_non_null(metrics_timing(metrics, "full", "n:1", NULL)); // what is there is found
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_null(metrics_counter(metrics, long_name, NULL, NULL));
    assert_int_equal(value_of(metrics, "inferd.metrics.refused", ""), 2);
    metrics_free(metrics);
}

static void wrong_descriptors_and_slots_are_refused(void **state)
{
    char error[256] = "";
    int fd, other = memfd_create("other", MFD_CLOEXEC);
    struct metrics *metrics = make(2, &fd);

    (void)state;
    assert_null(metrics_attach(fd, 2, error, sizeof error));
    assert_string_equal(error, "metrics: slot 2 of 2");
    assert_null(metrics_attach(other, 0, error, sizeof error));
    assert_non_null(strstr(error, "is not the shared memory of this build's metrics"));
    assert_null(metrics_attach(-1, 0, error, sizeof error));
    metrics_free(metrics);
    close(other);
    close(fd);
}

static void rubbish_in_a_slot_is_survived(void **state)
{
    char error[256];
    int fd;
    struct metrics *reader = make(2, &fd), *writer = metrics_attach(fd, 1, error, sizeof error);
    uint8_t *slot = mmap(NULL, 4096 + 2 * (size_t)AREA_SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    size_t records = 4096 + AREA_SLOT_BYTES + offsetof(struct area_slot, records);
    uint64_t random = 88172645463325252u;
    struct text out = {0};

    (void)state;
    assert_true(slot != MAP_FAILED);
    metrics_counter(reader, "mine", NULL, NULL);
    for (unsigned i = 0; i < 20; i++) {
        snprintf(error, sizeof error, "n:%u", i);
        metrics_counter(writer, "c", error, "Help");
        metrics_timing(writer, "t", error, "Help");
    }
    for (unsigned round = 0; round < 20000; round++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        slot[records + random % 8192] = (uint8_t)(random >> 32);
        if (round % 100 == 0) {
            text_clear(&out);
            metrics_prometheus(reader, &out);
            assert_non_null(strstr(text_string(&out), "mine_total 0\n"));
        }
    }
    // A successor in that place can work again.
    metrics_free(writer);
    writer = metrics_attach(fd, 1, error, sizeof error);
    assert_non_null(writer);
    metrics_metric_add(metrics_counter(writer, "again", NULL, NULL), 3);
    assert_int_equal(value_of(reader, "again", ""), 3);
    munmap(slot, 4096 + 2 * (size_t)AREA_SLOT_BYTES);
    text_free(&out);
    metrics_free(writer);
    metrics_free(reader);
    close(fd);
}

enum { ROUNDS = 100000 };

// A worker of the test below: makes metrics while it counts.
static void work(int fd, unsigned slot)
{
    char error[256], tags[32];
    struct metrics *metrics = metrics_attach(fd, slot, error, sizeof error);
    struct inferd_metric *shared = metrics_counter(metrics, "shared", NULL, NULL);
    struct inferd_metric *timing = metrics_timing(metrics, "timing", NULL, NULL);

    metrics_use(metrics);
    for (unsigned i = 0; i < ROUNDS; i++) {
        metrics_add(METRICS_RUNS, 1);
        metrics_metric_add(shared, 1);
        metrics_metric_observe(timing, i % 1000);
        if (i % 1000 == 0) {
            snprintf(tags, sizeof tags, "round:%u", i);
            metrics_metric_add(metrics_counter(metrics, "own", tags, NULL), 1);
        }
    }
    metrics_free(metrics);
    _exit(0);
}

static void two_processes_write_while_a_third_reads(void **state)
{
    int fd;
    struct metrics *reader = make(3, &fd);
    uint64_t runs = 0, shared = 0, timing = 0;
    unsigned alive = 2;

    (void)state;
    for (unsigned slot = 1; slot <= 2; slot++) {
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            work(fd, slot);
    }
    while (alive > 0) {
        uint64_t now[3] = {value_of(reader, "inferd.run.total", ""), value_of(reader, "shared", ""),
                           value_of(reader, "timing", "")};
        int status;

        assert_true(now[0] >= runs && now[1] >= shared && now[2] >= timing); // nothing ever goes down
        runs = now[0];
        shared = now[1];
        timing = now[2];
        if (waitpid(-1, &status, WNOHANG) > 0) {
            assert_int_equal(status, 0);
            alive--;
        }
    }
    assert_int_equal(value_of(reader, "inferd.run.total", ""), 2 * ROUNDS);
    assert_int_equal(value_of(reader, "shared", ""), 2 * ROUNDS);
    assert_int_equal(value_of(reader, "timing", ""), 2 * ROUNDS);
    assert_int_equal(value_of(reader, "own", "round:5000"), 2);
    metrics_free(reader);
    close(fd);
}

static void *add_from_a_thread(void *user)
{
    struct metrics *metrics = user;
    struct inferd_metric *counter = metrics_counter(metrics, "threads", NULL, NULL);
    char tags[32];

    for (unsigned i = 0; i < ROUNDS; i++) {
        metrics_metric_add(counter, 1);
        if (i % 10000 == 0) {
            snprintf(tags, sizeof tags, "i:%u", i);
            metrics_metric_observe(metrics_timing(metrics, "made", tags, NULL), i);
        }
    }
    return NULL;
}

static void any_thread_may_count(void **state)
{
    struct metrics *metrics = make(1, NULL);
    pthread_t threads[4];
    uint64_t last = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_from_a_thread, metrics), 0);
    for (unsigned i = 0; i < 50; i++) {
        uint64_t now = value_of(metrics, "threads", "");

        assert_true(now >= last);
        last = now;
    }
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(value_of(metrics, "threads", ""), 4 * ROUNDS);
    assert_int_equal(value_of(metrics, "made", "i:10000"), 4);
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_name_and_tags_are_the_same_metric),
        cmocka_unit_test(one_name_has_one_kind),
        cmocka_unit_test(the_hosts_own_are_counted_by_index),
        cmocka_unit_test(timings_have_sums_and_quantiles),
        cmocka_unit_test(a_successor_counts_on_but_forgets_gauges),
        cmocka_unit_test(a_full_slot_refuses_and_counts_it),
        cmocka_unit_test(wrong_descriptors_and_slots_are_refused),
        cmocka_unit_test(rubbish_in_a_slot_is_survived),
        cmocka_unit_test(two_processes_write_while_a_third_reads),
        cmocka_unit_test(any_thread_may_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
