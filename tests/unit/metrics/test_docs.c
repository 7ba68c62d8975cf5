// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// docs/metrics.md has a line for each of the host's metrics, word for word, and for no others; names are not used
// twice.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"

static const struct {
    const char *kind, *statsd, *prometheus, *tags, *help;
} rows[] = {
#define METRICS_HOST(id, kind, statsd, prometheus, tags, help) {#kind, statsd, prometheus, tags, help},
#define METRICS_SERIES(id, kind, statsd, prometheus, tags, help) {#kind, statsd, prometheus, tags, help},
#include "metrics/counters.tbl"
};

enum { ROWS = sizeof rows / sizeof *rows };

static struct text docs;

static int read_docs(void **state)
{
    FILE *file = fopen(SOURCE_DIR "/docs/metrics.md", "r");
    char line[1024];

    (void)state;
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL)
        text_add(&docs, line);
    fclose(file);
    return 0;
}

static int drop_docs(void **state)
{
    (void)state;
    text_free(&docs);
    return 0;
}

static void every_metric_is_documented(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct text line = {0};

        text_printf(&line, "\n| `%s` | `%s` | ", rows[i].statsd, rows[i].prometheus);
        for (const char *at = rows[i].kind; *at != '\0'; at++)
            text_printf(&line, "%c", tolower((unsigned char)*at));
        text_add(&line, " | ");
        for (const char *at = rows[i].tags; at != NULL && *at != '\0'; at += strcspn(at, ","), at += *at == ',')
            text_printf(&line, "%s`%.*s`", at == rows[i].tags ? "" : ", ", (int)strcspn(at, ","), at);
        text_printf(&line, " | %s |\n", rows[i].help);
        if (strstr(docs.data, line.data) == NULL)
            fail_msg("docs/metrics.md lacks the line:%s", line.data);
        text_free(&line);
    }
}

static void nothing_else_is_documented(void **state)
{
    size_t count = 0;

    (void)state;
    for (const char *at = docs.data; (at = strstr(at, "\n| `")) != NULL && at < strstr(docs.data, "## Of plugins");
         at++)
        count++;
    assert_int_equal(count, ROWS);
}

static void names_are_used_once_and_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < i; k++) {
            int same = strcmp(rows[i].statsd, rows[k].statsd) == 0;

            // One name in StatsD is one in Prometheus, of one kind, with one help, and told apart by tags.
            assert_int_equal(same, strcmp(rows[i].prometheus, rows[k].prometheus) == 0);
            if (!same)
                continue;
            assert_string_equal(rows[i].kind, rows[k].kind);
            assert_string_equal(rows[i].help, rows[k].help);
            assert_string_not_equal(rows[i].tags, rows[k].tags);
        }
}

static void names_follow_the_conventions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const char *name = rows[i].prometheus;
        int counts = strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0;
        int times = strlen(name) > 8 && strcmp(name + strlen(name) - 8, "_seconds") == 0;

        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
        assert_true(strncmp(name, "inferd_", 7) == 0);
        assert_int_equal(counts, strcmp(rows[i].kind, "COUNTER") == 0);
        assert_int_equal(times, strcmp(rows[i].kind, "TIMING") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_is_documented),
        cmocka_unit_test(nothing_else_is_documented),
        cmocka_unit_test(names_are_used_once_and_alike),
        cmocka_unit_test(names_follow_the_conventions),
    };

    return cmocka_run_group_tests(tests, read_docs, drop_docs);
}
