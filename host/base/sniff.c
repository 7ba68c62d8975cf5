// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The first bytes of HTTP/2 with prior knowledge (RFC 9113, 3.4), of HTTP/1 (RFC 9112, 3) and of TLS records. The whole
// preface is asked for, since the server behind has no timer for half a one.
#include "base/sniff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define PREFACE_LEN (sizeof(PREFACE) - 1)
#define MAX_METHOD 24
#define TLS_HANDSHAKE 0x16

_Static_assert(PREFACE_LEN <= SNIFF_SIZE && MAX_METHOD + 2 <= SNIFF_SIZE, "SNIFF_SIZE bytes must give a verdict");

static bool is_method_char(char c)
{
    return isascii((unsigned char)c) && (isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c)));
}

// "/path", "*", "http://…", "host:port", "[::1]:port".
static bool begins_target(char c)
{
    return isascii((unsigned char)c) && (isalnum((unsigned char)c) || (c && strchr("/*[", c)));
}

enum sniff_verdict sniff(const char *bytes, size_t len)
{
    size_t method = 0;

    if (len > 0 && memcmp(bytes, PREFACE, len < PREFACE_LEN ? len : PREFACE_LEN) == 0)
        return len < PREFACE_LEN ? SNIFF_MORE : SNIFF_HTTP2;
    if (len > 0 && bytes[0] == TLS_HANDSHAKE)
        return SNIFF_TLS;
    while (method < len && method <= MAX_METHOD && is_method_char(bytes[method]))
        method++;
    if (method > MAX_METHOD)
        return SNIFF_RUBBISH;
    if (method == len)
        return SNIFF_MORE;
    if (method == 0 || bytes[method] != ' ')
        return SNIFF_RUBBISH;
    if (method + 1 == len)
        return SNIFF_MORE;
    return begins_target(bytes[method + 1]) ? SNIFF_HTTP1 : SNIFF_RUBBISH;
}
