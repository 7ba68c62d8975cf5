// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes a reply apart, and writes it as JSON. The replies of pairs and of slates have the same form under other names.
#include <string.h>

#include "front/predict_json.h"

static void *take(void *user, size_t size)
{
    return arena_alloc(user, size);
}

static void drop(void *user, void *pointer)
{
    (void)user;
    (void)pointer;
}

bool predict_reply_read(enum inferd_request_form form, const void *bytes, size_t len, struct arena *arena,
                        struct predict_reply *reply)
{
    ProtobufCAllocator allocator = {take, drop, arena};
    PointWiseResponse *point;
    SlateWiseResponse *slate;

    *reply = (struct predict_reply){.error = ""};
    if (form == INFERD_POINTWISE) {
        point = point_wise_response__unpack(&allocator, len, bytes);
        if (!point)
            return false;
        reply->error = point->request_error;
        reply->targets = (struct predict_rows){point->n_target_output_schema, point->n_target_scores,
                                               point->target_output_schema, point->target_scores};
        return true;
    }
    slate = slate_wise_response__unpack(&allocator, len, bytes);
    if (!slate)
        return false;
    reply->error = slate->request_error;
    reply->targets = (struct predict_rows){slate->n_target_output_schema, slate->n_target_scores,
                                           slate->target_output_schema, slate->target_scores};
    reply->slates =
        (struct predict_rows){slate->n_slate_output_schema, slate->n_slate_scores, slate->slate_output_schema,
                              arena_alloc(arena, (slate->n_slate_scores + 1) * sizeof(TargetScore *))};
    for (size_t i = 0; reply->slates.rows && i < slate->n_slate_scores; i++) {
        TargetScore *score = reply->slates.rows[i] = arena_alloc(arena, sizeof(*score));

        if (!score)
            return false;
        target_score__init(score);
        score->error = slate->slate_scores[i]->error;
        score->n_output_values = slate->slate_scores[i]->n_output_values;
        score->output_values = slate->slate_scores[i]->output_values;
    }
    return reply->slates.rows;
}

static void write_row(struct text *out, const struct predict_rows *rows, const TargetScore *row, struct arena *arena)
{
    const char *between = "";

    text_add(out, "{");
    for (size_t c = 0; c < rows->column_count && c < row->n_output_values; c++) {
        const ProtobufCBinaryData *value = &row->output_values[c];

        text_add(out, between);
        text_json(out, rows->columns[c]->name, strlen(rows->columns[c]->name));
        text_add(out, ": ");
        predict_json_write(out, (struct inferd_bytes){value->data, value->len}, (int)rows->columns[c]->data_type,
                           arena);
        between = ", ";
    }
    if (*row->error) {
        text_printf(out, "%s\"error\": ", between);
        text_json(out, row->error, strlen(row->error));
    }
    text_add(out, "}");
}

static void write_rows(struct text *out, const char *name, const struct predict_rows *rows, struct arena *arena)
{
    text_printf(out, "\"%s\": [", name);
    for (size_t r = 0; r < rows->row_count; r++) {
        text_add(out, r ? ",\n  " : "\n  ");
        write_row(out, rows, rows->rows[r], arena);
    }
    text_add(out, rows->row_count ? "\n]" : "]");
}

void predict_reply_write(struct text *out, const struct predict_reply *reply, struct arena *arena)
{
    write_rows(out, "targets", &reply->targets, arena);
    if (reply->slates.column_count || reply->slates.row_count) {
        text_add(out, ",\n");
        write_rows(out, "slates", &reply->slates, arena);
    }
    if (*reply->error) {
        text_add(out, ",\n\"error\": ");
        text_json(out, reply->error, strlen(reply->error));
    }
}
