// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// UTF-8 by definition: every code point is taken in its one form, and nothing else of up to four bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <inferd/utf8.h>

static size_t encode(uint32_t code, uint8_t out[4])
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 63));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 63));
    out[3] = (uint8_t)(0x80 | (code & 63));
    return 4;
}

static bool is_code_point(uint32_t code)
{
    return code < 0x110000 && !(code >= 0xd800 && code < 0xe000);
}

static void every_code_point_is_taken(void **state)
{
    uint8_t bytes[8]; // gcc 12 warns of the read of eight at once where it sees only four, though it is guarded

    (void)state;
    for (uint32_t code = 0; code < 0x110000; code++) {
        size_t len = encode(code, bytes);

        if (inferd_utf8_valid((struct inferd_bytes){bytes, len}) != is_code_point(code))
            fail_msg("U+%04X", code);
        for (size_t cut = 1; cut < len; cut++)
            assert_false(inferd_utf8_valid((struct inferd_bytes){bytes, cut}));
    }
}

// The definition turned round: decode leniently, encode, and see whether the same bytes come out.
static bool by_definition(const uint8_t *bytes, size_t len)
{
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint8_t again[4];
    uint32_t code;

    for (size_t at = 0, n; at < len; at += n) {
        n = bytes[at] < 0x80 ? 1 : bytes[at] >= 0xf0 ? 4 : bytes[at] >= 0xe0 ? 3 : 2;
        if (n > len - at)
            return false;
        code = bytes[at] & masks[n];
        for (size_t i = 1; i < n; i++)
            code = code << 6 | (bytes[at + i] & 63);
        if (!is_code_point(code) || encode(code, again) != n || memcmp(again, bytes + at, n) != 0)
            return false;
    }
    return true;
}

static void all_of_three_bytes(void **state)
{
    (void)state;
    for (uint32_t all = 0; all < 1 << 24; all++) {
        uint8_t bytes[3] = {(uint8_t)(all >> 16), (uint8_t)(all >> 8), (uint8_t)all};

        if (bytes[0] >= 0xf0)
            break; // four bytes come next
        if (inferd_utf8_valid((struct inferd_bytes){bytes, 3}) != by_definition(bytes, 3))
            fail_msg("%06x", all);
    }
}

static void four_bytes_at_the_edges(void **state)
{
    static const uint8_t edges[] = {0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf4, 0xff};
    enum { EDGES = sizeof(edges) };

    (void)state;
    for (unsigned first = 0xf0; first < 0x100; first++) {
        for (unsigned i = 0; i < EDGES * EDGES * EDGES; i++) {
            uint8_t bytes[4] = {(uint8_t)first, edges[i % EDGES], edges[i / EDGES % EDGES], edges[i / EDGES / EDGES]};

            if (inferd_utf8_valid((struct inferd_bytes){bytes, 4}) != by_definition(bytes, 4))
                fail_msg("%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
        }
    }
}

static void a_bad_byte_is_found_anywhere(void **state)
{
    (void)state;
    for (size_t len = 0; len < 40; len++) {
        uint8_t *text = malloc(len + 1);

        assert_non_null(text);
        memset(text, 'a', len);
        assert_true(inferd_utf8_valid((struct inferd_bytes){text, len}));
        for (size_t at = 0; at < len; at++) {
            text[at] = 0xc3;
            assert_false(inferd_utf8_valid((struct inferd_bytes){text, len}));
            if (at + 1 < len) {
                text[at + 1] = 0xa9;
                assert_true(inferd_utf8_valid((struct inferd_bytes){text, len}));
                text[at + 1] = 'a';
            }
            text[at] = 'a';
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_taken),
        cmocka_unit_test(all_of_three_bytes),
        cmocka_unit_test(four_bytes_at_the_edges),
        cmocka_unit_test(a_bad_byte_is_found_anywhere),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
