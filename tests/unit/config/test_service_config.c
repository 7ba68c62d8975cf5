// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The service config in both spellings, and what is refused.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/log.h"
#include "config/service_config.h"

static void shows(const struct service_config *config, const char *expected)
{
    struct text text;

    text_init(&text);
    service_config_show(config, &text);
    assert_string_equal(text_string(&text), expected);
    text_free(&text);
}

static bool take(struct service_config *config, const char *text)
{
    return service_config_take(config, "/p/service-config", text, text ? strlen(text) : 0);
}

static void both_spellings_are_read(void **state)
{
    struct service_config config;

    (void)state;
    service_config_init(&config);
    shows(&config, "{\"v2-logging-type\": \"proto\", \"compression-enabled\": false}");
    assert_true(take(&config, "{\"v2-logging-type\": \"arrow\", \"compression-enabled\": true}"));
    shows(&config, "{\"v2-logging-type\": \"arrow\", \"compression-enabled\": true}");
    assert_true(take(&config, "{\"v2_logging_type\": \"Parquet\", \"compression_enabled\": false}"));
    shows(&config, "{\"v2-logging-type\": \"parquet\", \"compression-enabled\": false}");
    assert_true(take(&config, "{}"));
    shows(&config, "{\"v2-logging-type\": \"proto\", \"compression-enabled\": false}");
    assert_true(take(&config, "{\"v2-logging-type\": \"arrow\", \"more\": 1}"));
    assert_true(take(&config, NULL));
    shows(&config, "{\"v2-logging-type\": \"proto\", \"compression-enabled\": false}");
    service_config_free(&config);
}

static void the_last_good_one_stays(void **state)
{
    static const struct {
        const char *text, *reason;
    } wrong[] = {
        {"{\"v2_logging_type\": \"csv\"}", "v2_logging_type is \"csv\"; expected \"proto\", \"arrow\" or \"parquet\""},
        {"{\"v2-logging-type\": 3}", "v2-logging-type is the number 3; expected a string; write it in quotes"},
        {"{\"compression_enabled\": \"true\"}",
         "compression_enabled is the string \"true\"; expected true or false; write true without quotes"},
        {"{\"v2-logging-type\": \"proto\", \"v2_logging_type\": \"arrow\"}",
         "v2_logging_type is given twice, also as \"v2-logging-type\"; leave one of them out"},
        {"[]", "is a list; expected an object"},
        {"{", "is not JSON: line 1, column 1: string or '}' expected near end of file"},
    };
    struct service_config config;

    (void)state;
    service_config_init(&config);
    assert_true(take(&config, "{\"v2-logging-type\": \"arrow\"}"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(take(&config, wrong[i].text));
        assert_non_null(strstr(config.refused, wrong[i].reason));
        shows(&config, "{\"v2-logging-type\": \"arrow\", \"compression-enabled\": false}");
    }
    assert_true(take(&config, "{\"v2-logging-type\": \"arrow\"}"));
    assert_null(config.refused);
    service_config_free(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_spellings_are_read),
        cmocka_unit_test(the_last_good_one_stays),
    };

    log_set_level(LOG_ERROR + 1);
    return cmocka_run_group_tests_name("service_config", tests, NULL, NULL);
}
