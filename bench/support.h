// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the bench's programs share. They share nothing with the daemon, so that a yardstick doesn't move with what it
// measures.
#ifndef BENCH_SUPPORT_H
#define BENCH_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <grpc/grpc.h>

// What a completion queue's tag points to.
struct event {
    void (*fn)(struct event *event, bool ok);
};

#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

// Ends the program with a message.
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
// Whole file; ends the program where it can't be read.
grpc_slice read_file(const char *path);
int64_t now_us(void);
unsigned long number_of(const char *option, const char *text);
void *need(void *memory); // ends the program where it is NULL
// Starts a batch; ends the program where gRPC refuses it.
void start_batch(grpc_call *call, const grpc_op *ops, size_t count, struct event *event);
// Serves the queue until it is shut down and empty, or until the time has come.
void serve(grpc_completion_queue *queue, gpr_timespec until);
// Channel arguments "key=number"; at most 32.
struct arguments {
    grpc_arg arg[32];
    grpc_channel_args args;
};
void add_argument(struct arguments *arguments, const char *key, int value);
void parse_argument(struct arguments *arguments, const char *text);

grpc_server *new_server(grpc_completion_queue *queue, const struct arguments *arguments); // NULL: none but the usual
// Adds a port of loopback, a free one where it is 0, and prints "listening N".
void listen_on(grpc_server *server, unsigned long port);

#endif
