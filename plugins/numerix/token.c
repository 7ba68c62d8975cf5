// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How an expression's text falls into tokens. Knows no operator and no column.
#include "token.h"

// Bytes of the white space that text begins with, or 0: Unicode's White_Space property, in UTF-8.
static size_t space_length(const uint8_t *text, size_t length)
{
    if (length >= 1 && (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')))
        return 1;
    if (length >= 2 && text[0] == 0xc2 && (text[1] == 0x85 || text[1] == 0xa0))
        return 2;
    if (length < 3)
        return 0;
    if (text[0] == 0xe1 && text[1] == 0x9a && text[2] == 0x80)
        return 3;
    if (text[0] == 0xe2 && text[1] == 0x80)
        return text[2] <= 0x8a || text[2] == 0xa8 || text[2] == 0xa9 || text[2] == 0xaf ? 3 : 0;
    if (text[0] == 0xe2 && text[1] == 0x81)
        return text[2] == 0x9f ? 3 : 0;
    if (text[0] == 0xe3 && text[1] == 0x80)
        return text[2] == 0x80 ? 3 : 0;
    return 0;
}

struct inferd_bytes token_next(struct inferd_bytes text, size_t *at)
{
    size_t n, begin;

    while (*at < text.len && (n = space_length(text.data + *at, text.len - *at)) > 0)
        *at += n;
    begin = *at;
    while (*at < text.len && space_length(text.data + *at, text.len - *at) == 0)
        ++*at;
    return (struct inferd_bytes){text.data + begin, *at - begin};
}

static size_t count_digits(struct inferd_bytes token, size_t from)
{
    size_t n = 0;

    while (from + n < token.len && token.data[from + n] >= '0' && token.data[from + n] <= '9')
        n++;
    return n;
}

bool token_is_number(struct inferd_bytes token)
{
    size_t at = token.len > 0 && token.data[0] == '-', digits = count_digits(token, at);

    if (digits == 0)
        return false;
    at += digits;
    if (at < token.len && token.data[at] == '.') {
        digits = count_digits(token, at + 1);
        if (digits == 0)
            return false;
        at += 1 + digits;
    }
    return at == token.len;
}
