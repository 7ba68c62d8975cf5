// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Encoding and decoding of bundles. What is zero or NULL is left out.
#include "daemon/bundle.h"

#include <stdlib.h>
#include <string.h>

#include <inferd/wire.h>

enum { NUMBER = 1, REVISION, WHOLE, ENTRY, TIME, FROM_DISK, JUDGED, MODULE, SERVICE, SERVICE_REFUSED, QUARANTINE };
enum { MODEL = 1, TEXT, REMOVED, BAD_GRAPH, REASON, GENERATION, RESOURCE, PINS };
enum { SUBTREE = 1, KEY, CONTENT };
enum { OF_MODEL = 1, OF_NODE, OF_MODULE, CALLS, CALL, HOW, CRASHES, SINCE, AFTER };
enum { PATH = 1, IDENTITY, NAME, VERSION, REFUSAL, FATAL };

// Writes fields, or only adds up their size while there is nowhere to write to.
struct writer {
    uint8_t *at; // NULL: only the size is wanted
    size_t size;
};

static void put_number(struct writer *writer, uint32_t field, uint64_t value)
{
    if (value)
        writer->size += inferd_wire_number_size(field, value);
    if (value && writer->at)
        writer->at = inferd_wire_put_number(writer->at, field, value);
}

static void put_bytes(struct writer *writer, uint32_t field, struct inferd_bytes value)
{
    if (value.data)
        writer->size += inferd_wire_bytes_size(field, value.len);
    if (value.data && writer->at)
        writer->at = inferd_wire_put_bytes(writer->at, field, value);
}

static void put_text(struct writer *writer, uint32_t field, const char *text)
{
    if (text)
        put_bytes(writer, field, inferd_bytes_of(text));
}

static void put_quarantine(struct writer *writer, const void *item)
{
    const struct bundle_quarantine *quarantine = item;

    put_text(writer, OF_MODEL, quarantine->model);
    put_text(writer, OF_NODE, quarantine->node);
    put_text(writer, OF_MODULE, quarantine->module);
    put_number(writer, CALLS, quarantine->calls);
    put_text(writer, CALL, quarantine->call);
    put_text(writer, HOW, quarantine->how);
    put_number(writer, CRASHES, quarantine->crashes);
    put_number(writer, SINCE, (uint64_t)quarantine->since_us);
    put_number(writer, AFTER, quarantine->after);
}

static void put_item(struct writer *writer, uint32_t field, void (*put)(struct writer *, const void *),
                     const void *item)
{
    struct writer measure = {NULL, 0};

    put(&measure, item);
    writer->size += inferd_wire_bytes_size(field, measure.size);
    if (!writer->at)
        return;
    measure.at = inferd_wire_put_head(writer->at, field, measure.size);
    put(&measure, item);
    writer->at = measure.at;
}

static void put_resource(struct writer *writer, const void *item)
{
    const struct resource *resource = item;

    put_text(writer, SUBTREE, resource->subtree);
    put_text(writer, KEY, resource->key);
    put_bytes(writer, CONTENT, resource->text);
}

static void put_entry(struct writer *writer, const void *item)
{
    const struct bundle_entry *entry = item;

    put_text(writer, MODEL, entry->model);
    put_bytes(writer, TEXT, entry->text);
    put_number(writer, REMOVED, entry->removed);
    put_number(writer, BAD_GRAPH, entry->bad_graph);
    put_text(writer, REASON, entry->reason);
    put_number(writer, GENERATION, entry->generation);
    put_text(writer, PINS, entry->pins);
    for (size_t i = 0; i < entry->resources.count; i++)
        put_item(writer, RESOURCE, put_resource, &entry->resources.items[i]);
}

static void put_module(struct writer *writer, const void *item)
{
    const struct bundle_module *module = item;

    put_text(writer, PATH, module->path);
    put_text(writer, IDENTITY, module->identity);
    put_text(writer, NAME, module->name);
    put_text(writer, VERSION, module->version);
    put_text(writer, REFUSAL, module->reason);
    put_number(writer, FATAL, module->fatal);
}

static void put_bundle(struct writer *writer, const struct bundle *bundle)
{
    put_number(writer, NUMBER, bundle->number);
    put_number(writer, REVISION, (uint64_t)bundle->revision);
    put_number(writer, TIME, (uint64_t)bundle->time_us);
    put_number(writer, WHOLE, bundle->whole);
    put_number(writer, FROM_DISK, bundle->from_disk);
    put_number(writer, JUDGED, bundle->judged);
    put_text(writer, SERVICE, bundle->service);
    put_text(writer, SERVICE_REFUSED, bundle->service_refused);
    for (size_t i = 0; i < bundle->module_count; i++)
        put_item(writer, MODULE, put_module, &bundle->modules[i]);
    for (size_t i = 0; i < bundle->quarantine_count; i++)
        put_item(writer, QUARANTINE, put_quarantine, &bundle->quarantine[i]);
    for (size_t i = 0; i < bundle->count; i++)
        put_item(writer, ENTRY, put_entry, &bundle->entries[i]);
}

uint8_t *bundle_encode(const struct bundle *bundle, size_t *len)
{
    struct writer writer = {NULL, 0};
    uint8_t *bytes;

    put_bundle(&writer, bundle);
    *len = writer.size;
    bytes = malloc(writer.size + 1); // an empty one too
    if (!bytes)
        return NULL;
    writer.at = bytes;
    put_bundle(&writer, bundle);
    return bytes;
}

static const char *copy_text(struct arena *arena, struct inferd_bytes text)
{
    return arena_strndup(arena, (const char *)text.data, text.len);
}

static bool decode_resource(struct resource_list *list, struct inferd_bytes bytes, struct arena *arena)
{
    struct inferd_wire_reader reader = inferd_wire_read(bytes);
    struct inferd_wire_field field;
    struct resource resource = {NULL, NULL, {NULL, 0}};

    while (inferd_wire_next(&reader, &field))
        switch (field.tag) {
        case INFERD_WIRE_TAG(SUBTREE, INFERD_WIRE_BYTES):
            resource.subtree = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(KEY, INFERD_WIRE_BYTES):
            resource.key = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(CONTENT, INFERD_WIRE_BYTES):
            resource.text = field.bytes;
            break;
        }
    return !reader.bad && resource.subtree && resource.key && resource_list_add(list, &resource, arena);
}

static bool decode_entry(struct bundle_entry *entry, struct inferd_bytes bytes, struct arena *arena)
{
    struct inferd_wire_reader reader = inferd_wire_read(bytes);
    struct inferd_wire_field field;

    while (inferd_wire_next(&reader, &field))
        switch (field.tag) {
        case INFERD_WIRE_TAG(MODEL, INFERD_WIRE_BYTES):
            entry->model = copy_text(arena, field.bytes);
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
            entry->reason = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(GENERATION, INFERD_WIRE_VARINT):
            entry->generation = field.value;
            break;
        case INFERD_WIRE_TAG(RESOURCE, INFERD_WIRE_BYTES):
            if (!decode_resource(&entry->resources, field.bytes, arena))
                return false;
            break;
        case INFERD_WIRE_TAG(PINS, INFERD_WIRE_BYTES):
            entry->pins = copy_text(arena, field.bytes);
            break;
        }
    return !reader.bad && entry->model;
}

static bool decode_module(struct bundle_module *module, struct inferd_bytes bytes, struct arena *arena)
{
    struct inferd_wire_reader reader = inferd_wire_read(bytes);
    struct inferd_wire_field field;

    while (inferd_wire_next(&reader, &field))
        switch (field.tag) {
        case INFERD_WIRE_TAG(PATH, INFERD_WIRE_BYTES):
            module->path = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(IDENTITY, INFERD_WIRE_BYTES):
            module->identity = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(NAME, INFERD_WIRE_BYTES):
            module->name = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(VERSION, INFERD_WIRE_BYTES):
            module->version = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(REFUSAL, INFERD_WIRE_BYTES):
            module->reason = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(FATAL, INFERD_WIRE_VARINT):
            module->fatal = field.value;
            break;
        }
    return !reader.bad && module->path && module->identity;
}

static bool decode_quarantine(struct bundle_quarantine *quarantine, struct inferd_bytes bytes, struct arena *arena)
{
    struct inferd_wire_reader reader = inferd_wire_read(bytes);
    struct inferd_wire_field field;

    while (inferd_wire_next(&reader, &field))
        switch (field.tag) {
        case INFERD_WIRE_TAG(OF_MODEL, INFERD_WIRE_BYTES):
            quarantine->model = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(OF_NODE, INFERD_WIRE_BYTES):
            quarantine->node = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(OF_MODULE, INFERD_WIRE_BYTES):
            quarantine->module = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(CALLS, INFERD_WIRE_VARINT):
            quarantine->calls = (uint32_t)field.value;
            break;
        case INFERD_WIRE_TAG(CALL, INFERD_WIRE_BYTES):
            quarantine->call = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(HOW, INFERD_WIRE_BYTES):
            quarantine->how = copy_text(arena, field.bytes);
            break;
        case INFERD_WIRE_TAG(CRASHES, INFERD_WIRE_VARINT):
            quarantine->crashes = field.value;
            break;
        case INFERD_WIRE_TAG(SINCE, INFERD_WIRE_VARINT):
            quarantine->since_us = (int64_t)field.value;
            break;
        case INFERD_WIRE_TAG(AFTER, INFERD_WIRE_VARINT):
            quarantine->after = field.value;
            break;
        }
    return !reader.bad && quarantine->module && quarantine->call && quarantine->how;
}

// Makes room for the bundle's lists. False: no memory.
static bool make_lists(struct bundle *bundle, struct inferd_bytes bytes, struct arena *arena)
{
    struct inferd_wire_reader reader = inferd_wire_read(bytes);
    struct inferd_wire_field field;
    size_t entries = 0, modules = 0, quarantined = 0;

    while (inferd_wire_next(&reader, &field)) {
        entries += field.tag == INFERD_WIRE_TAG(ENTRY, INFERD_WIRE_BYTES);
        modules += field.tag == INFERD_WIRE_TAG(MODULE, INFERD_WIRE_BYTES);
        quarantined += field.tag == INFERD_WIRE_TAG(QUARANTINE, INFERD_WIRE_BYTES);
    }
    bundle->entries = arena_zalloc(arena, (entries + 1) * sizeof(*bundle->entries));
    bundle->modules = arena_zalloc(arena, (modules + 1) * sizeof(*bundle->modules));
    bundle->quarantine = arena_zalloc(arena, (quarantined + 1) * sizeof(*bundle->quarantine));
    return bundle->entries && bundle->modules && bundle->quarantine;
}

static bool decode_field(struct bundle *bundle, const struct inferd_wire_field *field, struct arena *arena)
{
    switch (field->tag) {
    case INFERD_WIRE_TAG(NUMBER, INFERD_WIRE_VARINT):
        bundle->number = field->value;
        break;
    case INFERD_WIRE_TAG(REVISION, INFERD_WIRE_VARINT):
        bundle->revision = (int64_t)field->value;
        break;
    case INFERD_WIRE_TAG(TIME, INFERD_WIRE_VARINT):
        bundle->time_us = (int64_t)field->value;
        break;
    case INFERD_WIRE_TAG(WHOLE, INFERD_WIRE_VARINT):
        bundle->whole = field->value;
        break;
    case INFERD_WIRE_TAG(FROM_DISK, INFERD_WIRE_VARINT):
        bundle->from_disk = field->value;
        break;
    case INFERD_WIRE_TAG(JUDGED, INFERD_WIRE_VARINT):
        bundle->judged = field->value;
        break;
    case INFERD_WIRE_TAG(SERVICE, INFERD_WIRE_BYTES):
        bundle->service = copy_text(arena, field->bytes);
        break;
    case INFERD_WIRE_TAG(SERVICE_REFUSED, INFERD_WIRE_BYTES):
        bundle->service_refused = copy_text(arena, field->bytes);
        break;
    case INFERD_WIRE_TAG(ENTRY, INFERD_WIRE_BYTES):
        return decode_entry(&bundle->entries[bundle->count++], field->bytes, arena);
    case INFERD_WIRE_TAG(MODULE, INFERD_WIRE_BYTES):
        return decode_module(&bundle->modules[bundle->module_count++], field->bytes, arena);
    case INFERD_WIRE_TAG(QUARANTINE, INFERD_WIRE_BYTES):
        return decode_quarantine(&bundle->quarantine[bundle->quarantine_count++], field->bytes, arena);
    }
    return true;
}

bool bundle_decode(struct bundle *bundle, const void *bytes, size_t len, struct arena *arena)
{
    struct inferd_bytes message = {bytes, len};
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    memset(bundle, 0, sizeof(*bundle));
    if (!make_lists(bundle, message, arena))
        return false;
    while (inferd_wire_next(&reader, &field))
        if (!decode_field(bundle, &field, arena))
            return false;
    return !reader.bad;
}
