// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What inferctl infer's files share. A request is JSON:
//
//   {"model": id, "tracking_id": text, "tenant_id": text,
//    "context": {"<name>": value},
//    "targets": ["<id>", {"id": "<id>", "<feature>": value}],
//    "pairs": [{"targets": [0, 1], "<feature>": value}]  or  "slates": [{"targets": [0, 2, 5], …}],
//    "types": {"<name>": "FP32"}}
//
// A value is a text, a number, true or false, null (missing), or a list of one of these. Its type is the one in
// "types", else String, Int64 (a number without a point), FP64, Bool, or a vector of these.
#ifndef INFERCTL_INFER_H
#define INFERCTL_INFER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "proto/predict.pb-c.h"

enum infer_form { INFER_POINT, INFER_PAIR, INFER_SLATE };

struct infer_request {
    enum infer_form form;
    const uint8_t *bytes; // the message, in the arena
    size_t len;
};

// Makes the message. False with a JSON path and the mend in error.
bool infer_request_make(const json_t *json, const char *model, struct arena *arena, struct infer_request *request,
                        char *error, size_t size);

// A value's type, and its bytes in the arena. False with what is wrong in error.
bool infer_value_type(const json_t *value, const char *name, const json_t *types, int *type, char *error, size_t size);
bool infer_value_encode(const json_t *value, int type, struct arena *arena, ProtobufCBinaryData *bytes, char *error,
                        size_t size);
// Bytes as JSON: numbers, texts, lists, null where there are none.
json_t *infer_value_json(ProtobufCBinaryData bytes, int type, struct arena *arena);

// A reply's table of targets, or of slates.
struct infer_rows {
    size_t column_count, row_count;
    FeatureSchema **columns;
    TargetScore **rows; // a slate's score is of the same form
};

struct infer_reply {
    const char *error; // of the request, "" where there is none
    struct infer_rows targets, slates;
};

// Takes a reply apart, in the arena. False: it is none.
bool infer_reply_read(enum infer_form form, const void *bytes, size_t len, struct arena *arena,
                      struct infer_reply *reply);
// {"targets": [{"<column>": value}], "slates": […], "error"}, rows with errors having an "error" of their own.
json_t *infer_reply_json(const struct infer_reply *reply, struct arena *arena);
void infer_reply_print(const struct infer_reply *reply, struct arena *arena);
// Of the explain record (docs/policies.md): each node's time, rows, defaults.
void infer_explain_print(const json_t *record);

#endif
