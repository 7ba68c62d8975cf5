// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a backend sends on a connection of ours: frames of HTTP/2, gRPC's framing in them. An input is how many calls
// begin (a byte), and the bytes; then the backend closes. Whatever it says, each call ends once, with a reply only
// where it went well, and the connection is over.
#include <unistd.h>
#include <sys/socket.h>
#include "rpc/framing.h"
#include "rpc/http2.h"
#include "fuzz.h"

#define MAX_CALLS 8
#define MAX_REPLY 4096

static struct loop *loop;
static struct http2_head *head;
static unsigned left;
static bool is_over;
static volatile unsigned seen;

struct call {
    bool done;
    uint8_t message[FRAMING_PREFIX + 3];
};

static void on_over(void *user)
{
    (void)user;
    FUZZ_ALWAYS(!is_over);
    is_over = true;
}

static void on_done(void *user, const struct http2_end *end)
{
    struct call *call = user;

    FUZZ_ALWAYS(!call->done && end->text && end->reply_len <= MAX_REPLY);
    FUZZ_ALWAYS(end->status == 0 || !end->has_reply);
    FUZZ_ALWAYS(end->reply || end->reply_len == 0);
    for (size_t i = 0; i < end->reply_len; i++)
        seen += end->reply[i]; // all of it is there
    free(end->reply);
    call->done = true;
    if (--left == 0)
        loop_stop(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size > 65536 ? 65536 : size};
    struct call calls[MAX_CALLS] = {{.done = false}};
    struct http2 *http2;
    int pair[2];

    if (!loop)
        loop = loop_new();
    if (!head)
        head = http2_head_new("backend:1", "/a.B/C", NULL, 0);
    FUZZ_ALWAYS(loop && head && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    is_over = false;
    left = fuzz_byte(&input) % MAX_CALLS + 1;
    FUZZ_ALWAYS(write(pair[1], input.data, input.len) == (ssize_t)input.len && shutdown(pair[1], SHUT_WR) == 0);
    http2 = http2_new(loop, pair[0], MAX_REPLY, on_over, NULL);
    FUZZ_ALWAYS(http2);
    for (unsigned i = 0, count = left; i < count; i++)
        FUZZ_ALWAYS(
            http2_call(http2, head, NULL, 0, 1000000, calls[i].message + FRAMING_PREFIX, 3, on_done, &calls[i]));
    loop_run(loop);
    http2_free(http2);
    loop_drain(loop);
    close(pair[1]);
    return 0;
}
