// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Telling protocols by their first bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/sniff.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

static enum sniff_verdict of(const char *text)
{
    return sniff(text, strlen(text));
}

static void knows_the_preface_once_it_is_whole(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(PREFACE) - 1; len++)
        assert_int_equal(sniff(PREFACE, len), SNIFF_MORE);
    assert_int_equal(of(PREFACE), SNIFF_HTTP2);
    assert_int_equal(of(PREFACE "\x00\x00\x12"), SNIFF_HTTP2);
}

static void knows_requests(void **state)
{
    static const char *const requests[] = {
        "GET /health/self HTTP/1.1\r\n",
        "POST /v1/models/a:predict HTTP/1.1\r\n",
        "OPTIONS * HTTP/1.1\r\n",
        "GET http://host/ HTTP/1.1\r\n",
        "CONNECT [::1]:80 HTTP/1.1\r\n",
        "CONNECT host:80 HTTP/1.1\r\n",
        "M-SEARCH * HTTP/1.1\r\n",
        "PRINT /a HTTP/1.0\r\n",
        "P /",
        "get /",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        assert_int_equal(of(requests[i]), SNIFF_HTTP1);
}

static void waits_for_method_and_target(void **state)
{
    (void)state;
    assert_int_equal(of(""), SNIFF_MORE);
    assert_int_equal(of("G"), SNIFF_MORE);
    assert_int_equal(of("GET"), SNIFF_MORE);
    assert_int_equal(of("GET "), SNIFF_MORE);
    assert_int_equal(of("GET /"), SNIFF_HTTP1);
}

static void knows_tls(void **state)
{
    (void)state;
    assert_int_equal(of("\x16\x03\x01\x02"), SNIFF_TLS);
}

static void knows_rubbish(void **state)
{
    (void)state;
    assert_int_equal(of(" GET /"), SNIFF_RUBBISH);
    assert_int_equal(of("\r\n"), SNIFF_RUBBISH);
    assert_int_equal(of("GET\t/"), SNIFF_RUBBISH);
    assert_int_equal(of("GET  /"), SNIFF_RUBBISH);
    assert_int_equal(of("GET \r\n"), SNIFF_RUBBISH);
    assert_int_equal(of("\xff\xfe"), SNIFF_RUBBISH);
    assert_int_equal(of("abc{"), SNIFF_RUBBISH);
    assert_int_equal(sniff("\0\0\0\0", 4), SNIFF_RUBBISH);
    assert_int_equal(sniff("GET\0/", 5), SNIFF_RUBBISH);
    assert_int_equal(sniff("GET \0", 5), SNIFF_RUBBISH);
}

// A sender can't stay undecided by going on: no prefix of SNIFF_SIZE bytes is left open.
static void decides_within_its_size(void **state)
{
    char bytes[SNIFF_SIZE];

    (void)state;
    for (int c = 0; c < 256; c++) {
        memset(bytes, c, sizeof(bytes));
        assert_int_not_equal(sniff(bytes, sizeof(bytes)), SNIFF_MORE);
        for (size_t kept = 1; kept < sizeof(PREFACE); kept++) {
            memset(bytes, c, sizeof(bytes));
            memcpy(bytes, PREFACE, kept);
            assert_int_not_equal(sniff(bytes, sizeof(bytes)), SNIFF_MORE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_preface_once_it_is_whole),
        cmocka_unit_test(knows_requests),
        cmocka_unit_test(waits_for_method_and_target),
        cmocka_unit_test(knows_tls),
        cmocka_unit_test(knows_rubbish),
        cmocka_unit_test(decides_within_its_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
