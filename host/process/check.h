// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tries something dangerous in a child that may die of it: the same binary is started with a payload, its report and
// its fate are collected. Knows nothing of what is tried.
//
// Where one check follows another, starting the child is most of the work, so a child may be kept for the next payload.
// What an earlier one has broken in it is not the later one's fault: a kept child that doesn't end its report well is
// not believed, and the payload is tried again in a new one.
//
// Threads: check_run() blocks and may be called from any thread, several at a time; a child is kept by one thread,
// which it ends with.
#ifndef PROCESS_CHECK_H
#define PROCESS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/breadcrumb.h"

// The option a child is started with, right after argv[0]: "--check-child=5".
#define CHECK_OPTION_CHILD "check-child"
#define CHECK_MAX_REPORT (16u << 20)
#define CHECK_MOST_USES 100 // of one child: what leaks in it goes with it

struct check; // a child

enum check_outcome {
    CHECK_EXITED,    // by itself, or is kept; look at exit_status and report
    CHECK_CRASHED,   // by a signal
    CHECK_HUNG,      // was killed because it had said nothing for too long
    CHECK_GARRULOUS, // was killed at CHECK_MAX_REPORT
    CHECK_FAILED     // could not be started; the report says why
};

struct check_options {
    const char *program; // NULL: /proc/self/exe
    char *const *argv;   // this process's own arguments
    const void *payload;
    size_t payload_len;
    int64_t silence_ms; // how long it may say nothing, and not end; 0: 10,000
    // Where a child is kept, or NULL for none: if there is one it is asked, and one that did well is left there.
    struct check **kept;
};

struct check_result {
    enum check_outcome outcome;
    int exit_status;
    int signal;
    bool has_crumb; // it ended in a plugin
    struct breadcrumb crumb;
    char *report; // terminated, malloc'd, never NULL (unless there is no memory at all)
    size_t report_len;
    bool whole; // the child has ended it, and not only itself
    int64_t took_us;
};

void check_run(const struct check_options *options, struct check_result *result);
void check_result_free(struct check_result *result);
void check_end(struct check *kept); // ends a kept child; NULL: nothing
// One line for people: "crashed with SIGSEGV in create of module m (model x, node y)". Returns text.
const char *check_result_text(const struct check_result *result, char *text, size_t size);

// The child's side.
struct check_child {
    const void *payload; // mapped
    size_t payload_len;
    struct breadcrumb_block *crumbs; // never NULL; in use
    int link;
};

bool check_child_attach(int fd, struct check_child *child, char *error, size_t size);
// Ends the report and waits for the next payload, which takes the first one's place. False: there is none.
bool check_child_next(struct check_child *child);
// Appends to the report. False: nobody listens any more.
bool check_child_report(struct check_child *child, const char *text, size_t len);
void check_child_detach(struct check_child *child);

#endif
