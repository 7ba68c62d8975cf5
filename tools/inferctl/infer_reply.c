// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes a reply apart, and tells it as JSON. The replies of pairs and of slates have the same form under other names.
#include <string.h>

#include "infer.h"

static void *take(void *user, size_t size)
{
    return arena_alloc(user, size);
}

static void drop(void *user, void *pointer)
{
    (void)user;
    (void)pointer;
}

bool infer_reply_read(enum infer_form form, const void *bytes, size_t len, struct arena *arena,
                      struct infer_reply *reply)
{
    ProtobufCAllocator allocator = {take, drop, arena};
    PointWiseResponse *point;
    SlateWiseResponse *slate;

    *reply = (struct infer_reply){.error = ""};
    if (form == INFER_POINT) {
        point = point_wise_response__unpack(&allocator, len, bytes);
        if (!point)
            return false;
        reply->error = point->request_error;
        reply->targets = (struct infer_rows){point->n_target_output_schema, point->n_target_scores,
                                             point->target_output_schema, point->target_scores};
        return true;
    }
    slate = slate_wise_response__unpack(&allocator, len, bytes);
    if (!slate)
        return false;
    reply->error = slate->request_error;
    reply->targets = (struct infer_rows){slate->n_target_output_schema, slate->n_target_scores,
                                         slate->target_output_schema, slate->target_scores};
    reply->slates = (struct infer_rows){slate->n_slate_output_schema, slate->n_slate_scores, slate->slate_output_schema,
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

static json_t *rows_json(const struct infer_rows *rows, struct arena *arena)
{
    json_t *list = json_array();

    for (size_t r = 0; r < rows->row_count; r++) {
        json_t *row = json_object();

        for (size_t c = 0; c < rows->column_count && c < rows->rows[r]->n_output_values; c++)
            json_object_set_new(
                row, rows->columns[c]->name,
                infer_value_json(rows->rows[r]->output_values[c], (int)rows->columns[c]->data_type, arena));
        if (*rows->rows[r]->error)
            json_object_set_new(row, "error", json_string(rows->rows[r]->error));
        json_array_append_new(list, row);
    }
    return list;
}

json_t *infer_reply_json(const struct infer_reply *reply, struct arena *arena)
{
    json_t *told = json_pack("{s:o}", "targets", rows_json(&reply->targets, arena));

    if (reply->slates.column_count || reply->slates.row_count)
        json_object_set_new(told, "slates", rows_json(&reply->slates, arena));
    if (*reply->error)
        json_object_set_new(told, "error", json_string(reply->error));
    return told;
}
