// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.rpc/1 in memory: calls are kept until the test answers them.
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "inner.h"

static const char *copied(struct testhost *testhost, const char *text)
{
    return text ? arena_strndup(&testhost->arena, text, strlen(text)) : NULL;
}

static struct inferd_method *open_method(struct inferd_self *self, const struct inferd_method_options *options,
                                         const char *path)
{
    struct testhost *testhost = self->testhost;
    struct inferd_method *method = arena_zalloc(&testhost->arena, sizeof(*method));
    struct inferd_header *headers = arena_zalloc(&testhost->arena, options->header_count * sizeof(*headers));

    ALWAYS(method && headers);
    if (!strrchr(options->address, ':') || options->path[0] != '/') {
        problems_add(&testhost->problems, PROBLEM_CONFIG, path, "\"%s\" is no host:port, or \"%s\" no path",
                     options->address, options->path);
        return NULL;
    }
    for (size_t i = 0; i < options->header_count; i++)
        headers[i] = (struct inferd_header){copied(testhost, options->headers[i].name),
                                            copied(testhost, options->headers[i].value)};
    method->testhost = testhost;
    method->options = *options;
    method->options.address = copied(testhost, options->address);
    method->options.path = copied(testhost, options->path);
    method->options.service = copied(testhost, options->service);
    method->options.endpoint = copied(testhost, options->endpoint);
    method->options.headers = headers;
    method->next = testhost->methods;
    testhost->methods = method;
    return method;
}

static void close_method(struct inferd_method *method)
{
    if (!method)
        return;
    if (method->closed)
        testhost_broken("closes %s twice", method->options.path);
    method->closed = true;
}

static uint8_t *new_message(struct inferd_step *step, size_t size)
{
    struct testhost_run *run = testhost_run_of(step);

    if (run->message)
        testhost_broken("takes a second message before it sent or dropped the first");
    run->message = malloc(size ? size : 1);
    ALWAYS(run->message);
    run->message_size = size;
    return run->message;
}

static void take_back(struct testhost_run *run, const uint8_t *message)
{
    if (!message || message != run->message)
        testhost_broken("gives back a message that it was not given");
    run->message = NULL;
}

static void drop_message(struct inferd_step *step, uint8_t *message)
{
    take_back(testhost_run_of(step), message);
    free(message);
}

static int call(struct inferd_step *step, struct inferd_method *method, uint8_t *message, size_t size,
                inferd_call_done *done, void *user)
{
    struct testhost_run *run = testhost_run_of(step);
    struct testhost_pending *pending, **calls;

    if (size > run->message_size)
        testhost_broken("sends %zu bytes of a message of %zu", size, run->message_size);
    take_back(run, message);
    if (method->closed)
        testhost_broken("calls %s, which is closed", method->options.path);
    if (run->call_count >= run->call_limit) {
        free(message);
        return INFERD_RESOURCE_EXHAUSTED;
    }
    pending = calloc(1, sizeof(*pending));
    calls = realloc(run->calls, (run->call_count + 1) * sizeof(*calls));
    ALWAYS(pending && calls);
    run->calls = calls;
    calls[run->call_count++] = pending;
    *pending = (struct testhost_pending){.done = done, .user = user, .message = message};
    pending->shown = (struct testhost_call){.address = method->options.address,
                                            .path = method->options.path,
                                            .tls = method->options.tls,
                                            .timeout_ms = method->options.timeout_ms,
                                            .headers = method->options.headers,
                                            .header_count = method->options.header_count,
                                            .message = {message, size}};
    return INFERD_OK;
}

const struct inferd_rpc testhost_rpc = {
    .size = sizeof(testhost_rpc),
    .open = open_method,
    .close = close_method,
    .message = new_message,
    .drop = drop_message,
    .call = call,
};

size_t testhost_calls(const struct testhost_run *run)
{
    return run->call_count;
}

const struct testhost_call *testhost_call(const struct testhost_run *run, size_t index)
{
    if (index >= run->call_count)
        testhost_broken("the test looks at call %zu of %zu", index, run->call_count);
    return &run->calls[index]->shown;
}

const char *testhost_call_header(const struct testhost_call *shown, const char *name)
{
    for (size_t i = 0; i < shown->header_count; i++)
        if (strcmp(shown->headers[i].name, name) == 0)
            return shown->headers[i].value;
    return NULL;
}

void testhost_limit_calls(struct testhost_run *run, size_t count)
{
    run->call_limit = count;
}
