// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Finds out which rows have the same keys: a hash table in the run's memory. Its hash multiplies by a random factor and
// folds both halves of the product, from a start that each run has to itself; so nobody can choose keys that meet.
#include "keys.h"

#include <inferd/wire.h>

// Inlined for one key, which is the usual, and for any number.
#define INLINED static inline __attribute__((always_inline))

INLINED uint64_t mix(uint64_t hash, uint64_t word, uint64_t factor)
{
    unsigned __int128 product = (unsigned __int128)(hash ^ word) * factor;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// The length comes last, for one multiplication leaves numbers that differ in a digit on a grid.
INLINED uint64_t hash_part(const struct feature_keys *keys, uint64_t hash, struct inferd_bytes part)
{
    const size_t len = part.len;

    for (; part.len > 8; part.data += 8, part.len -= 8)
        hash = mix(hash, inferd_bytes_load64(part.data), keys->factor);
    hash = mix(hash, inferd_bytes_load(part.data, part.len), keys->factor);
    return mix(hash, len, keys->factor);
}

// The texts of a key column. A column of texts has them already.
static const struct inferd_bytes *read_column(const struct feature *feature, struct inferd_step *step,
                                              const struct inferd_column *column)
{
    uint32_t rows = step->rows[INFERD_TARGETS];
    struct inferd_bytes *texts;

    if (column->type == INFERD_TYPE_STRING && !column->fallback && column->cells)
        return column->cells;
    texts = feature->host->alloc(step, rows * sizeof(*texts));
    if (!texts)
        return NULL;
    for (uint32_t r = 0; r < rows; r++)
        texts[r] = feature->convert->key(step, column, r);
    return texts;
}

INLINED bool same_as_before(const struct feature_keys *keys, uint32_t row, uint32_t key_count)
{
    for (uint32_t k = 0; k < key_count; k++)
        if (keys->columns[k][row].data != keys->columns[k][row - 1].data ||
            keys->columns[k][row].len != keys->columns[k][row - 1].len)
            return false;
    return true;
}

INLINED bool has_keys(const struct feature_keys *keys, uint32_t entity, const struct inferd_bytes *parts,
                      uint32_t key_count)
{
    for (uint32_t k = 0; k < key_count; k++)
        if (!inferd_bytes_equal(feature_key(keys, entity, k), parts[k]))
            return false;
    return true;
}

// The place in the table of the entity with these keys, or a free one.
INLINED uint32_t place_of(const struct feature_keys *keys, const struct inferd_bytes *parts, uint32_t key_count,
                          uint32_t *hash)
{
    uint64_t sum = keys->seed;
    uint32_t at;

    for (uint32_t k = 0; k < key_count; k++)
        sum = hash_part(keys, sum, parts[k]);
    *hash = (uint32_t)sum;
    for (at = *hash & keys->mask; keys->table[at]; at = (at + 1) & keys->mask) {
        uint32_t entity = keys->table[at] - 1;

        if (keys->entities[entity].hash == *hash && has_keys(keys, entity, parts, key_count))
            break;
    }
    return at;
}

uint32_t feature_keys_find(const struct feature_keys *keys, const struct inferd_bytes *parts)
{
    uint32_t hash, at = place_of(keys, parts, keys->key_count, &hash);

    return keys->table[at] ? keys->table[at] - 1 : FEATURE_NONE;
}

INLINED uint32_t message_size(const struct inferd_bytes *parts, uint32_t key_count)
{
    size_t size = 0;

    for (uint32_t k = 0; k < key_count; k++)
        size += inferd_wire_bytes_size(1, parts[k].len);
    return (uint32_t)size;
}

// The keys of a row. One alone lies in its column as it is.
INLINED const struct inferd_bytes *parts_of(const struct feature_keys *keys, uint32_t row, uint32_t key_count,
                                            struct inferd_bytes *room)
{
    if (key_count == 1)
        return &keys->columns[0][row];
    for (uint32_t k = 0; k < key_count; k++)
        room[k] = keys->columns[k][row];
    return room;
}

// Adds a row to its entity, which is the previous row's (entity), or found by its keys.
INLINED uint32_t add_row(struct feature_keys *keys, uint32_t row, uint32_t key_count, uint32_t entity,
                         struct inferd_bytes *room)
{
    struct feature_entity *found;
    uint32_t hash, at;

    keys->next[row] = FEATURE_NONE;
    if (entity == FEATURE_NONE || !same_as_before(keys, row, key_count)) {
        const struct inferd_bytes *parts = parts_of(keys, row, key_count, room);

        at = place_of(keys, parts, key_count, &hash);
        if (!keys->table[at]) {
            keys->entities[keys->count] = (struct feature_entity){
                .first = row, .last = row, .count = 1, .hash = hash, .size = message_size(parts, key_count)};
            keys->table[at] = ++keys->count;
            return keys->count - 1;
        }
        entity = keys->table[at] - 1;
    }
    found = &keys->entities[entity];
    keys->next[found->last] = row;
    found->last = row;
    found->count++;
    return entity;
}

INLINED void add_rows(struct feature_keys *keys, uint32_t rows, uint32_t key_count, struct inferd_bytes *room)
{
    uint32_t entity = FEATURE_NONE;

    for (uint32_t r = 0; r < rows; r++)
        entity = add_row(keys, r, key_count, entity, room);
}

bool feature_keys_read(struct feature_keys *keys, const struct feature *feature, struct inferd_step *step)
{
    const struct inferd_host *host = feature->host;
    uint32_t rows = step->rows[INFERD_TARGETS], slots = 4;
    struct inferd_bytes *room = host->alloc(step, (feature->key_count + 1) * sizeof(*room));

    while (slots < 2 * (uint64_t)rows)
        slots *= 2;
    *keys = (struct feature_keys){.key_count = feature->key_count,
                                  .mask = slots - 1,
                                  .seed = feature->hash_key[0] ^ step->token,
                                  .factor = feature->hash_key[1]};
    keys->columns = host->alloc(step, (feature->key_count + 1) * sizeof(*keys->columns));
    keys->entities = host->alloc(step, rows * sizeof(*keys->entities));
    keys->next = host->alloc(step, rows * sizeof(*keys->next));
    keys->table = host->alloc(step, slots * sizeof(*keys->table));
    if (!room || !keys->columns || !keys->entities || !keys->next || !keys->table)
        return false;
    memset(keys->table, 0, slots * sizeof(*keys->table));
    for (uint32_t k = 0; k < feature->key_count; k++) {
        keys->columns[k] = read_column(feature, step, step->columns[feature->keys[k]]);
        if (!keys->columns[k])
            return false;
    }
    if (keys->key_count == 1)
        add_rows(keys, rows, 1, room);
    else
        add_rows(keys, rows, keys->key_count, room);
    return true;
}
