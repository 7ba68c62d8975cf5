// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Model configs, compiled with the real kinds; one that is taken serves a request while its backends answer nothing of
// use. An input is a byte (1: with the original's oddities; 2, 4: how backends answer) and the JSON.
#include <inferd/status.h>
#include <inferd/wire.h>
#include "stage.h"

static int answer(void *user, const char *path, struct inferd_bytes request, struct inferd_bytes *reply)
{
    unsigned how = *(unsigned *)user;

    (void)path;
    *reply = how & 4 ? request : (struct inferd_bytes){NULL, 0}; // a mirror's is a message, if not a reply
    return how & 2 ? INFERD_UNAVAILABLE : INFERD_OK;
}

static uint8_t *put_named(uint8_t *at, uint32_t number, const char *name, uint32_t value_number, const char *value)
{
    struct inferd_bytes n = inferd_bytes_of(name), v = inferd_bytes_of(value);

    at = inferd_wire_put_head(at, number,
                              inferd_wire_bytes_size(1, n.len) + inferd_wire_bytes_size(value_number, v.len));
    at = inferd_wire_put_bytes(at, 1, n);
    return inferd_wire_put_bytes(at, value_number, v);
}

// Two slates of three targets.
static size_t make_request(uint8_t *message)
{
    static const uint8_t slates[][4] = {{0x0a, 2, 0, 1}, {0x0a, 2, 2, 0}};
    uint8_t *at = inferd_wire_put_bytes(message, 1, inferd_bytes_of("m"));

    at = put_named(at, 3, "user_id", 2, "u1");
    at = put_named(at, 4, "tprice", 99, "");
    at = put_named(at, 5, "sname", 99, "");
    for (size_t i = 0; i < 2; i++)
        at = inferd_wire_put_bytes(at, 6, (struct inferd_bytes){slates[i], sizeof(slates[i])});
    at = put_named(at, 7, "1", 2, "1.5");
    at = put_named(at, 7, "2", 2, "x");
    at = put_named(at, 7, "1", 2, "");
    return (size_t)(at - message);
}

static void play(const struct run_models *models, unsigned how)
{
    uint8_t message[256];
    struct stage_request request = {.models = models, .compat = how & 1, .answer = answer, .user = &how};

    request.message = (struct inferd_bytes){message, make_request(message)};
    request.start = predict_slate;
    stage_play(&request);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    unsigned how = fuzz_byte(&input);
    struct stage_table table;
    uint8_t *exact = fuzz_copy(input);

    if (stage_compile(&table, "m", (struct inferd_bytes){exact, input.len}, how & 1))
        play(&table.models, how);
    stage_drop(&table);
    free(exact);
    return 0;
}
