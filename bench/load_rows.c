// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// All replies of the Predict service are lists of messages. A row's (TargetScore, PairScore, SlateScore) has its error
// in field 1 and its values in field 2, of which the first is its id; a schema's has its name in field 1. So a message
// that has a field 1 where the right one has none is a row that failed.
#include "bench/load_rows.h"
#include <stdio.h>
#include <string.h>
#include <inferd/wire.h>

enum { ROW_ERROR = INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES), ROW_VALUE = INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES) };

static bool same(struct inferd_bytes a, struct inferd_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static struct inferd_bytes first_of(struct inferd_bytes message, uint32_t tag)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    while (inferd_wire_next(&reader, &field))
        if (field.tag == tag)
            return field.bytes;
    return (struct inferd_bytes){NULL, 0};
}

static bool is_excused(struct inferd_bytes got, struct inferd_bytes right, char *error, size_t size)
{
    struct inferd_bytes why = first_of(got, ROW_ERROR);
    struct inferd_bytes id = first_of(got, ROW_VALUE), right_id = first_of(right, ROW_VALUE);

    if (why.len == 0 || first_of(right, ROW_ERROR).len != 0 || (id.len != 0 && !same(id, right_id)))
        return false; // a slate has no id, and its first value is a score, which is empty where that failed
    snprintf(error, size, "%.*s", (int)why.len, (const char *)why.data);
    return true;
}

bool rows_excused(const uint8_t *got, size_t got_len, const uint8_t *right, size_t right_len, char *error, size_t size)
{
    struct inferd_wire_reader a = inferd_wire_read((struct inferd_bytes){got, got_len});
    struct inferd_wire_reader b = inferd_wire_read((struct inferd_bytes){right, right_len});
    struct inferd_wire_field ours, theirs;

    while (inferd_wire_next(&a, &ours)) {
        if (!inferd_wire_next(&b, &theirs) || ours.tag != theirs.tag)
            return false;
        if (!same(ours.bytes, theirs.bytes) && !is_excused(ours.bytes, theirs.bytes, error, size))
            return false;
    }
    return !a.bad && !b.bad && !inferd_wire_next(&b, &theirs);
}
