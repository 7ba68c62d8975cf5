// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Names and tags, as a plugin may give them and as StatsD and Prometheus can carry them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "metrics/metrics.h"
#include "metrics/name.h"

static void assert_text(struct text *text, const char *expected)
{
    assert_false(text->failed);
    assert_string_equal(text_string(text), expected);
    text_free(text);
}

static void names_keep_what_statsd_can_carry(void **state)
{
    struct text out = {0};

    (void)state;
    metrics_name_statsd(&out, "a.b-c_9:|@#\n\xff ");
    assert_text(&out, "a.b-c_9_______");
}

static void prometheus_names_follow_its_conventions(void **state)
{
    static const struct {
        enum metrics_kind kind;
        const char *name, *expected;
    } cases[] = {
        {METRICS_COUNTER, "my.plugin.rows", "my_plugin_rows_total"},
        {METRICS_COUNTER, "my.plugin.rows.total", "my_plugin_rows_total"},
        {METRICS_TIMING, "my-plugin.latency", "my_plugin_latency_seconds"},
        {METRICS_GAUGE, "9lives", "_9lives"},
        // The host's own have names of their own.
        {METRICS_TIMING, "inferflow.component.execution.latency", "inferd_component_duration_seconds"},
        {METRICS_COUNTER, "inferd.run.total", "inferd_runs_total"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text out = {0};

        metrics_name_prometheus(&out, cases[i].kind, cases[i].name);
        assert_text(&out, cases[i].expected);
    }
}

static void tags_are_made_fit(void **state)
{
    static const struct {
        const char *tags, *expected, *labels;
    } cases[] = {
        {NULL, "", ""},
        {"", "", ""},
        {"a:b", "a:b", "a=\"b\""},
        {"model-id:m1,component-name:c", "model-id:m1,component-name:c", "model_id=\"m1\",component_name=\"c\""},
        {"host:h:80", "host:h_80", "host=\"h_80\""},
        {",,a:b,", "a:b", "a=\"b\""},
        {"alone", "tag:alone", "tag=\"alone\""},
        {":v", "tag:_v", "tag=\"_v\""},
        {"k:", "k:", "k=\"\""},
        {"k y:v|@#\"\\ \n", "k_y:v_______", "k_y=\"v_______\""},
        {"k:gr\xc3\xbc\xc3\x9f", "k:gr\xc3\xbc\xc3\x9f", "k=\"gr\xc3\xbc\xc3\x9f\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text out = {0}, labels = {0};

        metrics_name_tags(&out, cases[i].tags);
        metrics_name_labels(&labels, text_string(&out));
        assert_text(&labels, cases[i].labels);
        assert_text(&out, cases[i].expected);
    }
}

static void labels_of_garbled_tags_are_harmless(void **state)
{
    struct text out = {0};

    (void)state;
    metrics_name_labels(&out, "a,b:\"\\\n,:");
    assert_text(&out, "a=\"\",b=\"\\\"\\\\ \",=\"\"");
}

static void a_tag_is_written_piece_by_piece(void **state)
{
    struct text tags = {0};

    (void)state;
    metrics_tag(&tags, "api", "/Predict/InferPointWise");
    metrics_tag(&tags, "sta tus", "a,b:c");
    assert_text(&tags, "api:/Predict/InferPointWise,sta_tus:a_b_c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_keep_what_statsd_can_carry),
        cmocka_unit_test(prometheus_names_follow_its_conventions),
        cmocka_unit_test(tags_are_made_fit),
        cmocka_unit_test(labels_of_garbled_tags_are_harmless),
        cmocka_unit_test(a_tag_is_written_piece_by_piece),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
