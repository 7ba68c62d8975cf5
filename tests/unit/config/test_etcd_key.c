// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Names of keys below the prefix /p.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "config/etcd_key.h"

static enum etcd_key_kind kind_of(const char *key, char id[64])
{
    struct inferd_bytes view = {NULL, 0};
    enum etcd_key_kind kind = etcd_key_read(inferd_bytes_of(key), 2, &view);

    id[0] = '\0';
    if (kind == ETCD_KEY_MODEL)
        snprintf(id, 64, "%.*s", (int)view.len, (const char *)view.data);
    return kind;
}

static void reads_models(void **state)
{
    static const char *const keys[][2] = {
        {"/p/config-map/m", "m"},
        {"/p/configmap/m", "m"},
        {"/p/Config-Map/My-Model_1", "My-Model_1"},
        {"/p/CONFIG-MAP/a.b c", "a.b c"},
        {"/p/config-map/é", "é"},
        {"/p/-config--map-/m", "m"},
        {"/p/config-map/config-map", "config-map"},
    };
    char id[64];

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_int_equal(kind_of(keys[i][0], id), ETCD_KEY_MODEL);
        assert_string_equal(id, keys[i][1]);
    }
}

static void reads_the_map_and_the_service(void **state)
{
    char id[64];

    (void)state;
    assert_int_equal(kind_of("/p/config-map", id), ETCD_KEY_MAP);
    assert_int_equal(kind_of("/p/ConfigMap", id), ETCD_KEY_MAP);
    assert_int_equal(kind_of("/p/service-config", id), ETCD_KEY_SERVICE);
    assert_int_equal(kind_of("/p/ServiceConfig", id), ETCD_KEY_SERVICE);
}

static void reads_nothing_else(void **state)
{
    static const char *const keys[] = {
        "/p",
        "/p/",
        "/p/config",
        "/p/config-maps",
        "/p/config_map/m",
        "/p/config-map/",
        "/p/config-map/m/dag",
        "/p/service-config/x",
        "/p/config-map/tab\tin",
        "/p/config-map/\xff",
        "/p/config-map/cut\xc3",
        "/p/config-map/\xc0\x80",
    };
    struct inferd_bytes with_zero = {(const uint8_t *)"/p/config-map/a\0b", 17}, id;
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_int_equal(kind_of(keys[i], text), ETCD_KEY_OTHER);
    assert_int_equal(etcd_key_read(with_zero, 2, &id), ETCD_KEY_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_models),
        cmocka_unit_test(reads_the_map_and_the_service),
        cmocka_unit_test(reads_nothing_else),
    };

    return cmocka_run_group_tests_name("etcd_key", tests, NULL, NULL);
}
