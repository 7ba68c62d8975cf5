// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads a reply's schemas: feature_schemas=3{feature_group_label=1, features=2{label=1, column_idx=2}}. A store may
// name the features in any order and leave some out; it usually repeats ours.
#include "schema.h"

#include <stdlib.h>

#include <inferd/wire.h>

#define ROW INFERD_WIRE_TAG(4, INFERD_WIRE_BYTES)
#define SCHEMA INFERD_WIRE_TAG(3, INFERD_WIRE_BYTES)
#define LENGTH 4        // bytes before a text that is kept
#define MAX_CHANGES 100 // a store that changes its mind more often is read anew each time

static bool is_label(const struct feature_label *label, struct inferd_bytes group, struct inferd_bytes name)
{
    return (inferd_bytes_equal(label->feature, name) || inferd_bytes_equal(label->bare, name)) &&
           inferd_bytes_equal(label->group, group);
}

// The label that the store calls so, one that was not named yet if there is one; or label_count.
static uint32_t find_label(struct feature_schemas *schemas, struct inferd_bytes group, struct inferd_bytes name)
{
    const struct feature *feature = schemas->feature;
    uint32_t expected = schemas->next_label;

    if (expected < feature->label_count && !schemas->known[expected] &&
        is_label(&feature->labels[expected], group, name))
        return expected;
    for (uint32_t i = 0; i < feature->label_count; i++)
        if (!schemas->known[i] && is_label(&feature->labels[i], group, name))
            return i;
    for (uint32_t i = 0; i < feature->label_count; i++)
        if (is_label(&feature->labels[i], group, name))
            return i;
    return feature->label_count;
}

static void add_wanted(struct feature_schemas *schemas, uint32_t label, uint64_t index)
{
    if (schemas->known[label] || index > INT32_MAX) { // negative, too
        schemas->lost.twice += schemas->known[label];
        schemas->lost.absurd += !schemas->known[label];
        return;
    }
    schemas->known[label] = true;
    schemas->next_label = label + 1;
    if (schemas->count && index < schemas->wanted[schemas->count - 1].index)
        schemas->unsorted = true;
    schemas->wanted[schemas->count++] = (struct feature_wanted){(uint32_t)index, label};
}

static bool read_feature(struct feature_schemas *schemas, struct inferd_bytes group, struct inferd_bytes message)
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
    label = find_label(schemas, group, name);
    if (label < schemas->feature->label_count)
        add_wanted(schemas, label, index);
    else
        schemas->lost.unasked++;
    return !fields.bad;
}

// A schema's features, once its group's label is known.
static bool read_schema(struct feature_schemas *schemas, struct inferd_bytes message)
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
        if (field.tag == INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES) && !read_feature(schemas, group, field.bytes))
            return false;
    return true;
}

// Ascending; a store that doesn't answer in our order answers almost so.
static void sort_wanted(struct feature_wanted *wanted, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct feature_wanted moved = wanted[i];
        uint32_t k = i;

        for (; k > 0 && wanted[k - 1].index > moved.index; k--)
            wanted[k] = wanted[k - 1];
        wanted[k] = moved;
    }
}

static bool read_all(struct feature_schemas *schemas, struct inferd_bytes reply)
{
    struct inferd_wire_reader fields = inferd_wire_read(reply);
    struct inferd_wire_field field;

    while (inferd_wire_next(&fields, &field))
        if (field.tag == SCHEMA && !read_schema(schemas, field.bytes))
            return false;
    if (schemas->unsorted)
        sort_wanted(schemas->wanted, schemas->count);
    return true;
}

static void pass_rows(struct inferd_wire_reader *fields)
{
    struct inferd_bytes row;

    while (inferd_wire_next_bytes(fields, ROW, &row))
        ;
}

// Whether the reply is a message. Tells whether its schemas are those that are known, and how much room they need.
static bool compare(const struct feature_known_schemas *known, struct inferd_bytes reply, bool *same, size_t *room)
{
    struct inferd_wire_reader fields = inferd_wire_read(reply);
    struct inferd_wire_field field;
    size_t len = 0;

    *same = known->wanted;
    while (pass_rows(&fields), inferd_wire_next(&fields, &field)) {
        if (field.tag != SCHEMA)
            continue;
        *same = *same && known->len - len >= LENGTH + field.bytes.len &&
                inferd_bytes_load32(known->text + len) == (uint32_t)field.bytes.len &&
                (field.bytes.len == 0 || memcmp(known->text + len + LENGTH, field.bytes.data, field.bytes.len) == 0);
        len += LENGTH + field.bytes.len;
    }
    *same = *same && len == known->len;
    *room = len;
    return !fields.bad;
}

// Where there is no memory, or the store says something else each time, it just isn't kept.
static void keep(struct feature_known_schemas *known, const struct feature_schemas *schemas, struct inferd_bytes reply,
                 size_t room)
{
    struct inferd_wire_reader fields = inferd_wire_read(reply);
    struct inferd_wire_field field;
    struct feature_wanted *wanted;
    uint8_t *text;

    if (known->changes == MAX_CHANGES)
        return;
    known->changes++;
    text = malloc(room + 1);
    wanted = malloc((schemas->count + 1) * sizeof(*wanted));
    if (!text || !wanted) {
        free(text);
        free(wanted);
        return;
    }
    free(known->text);
    free(known->wanted);
    memcpy(wanted, schemas->wanted, schemas->count * sizeof(*wanted));
    *known = (struct feature_known_schemas){text, room, wanted, schemas->count, schemas->lost, known->changes};
    while (inferd_wire_next(&fields, &field))
        if (field.tag == SCHEMA) {
            text = inferd_wire_put_bits32(text, (uint32_t)field.bytes.len);
            if (field.bytes.len)
                memcpy(text, field.bytes.data, field.bytes.len);
            text += field.bytes.len;
        }
}

bool feature_schemas_read(struct feature_schemas *schemas, const struct feature *feature, struct inferd_step *step,
                          struct inferd_bytes reply)
{
    struct feature_known_schemas *known = feature->schemas;
    size_t labels = feature->label_count + 1, room;
    bool same;

    *schemas = (struct feature_schemas){.feature = feature};
    if (!compare(known, reply, &same, &room))
        return false;
    if (same) {
        schemas->wanted = known->wanted;
        schemas->count = known->count;
        schemas->lost = known->lost;
        return true;
    }
    schemas->wanted = feature->host->alloc(step, labels * sizeof(*schemas->wanted));
    schemas->known = feature->host->alloc(step, labels * sizeof(*schemas->known));
    if (!schemas->wanted || !schemas->known)
        return false;
    memset(schemas->known, 0, labels * sizeof(*schemas->known));
    if (!read_all(schemas, reply))
        return false;
    keep(known, schemas, reply, room);
    return true;
}

void feature_schemas_forget(struct feature_known_schemas *known)
{
    if (known) {
        free(known->text);
        free(known->wanted);
        free(known);
    }
}
