// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The host's converters, a log and metrics for the test to read, and a cache whose values end as soon as they may.
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "config/type_name.h"
#include "inner.h"
#include "run/convert/convert.h"

static unsigned type_of(const char *spelling)
{
    return type_name_read(spelling, strlen(spelling));
}

static struct inferd_bytes text(struct inferd_step *step, const struct inferd_column *column, uint32_t row)
{
    return convert_text(column, row, &testhost_run_of(step)->arena);
}

static struct inferd_bytes key(struct inferd_step *step, const struct inferd_column *column, uint32_t row)
{
    return convert_key(column, row, &testhost_run_of(step)->arena);
}

static struct inferd_bytes value_text(struct inferd_step *step, struct inferd_bytes bytes, unsigned type)
{
    return convert_value_text(bytes, type, &testhost_run_of(step)->arena);
}

const struct inferd_convert testhost_convert = {
    .size = sizeof(testhost_convert),
    .type_of = type_of,
    .scalars = convert_scalars,
    .table = convert_table,
    .elements = convert_elements,
    .text = text,
    .key = key,
    .strings = convert_strings,
    .value = convert_value,
    .value_text = value_text,
};

static bool enabled(struct inferd_self *self, int level)
{
    (void)self;
    (void)level;
    return true;
}

static void write_line(struct inferd_self *self, int level, const char *format, ...)
{
    struct text *log = &self->testhost->log;
    va_list args;

    (void)level;
    if (self->testhost->log_read)
        text_clear(log);
    self->testhost->log_read = false;
    va_start(args, format);
    text_vprintf(log, format, args);
    va_end(args);
    text_add(log, "\n");
}

const struct inferd_log testhost_log_table = {
    .size = sizeof(testhost_log_table), .enabled = enabled, .write = write_line};

// One for all tags.
static struct inferd_metric *metric(struct inferd_self *self, const char *name, const char *tags, const char *help)
{
    struct testhost *testhost = self->testhost;
    struct inferd_metric *found = testhost->metrics;

    (void)tags;
    if (!help || !*help)
        testhost_broken("metric %s has no help", name);
    while (found && strcmp(found->name, name) != 0)
        found = found->next;
    if (found)
        return found;
    found = calloc(1, sizeof(*found));
    ALWAYS(found);
    found->name = strdup(name);
    found->next = testhost->metrics;
    testhost->metrics = found;
    return found;
}

static void add(struct inferd_metric *to, uint64_t count)
{
    if (to)
        to->sum += count;
}

const struct inferd_metrics testhost_metrics = {
    .size = sizeof(testhost_metrics), .counter = metric, .timing = metric, .add = add, .observe = add};

struct cached {
    size_t key_len, value_len;
    uint8_t bytes[]; // key, value
};

struct testhost_shown {
    struct testhost_shown *next;
    uint8_t bytes[];
};

void testhost_cache_hide(struct testhost *testhost)
{
    while (testhost->cache_shown) {
        struct testhost_shown *shown = testhost->cache_shown;

        testhost->cache_shown = shown->next;
        free(shown);
    }
}

// A copy, to be seen until the next put.
static struct inferd_bytes show(struct testhost *testhost, const struct cached *found)
{
    struct testhost_shown *shown = malloc(sizeof(*shown) + found->value_len);

    ALWAYS(shown);
    memcpy(shown->bytes, found->bytes + found->key_len, found->value_len);
    shown->next = testhost->cache_shown;
    testhost->cache_shown = shown;
    return (struct inferd_bytes){shown->bytes, found->value_len};
}

static size_t get(struct inferd_self *self, const struct inferd_bytes *keys, size_t count, struct inferd_bytes *values)
{
    struct testhost *testhost = self->testhost;
    size_t there = 0;

    for (size_t i = 0; i < count; i++) {
        const struct cached *found = map_find(&testhost->cache, keys[i].data, keys[i].len);

        there += found != NULL;
        values[i] = found ? show(testhost, found) : (struct inferd_bytes){NULL, 0};
    }
    add(metric(self, "inferflow.component.inmemorycache.request.total", NULL, "look-ups"), count);
    add(metric(self, "inferflow.component.inmemorycache.request.miss.total", NULL, "misses"), count - there);
    return there;
}

static void put(struct inferd_self *self, struct inferd_bytes wanted, struct inferd_bytes value, uint32_t ttl_s)
{
    struct testhost *testhost = self->testhost;
    struct cached *entry = malloc(sizeof(*entry) + wanted.len + value.len);
    void *old = NULL;

    ALWAYS(entry);
    if (ttl_s == 0)
        testhost_broken("caches a value for no time");
    *entry = (struct cached){wanted.len, value.len};
    memcpy(entry->bytes, wanted.data, wanted.len);
    if (value.len)
        memcpy(entry->bytes + wanted.len, value.data, value.len);
    testhost_cache_hide(testhost);
    ALWAYS(map_set(&testhost->cache, entry->bytes, entry->key_len, entry, &old));
    free(old);
}

void testhost_cache_free(struct testhost *testhost)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&testhost->cache, &at)))
        free(slot->value);
    map_free(&testhost->cache);
    testhost_cache_hide(testhost);
}

const struct inferd_cache testhost_cache = {.size = sizeof(testhost_cache), .get = get, .put = put};
