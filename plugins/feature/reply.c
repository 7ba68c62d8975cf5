// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// retrieve.Result{feature_schemas=3{feature_group_label=1, features=2{label=1, column_idx=2}}, rows=4{keys=1,
// columns=2}} is read straight into the matrix. Which column is which feature is in the schemas, which row is which
// entity in its keys; the order that we asked in is only where the search begins.
#include <stdlib.h>

#include <inferd/wire.h>
#include "run.h"
#include "values.h"

#define SCHEMA INFERD_WIRE_TAG(3, INFERD_WIRE_BYTES)
#define ROW INFERD_WIRE_TAG(4, INFERD_WIRE_BYTES)
#define KEY INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES)
#define COLUMN INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)

// A column of the reply's rows that we want.
struct wanted {
    uint32_t index;
    uint32_t label;
};

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
    struct wanted *wanted; // in ascending order of their indexes
    uint32_t wanted_count;
    uint32_t next_label;         // that the schemas should name next
    bool *known;                 // labels that the schemas named
    struct inferd_bytes *parts;  // keys of a row
    struct inferd_bytes *values; // of a row, by label; NULL when nothing is cached
    bool unsorted, malformed;
};

static bool is_label(const struct feature_label *label, struct inferd_bytes group, struct inferd_bytes name)
{
    return (inferd_bytes_equal(label->feature, name) || inferd_bytes_equal(label->bare, name)) &&
           inferd_bytes_equal(label->group, group);
}

// The label that the store calls so, or label_count.
static uint32_t find_label(struct reader *reader, struct inferd_bytes group, struct inferd_bytes name)
{
    const struct feature *feature = reader->run->feature;
    uint32_t expected = reader->next_label;

    if (expected < feature->label_count && is_label(&feature->labels[expected], group, name))
        return expected;
    for (uint32_t i = 0; i < feature->label_count; i++)
        if (!reader->known[i] && is_label(&feature->labels[i], group, name))
            return i;
    return feature->label_count;
}

static void add_wanted(struct reader *reader, uint32_t label, uint64_t index)
{
    if (reader->known[label] || index > INT32_MAX) // said twice, or a negative number
        return;
    reader->known[label] = true;
    reader->next_label = label + 1;
    if (reader->wanted_count && index < reader->wanted[reader->wanted_count - 1].index)
        reader->unsorted = true;
    reader->wanted[reader->wanted_count++] = (struct wanted){(uint32_t)index, label};
}

static bool read_feature(struct reader *reader, struct inferd_bytes group, struct inferd_bytes message)
{
    struct inferd_wire_reader fields = inferd_wire_read(message);
    struct inferd_wire_field field;
    struct inferd_bytes name = {NULL, 0};
    uint64_t index = 0;
    uint32_t label;

    while (inferd_wire_next(&fields, &field)) {
        if (field.tag == INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES))
            name = field.bytes;
        else if (field.tag == INFERD_WIRE_TAG(2, INFERD_WIRE_VARINT))
            index = field.value;
    }
    label = find_label(reader, group, name);
    if (label < reader->run->feature->label_count)
        add_wanted(reader, label, index);
    return !fields.bad;
}

// A schema's features, once its group's label is known.
static bool read_schema(struct reader *reader, struct inferd_bytes message)
{
    struct inferd_wire_reader fields = inferd_wire_read(message);
    struct inferd_wire_field field;
    struct inferd_bytes group = {NULL, 0};

    while (inferd_wire_next(&fields, &field))
        if (field.tag == INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES))
            group = field.bytes;
    if (fields.bad)
        return false;
    fields = inferd_wire_read(message);
    while (inferd_wire_next(&fields, &field))
        if (field.tag == INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES) && !read_feature(reader, group, field.bytes))
            return false;
    return true;
}

static int by_index(const void *a, const void *b)
{
    const struct wanted *one = a, *other = b;

    return (one->index > other->index) - (one->index < other->index);
}

static bool read_schemas(struct reader *reader, struct inferd_bytes reply)
{
    struct inferd_wire_reader fields = inferd_wire_read(reply);
    struct inferd_wire_field field;

    while (inferd_wire_next(&fields, &field))
        if (field.tag == SCHEMA && !read_schema(reader, field.bytes))
            return false;
    if (reader->unsorted)
        qsort(reader->wanted, reader->wanted_count, sizeof(*reader->wanted), by_index);
    return !fields.bad;
}

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
    struct slot *slots = feature->host->alloc(reader->step, (reader->wanted_count + 1) * sizeof(*slots));

    for (uint32_t i = 0; slots && i < reader->wanted_count; i++) {
        struct inferd_column *column = reader->step->columns[feature->labels[reader->wanted[i].label].column];

        if (reader->wanted[i].index != i || column->value_size == 0)
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

    for (; i < reader->wanted_count && end - at >= 2 && at[0] == COLUMN; i++) {
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
        for (; at < reader->wanted_count && reader->wanted[at].index == index; at++)
            take_value(reader, &run->keys.entities[number], reader->wanted[at].label, field.bytes);
        index++;
    }
    reader->malformed |= fields.bad;
    run->keys.entities[number].answered |= !fields.bad;
    if (reader->values && !fields.bad)
        feature_cache_put(run, reader->step, number, reader->values);
}

static void fail_entity(struct reader *reader, uint32_t number, int status, const char *why)
{
    struct feature_run *run = reader->run;
    const struct feature_entity *entity = &run->keys.entities[number];
    struct inferd_bytes key = feature_key(&run->keys, number, 0);
    uint32_t first = entity->first, last = first;

    for (uint32_t r = run->keys.next[first];; r = run->keys.next[r]) {
        if (r == last + 1 && r != FEATURE_NONE) {
            last = r;
            continue;
        }
        run->feature->host->fail_rows(reader->step, INFERD_TARGETS, first, last - first + 1, status,
                                      "%s (key \"%.*s\")", why, key.len > 64 ? 64 : (int)key.len,
                                      (const char *)key.data);
        if (r == FEATURE_NONE)
            return;
        first = last = r;
    }
}

static void fail_unanswered(struct reader *reader)
{
    for (uint32_t i = 0; i < reader->batch->count; i++) {
        uint32_t number = reader->batch->entities[i];

        if (reader->run->keys.entities[number].answered)
            continue;
        if (reader->malformed)
            fail_entity(reader, number, INFERD_INTERNAL, "the feature store's reply is malformed");
        else
            fail_entity(reader, number, INFERD_NOT_FOUND, "the feature store left the row out");
    }
}

// Tags of one byte, as those of columns are.
_Static_assert(COLUMN < 0x80, "read_slots() compares a byte");

static bool make_reader(struct reader *reader)
{
    const struct feature *feature = reader->run->feature;
    size_t labels = feature->label_count + 1;

    reader->wanted = feature->host->alloc(reader->step, labels * sizeof(*reader->wanted));
    reader->known = feature->host->alloc(reader->step, labels * sizeof(*reader->known));
    reader->parts = feature->host->alloc(reader->step, (feature->key_count + 1) * sizeof(*reader->parts));
    if (feature->cache)
        reader->values = feature->host->alloc(reader->step, labels * sizeof(*reader->values));
    if (!reader->wanted || !reader->known || !reader->parts || (feature->cache && !reader->values))
        return false;
    memset(reader->known, 0, labels * sizeof(*reader->known));
    return true;
}

bool feature_reply_read(struct feature_run *run, struct inferd_step *step, const struct feature_batch *batch,
                        struct inferd_bytes reply)
{
    struct reader reader = {.run = run, .step = step, .batch = batch};
    struct inferd_wire_reader fields = inferd_wire_read(reply);
    struct inferd_wire_field field;
    uint32_t place = 0;

    if (!make_reader(&reader) || !read_schemas(&reader, reply))
        return false;
    make_slots(&reader);
    while (inferd_wire_next(&fields, &field))
        if (field.tag == ROW)
            read_row(&reader, field.bytes, place++);
    fail_unanswered(&reader);
    return true;
}
