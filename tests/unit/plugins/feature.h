// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What tests of the feature kind share.
#ifndef TESTS_FEATURE_H
#define TESTS_FEATURE_H

#include "drive.h"

#define TWO_GROUPS                                                                                                     \
    "{\"fs_keys\": [{\"schema\": \"item\", \"col\": \"id\"}], \"fs_flatten_resp_keys\": [\"item\"],"                   \
    " \"fs_request\": {\"label\": \"ent\", \"featureGroups\": ["                                                       \
    "{\"label\": \"g\", \"data_type\": \"DataTypeFP32\", \"features\": [\"a\", \"b\"]},"                               \
    "{\"label\": \"t\", \"data_type\": \"DataTypeString\", \"features\": [\"s\"]}]}}"

#define CACHED                                                                                                         \
    "{\"fs_keys\": [{\"schema\": \"item\", \"col\": \"id\"}], \"comp_cache_enabled\": true,"                           \
    " \"fs_request\": {\"label\": \"ent\", \"featureGroups\": ["                                                       \
    "{\"label\": \"g\", \"data_type\": \"FP32\", \"features\": [\"a\", \"b\"]},"                                       \
    "{\"label\": \"t\", \"data_type\": \"String\", \"features\": [\"s\"]}]}}"

__attribute__((unused)) static const char *const batches_of_two[] = {
    "--feature-store-batch-size=2", "--feature-store-host=store", "--feature-store-port=77",
    "--feature-store-deadline=33ms", NULL};

static inline struct testhost_run *start(struct testhost *testhost, uint32_t rows, const char *const *ids)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, rows);
    testhost_inline(run, T, "id", ids);
    testhost_start(run);
    return run;
}

static inline void put_feature(struct message *schema, const char *label, int64_t index)
{
    struct message feature = {0};

    put_text(&feature, 1, label);
    put_number(&feature, 2, (uint64_t)index);
    put_message(schema, 2, &feature);
}

// The schemas of TWO_GROUPS, with these columns.
static inline void put_schemas(struct message *reply, int64_t a, int64_t b, int64_t s)
{
    struct message schema = {0};

    put_text(reply, 1, "ent");
    put_text(reply, 2, "item");
    put_text(&schema, 1, "g");
    put_feature(&schema, "a", a);
    put_feature(&schema, "b", b);
    put_message(reply, 3, &schema);
    schema.len = 0;
    put_text(&schema, 1, "t");
    put_feature(&schema, "s", s);
    put_message(reply, 3, &schema);
}

// A row whose values are a number, twice of it, and its key.
static inline void put_row(struct message *reply, const char *key, float number)
{
    struct message row = {0};
    float twice = 2 * number;

    put_text(&row, 1, key);
    put_bytes(&row, 2, (struct inferd_bytes){(const uint8_t *)&number, 4});
    put_bytes(&row, 2, (struct inferd_bytes){(const uint8_t *)&twice, 4});
    put_text(&row, 2, key);
    put_message(reply, 4, &row);
}

static inline void expect_query(const struct testhost_run *run, size_t call, const char *const *keys)
{
    struct message query = {0}, group = {0};

    put_text(&query, 1, "ent");
    put_text(&group, 1, "g");
    put_text(&group, 2, "a");
    put_text(&group, 2, "b");
    put_message(&query, 2, &group);
    group.len = 0;
    put_text(&group, 1, "t");
    put_text(&group, 2, "s");
    put_message(&query, 2, &group);
    put_text(&query, 3, "item");
    for (; *keys; keys++) {
        struct message key = {0};

        put_text(&key, 1, *keys);
        put_message(&query, 4, &key);
    }
    expect_message(run, call, &query);
}

static inline void expect_row(struct testhost_run *run, uint32_t row, const char *a, const char *b, const char *s)
{
    assert_string_equal(testhost_text(run, T, "ent:g:a", row), a);
    assert_string_equal(testhost_text(run, T, "ent:g:b", row), b);
    assert_string_equal(testhost_text(run, T, "ent:t:s", row), s);
}

#endif
