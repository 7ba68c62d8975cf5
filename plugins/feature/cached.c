// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What was fetched is kept for a while. A key is the component's identity and the entity's keys. A value is, for each
// label in the config's order, its bytes, and where not each has its column's size, four bytes of length before them.
// Which of both a last byte says: PACKED or LENGTHS. An entity whose first feature is empty is not kept. Runs that wait
// for this one's fetch get the same bytes.
#include <inferd/wire.h>
#include "even.h"
#include "run.h"
#include "values.h"

enum { LENGTHS = 0, PACKED = 1 };

static struct inferd_bytes behind(struct inferd_bytes bytes, size_t len)
{
    return (struct inferd_bytes){bytes.data + len, bytes.len - len};
}

static bool is_packed(struct inferd_bytes kept)
{
    return kept.len && kept.data[kept.len - 1] == PACKED;
}

// The next value of the rest of what is kept. False: there is none.
static bool next_value(struct inferd_bytes *rest, bool packed, uint32_t size, struct inferd_bytes *value)
{
    if (!packed) {
        if (rest->len < 4)
            return false;
        size = inferd_bytes_load32(rest->data);
        *rest = behind(*rest, 4);
    }
    if (size > rest->len)
        return false;
    *value = (struct inferd_bytes){rest->data, size};
    *rest = behind(*rest, size);
    return true;
}

bool feature_cache_take(struct feature_run *run, struct inferd_step *step, uint32_t entity, struct inferd_bytes kept)
{
    const struct feature *feature = run->feature;
    struct inferd_bytes value;
    bool packed = is_packed(kept);

    // Cells must outlive the cache's view, and in the compat mode any column may have them; others are copied.
    if (feature->any_cells || feature->info->compat) {
        uint8_t *copy = feature->host->alloc(step, kept.len);

        if (!copy)
            return false;
        memcpy(copy, kept.data, kept.len);
        kept.data = copy;
    }
    if (kept.len)
        kept.len--;
    for (uint32_t i = 0; i < feature->label_count; i++) {
        const struct feature_label *label = &feature->labels[i];

        if (!next_value(&kept, packed, inferd_type_size(label->type), &value))
            break;
        run->lost[FEATURE_EMPTY] += value.len == 0;
        if (!feature_set_value(run, step, entity, step->columns[label->column], value))
            run->lost[FEATURE_BAD_LENGTH]++;
    }
    return true;
}

// One key of an entity needs no length before it, for nothing follows it.
static inline uint8_t *put_cache_key(uint8_t *at, const struct feature_keys *keys, uint32_t entity, uint64_t identity)
{
    memcpy(at, &identity, sizeof(identity));
    at += sizeof(identity);
    if (keys->key_count == 1)
        return inferd_bytes_put(at, feature_key(keys, entity, 0));
    for (uint32_t k = 0; k < keys->key_count; k++)
        at = inferd_wire_put_bytes(at, 1, feature_key(keys, entity, k));
    return at;
}

// All entities' keys in the cache, in one piece of memory.
static bool make_cache_keys(struct feature_run *run, struct inferd_step *step)
{
    const struct feature_keys *keys = &run->keys;
    const uint64_t identity = run->feature->identity;
    size_t size = keys->count * sizeof(identity);
    struct inferd_bytes *made;
    uint8_t *at;

    for (uint32_t i = 0; i < keys->count; i++)
        size += keys->entities[i].size;
    run->cache_keys = made = run->feature->host->alloc(step, keys->count * sizeof(*made));
    at = run->feature->host->alloc(step, size);
    if (!made || !at)
        return false;
    for (uint32_t i = 0; i < keys->count; i++) {
        uint8_t *end = put_cache_key(at, keys, i, identity);

        made[i] = (struct inferd_bytes){at, (size_t)(end - at)};
        at = end;
    }
    return true;
}

// How many entities from this one on have even values, and one row each behind the row before.
static uint32_t count_even(const struct feature_run *run, const struct feature_even *even,
                           const struct inferd_bytes *kept, uint32_t first)
{
    const struct feature_entity *entities = run->keys.entities;
    uint32_t i = first;

    while (even->count && i < run->keys.count && entities[i].count == 1 &&
           entities[i].first == entities[first].first + (i - first) && kept[i].data &&
           kept[i].len == even->row_bytes + 1 && is_packed(kept[i]))
        i++;
    return i - first;
}

static bool take_all(struct feature_run *run, struct inferd_step *step, const struct inferd_bytes *kept)
{
    struct feature_even even;
    uint32_t i = 0, some;

    feature_even_make(&even, run->feature, step, NULL);
    while (i < run->keys.count) {
        some = count_even(run, &even, kept, i);
        if (some) {
            feature_even_take(&even, kept + i, some, run->keys.entities[i].first);
            i += some;
            continue;
        }
        if (!kept[i].data)
            run->asked[run->asked_count++] = i;
        else if (!feature_cache_take(run, step, i, kept[i]))
            return false;
        i++;
    }
    feature_even_end(&even);
    return true;
}

bool feature_cache_get(struct feature_run *run, struct inferd_step *step)
{
    const struct feature *feature = run->feature;
    struct inferd_bytes *kept = feature->host->alloc(step, run->keys.count * sizeof(*kept));

    if (!kept || !make_cache_keys(run, step))
        return false;
    feature->cache->get(feature->info->self, run->cache_keys, run->keys.count, kept);
    return take_all(run, step, kept);
}

// Whether all values have their columns' sizes.
static bool are_packed(const struct feature *feature, struct inferd_step *step, const struct inferd_bytes *values)
{
    for (uint32_t i = 0; i < feature->label_count; i++)
        if (values[i].len == 0 || values[i].len != step->columns[feature->labels[i].column]->value_size)
            return false;
    return true;
}

void feature_cache_put(struct feature_run *run, struct inferd_step *step, uint32_t entity,
                       const struct inferd_bytes *values)
{
    const struct feature *feature = run->feature;
    bool packed = are_packed(feature, step, values);
    size_t size = 1;
    uint8_t *data, *at;

    if (values[0].len == 0 && !run->keys.entities[entity].leads)
        return;
    for (uint32_t i = 0; i < feature->label_count; i++)
        size += (packed ? 0 : 4) + values[i].len;
    data = at = feature->host->alloc(step, size);
    if (!data) {
        feature_land(run, step, entity, INFERD_RESOURCE_EXHAUSTED, "no memory for its values", inferd_bytes_of(""));
        return;
    }
    for (uint32_t i = 0; i < feature->label_count; i++) {
        if (!packed)
            at = inferd_wire_put_bits32(at, (uint32_t)values[i].len);
        at = inferd_bytes_put(at, values[i]);
    }
    *at = packed ? PACKED : LENGTHS;
    if (values[0].len)
        feature->cache->put(feature->info->self, run->cache_keys[entity], (struct inferd_bytes){data, size},
                            feature->ttl_s);
    feature_land(run, step, entity, INFERD_OK, "", (struct inferd_bytes){data, size});
}
