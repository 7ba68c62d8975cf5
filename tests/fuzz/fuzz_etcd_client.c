// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What etcd answers (or what answers in its place) to tools: pages, what became of a put, a key's history. An input is
// a byte (1: a user with a password; the rest: what is asked) and the answers (etcd_loop.h).
#include "config/etcd_client.h"
#include "etcd_loop.h"
#include "fuzz.h"

#define FIRST "/config/inferflow/services/s/model-config/"
#define END "/config/inferflow/services/s/model-config0"

static size_t seen; // keeps the compiler from leaving the reads out

// Reads each byte: views must be of memory that is there.
static void on_value(void *user, const struct etcd_value *value)
{
    (void)user;
    for (size_t i = 0; i < value->key.len; i++)
        seen += value->key.data[i];
    for (size_t i = 0; i < value->value.len; i++)
        seen += value->value.data[i];
}

// In order, so that there is an end, whatever answers.
static void on_listed(void *user, const struct etcd_value *value)
{
    struct inferd_bytes *last = user;
    size_t common = last->len < value->key.len ? last->len : value->key.len;
    int order = common ? memcmp(last->data, value->key.data, common) : 0;

    FUZZ_ALWAYS(order < 0 || (order == 0 && last->len < value->key.len));
    free((void *)last->data);
    *last = (struct inferd_bytes){fuzz_copy(value->key), value->key.len};
    on_value(NULL, value);
}

static enum etcd_answer list(struct etcd_client *client, bool keys_only)
{
    struct inferd_bytes last = {NULL, 0};
    enum etcd_answer answer = etcd_client_get(client, FIRST, END, 0, keys_only, on_listed, &last);

    free((void *)last.data);
    return answer;
}

static enum etcd_answer put(struct etcd_client *client)
{
    static const struct etcd_put puts[] = {
        {.key = FIRST "a", .value = {(const uint8_t *)"{}", 2}},
        {.key = FIRST "b", .expected = 7},
        {.key = FIRST "c", .removed = true, .expected = 8},
    };

    return etcd_client_put(client, puts, sizeof(puts) / sizeof(puts[0]));
}

static enum etcd_answer history(struct etcd_client *client, int64_t last)
{
    int64_t kept = 0;
    enum etcd_answer answer = etcd_client_history(client, FIRST "a", last, &kept, on_value, NULL);

    FUZZ_ALWAYS(kept >= 1);
    return answer;
}

static void ask(struct etcd_client *client, unsigned what)
{
    enum etcd_answer answer;

    what %= 6;
    if (what < 2)
        answer = list(client, what == 1);
    else if (what == 2)
        answer = etcd_client_get(client, FIRST "a", NULL, 5, false, on_value, NULL);
    else if (what == 3)
        answer = put(client);
    else
        answer = history(client, what == 4 ? 9 : 0);
    FUZZ_ALWAYS(answer == ETCD_DONE || answer == ETCD_CHANGED || *etcd_client_error(client));
    FUZZ_ALWAYS(answer != ETCD_CHANGED || what == 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    unsigned what = fuzz_byte(&input);
    const struct source_etcd_options options = {
        .endpoints = "http://a:2379,http://b:2379", .user = what & 1 ? "u" : NULL, .password = "p"};
    struct etcd_client *client;
    char error[256];

    etcd_loop_begin_alone(input);
    client = etcd_client_open(&options, error, sizeof(error));
    FUZZ_ALWAYS(client);
    // Two questions, as 'push' has them: what was told before must not spoil what comes after.
    ask(client, what / 2);
    ask(client, what / 12);
    etcd_client_close(client);
    return 0;
}
