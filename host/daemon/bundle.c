// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Encoding and decoding of bundles.
#include "daemon/bundle.h"

#include <stdlib.h>
#include <string.h>

#include <inferd/wire.h>

enum { NUMBER = 1, REVISION = 2, WHOLE = 3, ENTRY = 4 };
enum { MODEL = 1, TEXT = 2, REMOVED = 3, BAD_GRAPH = 4, REASON = 5 };

static size_t entry_size(const struct bundle_entry *entry)
{
    return inferd_wire_bytes_size(MODEL, strlen(entry->model)) +
           (entry->text.data ? inferd_wire_bytes_size(TEXT, entry->text.len) : 0) +
           inferd_wire_number_size(REMOVED, entry->removed) + inferd_wire_number_size(BAD_GRAPH, entry->bad_graph) +
           (entry->reason ? inferd_wire_bytes_size(REASON, strlen(entry->reason)) : 0);
}

static uint8_t *put_entry(uint8_t *at, const struct bundle_entry *entry)
{
    at = inferd_wire_put_bytes(at, MODEL, inferd_bytes_of(entry->model));
    if (entry->text.data)
        at = inferd_wire_put_bytes(at, TEXT, entry->text);
    at = inferd_wire_put_number(at, REMOVED, entry->removed);
    at = inferd_wire_put_number(at, BAD_GRAPH, entry->bad_graph);
    if (entry->reason)
        at = inferd_wire_put_bytes(at, REASON, inferd_bytes_of(entry->reason));
    return at;
}

uint8_t *bundle_encode(const struct bundle *bundle, size_t *len)
{
    size_t size = inferd_wire_number_size(NUMBER, bundle->number) +
                  inferd_wire_number_size(REVISION, (uint64_t)bundle->revision) +
                  inferd_wire_number_size(WHOLE, bundle->whole);
    uint8_t *bytes, *at;

    for (size_t i = 0; i < bundle->count; i++)
        size += inferd_wire_bytes_size(ENTRY, entry_size(&bundle->entries[i]));
    bytes = malloc(size);
    if (!bytes)
        return NULL;
    at = inferd_wire_put_number(bytes, NUMBER, bundle->number);
    at = inferd_wire_put_number(at, REVISION, (uint64_t)bundle->revision);
    at = inferd_wire_put_number(at, WHOLE, bundle->whole);
    for (size_t i = 0; i < bundle->count; i++) {
        at = inferd_wire_put_head(at, ENTRY, entry_size(&bundle->entries[i]));
        at = put_entry(at, &bundle->entries[i]);
    }
    *len = size;
    return bytes;
}

static bool decode_entry(struct bundle_entry *entry, struct inferd_bytes bytes, struct arena *arena)
{
    struct inferd_wire_reader reader = inferd_wire_read(bytes);
    struct inferd_wire_field field;

    while (inferd_wire_next(&reader, &field))
        switch (field.tag) {
        case INFERD_WIRE_TAG(MODEL, INFERD_WIRE_BYTES):
            entry->model = arena_strndup(arena, (const char *)field.bytes.data, field.bytes.len);
            break;
        case INFERD_WIRE_TAG(TEXT, INFERD_WIRE_BYTES):
            entry->text = field.bytes;
            break;
        case INFERD_WIRE_TAG(REMOVED, INFERD_WIRE_VARINT):
            entry->removed = field.value;
            break;
        case INFERD_WIRE_TAG(BAD_GRAPH, INFERD_WIRE_VARINT):
            entry->bad_graph = field.value;
            break;
        case INFERD_WIRE_TAG(REASON, INFERD_WIRE_BYTES):
            entry->reason = arena_strndup(arena, (const char *)field.bytes.data, field.bytes.len);
            break;
        }
    return !reader.bad && entry->model;
}

static size_t count_entries(struct inferd_bytes bytes)
{
    struct inferd_wire_reader reader = inferd_wire_read(bytes);
    struct inferd_wire_field field;
    size_t count = 0;

    while (inferd_wire_next(&reader, &field))
        count += field.tag == INFERD_WIRE_TAG(ENTRY, INFERD_WIRE_BYTES);
    return count;
}

bool bundle_decode(struct bundle *bundle, const void *bytes, size_t len, struct arena *arena)
{
    struct inferd_bytes message = {bytes, len};
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    memset(bundle, 0, sizeof(*bundle));
    bundle->entries = arena_zalloc(arena, count_entries(message) * sizeof(*bundle->entries));
    if (!bundle->entries)
        return false;
    while (inferd_wire_next(&reader, &field))
        switch (field.tag) {
        case INFERD_WIRE_TAG(NUMBER, INFERD_WIRE_VARINT):
            bundle->number = field.value;
            break;
        case INFERD_WIRE_TAG(REVISION, INFERD_WIRE_VARINT):
            bundle->revision = (int64_t)field.value;
            break;
        case INFERD_WIRE_TAG(WHOLE, INFERD_WIRE_VARINT):
            bundle->whole = field.value;
            break;
        case INFERD_WIRE_TAG(ENTRY, INFERD_WIRE_BYTES):
            if (!decode_entry(&bundle->entries[bundle->count++], field.bytes, arena))
                return false;
            break;
        }
    return !reader.bad;
}
