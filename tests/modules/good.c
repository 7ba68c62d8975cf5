// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A module as it should be, with options of every sort and settings. Built three times, as three versions.
#include "parts.h"

struct item {
    const char *label;
    struct inferd_list columns;
};

struct inner {
    bool on;
    double share;
};

struct options {
    bool flag;
    int64_t count;
    double factor;
    const char *text;
    struct inferd_typed_name type;
    struct inferd_list ints, strings, map, items, shapes;
    struct inner inner;
};

struct settings {
    const char *host;
    int64_t port, timeout_ms;
    bool tls;
};

static const struct inferd_option item_table[] = {
    {.name = "label",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct item, label)},
    {.name = "columns", .alias = "cols", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct item, columns)},
    {0},
};

static const struct inferd_option inner_table[] = {
    {.name = "on", .type = INFERD_OPTION_BOOL, .offset = offsetof(struct inner, on), .fallback = "true"},
    {.name = "share", .type = INFERD_OPTION_REAL, .offset = offsetof(struct inner, share), .fallback = "0.5", .max = 1},
    {0},
};

static const struct inferd_option table[] = {
    {.name = "flag", .type = INFERD_OPTION_BOOL, .offset = offsetof(struct options, flag), .help = "A switch"},
    {.name = "count",
     .type = INFERD_OPTION_INT,
     .offset = offsetof(struct options, count),
     .fallback = "7",
     .min = 1,
     .max = 9,
     .unit = "rows",
     .help = "How many"},
    {.name = "factor", .type = INFERD_OPTION_REAL, .offset = offsetof(struct options, factor), .fallback = "2"},
    {.name = "text", .type = INFERD_OPTION_STRING, .offset = offsetof(struct options, text), .fallback = "\"word\""},
    {.name = "type", .type = INFERD_OPTION_TYPE, .offset = offsetof(struct options, type), .fallback = "\"FP32\""},
    {.name = "ints", .type = INFERD_OPTION_INTS, .offset = offsetof(struct options, ints), .fallback = "[1, 2]"},
    {.name = "strings", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct options, strings)},
    {.name = "map", .type = INFERD_OPTION_MAP, .offset = offsetof(struct options, map), .fallback = "{}"},
    {.name = "items",
     .type = INFERD_OPTION_LIST,
     .offset = offsetof(struct options, items),
     .nested = item_table,
     .nested_size = sizeof(struct item)},
    {.name = "shapes", .type = INFERD_OPTION_INT_LISTS, .offset = offsetof(struct options, shapes)},
    {.name = "inner", .type = INFERD_OPTION_OBJECT, .offset = offsetof(struct options, inner), .nested = inner_table},
    {.name = "ttl", .type = INFERD_OPTION_INT, .flags = INFERD_OPTION_UNUSED},
    {0},
};

static const struct inferd_setting settings[] = {
    {.option = "plain-host",
     .environment = "PLAIN_HOST",
     .also = "plain_host",
     .type = INFERD_OPTION_STRING,
     .offset = offsetof(struct settings, host),
     .fallback = "localhost",
     .help = "Where it is"},
    {.option = "plain-port",
     .type = INFERD_OPTION_INT,
     .offset = offsetof(struct settings, port),
     .fallback = "80",
     .min = 1,
     .max = 65535},
    {.option = "plain-timeout",
     .type = INFERD_OPTION_INT,
     .offset = offsetof(struct settings, timeout_ms),
     .fallback = "200ms",
     .unit = "ms"},
    {.option = "plain-tls", .type = INFERD_OPTION_BOOL, .offset = offsetof(struct settings, tls), .fallback = "no"},
    {0},
};

static const struct inferd_kind kinds[] = {
    {.name = "plain", .description = "Does nothing", .rank = 20, .options = {table, sizeof(struct options)}, FUNCTIONS},
    {.name = "root",
     .description = "Does nothing, first",
     .flags = INFERD_KIND_ROOT,
     .rank = 10,
     .implicit = "begin",
     FUNCTIONS},
};

INFERD_MODULE("good", VERSION, "A module of the tests", kinds, 2, {settings, sizeof(struct settings)});
