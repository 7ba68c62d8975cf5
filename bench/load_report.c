// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Latencies are kept one by one and sorted at the end.
#include "bench/load_report.h"
#include <stdio.h>
#include <stdlib.h>
#include "bench/support.h"

void latencies_add(struct latencies *latencies, int64_t us)
{
    if (latencies->count == latencies->capacity) {
        latencies->capacity = latencies->capacity ? 2 * latencies->capacity : 65536;
        latencies->us = need(realloc(latencies->us, latencies->capacity * sizeof(*latencies->us)));
    }
    latencies->us[latencies->count++] = (uint32_t)us;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static unsigned quantile(const struct latencies *latencies, double q)
{
    size_t at = (size_t)(q * (double)latencies->count);

    if (latencies->count == 0)
        return 0;
    return latencies->us[at < latencies->count ? at : latencies->count - 1];
}

static void print_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar((unsigned char)*text < ' ' ? ' ' : *text);
    }
    putchar('"');
}

static void print_task(const struct task *task)
{
    printf("{\"name\": ");
    print_text(task->name);
    printf(", \"calls\": %zu, \"errors\": %zu, \"partial\": %zu, \"wrong\": %zu, \"seen\": [", task->calls,
           task->errors, task->partial, task->wrong);
    for (size_t i = 0; i < task->rights; i++)
        printf("%s%zu", i > 0 ? ", " : "", task->seen[i]);
    printf("]}");
}

void report_print(struct latencies *latencies, const struct mix *mix, const struct report *report)
{
    const struct task *first = &mix->tasks[0];

    if (latencies->count > 0)
        qsort(latencies->us, latencies->count, sizeof(*latencies->us), by_size);
    printf("{\"total\": %zu, \"requests\": %zu, \"refused\": %zu, \"unsent\": %zu, \"seconds\": %.6f, \"rps\": %.1f, ",
           report->total, latencies->count, report->refused, report->unsent, report->seconds,
           (double)latencies->count / report->seconds);
    printf("\"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u, ", quantile(latencies, 0.5), quantile(latencies, 0.99),
           quantile(latencies, 1));
    printf("\"errors\": %zu, \"mismatches\": %zu, \"reply_bytes\": %zu, \"first_error\": ", mix_errors(mix),
           mix_wrong(mix), first->rights > 0 ? GRPC_SLICE_LENGTH(first->right[0]) : 0);
    print_text(mix->first_error);
    printf(", \"tasks\": [");
    for (size_t i = 0; i < mix->count; i++) {
        if (i > 0)
            printf(", ");
        print_task(&mix->tasks[i]);
    }
    printf("]}\n");
}
