// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the load generator asks for: tasks, each a request with the replies that are right, drawn by their weights.
#ifndef BENCH_LOAD_MIX_H
#define BENCH_LOAD_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <grpc/status.h>

#define MIX_RIGHTS 4

// Failures of one task that are alike, and follow each other.
struct bout {
    size_t calls;
    int64_t begun_us, ended_us; // the first of them began then, the last ended; of the monotonic clock
    grpc_status_code status;    // OK: the replies came, with rows that failed
    char detail[256];
};

struct task {
    char *name, *path;
    unsigned long weight;
    grpc_slice request;
    grpc_slice right[MIX_RIGHTS]; // any of them; none: what comes first is what is right
    size_t rights;
    grpc_slice lame; // what a service may answer whose values could not be fetched, where it can't say so
    bool has_lame;
    unsigned long status; // that a call must end with
    bool cancelled;       // by us, when it is under way: it may also end with CANCELLED

    size_t seen[MIX_RIGHTS]; // replies that were that one
    size_t calls, errors, wrong;
    size_t partial; // replies with rows that say what failed, all others right, and lame ones; errors has them, too
    struct bout bout;
};

struct mix {
    struct task *tasks;
    size_t count;
    unsigned long weights; // of all
    uint64_t random;
    const char *keep;      // directory for wrong replies, or NULL
    FILE *failures;        // where bouts are told, a line each, or NULL
    char first_error[256]; // status and message of the first call that failed
};

// Lines of "NAME WEIGHT PATH STATUS REQUEST RIGHT... [~LAME]", the last ones names of files; STATUS "cancel": see
// above. Ends the program where it can't be read.
void mix_read(struct mix *mix, const char *file);
struct task *mix_add(struct mix *mix, const char *name, const char *path);
void mix_free(struct mix *mix);
struct task *mix_draw(struct mix *mix);

struct outcome {
    int64_t begun_us, ended_us;
    grpc_status_code status;
    grpc_slice detail;
    grpc_byte_buffer *reply;
};

// Takes down how a call ended.
void mix_judge(struct mix *mix, struct task *task, const struct outcome *outcome);
void mix_end(struct mix *mix); // tells the bouts that go on

size_t mix_errors(const struct mix *mix);
size_t mix_wrong(const struct mix *mix);

#endif
