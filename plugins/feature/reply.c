// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows of a reply, retrieve.Result{feature_schemas=3, rows=4{keys=1, columns=2}}, are read straight into the
// matrix. Which column is which feature is in the schemas, which row is which entity in its keys; the order that we
// asked in is only where the search begins.
#include <inferd/wire.h>
#include "even.h"
#include "run.h"
#include "schema.h"
#include "values.h"

#define ROW INFERD_WIRE_TAG(4, INFERD_WIRE_BYTES)
#define KEY INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES) // of one byte
#define COLUMN INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)

struct reader {
    struct feature_run *run;
    struct inferd_step *step;
    const struct feature_batch *batch;
    struct feature_schemas schemas;
    struct feature_even even;
    struct inferd_bytes *parts;  // keys of a row
    struct inferd_bytes *values; // of a row, by label; NULL when nothing is cached
    uint32_t rows;               // with values
    bool malformed;
};

// Whether a row begins with the keys that we asked for in its place, as it should. 'rest' is what follows them.
static inline bool is_expected(const struct reader *reader, struct inferd_bytes row, uint32_t place,
                               struct inferd_bytes *rest)
{
    const struct feature_keys *keys = &reader->run->keys;

    if (place >= reader->batch->count)
        return false;
    for (uint32_t k = 0; k < keys->key_count; k++) {
        struct inferd_bytes key = feature_key(keys, reader->batch->entities[place], k);

        if (key.len >= 0x80 || row.len < key.len + 2 || row.data[0] != KEY || row.data[1] != key.len ||
            !inferd_bytes_equal((struct inferd_bytes){row.data + 2, key.len}, key))
            return false;
        row.data += key.len + 2;
        row.len -= key.len + 2;
    }
    *rest = row;
    return true;
}

// The entity that has the keys of a row, which may stand anywhere in it. NONE: the row is of no use.
static uint32_t find_entity(struct reader *reader, struct inferd_bytes row)
{
    const struct feature_keys *keys = &reader->run->keys;
    struct inferd_wire_reader fields = inferd_wire_read(row);
    struct inferd_wire_field field;
    uint32_t count = 0, number;

    while (count < keys->key_count && inferd_wire_next(&fields, &field))
        if (field.tag == KEY)
            reader->parts[count++] = field.bytes;
    if (count < keys->key_count) {
        reader->run->lost[FEATURE_ROW_KEYLESS]++;
        return FEATURE_NONE;
    }
    number = feature_keys_find(keys, reader->parts);
    reader->run->lost[FEATURE_ROW_UNASKED] += number == FEATURE_NONE;
    return number;
}

static void take_value(struct reader *reader, uint32_t entity, uint32_t label, struct inferd_bytes value)
{
    struct feature_run *run = reader->run;
    struct inferd_column *column = reader->step->columns[run->feature->labels[label].column];

    run->lost[FEATURE_EMPTY] += value.len == 0;
    if (!feature_set_value(run, reader->step, entity, column, value) && run->lost[FEATURE_BAD_LENGTH]++ == 0)
        feature_log_failure(run->feature, "the store's values of %.*s:%.*s have %zu bytes, their type has %u",
                            (int)run->feature->labels[label].group.len,
                            (const char *)run->feature->labels[label].group.data,
                            (int)run->feature->labels[label].feature.len,
                            (const char *)run->feature->labels[label].feature.data, value.len, column->value_size);
    if (reader->values)
        reader->values[label] = value;
}

// What most rows are: in their place, of an entity with one row of the matrix, even, and not to be kept. False: it
// isn't, and nothing was read.
static inline bool read_usual_row(struct reader *reader, struct inferd_bytes row, uint32_t place)
{
    struct feature_entity *entity;
    struct inferd_bytes rest;

    if (reader->values || !is_expected(reader, row, place, &rest))
        return false;
    entity = &reader->run->keys.entities[reader->batch->entities[place]];
    if (entity->answered || entity->count != 1 || !feature_even_read(&reader->even, rest, entity->first))
        return false;
    entity->answered = true;
    reader->rows++;
    return true;
}

static void read_row(struct reader *reader, struct inferd_bytes row, uint32_t place)
{
    struct feature_run *run = reader->run;
    struct inferd_bytes rest;
    uint32_t index = 0, at = 0, number;
    struct inferd_wire_reader fields;
    struct inferd_wire_field field;

    if (is_expected(reader, row, place, &rest))
        number = reader->batch->entities[place];
    else
        number = find_entity(reader, row);
    if (number == FEATURE_NONE)
        return;
    if (run->keys.entities[number].answered) {
        run->lost[FEATURE_ROW_TWICE]++;
        return;
    }
    reader->rows++;
    fields = inferd_wire_read(row);
    if (reader->values)
        memset(reader->values, 0, run->feature->label_count * sizeof(*reader->values));
    while (inferd_wire_next(&fields, &field)) {
        if (field.tag != COLUMN)
            continue;
        if (at == reader->schemas.count || reader->schemas.wanted[at].index != index)
            run->lost[FEATURE_VALUE_UNNAMED]++;
        for (; at < reader->schemas.count && reader->schemas.wanted[at].index == index; at++)
            take_value(reader, number, reader->schemas.wanted[at].label, field.bytes);
        index++;
    }
    run->lost[FEATURE_SHORT_ROW] += reader->schemas.count - at;
    run->lost[FEATURE_ROW_MALFORMED] += fields.bad;
    reader->malformed |= fields.bad;
    run->keys.entities[number].answered |= !fields.bad;
    if (reader->values && !fields.bad)
        feature_cache_put(run, reader->step, number, reader->values);
}

static void fail_unanswered(struct reader *reader)
{
    struct feature_run *run = reader->run;
    int status = reader->malformed ? INFERD_DATA_LOSS : INFERD_NOT_FOUND;
    const char *why =
        reader->malformed ? "the feature store's reply is malformed" : "the feature store left the row out";

    for (uint32_t i = 0; i < reader->batch->count; i++) {
        uint32_t number = reader->batch->entities[i];

        if (run->keys.entities[number].answered)
            continue;
        feature_fail_entity(run, reader->step, number, status, why);
        feature_land(run, reader->step, number, status, why, inferd_bytes_of(""));
    }
}

static void count_columns(const struct reader *reader)
{
    const struct feature_schemas *schemas = &reader->schemas;
    uint32_t *lost = reader->run->lost;

    lost[FEATURE_COLUMN_UNASKED] += schemas->lost.unasked;
    lost[FEATURE_COLUMN_TWICE] += schemas->lost.twice;
    lost[FEATURE_COLUMN_ABSURD] += schemas->lost.absurd;
    lost[FEATURE_UNNAMED] += reader->rows * (reader->run->feature->label_count - schemas->count);
}

static bool make_reader(struct reader *reader, struct inferd_bytes reply)
{
    const struct feature *feature = reader->run->feature;

    reader->parts = feature->host->alloc(reader->step, (feature->key_count + 1) * sizeof(*reader->parts));
    if (feature->cache)
        reader->values = feature->host->alloc(reader->step, (feature->label_count + 1) * sizeof(*reader->values));
    if (!reader->parts || (feature->cache && !reader->values))
        return false;
    return feature_schemas_read(&reader->schemas, feature, reader->step, reply);
}

bool feature_reply_read(struct feature_run *run, struct inferd_step *step, const struct feature_batch *batch,
                        struct inferd_bytes reply)
{
    struct reader reader = {.run = run, .step = step, .batch = batch};
    struct inferd_wire_reader fields = inferd_wire_read(reply);
    struct inferd_wire_field field;
    struct inferd_bytes row;
    uint32_t place = 0;
    bool more;

    if (!make_reader(&reader, reply))
        return false;
    feature_even_make(&reader.even, run->feature, step, &reader.schemas);
    do {
        for (; inferd_wire_next_bytes(&fields, ROW, &row); place++)
            if (!read_usual_row(&reader, row, place))
                read_row(&reader, row, place);
        more = inferd_wire_next(&fields, &field);
        if (more && field.tag == ROW)
            read_row(&reader, field.bytes, place++);
    } while (more);
    feature_even_end(&reader.even);
    count_columns(&reader);
    fail_unanswered(&reader);
    return true;
}
