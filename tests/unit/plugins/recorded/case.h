// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A recorded request of tests/golden/calls: its files read, its message decoded.
#ifndef RECORDED_CASE_H
#define RECORDED_CASE_H

#include <inferd/ext/request.h>
#include <jansson.h>

struct recorded_call {
    const char *service; // "onfs", "triton", "numerix"
    struct inferd_bytes request, reply;
    uint32_t status;
    bool used;
};

struct recorded_case {
    json_t *json;
    const char *method, *model;
    const char *headers[16]; // name, value, …, NULL
    const json_t *config;
    struct inferd_bytes request_message, response;
    struct recorded_call *calls;
    size_t call_count;
    struct inferd_request request;
    struct inferd_bytes *reply_columns; // names of response_config.features
    uint8_t *files[8];
    size_t file_count;
};

// Fails the test where a file is missing or wrong.
void recorded_open(struct recorded_case *recorded, const char *name);
void recorded_close(struct recorded_case *recorded);

// Decodes a request's message into what a root component sees; its memory is freed by recorded_free_request.
void recorded_decode_request(const char *method, struct inferd_bytes message, struct inferd_request *request);
void recorded_free_request(struct inferd_request *request);

#endif
