// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads a recorded request's files.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <inferd/wire.h>
#include "case.h"

static const char *const services[] = {"onfs", "triton", "numerix"};

// A file's bytes; data is NULL where there is no such file.
static struct inferd_bytes read_file(struct recorded_case *recorded, const char *folder, const char *name)
{
    char path[512];
    struct inferd_bytes bytes = {NULL, 0};
    FILE *file;
    long size;
    uint8_t *data;

    snprintf(path, sizeof(path), "%s/tests/golden/calls/%s/%s", SOURCE_DIR, folder, name);
    file = fopen(path, "rb");
    if (!file)
        return bytes;
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, file), size);
    fclose(file);
    recorded->files[recorded->file_count++] = data;
    return (struct inferd_bytes){data, (size_t)size};
}

static struct recorded_call *add_call(struct recorded_case *recorded, const char *service)
{
    recorded->calls = realloc(recorded->calls, (recorded->call_count + 1) * sizeof(*recorded->calls));
    assert_non_null(recorded->calls);
    recorded->calls[recorded->call_count] = (struct recorded_call){.service = service};
    return &recorded->calls[recorded->call_count++];
}

static struct inferd_bytes take(struct inferd_bytes *from)
{
    struct inferd_bytes taken;

    assert_true(from->len >= 4);
    taken = (struct inferd_bytes){from->data + 4, inferd_bytes_load32(from->data)};
    assert_true(taken.len <= from->len - 4);
    from->data += 4 + taken.len;
    from->len -= 4 + taken.len;
    return taken;
}

static void read_calls(struct recorded_case *recorded, const char *folder, const char *service)
{
    char name[64];
    struct inferd_bytes file;

    snprintf(name, sizeof(name), "calls_%s.bin", service);
    file = read_file(recorded, folder, name);
    while (file.len) {
        struct recorded_call *call = add_call(recorded, service);

        call->request = take(&file);
        call->reply = take(&file);
        call->status = inferd_bytes_load32(file.data);
        file.data += 4;
        file.len -= 4;
    }
    snprintf(name, sizeof(name), "last_%s.req", service);
    file = read_file(recorded, folder, name);
    if (file.data) {
        struct recorded_call *call = add_call(recorded, service);

        call->request = file;
        call->status = INFERD_UNAVAILABLE;
    }
}

void recorded_open(struct recorded_case *recorded, const char *name)
{
    json_t *pair;
    size_t i;

    memset(recorded, 0, sizeof(*recorded));
    recorded->json =
        json_loads((const char *)read_file(recorded, name, "case.json").data, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(recorded->json);
    recorded->method = json_string_value(json_object_get(recorded->json, "method"));
    recorded->model = json_string_value(json_object_get(recorded->json, "model"));
    recorded->config = json_object_get(recorded->json, "config");
    json_array_foreach(json_object_get(recorded->json, "metadata"), i, pair)
    {
        recorded->headers[2 * i] = json_string_value(json_array_get(pair, 0));
        recorded->headers[2 * i + 1] = json_string_value(json_array_get(pair, 1));
    }
    for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        read_calls(recorded, name, services[i]);
    recorded->request_message = read_file(recorded, name, "request.bin");
    recorded->response = read_file(recorded, name, "response.bin");
    assert_true(recorded->call_count > 0);
    recorded_decode_request(recorded->method, recorded->request_message, &recorded->request);
}

void recorded_close(struct recorded_case *recorded)
{
    recorded_free_request(&recorded->request);
    for (size_t i = 0; i < recorded->file_count; i++)
        free(recorded->files[i]);
    free(recorded->calls);
    json_decref(recorded->json);
}
