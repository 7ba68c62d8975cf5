// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the load generator asks for: tasks, each a request with the replies that are right, drawn by their weights.
#ifndef BENCH_LOAD_MIX_H
#define BENCH_LOAD_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <grpc/status.h>

#define MIX_RIGHTS 4

struct task {
    char *name, *path;
    unsigned long weight;
    grpc_slice request;
    grpc_slice right[MIX_RIGHTS]; // any of them; none: what comes first is what is right
    size_t rights;
    unsigned long status; // that a call must end with
    bool cancelled;       // by us, when it is under way: it may also end with CANCELLED

    size_t seen[MIX_RIGHTS]; // replies that were that one
    size_t calls, errors, wrong;
};

struct mix {
    struct task *tasks;
    size_t count;
    unsigned long weights; // of all
    uint64_t random;
    const char *keep;      // directory for wrong replies, or NULL
    char first_error[256]; // status and message of the first call that failed
};

// Lines of "NAME WEIGHT PATH STATUS REQUEST RIGHT...", the last ones names of files; STATUS "cancel": see above. Ends
// the program where it can't be read.
void mix_read(struct mix *mix, const char *file);
struct task *mix_add(struct mix *mix, const char *name, const char *path);
void mix_free(struct mix *mix);
struct task *mix_draw(struct mix *mix);
// Takes down how a call ended.
void mix_judge(struct mix *mix, struct task *task, grpc_status_code status, grpc_slice detail, grpc_byte_buffer *reply);

size_t mix_errors(const struct mix *mix);
size_t mix_wrong(const struct mix *mix);

#endif
