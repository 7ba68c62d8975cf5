// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Lists of endpoints.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "config/etcd_endpoint.h"

static void reads(const char *text, const char *expected)
{
    struct etcd_endpoint *list = NULL;
    char error[256] = "", all[512] = "";
    size_t count = etcd_endpoints_read(text, &list, error, sizeof(error));

    for (size_t i = 0; i < count; i++) {
        strcat(all, list[i].tls ? "tls " : "");
        strcat(all, list[i].address);
        strcat(all, ";");
    }
    assert_string_equal(all, expected);
    assert_string_equal(error, "");
    etcd_endpoints_free(list, count);
}

static void reads_all_forms(void **state)
{
    (void)state;
    reads("http://127.0.0.1:2379", "127.0.0.1:2379;");
    reads("https://a.b:1", "tls a.b:1;");
    reads("etcd-0:2379,etcd-1:2379", "etcd-0:2379;etcd-1:2379;");
    reads(" HTTP://a , https://b:65535/ ,c,", "a:2379;tls b:65535;c:2379;");
    reads("[::1]:5,http://[::1]", "[::1]:5;[::1]:2379;");
}

static void refuses_what_is_none(void **state)
{
    static const char *const wrong[] = {"http://",       "a:b", "a:0",  "a:65536", "a:99999999999", "::1",
                                        "http://a/path", "a b", "[::1", "[::1]x",  ":2379",         "a:1,ftp://x"};
    struct etcd_endpoint *list;
    char error[256];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(etcd_endpoints_read(wrong[i], &list, error, sizeof(error)), 0);
        assert_non_null(strstr(error, "is no etcd endpoint; expected http://host:port"));
    }
    assert_int_equal(etcd_endpoints_read(" , ", &list, error, sizeof(error)), 0);
    assert_string_equal(error, "there is no etcd endpoint; expected http://host:port, several separated by commas");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms),
        cmocka_unit_test(refuses_what_is_none),
    };

    return cmocka_run_group_tests_name("etcd_endpoint", tests, NULL, NULL);
}
