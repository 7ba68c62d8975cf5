// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What certificates clients have shown, by the descriptor that gRPC has of their connection. Knows nothing of what a
// name is good for.
//
// Threads: any.
#ifndef FRONT_SHOWN_H
#define FRONT_SHOWN_H

#include <pthread.h>
#include <stdbool.h>
#include "front/tls_names.h"

// Embedded; zeroed is empty.
struct shown {
    pthread_mutex_t lock;
    struct tls_names **names; // by descriptor; NULL: that client has shown none
    size_t count;
};

void shown_init(struct shown *shown);
// Before gRPC gets the descriptor: these are its client's names, which are the table's now; NULL: it has none.
// False: no memory, and the names are freed.
bool shown_note(struct shown *shown, int fd, struct tls_names *names);
// NULL: none. Valid for as long as a call of that connection is there.
const struct tls_names *shown_by(struct shown *shown, int fd);
void shown_free(struct shown *shown);

#endif
