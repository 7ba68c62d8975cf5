// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The text that Prometheus reads: exact lines, and the rules of the format for all of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include "metrics/metrics.h"

static struct metrics *metrics;
static struct text out;

static int set_up(void **state)
{
    char error[256];

    (void)state;
    metrics = metrics_new(2, NULL, error, sizeof error);
    text_init(&out);
    return metrics == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    text_free(&out);
    metrics_free(metrics);
    return 0;
}

static void assert_has(const char *lines)
{
    const char *at = strstr(text_string(&out), lines);

    if (at == NULL || (at != out.data && at[-1] != '\n'))
        fail_msg("no such lines:\n%s\nin:\n%s", lines, text_string(&out));
}

static void counters_and_gauges_are_told(void **state)
{
    (void)state;
    metrics_metric_add(metrics_counter(metrics, "my.rows", "model-id:m 1,n:2", "Rows\\of\nmine"), 12345678901);
    metrics_metric_add(metrics_counter(metrics, "my.rows", NULL, "Rows\\of\nmine"), 1);
    metrics_metric_set(metrics_gauge(metrics, "level", NULL, NULL), -3);
    metrics_prometheus(metrics, &out);
    assert_has("# HELP my_rows_total Rows\\\\of\\nmine\n# TYPE my_rows_total counter\nmy_rows_total 1\n"
               "my_rows_total{model_id=\"m_1\",n=\"2\"} 12345678901\n");
    assert_has("# TYPE level gauge\nlevel -3\n");
    assert_has("# HELP inferd_runs_total Runs begun\n# TYPE inferd_runs_total counter\ninferd_runs_total 0\n");
    assert_has("inferd_connections_dropped_total{reason=\"tls\"} 0\n");
}

static void timings_are_histograms_of_seconds(void **state)
{
    struct inferd_metric *timing = metrics_series(metrics, METRICS_API_LATENCY, "api:/P,status:0");

    (void)state;
    metrics_metric_observe(timing, 31);        // below the first bound
    metrics_metric_observe(timing, 32);        // not below it
    metrics_metric_observe(timing, 1500000);   // 1.5 s
    metrics_metric_observe(timing, 100000000); // beyond the last bound
    metrics_prometheus(metrics, &out);
    assert_has("# TYPE inferd_request_duration_seconds histogram\n"
               "inferd_request_duration_seconds_bucket{api=\"/P\",status=\"0\",le=\"0.000032\"} 1\n"
               "inferd_request_duration_seconds_bucket{api=\"/P\",status=\"0\",le=\"0.000064\"} 2\n");
    assert_has("inferd_request_duration_seconds_bucket{api=\"/P\",status=\"0\",le=\"1.048576\"} 2\n"
               "inferd_request_duration_seconds_bucket{api=\"/P\",status=\"0\",le=\"2.097152\"} 3\n");
    assert_has("inferd_request_duration_seconds_bucket{api=\"/P\",status=\"0\",le=\"67.108864\"} 3\n"
               "inferd_request_duration_seconds_bucket{api=\"/P\",status=\"0\",le=\"+Inf\"} 4\n"
               "inferd_request_duration_seconds_sum{api=\"/P\",status=\"0\"} 101.500063\n"
               "inferd_request_duration_seconds_count{api=\"/P\",status=\"0\"} 4\n");
}

// Each line is a comment or a sample, each metric has one TYPE in front of all its samples, and no sample comes twice.
static void every_line_is_well_formed(void **state)
{
    static const char *const form = "^(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*|[a-zA-Z_:][a-zA-Z0-9_:]*"
                                    "(\\{[a-zA-Z_][a-zA-Z0-9_]*=\"[^\"]*\"(,[a-zA-Z_][a-zA-Z0-9_]*=\"[^\"]*\")*\\})? "
                                    "-?[0-9.]+)$";
    char *lines[4096], *rest;
    size_t count = 0;
    regex_t regex;

    (void)state;
    metrics_timing(metrics, "t", "a:b", "Help");
    metrics_timing(metrics, "t", NULL, "Help");
    for (int i = 0; i < METRICS_SERIES_COUNT; i++)
        assert_non_null(metrics_series(metrics, (enum metrics_series)i, "model-id:m"));
    metrics_prometheus(metrics, &out);
    assert_false(out.failed);
    assert_int_equal(regcomp(&regex, form, REG_EXTENDED | REG_NOSUB), 0);
    rest = out.data;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && count < 4096;) {
        if (*line == '\0')
            continue;
        if (regexec(&regex, line, 0, NULL, 0) != 0)
            fail_msg("not well formed: %s", line);
        if (*line != '#')
            *strrchr(line, ' ') = '\0';
        for (size_t i = 0; i < count; i++)
            if (strcmp(lines[i], line) == 0)
                fail_msg("twice: %s", line);
        lines[count++] = line;
    }
    assert_true(count > 300);
    regfree(&regex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counters_and_gauges_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timings_are_histograms_of_seconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_line_is_well_formed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
