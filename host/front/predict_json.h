// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Predict's messages as JSON, for people and for HTTP. A request is
//
//   {"model": id, "tracking_id": text, "tenant_id": text,
//    "context": {"<name>": value},
//    "targets": ["<id>", {"id": "<id>", "<feature>": value}],
//    "pairs": [{"targets": [0, 1], "<feature>": value}]  or  "slates": [{"targets": [0, 2, 5], …}],
//    "types": {"<name>": "FP32"}}
//
// A value is a text, a number, true or false, null (missing), or a list of one of these. Its type is the one in
// "types", else String, Int64 (a number without a point), FP64, Bool, or a vector of these. Knows no connections.
//
// Threads: any.
#ifndef FRONT_PREDICT_JSON_H
#define FRONT_PREDICT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <inferd/ext/request.h>

#include "base/arena.h"
#include "base/text.h"
#include "proto/predict.pb-c.h"

struct predict_json {
    enum inferd_request_form form; // never INFERD_ENTITIES
    const uint8_t *bytes;          // the message, in the arena
    size_t len;
};

// Makes the message of a request. model: instead of the one in the JSON; NULL: that one. False with a JSON path and the
// mend in error, also where the arena's limit is met.
bool predict_json_read(const json_t *json, const char *model, struct arena *arena, struct predict_json *request,
                       char *error, size_t size);

// A value's type, and its bytes in the arena. False with what is wrong in error.
bool predict_json_type(const json_t *value, const char *name, const json_t *types, int *type, char *error, size_t size);
bool predict_json_encode(const json_t *value, int type, struct arena *arena, ProtobufCBinaryData *bytes, char *error,
                         size_t size);
// Bytes as JSON: numbers, texts, lists, null where there are none. NaN and infinities are texts.
void predict_json_write(struct text *out, struct inferd_bytes bytes, int type, struct arena *arena);

// A reply's table of targets, or of slates.
struct predict_rows {
    size_t column_count, row_count;
    FeatureSchema **columns;
    TargetScore **rows; // a slate's score is of the same form
};

struct predict_reply {
    const char *error; // of the request, "" where there is none
    struct predict_rows targets, slates;
};

// Takes a reply apart, in the arena. False: it is none, or there is no memory.
bool predict_reply_read(enum inferd_request_form form, const void *bytes, size_t len, struct arena *arena,
                        struct predict_reply *reply);
// "targets": [{"<column>": value}], "slates": […], "error": text, without the braces around them, for others may
// follow. Rows with errors have an "error" of their own. The arena is for what is only needed meanwhile.
void predict_reply_write(struct text *out, const struct predict_reply *reply, struct arena *arena);

#endif
