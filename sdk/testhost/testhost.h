// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Drives one component of a module without the daemon, for its tests: options from JSON, columns by name, calls to
// backends kept and answered by the test. Memory that a module may touch only within its bounds (replies, the run's
// memory) is of exactly that size, so that AddressSanitizer sees every byte too far.
//
// A test opens a component, and for each run makes a matrix, starts the step, answers its calls in any order and reads
// the columns. All on one thread; what a plugin does against the rules ends the test with a message.
#ifndef TESTHOST_H
#define TESTHOST_H

#include <inferd/ext/request.h>
#include <inferd/ext/rpc.h>
#include <inferd/module.h>

struct testhost;
struct testhost_run;

// What stands beside the config for components to read (inferd.resource/1).
struct testhost_resource {
    const char *subtree, *key, *text;
};

struct testhost_options {
    const char *modules;                       // directories to look for modules in, colon separated
    const char *kind;                          // what to drive
    const char *name;                          // the component's; NULL: "component"
    const char *model;                         // NULL: "model"
    const char *component;                     // its JSON object; NULL: {}
    const char *shared;                        // component_config's other members; NULL: {}
    const char *const *settings;               // "--option=value", …, NULL; NULL: defaults
    const struct testhost_resource *resources; // the last one's subtree is NULL; NULL: none
    struct testhost
        *beside; // one of the same kind, to be closed later: its module and settings; NULL: they are looked for
    bool compat;
};

// Finds the kind's module, fills options and settings, creates, binds and starts. NULL, with what the component or an
// option table says in error ("path: message"), when it is refused.
struct testhost *testhost_open(const struct testhost_options *options, char *error, size_t size);
void testhost_close(struct testhost *testhost);
const struct inferd_kind *testhost_kind(const struct testhost *testhost);

// A column that the component reads or writes, as it declared it.
struct testhost_column {
    const char *name;
    unsigned space, type;
    unsigned read_flags, write_flags;
    bool read, written, constant;
    const char *spelling;      // of a written one, or NULL
    struct inferd_bytes value; // of a constant
};

size_t testhost_columns(const struct testhost *testhost, const struct testhost_column **columns);
// NULL: the component knows no such column.
const struct testhost_column *testhost_column(const struct testhost *testhost, unsigned space, const char *name);
// What was logged since the last call, a line each. Valid until the component logs again.
const char *testhost_log(struct testhost *testhost);
uint64_t testhost_metric(const struct testhost *testhost, const char *name); // sum of a counter over its tags

// ---- a run

struct testhost_run *testhost_run(struct testhost *testhost);
void testhost_run_free(struct testhost_run *run); // answers what is open with INFERD_CANCELLED
// Rows. Columns that the component writes have values of their types, all missing. 'offsets' has slates + 1 entries.
void testhost_rows(struct testhost_run *run, uint32_t targets);
void testhost_slates(struct testhost_run *run, uint32_t slates, const uint32_t *offsets, const uint32_t *targets);
// Values of columns that the component reads: text of the request; text of a component; values of a fixed size in a
// row; any cells. All of them are copied. NULL or empty is missing.
void testhost_inline(struct testhost_run *run, unsigned space, const char *name, const char *const *texts);
void testhost_texts(struct testhost_run *run, unsigned space, const char *name, const char *const *texts);
void testhost_values(struct testhost_run *run, unsigned space, const char *name, unsigned type, const void *values);
void testhost_cells(struct testhost_run *run, unsigned space, const char *name, unsigned type, unsigned flags,
                    const struct inferd_bytes *cells);
void testhost_missing(struct testhost_run *run, unsigned space, const char *name, uint32_t row);
// The text that the request sent under a written column's name.
void testhost_fallback(struct testhost_run *run, unsigned space, const char *name, const char *const *texts);
// For root components: declares a request column that some other component reads, and the one that holds the targets'
// ids. To be called before the first run.
void testhost_wanted(struct testhost *testhost, unsigned space, const char *name);
void testhost_ids(struct testhost *testhost, const char *name);
// What a root component sees. 'headers': name, value, …, NULL.
void testhost_request(struct testhost_run *run, const struct inferd_request *request, const char *const *headers);
// Bytes that the run's memory may still give out.
void testhost_limit_memory(struct testhost_run *run, size_t bytes);

// Calls run(). The step's status, or INFERD_PENDING.
int testhost_start(struct testhost_run *run);
int testhost_status(const struct testhost_run *run);          // as last known
const char *testhost_message(const struct testhost_run *run); // of fail_step, or ""

struct testhost_call {
    const char *address, *path;
    bool tls;
    int64_t timeout_ms;
    const struct inferd_header *headers;
    size_t header_count;
    struct inferd_bytes message;
    bool answered;
};

size_t testhost_calls(const struct testhost_run *run);
const struct testhost_call *testhost_call(const struct testhost_run *run, size_t call);
const char *testhost_call_header(const struct testhost_call *call, const char *name); // NULL: it has none
// Ends a call with a reply, or with a status and a backend's message.
void testhost_reply(struct testhost_run *run, size_t call, struct inferd_bytes reply);
void testhost_fail(struct testhost_run *run, size_t call, int status, const char *detail);
// From now on, calls after the first 'count' of this run are refused with INFERD_RESOURCE_EXHAUSTED.
void testhost_limit_calls(struct testhost_run *run, size_t count);
// Ends what the run waits for, as it does for another's fetch: INFERD_DEADLINE_EXCEEDED or INFERD_CANCELLED.
void testhost_end_waits(struct testhost_run *run, int status);
bool testhost_waits(const struct testhost_run *run);

const struct inferd_column *testhost_get(const struct testhost_run *run, unsigned space, const char *name);
// A value's text, "" where it is missing. Valid as long as the run.
const char *testhost_text(struct testhost_run *run, unsigned space, const char *name, uint32_t row);
uint32_t testhost_defaulted(const struct testhost_run *run, const char *name);

struct testhost_row_error {
    unsigned space;
    uint32_t first, count;
    int status;
    const char *message;
};

size_t testhost_row_errors(const struct testhost_run *run, const struct testhost_row_error **errors);
bool testhost_row_failed(const struct testhost_run *run, unsigned space, uint32_t row);

#endif
