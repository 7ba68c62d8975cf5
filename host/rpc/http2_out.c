// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writing: as many frames at once as there are, their messages from where they are. What the socket doesn't take is
// copied, for messages go away with their calls; nothing is added until it is gone.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "rpc/http2_out.h"

#define PIECES 64
#define SCRATCH 8192
#define SMALL 512     // copied rather than pointed to
#define ENOUGH 262144 // written at once

static _Thread_local struct {
    struct iovec piece[PIECES];
    uint8_t scratch[SCRATCH];
} gathered;

// Of pieces, what lies behind the first 'done' bytes, as one. False: no memory.
static bool keep_rest(struct http2_out *out, size_t done)
{
    size_t at = 0;

    out->left_at = 0;
    out->left_len = out->bytes - done;
    out->left = malloc(out->left_len);
    if (out->left == NULL)
        return false;
    for (int i = 0; i < out->count; i++) {
        size_t skip = done < gathered.piece[i].iov_len ? done : gathered.piece[i].iov_len;

        memcpy(out->left + at, (uint8_t *)gathered.piece[i].iov_base + skip, gathered.piece[i].iov_len - skip);
        at += gathered.piece[i].iov_len - skip;
        done -= skip;
    }
    return true;
}

// The bytes that were taken; 0 where none were, or with the error kept.
static size_t give(struct http2_out *out, struct iovec *pieces, int count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
    ssize_t wrote;

    do
        wrote = sendmsg(out->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (wrote < 0 && errno == EINTR);
    if (wrote >= 0)
        return (size_t)wrote;
    if (errno != EAGAIN)
        out->error = errno;
    return 0;
}

static bool write_rest(struct http2_out *out)
{
    while (out->left != NULL && out->error == 0) {
        struct iovec rest = {out->left + out->left_at, out->left_len - out->left_at};
        size_t wrote = give(out, &rest, 1);

        if (wrote == 0)
            return false;
        out->left_at += wrote;
        if (out->left_at == out->left_len) {
            free(out->left);
            out->left = NULL;
        }
    }
    return out->error == 0;
}

bool http2_out_write(struct http2_out *out)
{
    size_t wrote;

    if (!write_rest(out))
        return false;
    if (out->bytes == 0)
        return true;
    wrote = give(out, gathered.piece, out->count);
    if (out->error == 0 && wrote < out->bytes && !keep_rest(out, wrote))
        out->error = ENOMEM;
    out->used = out->bytes = 0;
    out->count = 0;
    return out->error == 0 && out->left == NULL;
}

static bool fits(const struct http2_out *out, size_t copied)
{
    return out->count + 2 <= PIECES && out->used + copied <= SCRATCH && out->bytes < ENOUGH;
}

static void add_piece(struct http2_out *out, const void *data, size_t len)
{
    struct iovec *last = out->count > 0 ? &gathered.piece[out->count - 1] : NULL;

    if (last != NULL && (uint8_t *)last->iov_base + last->iov_len == data)
        last->iov_len += len;
    else
        gathered.piece[out->count++] = (struct iovec){(void *)data, len};
    out->bytes += len;
}

static void add_copy(struct http2_out *out, const void *data, size_t len)
{
    memcpy(gathered.scratch + out->used, data, len);
    add_piece(out, gathered.scratch + out->used, len);
    out->used += len;
}

// Behind what the socket didn't take.
static void keep_more(struct http2_out *out, const void *data, size_t len)
{
    uint8_t *left = realloc(out->left, out->left_len + len);

    if (left == NULL) {
        out->error = ENOMEM;
        return;
    }
    memcpy(left + out->left_len, data, len);
    out->left = left;
    out->left_len += len;
}

bool http2_out_copy(struct http2_out *out, const void *data, size_t len)
{
    if (!fits(out, len) && !http2_out_write(out)) {
        if (out->error == 0)
            keep_more(out, data, len);
        return false;
    }
    if (len <= SCRATCH) {
        add_copy(out, data, len);
        return true;
    }
    add_piece(out, data, len); // stays only until we return
    return http2_out_write(out);
}

bool http2_out_frame(struct http2_out *out, const void *head, size_t head_len, const void *body, size_t len)
{
    if (!fits(out, HTTP2_OUT_HEAD + SMALL) && !http2_out_write(out))
        return false;
    add_copy(out, head, head_len);
    if (len <= SMALL)
        add_copy(out, body, len);
    else
        add_piece(out, body, len);
    return true;
}

void http2_out_free(struct http2_out *out)
{
    free(out->left);
    out->left = NULL;
}
