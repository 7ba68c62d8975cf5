// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What backends answer. Three programs are built of this, one for each service (SERVICE). An input is the number of a
// recorded model (a byte) and the reply that each call to the service gets; calls to others are answered as recorded.
#include "cases.h"

#include <inferd/status.h>

struct playing {
    const struct fuzz_case *it;
    struct inferd_bytes reply;
    unsigned calls;
};

static int answer(void *user, const char *path, struct inferd_bytes request, struct inferd_bytes *reply)
{
    struct playing *playing = user;

    if (strcmp(cases_service(path), SERVICE) != 0)
        return cases_answer(playing->it, path, request, playing->calls++, reply);
    *reply = playing->reply;
    return INFERD_OK;
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
    struct playing playing = {NULL, {NULL, 0}, 0};

    playing.it = cases_get(fuzz_byte(&input), &request.compat);
    playing.reply = input;
    request.models = &playing.it->tables[request.compat].models;
    request.start = playing.it->start;
    request.message = playing.it->recorded.request_message;
    request.headers = playing.it->recorded.headers;
    request.user = &playing;
    stage_play(&request);
    return 0;
}
