// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows of a reply, retrieve.Result{feature_schemas=3, rows=4{keys=1, columns=2}}, are read straight into the
// matrix. Which column is which feature is in the schemas, which row is which entity in its keys; the order that we
// asked in is only where the search begins.
#include <inferd/wire.h>
#include "run.h"
#include "schema.h"
#include "values.h"

#define ROW INFERD_WIRE_TAG(4, INFERD_WIRE_BYTES)
#define KEY INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES)
#define COLUMN INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)

// Where a value of fixed size goes, when the reply's columns are just the wanted ones in their order.
struct slot {
    uint8_t *data;
    uint64_t *valid;
    uint32_t size;
};

struct reader {
    struct feature_run *run;
    struct slot *slots; // one for each of wanted; NULL: values don't all have a fixed size, or come in another order
    struct inferd_step *step;
    const struct feature_batch *batch;
    struct feature_schemas schemas;
    struct inferd_bytes *parts;  // keys of a row
    struct inferd_bytes *values; // of a row, by label; NULL when nothing is cached
    bool malformed;
};

// The entity whose row it is: the one that we asked for in that place, or another one with these keys.
static uint32_t entity_of(struct reader *reader, struct inferd_bytes row, uint32_t place)
{
    const struct feature_keys *keys = &reader->run->keys;
    const struct feature_batch *batch = reader->batch;
    struct inferd_wire_reader fields = inferd_wire_read(row);
    struct inferd_wire_field field;
    uint32_t count = 0;
    bool expected = place < batch->count;

    while (count < keys->key_count && inferd_wire_next(&fields, &field)) {
        if (field.tag != KEY)
            continue;
        expected = expected && inferd_bytes_equal(field.bytes, feature_key(keys, batch->entities[place], count));
        reader->parts[count++] = field.bytes;
    }
    if (count < keys->key_count)
        return FEATURE_NONE;
    return expected ? batch->entities[place] : feature_keys_find(keys, reader->parts);
}

static void take_value(struct reader *reader, const struct feature_entity *entity, uint32_t label,
                       struct inferd_bytes value)
{
    struct feature_run *run = reader->run;
    struct inferd_column *column = reader->step->columns[run->feature->labels[label].column];

    if (!feature_set_rows(&run->keys, entity, column, value) && run->bad_values++ == 0)
        feature_log_failure(run->feature, "the store's values of %.*s:%.*s have %zu bytes, their type has %u",
                            (int)run->feature->labels[label].group.len,
                            (const char *)run->feature->labels[label].group.data,
                            (int)run->feature->labels[label].feature.len,
                            (const char *)run->feature->labels[label].feature.data, value.len, column->value_size);
    if (reader->values)
        reader->values[label] = value;
}

static void make_slots(struct reader *reader)
{
    const struct feature *feature = reader->run->feature;
    struct slot *slots = feature->host->alloc(reader->step, (reader->schemas.count + 1) * sizeof(*slots));

    for (uint32_t i = 0; slots && i < reader->schemas.count; i++) {
        struct inferd_column *column = reader->step->columns[feature->labels[reader->schemas.wanted[i].label].column];

        if (reader->schemas.wanted[i].index != i || column->value_size == 0)
            return;
        slots[i] = (struct slot){column->data, column->valid, column->value_size};
    }
    reader->slots = slots;
}

// The hot loop: values as the schema says, for an entity of one row. Stops at the first that is none, which is left to
// the general way; the number of values taken.
static uint32_t read_slots(const struct reader *reader, struct inferd_wire_reader *fields, uint32_t row)
{
    uint64_t bit = UINT64_C(1) << (row & 63);
    const uint8_t *at = fields->at, *end = fields->end;
    uint32_t word = row >> 6, i = 0;

    for (; i < reader->schemas.count && end - at >= 2 && at[0] == COLUMN; i++) {
        const struct slot *slot = &reader->slots[i];

        if (at[1] != slot->size || (size_t)(end - at) < slot->size + 2)
            break;
        if (slot->size == 4)
            memcpy(slot->data + (size_t)row * 4, at + 2, 4);
        else
            memcpy(slot->data + (size_t)row * slot->size, at + 2, slot->size);
        slot->valid[word] |= bit;
        at += slot->size + 2;
    }
    fields->at = at;
    return i;
}

static void read_row(struct reader *reader, struct inferd_bytes row, uint32_t place)
{
    struct feature_run *run = reader->run;
    uint32_t index = 0, at = 0, number = entity_of(reader, row, place);
    struct inferd_wire_reader fields = inferd_wire_read(row);
    struct inferd_wire_field field;

    if (number == FEATURE_NONE)
        return;
    if (reader->values)
        memset(reader->values, 0, run->feature->label_count * sizeof(*reader->values));
    while (inferd_wire_next(&fields, &field)) {
        if (field.tag == KEY && reader->slots && !reader->values && run->keys.entities[number].count == 1 && index == 0)
            index = at = read_slots(reader, &fields, run->keys.entities[number].first);
        if (field.tag != COLUMN)
            continue;
        for (; at < reader->schemas.count && reader->schemas.wanted[at].index == index; at++)
            take_value(reader, &run->keys.entities[number], reader->schemas.wanted[at].label, field.bytes);
        index++;
    }
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

// Tags of one byte, as those of columns are.
_Static_assert(COLUMN < 0x80, "read_slots() compares a byte");

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
    uint32_t place = 0;

    if (!make_reader(&reader, reply))
        return false;
    make_slots(&reader);
    while (inferd_wire_next(&fields, &field))
        if (field.tag == ROW)
            read_row(&reader, field.bytes, place++);
    fail_unanswered(&reader);
    return true;
}
