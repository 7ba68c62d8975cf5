// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a StatsD server gets: the lines, added up as a server does, and real packets on a loopback socket.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "metrics/statsd.h"
#include "metrics/statsd_lines.h"

struct received {
    struct text lines; // all, each with a newline
    size_t packets, largest;
};

static void receive(void *user, const char *data, size_t len)
{
    struct received *received = user;

    received->packets++;
    received->largest = len > received->largest ? len : received->largest;
    text_append(&received->lines, data, len);
    text_add(&received->lines, "\n");
}

// Adds up what the lines say of a metric of that name with those tags, as Telegraf does: a timing's value counts
// int(1/rate) times. The number of values; their sum in *sum.
static uint64_t add_up(const struct received *received, const char *name, const char *tags, double *sum)
{
    char start[256], end[1024];
    uint64_t count = 0;

    *sum = 0;
    snprintf(start, sizeof start, "%s:", name);
    snprintf(end, sizeof end, "|#%s\n", tags);
    for (const char *line = text_string(&received->lines); *line != '\0'; line = strchr(line, '\n') + 1) {
        size_t len = (size_t)(strchr(line, '\n') + 1 - line);
        const char *rate;
        uint64_t times = 1;

        if (strncmp(line, start, strlen(start)) != 0 || len < strlen(end) ||
            strncmp(line + len - strlen(end), end, strlen(end)) != 0)
            continue;
        rate = strstr(line, "|@");
        if (rate != NULL && rate < line + len)
            times = (uint64_t)(1.0 / strtod(rate + 2, NULL));
        *sum += (double)times * strtod(line + strlen(start), NULL);
        count += times;
    }
    return count;
}

static struct metrics *metrics;

static int set_up(void **state)
{
    char error[256];

    (void)state;
    metrics = metrics_new(1, NULL, error, sizeof error);
    return metrics == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_free(metrics);
    return 0;
}

// The lines of what changed since 'before', which becomes what is now.
static void write_lines(struct statsd_lines *lines, struct metrics_view *before, struct received *received)
{
    struct metrics_view now;
    struct packet packet;

    text_clear(&received->lines);
    received->packets = received->largest = 0;
    packet_init(&packet, receive, received);
    assert_true(metrics_view_make(&now, metrics));
    assert_true(statsd_lines_write(lines, before, &now, &packet));
    metrics_view_free(before);
    *before = now;
}

// Whether there is a line that begins so.
static bool has(const struct received *received, const char *start)
{
    const char *text = text_string(&received->lines), *at = strstr(text, start);

    while (at != NULL && at != text && at[-1] != '\n')
        at = strstr(at + 1, start);
    return at != NULL;
}

static void lines_say_what_changed(void **state)
{
    struct inferd_metric *counter = metrics_counter(metrics, "c", "k:v", NULL);
    struct inferd_metric *gauge = metrics_gauge(metrics, "g", NULL, NULL);
    struct inferd_metric *timing = metrics_timing(metrics, "t", NULL, NULL);
    struct statsd_lines lines = {.tags = "env:e,service:s", .sampling_rate = 1, .random = 1};
    struct metrics_view before = {0};
    struct received received = {0};

    (void)state;
    metrics_metric_add(counter, 5);
    metrics_metric_set(gauge, 3);
    metrics_metric_observe(timing, 1250);
    write_lines(&lines, &before, &received);
    assert_true(has(&received, "c:5|c|#env:e,service:s,k:v\n"));
    assert_true(has(&received, "g:3|g|#env:e,service:s\n"));
    assert_true(has(&received, "t:1.2475|ms|#env:e,service:s\n")); // 1216 to 1279
    assert_false(has(&received, "inferd.run.total"));              // did not change

    metrics_metric_add(counter, 2);
    metrics_metric_set(gauge, -3);
    for (int i = 0; i < 3; i++)
        metrics_metric_observe(timing, 7);
    write_lines(&lines, &before, &received);
    assert_true(has(&received, "c:2|c|"));
    assert_true(has(&received, "g:0|g|")); // a sign would mean "change by"
    assert_true(has(&received, "t:0.0070|ms|@0.333333333333|#env:e,service:s\n"));
    assert_false(has(&received, "t:1.2475"));

    lines.tags = "";
    write_lines(&lines, &before, &received);
    assert_false(has(&received, "c:"));
    assert_false(has(&received, "t:"));
    assert_true(has(&received, "g:0|g\n"));
    metrics_view_free(&before);
    text_free(&received.lines);
}

static void no_measurement_is_lost_on_the_way(void **state)
{
    struct inferd_metric *timing = metrics_timing(metrics, "t", "k:v", NULL);
    struct statsd_lines lines = {.tags = "", .sampling_rate = 1, .random = 1};
    struct metrics_view before = {0};
    struct received received = {0};
    double sum, expected = 0;

    (void)state;
    for (unsigned count = 1; count <= 3000; count += 1 + count / 20) { // every count is another rate
        for (unsigned i = 0; i < count; i++)
            metrics_metric_observe(timing, 500);
        write_lines(&lines, &before, &received);
        assert_int_equal(add_up(&received, "t", "k:v", &sum), count);
    }
    for (unsigned i = 1; i <= 10000; i++) {
        metrics_metric_observe(timing, i * 13);
        expected += i * 0.013;
    }
    write_lines(&lines, &before, &received);
    assert_int_equal(add_up(&received, "t", "k:v", &sum), 10000);
    assert_true(sum > 0.98 * expected && sum < 1.02 * expected);
    metrics_view_free(&before);
    text_free(&received.lines);
}

static void sampling_thins_timings_and_no_counter(void **state)
{
    struct inferd_metric *timing = metrics_timing(metrics, "t", "k:v", NULL);
    struct inferd_metric *counter = metrics_counter(metrics, "c", NULL, NULL);
    struct statsd_lines lines = {.tags = "a:b", .sampling_rate = 0.25, .random = 42};
    struct metrics_view before = {0};
    struct received received = {0};
    double sum;

    (void)state;
    for (unsigned i = 0; i < 100000; i++)
        metrics_metric_observe(timing, i % 500);
    metrics_metric_add(counter, 7);
    write_lines(&lines, &before, &received);
    assert_in_range(add_up(&received, "t", "a:b,k:v", &sum), 96000, 104000); // four times a quarter, picked at random
    assert_non_null(strstr(text_string(&received.lines), "c:7|c|"));
    lines.sampling_rate = 0;
    metrics_metric_observe(timing, 1);
    write_lines(&lines, &before, &received);
    assert_int_equal(add_up(&received, "t", "a:b,k:v", &sum), 0);
    metrics_view_free(&before);
    text_free(&received.lines);
}

static void packets_are_full_but_never_too_large(void **state)
{
    struct statsd_lines lines = {.tags = "", .sampling_rate = 1, .random = 1};
    struct metrics_view before = {0};
    struct received received = {0};
    char tags[900];
    double sum;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        snprintf(tags, sizeof tags, "n:%u,rest:%0*d", i, (int)(i * 7 % 600) + 1, 0);
        metrics_metric_add(metrics_counter(metrics, "c", tags, NULL), 1);
    }
    write_lines(&lines, &before, &received);
    assert_in_range(received.largest, PACKET_MAX / 2, PACKET_MAX);
    assert_in_range(received.packets, received.lines.len / PACKET_MAX, 2 * received.lines.len / PACKET_MAX + 1);
    assert_int_equal(add_up(&received, "c", tags, &sum), 1);
    assert_int_equal(lines.lost, 0);

    memset(tags, 'x', sizeof tags - 1);
    tags[sizeof tags - 1] = '\0';
    lines.tags = tags; // with the longest of the counters' own it does not fit any more
    metrics_view_free(&before);
    write_lines(&lines, &before, &received);
    assert_true(lines.lost > 0);
    assert_in_range(received.largest, 1, PACKET_MAX);
    metrics_view_free(&before);
    text_free(&received.lines);
}

static void a_server_gets_it_all(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct statsd_options options = {.host = "127.0.0.1", .tags = "service:s", .sampling_rate = 1, .interval_ms = 200};
    int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct inferd_metric *counter = metrics_counter(metrics, "c", NULL, NULL);
    socklen_t len = sizeof address;
    struct received received = {0};
    struct timeval patience = {.tv_sec = 20};
    struct statsd *statsd;
    char error[256], data[65536];
    uint64_t got = 0;

    (void)state;
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    options.port = ntohs(address.sin_port);
    metrics_use(metrics);
    statsd = statsd_start(metrics, &options, error, sizeof error);
    assert_non_null(statsd);
    metrics_metric_add(counter, 1);
    for (unsigned round = 0; got < 1; round++) { // the interval's flush
        ssize_t n = recv(server, data, sizeof data - 1, 0);

        assert_true(n > 0 && n <= PACKET_MAX && round < 10000);
        data[n] = '\0';
        got += strstr(data, "c:1|c|#service:s") != NULL;
    }
    metrics_metric_add(counter, 5);
    statsd_stop(statsd); // the last flush, whichever it was, has all
    while (recv(server, data, sizeof data - 1, MSG_DONTWAIT) > 0) {
        got += strstr(data, "c:5|c|#service:s") != NULL ? 5 : 0;
        memset(data, 0, sizeof data);
    }
    assert_int_equal(got, 6);
    metrics_use(NULL);
    close(server);
    text_free(&received.lines);
}

static void nobody_listening_is_counted_and_harmless(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct statsd_options options = {.host = "127.0.0.1", .sampling_rate = 1, .interval_ms = 1};
    int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof address;
    struct metrics_view view;
    struct statsd *statsd;
    char error[256];
    uint64_t lost = 0;

    (void)state;
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &len), 0);
    options.port = ntohs(address.sin_port);
    // Now nobody does, nor can anybody else: it hears itself only.
    assert_int_equal(connect(server, (struct sockaddr *)&address, sizeof address), 0);
    metrics_use(metrics);
    statsd = statsd_start(metrics, &options, error, sizeof error);
    assert_non_null(statsd);
    while (lost == 0) { // the kernel tells of a refused packet when the next one is sent
        assert_true(metrics_view_make(&view, metrics));
        lost = metrics_view_find(&view, "inferd.statsd.lost", "")->value;
        metrics_view_free(&view);
    }
    statsd_stop(statsd);
    metrics_use(NULL);
    close(server);
}

static void a_host_without_address_is_no_error(void **state)
{
    struct statsd_options options = {.host = "no such host", .port = 1, .sampling_rate = 1, .interval_ms = 1};
    struct statsd *statsd;
    char error[256];

    (void)state;
    statsd = statsd_start(metrics, &options, error, sizeof error);
    assert_non_null(statsd);
    statsd_stop(statsd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_say_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_measurement_is_lost_on_the_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sampling_thins_timings_and_no_counter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packets_are_full_but_never_too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_gets_it_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_listening_is_counted_and_harmless, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_host_without_address_is_no_error, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
