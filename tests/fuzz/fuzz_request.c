// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What clients send over gRPC, through front, init and the whole of a model to the reply. An input is the number of a
// recorded model, the method (a byte each), and the message. Backends answer as they did to the recorded request.
#include "cases.h"

static void (*const methods[])(struct inbound *inbound) = {
    predict_point, predict_pair, predict_slate, entities_score, health_check, reflection_stream,
};

struct playing {
    const struct fuzz_case *it;
    unsigned calls;
};

static int answer(void *user, const char *path, struct inferd_bytes request, struct inferd_bytes *reply)
{
    struct playing *playing = user;

    return cases_answer(playing->it, path, request, playing->calls++, reply);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    cases_open();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    struct stage_request request = {.answer = answer};
    struct playing playing = {NULL, 0};

    playing.it = cases_get(fuzz_byte(&input), &request.compat);
    request.models = &playing.it->tables[request.compat].models;
    request.start = methods[fuzz_byte(&input) % (sizeof(methods) / sizeof(methods[0]))];
    request.message = input;
    request.headers = playing.it->recorded.headers;
    request.user = &playing;
    stage_play(&request);
    return 0;
}
