// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inferflow/RetrieveModelScore: entities with their ids in, a table of texts out, whose first row is the header.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <inferd/wire.h>
#include "front/daily_share.h"
#include "front/methods.h"
#include "front/scoring.h"
#include "run/convert/convert.h"

#define BYTES(number) INFERD_WIRE_TAG(number, INFERD_WIRE_BYTES)

// These requests have no tenant.
static bool read_ids(struct inferd_bytes message, struct inferd_bytes *model, struct inferd_bytes *tenant)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    *model = *tenant = (struct inferd_bytes){NULL, 0};
    while (inferd_wire_next(&reader, &field))
        if (field.tag == BYTES(2))
            *model = field.bytes;
    return !reader.bad && inferd_utf8_valid(*model);
}

static bool count_fields(struct inferd_bytes message, uint32_t tag, uint32_t *count)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    *count = 0;
    while (inferd_wire_next(&reader, &field))
        *count += field.tag == tag;
    return !reader.bad;
}

// A name in field 1 and repeated texts in field 2: an entity with its ids, or a feature with its values.
static bool read_texts(struct run *run, struct inferd_bytes message, unsigned role, struct inferd_input *input)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;
    uint32_t at = 0;

    if (!count_fields(message, BYTES(2), &input->count))
        return false;
    input->role = (uint16_t)role;
    input->type = INFERD_TYPE_STRING;
    input->cells = arena_alloc(&run->arena, input->count * sizeof(*input->cells));
    if (!input->cells)
        return false;
    while (inferd_wire_next(&reader, &field)) {
        if (field.tag == BYTES(1))
            input->name = field.bytes;
        else if (field.tag == BYTES(2))
            input->cells[at++] = field.bytes;
        if (field.tag == BYTES(2) && !inferd_utf8_valid(field.bytes))
            return false;
    }
    return !reader.bad && inferd_utf8_valid(input->name);
}

static bool read_entity(struct run *run, struct inferd_bytes message, struct inferd_input *input, uint32_t *count)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    if (!read_texts(run, message, INFERD_INPUT_ENTITY, &input[(*count)++]))
        return false;
    while (inferd_wire_next(&reader, &field))
        if (field.tag == BYTES(3) && !read_texts(run, field.bytes, INFERD_INPUT_FEATURE, &input[(*count)++]))
            return false;
    return true;
}

// Inputs of all entities: each itself and its features. False: not a message.
static bool count_inputs(struct inferd_bytes message, uint32_t *inputs)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    *inputs = 0;
    while (inferd_wire_next(&reader, &field)) {
        uint32_t features;

        if (field.tag == BYTES(3) && !inferd_utf8_valid(field.bytes))
            return false;
        if (field.tag != BYTES(1))
            continue;
        if (!count_fields(field.bytes, BYTES(3), &features))
            return false;
        *inputs += 1 + features;
    }
    return !reader.bad;
}

static const struct inferd_request *read_request(struct run *run, struct inferd_bytes message, int *status,
                                                 const char **error)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_request *request = arena_zalloc(&run->arena, sizeof(*request));
    struct inferd_wire_field field;
    struct inferd_input *input;
    uint32_t count = 0, room;

    *status = INFERD_INTERNAL;
    *error = "";
    if (!request || !count_inputs(message, &room))
        return NULL;
    if (room == 0) {
        *status = INFERD_INVALID_ARGUMENT;
        *error = "the request has no entities: the first entity's ids make the rows to score";
        return NULL;
    }
    input = arena_zalloc(&run->arena, room * sizeof(*input));
    if (!input)
        return NULL;
    while (inferd_wire_next(&reader, &field))
        if (field.tag == BYTES(1) && !read_entity(run, field.bytes, input, &count))
            return NULL;
    request->size = sizeof(*request);
    request->form = INFERD_ENTITIES;
    request->inputs = count;
    request->input = input;
    return request;
}

struct answer {
    struct run *run;
    const uint32_t *columns;
    const char *const *names;
    uint32_t count;
    struct inferd_bytes *texts; // row by row
};

static bool make_texts(struct answer *answer, const char **error)
{
    struct run *run = answer->run;

    answer->texts = arena_zalloc(&run->arena, (size_t)run->targets * answer->count * sizeof(*answer->texts));
    if (!answer->texts)
        return false;
    for (uint32_t c = 0; c < answer->count; c++) {
        if (answer->columns[c] == INFERD_NO_COLUMN)
            continue;
        for (uint32_t r = 0; r < run->targets; r++) {
            const struct inferd_column *column = run->columns[answer->columns[c]];
            struct inferd_bytes text =
                inferd_column_has(column, r) ? convert_text(column, r, &run->arena) : (struct inferd_bytes){NULL, 0};

            if (!inferd_utf8_valid(text)) {
                *error = arena_printf(&run->arena, "column \"%s\" has a text that is not UTF-8 in row %u",
                                      answer->names[c], r);
                return false;
            }
            answer->texts[(size_t)r * answer->count + c] = text;
        }
    }
    return true;
}

static size_t texts_size(const struct inferd_bytes *texts, uint32_t count)
{
    size_t size = 0;

    for (uint32_t i = 0; i < count; i++)
        size += inferd_wire_bytes_size(1, texts[i].len);
    return size;
}

static uint8_t *put_texts(uint8_t *at, const struct inferd_bytes *texts, uint32_t count)
{
    at = inferd_wire_put_head(at, 1, texts_size(texts, count));
    for (uint32_t i = 0; i < count; i++)
        at = inferd_wire_put_bytes(at, 1, texts[i]);
    return at;
}

static bool write_reply(struct run *run, struct inbound *inbound, grpc_slice *reply, int *status, const char **error)
{
    const struct plan_reply *planned = &run->plan->reply;
    struct inferd_bytes user = {NULL, 0}, *header;
    struct answer answer = {.run = run};
    size_t size;
    uint8_t *at;
    bool full;

    inbound_header(inbound, "user-id", &user);
    full = daily_share_has(user, time(NULL), planned->schema_percent);
    answer.columns = full ? planned->full : planned->all;
    answer.names = full ? planned->full_names : planned->all_names;
    answer.count = full ? planned->full_count : planned->all_count;
    header = arena_alloc(&run->arena, answer.count * sizeof(*header));
    *status = INFERD_INTERNAL;
    *error = "no memory for the reply";
    if (!header || !make_texts(&answer, error))
        return false;
    for (uint32_t c = 0; c < answer.count; c++)
        header[c] = inferd_bytes_of(answer.names[c]);
    size = inferd_wire_bytes_size(1, texts_size(header, answer.count));
    for (uint32_t r = 0; r < run->targets; r++)
        size += inferd_wire_bytes_size(1, texts_size(&answer.texts[(size_t)r * answer.count], answer.count));
    *reply = scoring_slice(size);
    at = put_texts(GRPC_SLICE_START_PTR(*reply), header, answer.count);
    for (uint32_t r = 0; r < run->targets; r++)
        at = put_texts(at, &answer.texts[(size_t)r * answer.count], answer.count);
    return true;
}

static const struct scoring_method method = {INFERD_ENTITIES, read_ids, read_request, write_reply};

void entities_score(struct inbound *inbound)
{
    scoring_start(inbound, &method);
}
