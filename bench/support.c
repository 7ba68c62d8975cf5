// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the bench's programs share.
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include "bench/support.h"

void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

void *need(void *memory)
{
    if (memory == NULL)
        die("out of memory");
    return memory;
}

grpc_slice read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *data = NULL;
    size_t len = 0, got;
    grpc_slice slice;

    if (file == NULL)
        die("%s: %m", path);
    do {
        data = need(realloc(data, len + 65536));
        got = fread(data + len, 1, 65536, file);
        len += got;
    } while (got > 0);
    if (ferror(file))
        die("%s: %m", path);
    fclose(file);
    slice = grpc_slice_from_copied_buffer(data, len);
    free(data);
    return slice;
}

int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

unsigned long number_of(const char *option, const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (end == text || *end != '\0')
        die("--%s: \"%s\" is no number", option, text);
    return number;
}

void start_batch(grpc_call *call, const grpc_op *ops, size_t count, struct event *event)
{
    grpc_call_error error = grpc_call_start_batch(call, ops, count, event, NULL);

    if (error != GRPC_CALL_OK)
        die("gRPC refuses a batch: %s", grpc_call_error_to_string(error));
}

void serve(grpc_completion_queue *queue, gpr_timespec until)
{
    for (;;) {
        grpc_event event = grpc_completion_queue_next(queue, until, NULL);
        struct event *waiting = event.tag;

        if (event.type != GRPC_OP_COMPLETE)
            return;
        waiting->fn(waiting, event.success != 0);
    }
}

grpc_server *new_server(grpc_completion_queue *queue, const struct arguments *arguments)
{
    struct arguments all = {0};
    grpc_server *server;

    add_argument(&all, GRPC_ARG_ALLOW_REUSEPORT, 0); // or a stale process would share the port
    for (size_t i = 0; arguments != NULL && i < arguments->args.num_args; i++)
        add_argument(&all, arguments->arg[i].key, arguments->arg[i].value.integer);
    server = grpc_server_create(&all.args, NULL);
    grpc_server_register_completion_queue(server, queue, NULL);
    return server;
}

void listen_on(grpc_server *server, unsigned long port)
{
    grpc_server_credentials *plain = grpc_insecure_server_credentials_create();
    char address[64];
    int bound;

    snprintf(address, sizeof(address), "127.0.0.1:%lu", port);
    bound = grpc_server_add_http2_port(server, address, plain);
    grpc_server_credentials_release(plain);
    if (bound == 0)
        die("can't listen on %s", address);
    printf("listening %d\n", bound);
    fflush(stdout);
}

void add_argument(struct arguments *arguments, const char *key, int value)
{
    size_t at = arguments->args.num_args;

    if (at == sizeof(arguments->arg) / sizeof(arguments->arg[0]))
        die("too many channel arguments");
    arguments->arg[at].type = GRPC_ARG_INTEGER;
    arguments->arg[at].key = (char *)key;
    arguments->arg[at].value.integer = value;
    arguments->args.num_args++;
    arguments->args.args = arguments->arg;
}

void parse_argument(struct arguments *arguments, const char *text)
{
    char *equals = strchr(text, '=');

    if (equals == NULL)
        die("--arg: \"%s\" lacks a =", text);
    add_argument(arguments, need(strndup(text, (size_t)(equals - text))), atoi(equals + 1));
}
