// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether bytes are UTF-8, which proto3 asks of every string. Nothing is allocated; fast where the text is ASCII.
#ifndef INFERD_UTF8_H
#define INFERD_UTF8_H

#include <inferd/bytes.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bytes of the sequence at the front of 'left' (at least 1) bytes, or 0 where it is none: cut, overlong, a surrogate,
// beyond U+10FFFF. [any]
static inline size_t inferd_utf8_sequence(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    // The second byte's range keeps out what has a shorter form, surrogates and what is too large.
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

    if (len == 1)
        return 1;
    if (first < 0xc2 || first > 0xf4 || left < len || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

// Whether all of it is UTF-8. [any]
static inline bool inferd_utf8_valid(struct inferd_bytes text)
{
    size_t at = 0;

    if (text.len < 8 && (inferd_bytes_load(text.data, text.len) & UINT64_C(0x8080808080808080)) == 0)
        return true;
    while (at < text.len) {
        uint64_t eight;
        size_t len;

        if (text.len >= 8) {
            size_t from = text.len - at < 8 ? text.len - 8 : at; // the last eight overlap what was seen

            memcpy(&eight, text.data + from, 8);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at = from + 8;
                continue;
            }
        }
        if (text.data[at] < 0x80) {
            at++;
            continue;
        }
        len = inferd_utf8_sequence(text.data + at, text.len - at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

#ifdef __cplusplus
}
#endif

#endif
