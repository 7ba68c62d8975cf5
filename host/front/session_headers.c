// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Headers of requests: those of HTTP and gRPC are understood, the others kept for whoever asks. And what replies say
// in headers.
#include "front/session_inner.h"

#include <stdlib.h>
#include <string.h>

#define OVERHEAD 32 // bytes that HTTP/2 counts for a header beside its texts

// A header that is kept: this, its name, its value.
struct kept {
    uint32_t name_len, len;
};

static bool is(const uint8_t *text, size_t len, const char *other)
{
    return len == strlen(other) && memcmp(text, other, len) == 0;
}

static bool begins(const uint8_t *text, size_t len, const char *other)
{
    return len >= strlen(other) && memcmp(text, other, strlen(other)) == 0;
}

static void take_path(struct session_stream *stream, const uint8_t *value, size_t len)
{
    if (len >= sizeof(stream->path))
        len = sizeof(stream->path) - 1;
    memcpy(stream->path, value, len);
    stream->path[len] = '\0';
}

static int sextet(uint8_t letter)
{
    return letter >= 'A' && letter <= 'Z'   ? letter - 'A'
           : letter >= 'a' && letter <= 'z' ? letter - 'a' + 26
           : letter >= '0' && letter <= '9' ? letter - '0' + 52
           : letter == '+'                  ? 62
           : letter == '/'                  ? 63
                                            : -1;
}

// Base64, with its padding or without. False: it is none.
static bool decode(uint8_t *to, const uint8_t *text, size_t *len)
{
    size_t from = *len, at = 0;
    uint32_t bits = 0;

    while (from > 0 && *len - from < 2 && text[from - 1] == '=')
        from--;
    if (from % 4 == 1)
        return false;
    for (size_t i = 0; i < from; i++) {
        int value = sextet(text[i]);

        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 > 0)
            to[at++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    *len = at;
    return true;
}

static bool make_room(struct session_stream *stream, size_t more)
{
    size_t room = stream->headers_room;
    uint8_t *headers;

    if (stream->headers_len + more <= room)
        return true;
    while (room < stream->headers_len + more)
        room *= 2;
    headers = realloc(stream->headers == stream->own ? NULL : stream->headers, room);
    if (!headers)
        return false;
    if (stream->headers == stream->own)
        memcpy(headers, stream->own, stream->headers_len);
    stream->headers = headers;
    stream->headers_room = room;
    return true;
}

static bool keep(struct session_stream *stream, const uint8_t *name, size_t name_len, const uint8_t *value, size_t len)
{
    const bool is_binary = name_len > 4 && memcmp(name + name_len - 4, "-bin", 4) == 0;
    struct kept kept = {.name_len = (uint32_t)name_len};
    uint8_t *at, *to;

    if (!make_room(stream, sizeof(kept) + name_len + len))
        return false;
    at = stream->headers + stream->headers_len;
    to = at + sizeof(kept) + name_len;
    memcpy(at + sizeof(kept), name, name_len);
    if (!is_binary || !decode(to, value, &len))
        memcpy(to, value, len);
    kept.len = (uint32_t)len;
    memcpy(at, &kept, sizeof(kept));
    stream->headers_len += sizeof(kept) + name_len + len;
    return true;
}

static void take_encoding(struct session_stream *stream, const uint8_t *value, size_t len)
{
    stream->may_pack = is(value, len, "gzip") || is(value, len, "deflate");
    stream->odd_packing = !stream->may_pack && !is(value, len, "identity");
}

// HTTP's and gRPC's own. False: it is another.
static bool take_own(struct session_stream *stream, const uint8_t *name, size_t name_len, const uint8_t *value,
                     size_t len)
{
    if (is(name, name_len, ":path"))
        take_path(stream, value, len);
    else if (is(name, name_len, ":method"))
        stream->is_post = is(value, len, "POST");
    else if (is(name, name_len, "content-type"))
        stream->is_grpc = begins(value, len, "application/grpc") && (len == 16 || value[16] == '+' || value[16] == ';');
    else if (is(name, name_len, "grpc-timeout"))
        stream->bad_timeout = !framing_read_timeout((const char *)value, len, &stream->timeout_us);
    else if (is(name, name_len, "grpc-encoding"))
        take_encoding(stream, value, len);
    else
        return name[0] == ':' || is(name, name_len, "te") || is(name, name_len, "grpc-accept-encoding");
    return true;
}

int session_take_header(struct session_stream *stream, const uint8_t *name, size_t name_len, const uint8_t *value,
                        size_t len)
{
    stream->headers_whole += name_len + len + OVERHEAD;
    if (stream->headers_whole > stream->session->server->max_header)
        return 0; // it will be refused
    stream->bad_header |= !nghttp2_check_header_name(name, name_len) || !nghttp2_check_header_value(value, len);
    if (stream->bad_header || take_own(stream, name, name_len, value, len) || keep(stream, name, name_len, value, len))
        return 0;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

uint32_t session_headers(const struct session_stream *stream, const char *name, struct inferd_bytes *values,
                         uint32_t room)
{
    const size_t wanted = strlen(name);
    uint32_t count = 0;
    struct kept kept;

    for (size_t at = 0; at < stream->headers_len && count < room; at += sizeof(kept) + kept.name_len + kept.len) {
        const uint8_t *header = stream->headers + at;

        memcpy(&kept, header, sizeof(kept));
        if (kept.name_len == wanted && memcmp(header + sizeof(kept), name, wanted) == 0)
            values[count++] = (struct inferd_bytes){header + sizeof(kept) + wanted, kept.len};
    }
    return count;
}

char *session_encode_text(const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = malloc(3 * strlen(text) + 1), *at = encoded;

    if (!encoded)
        return NULL;
    for (; *text; text++) {
        uint8_t byte = (uint8_t)*text;

        if (byte >= ' ' && byte <= '~' && byte != '%') {
            *at++ = *text;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    *at = '\0';
    return encoded;
}
