// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the test host's files share: the objects that plugins know by name only, and the tables they are given.
#ifndef TESTHOST_INNER_H
#define TESTHOST_INNER_H

#include <inferd/ext/cache.h>
#include <inferd/ext/convert.h>
#include <inferd/ext/flight.h>
#include <inferd/ext/log.h>
#include <inferd/ext/metrics.h>
#include <inferd/ext/resource.h>
#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "config/problems.h"
#include "config/settings.h"
#include "module/registry.h"
#include "run/flights.h"
#include "testhost.h"

struct inferd_metric {
    struct inferd_metric *next;
    char *name;
    uint64_t sum;
};

struct inferd_method {
    struct inferd_method *next;
    struct testhost *testhost;
    struct inferd_method_options options; // its texts are the arena's
    bool closed;
};

// The host's view of the component is all of the test host.
struct inferd_self {
    struct testhost *testhost;
};

struct inferd_binder {
    struct testhost *testhost;
};

struct testhost {
    struct inferd_self self;
    struct inferd_component info;
    struct arena arena; // what lives as long as the component
    struct settings *settings;
    struct registry *registry;
    const struct inferd_kind *kind;
    const struct testhost_resource *resources;
    void *component;
    bool started;
    struct problems problems;
    struct testhost_column *columns;
    size_t column_count;
    uint32_t ids; // column of the targets' ids, or INFERD_NO_COLUMN
    struct text log;
    bool log_read;
    struct inferd_metric *metrics;
    struct inferd_method *methods;
    struct map cache; // key bytes -> struct cached
    struct testhost_shown *cache_shown;
    struct flights flights;
};

struct testhost_pending {
    struct testhost_call shown;
    inferd_call_done *done;
    void *user;
    uint8_t *message, *reply;
};

struct testhost_run {
    struct inferd_step step;
    struct testhost_run *next; // of all under way
    struct testhost *testhost;
    struct arena arena;
    struct inferd_column *columns;
    struct inferd_column **pointers;
    uint32_t *defaulted;
    uint32_t *slate_offsets, *slate_targets;
    struct testhost_pending **calls;
    size_t call_count, call_limit;
    uint8_t *message; // handed out by message(), not yet given back
    size_t message_size;
    struct flight_party party; // of all runs of a test, so that one waits for another's keys
    bool settling;             // wait() was called
    inferd_flight_settled *settled;
    void *settled_user;
    struct testhost_row_error *row_errors;
    size_t row_error_count;
    const struct inferd_request *request;
    const char *const *headers;
    const char *failure;
    bool started, completed;
    int status;
};

extern const struct inferd_host testhost_table;
extern const struct inferd_rpc testhost_rpc;
extern const struct inferd_convert testhost_convert;
extern const struct inferd_flight testhost_flight;
extern const struct inferd_log testhost_log_table;
extern const struct inferd_metrics testhost_metrics;
extern const struct inferd_cache testhost_cache;
extern const struct inferd_request_ext testhost_request_table;
extern const struct inferd_resource testhost_resource_table;

static inline struct testhost_run *testhost_run_of(struct inferd_step *step)
{
    return (struct testhost_run *)step; // its first member
}

// Ends the test: the plugin, or the test itself, broke a rule.
void testhost_broken(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
uint32_t testhost_find(const struct testhost *testhost, unsigned space, const char *name, size_t len);
uint32_t testhost_add(struct testhost *testhost, unsigned space, const char *name);
void testhost_cache_free(struct testhost *testhost);
void testhost_cache_hide(struct testhost *testhost); // values shown by get() end here
// Whether it is by the rules that the step is pending, or over.
void testhost_check_end(struct testhost_run *run);
// The run's part in flights: made with the run, left at its step's end.
void testhost_flight_init(struct testhost_run *run);
void testhost_flight_leave(struct testhost_run *run);
// Gives the columns their memory, once rows are known.
void testhost_make_columns(struct testhost_run *run);

#endif
