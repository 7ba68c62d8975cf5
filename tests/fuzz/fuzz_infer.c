// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What 'inferctl' reads from people and from a daemon: a request's JSON, a reply of each form, the record of what
// became of nodes, what /config says. An input is a byte (which of them) and its bytes.
#include "fuzz.h"
#include "infer.h"
#include "status_print.h"

static FILE *nowhere;

static void play_request(struct inferd_bytes bytes, struct arena *arena)
{
    static const ProtobufCMessageDescriptor *const types[] = {
        &point_wise_request__descriptor, &pair_wise_request__descriptor, &slate_wise_request__descriptor};
    json_t *json = json_loadb((const char *)bytes.data, bytes.len, JSON_REJECT_DUPLICATES, NULL);
    struct predict_json request;
    ProtobufCMessage *message;
    char error[512] = "";

    if (json && predict_json_read(json, NULL, arena, &request, error, sizeof(error))) {
        message = protobuf_c_message_unpack(types[request.form], NULL, request.len, request.bytes);
        FUZZ_ALWAYS(message);
        protobuf_c_message_free_unpacked(message, NULL);
    } else {
        FUZZ_ALWAYS(!json || *error);
    }
    json_decref(json);
}

static void play_reply(enum inferd_request_form form, struct inferd_bytes bytes, struct arena *arena)
{
    struct predict_reply reply;
    struct text text;
    json_t *json;

    if (!predict_reply_read(form, bytes.data, bytes.len, arena, &reply))
        return;
    infer_reply_print(&reply, arena);
    text_init(&text);
    text_add(&text, "{");
    predict_reply_write(&text, &reply, arena);
    text_add(&text, "}");
    // jansson has no UINT64, and no texts with zeros in them unless it is told to.
    json = json_loads(text_string(&text), JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, NULL);
    FUZZ_ALWAYS(json);
    json_decref(json);
    text_free(&text);
}

static void play_json(unsigned what, struct inferd_bytes bytes)
{
    json_t *json = json_loadb((const char *)bytes.data, bytes.len, 0, NULL);

    if (json && what == 0)
        infer_explain_print(json);
    if (json && what == 1) {
        status_is_fine(json);
        status_print(json);
    }
    json_decref(json);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    nowhere = fopen("/dev/null", "w");
    FUZZ_ALWAYS(nowhere);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    unsigned what = fuzz_byte(&input) % 6;
    uint8_t *copy = fuzz_copy(input);
    FILE *out = stdout;
    struct arena arena;

    input.data = copy;
    stdout = nowhere;
    arena_init(&arena, 65536, 0);
    if (what == 0)
        play_request(input, &arena);
    else if (what < 4)
        play_reply((enum inferd_request_form)(what - 1), input, &arena);
    else
        play_json(what - 4, input);
    arena_free(&arena);
    stdout = out;
    free(copy);
    return 0;
}
