// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What was fetched is kept for a while. A key is the component's identity and the entity's keys; a value is, for each
// label in the config's order, four bytes of length and the bytes. An entity whose first feature is empty is not kept.
// Runs that wait for this one's fetch get the same bytes.
#include <inferd/wire.h>
#include "even.h"
#include "run.h"
#include "values.h"

struct inferd_bytes feature_cache_key(const struct feature_run *run, uint32_t entity)
{
    uint8_t *at = run->scratch;

    memcpy(at, &run->feature->identity, sizeof(run->feature->identity));
    at += sizeof(run->feature->identity);
    for (uint32_t k = 0; k < run->keys.key_count; k++)
        at = inferd_wire_put_bytes(at, 1, feature_key(&run->keys, entity, k));
    return (struct inferd_bytes){run->scratch, (size_t)(at - run->scratch)};
}

bool feature_cache_take(struct feature_run *run, struct inferd_step *step, uint32_t entity, struct inferd_bytes kept)
{
    const struct feature *feature = run->feature;

    if (feature->any_cells) { // they must outlive the cache's view; others are copied into the matrix
        uint8_t *copy = feature->host->alloc(step, kept.len);

        if (!copy)
            return false;
        memcpy(copy, kept.data, kept.len);
        kept.data = copy;
    }
    for (uint32_t i = 0; i < feature->label_count && kept.len >= 4; i++) {
        uint32_t len = inferd_bytes_load32(kept.data);

        kept.data += 4;
        kept.len -= 4;
        if (len > kept.len)
            break;
        run->lost[FEATURE_EMPTY] += len == 0;
        if (!feature_set_rows(&run->keys, &run->keys.entities[entity], step->columns[feature->labels[i].column],
                              (struct inferd_bytes){kept.data, len}))
            run->lost[FEATURE_BAD_LENGTH]++;
        kept.data += len;
        kept.len -= len;
    }
    return true;
}

static bool make_scratch(struct feature_run *run, struct inferd_step *step)
{
    uint32_t longest = 0;

    for (uint32_t i = 0; i < run->keys.count; i++)
        if (run->keys.entities[i].size > longest)
            longest = run->keys.entities[i].size;
    run->scratch = run->feature->host->alloc(step, sizeof(run->feature->identity) + longest);
    return run->scratch;
}

bool feature_cache_get(struct feature_run *run, struct inferd_step *step)
{
    struct feature *feature = run->feature;
    const struct feature_entity *entities = run->keys.entities;
    struct feature_even even;

    if (!make_scratch(run, step))
        return false;
    feature_even_make(&even, feature, step, NULL);
    for (uint32_t i = 0; i < run->keys.count; i++) {
        struct inferd_bytes kept;

        if (!feature->cache->get(feature->info->self, feature_cache_key(run, i), &kept))
            run->asked[run->asked_count++] = i;
        else if (!(entities[i].count == 1 && feature_even_read(&even, kept, entities[i].first)) &&
                 !feature_cache_take(run, step, i, kept))
            return false;
    }
    feature_even_end(&even);
    return true;
}

void feature_cache_put(struct feature_run *run, struct inferd_step *step, uint32_t entity,
                       const struct inferd_bytes *values)
{
    const struct feature *feature = run->feature;
    size_t size = 0;
    uint8_t *data, *at;

    if (values[0].len == 0 && !run->keys.entities[entity].leads)
        return;
    for (uint32_t i = 0; i < feature->label_count; i++)
        size += 4 + values[i].len;
    data = at = feature->host->alloc(step, size);
    if (!data) {
        feature_land(run, step, entity, INFERD_RESOURCE_EXHAUSTED, "no memory for its values", inferd_bytes_of(""));
        return;
    }
    for (uint32_t i = 0; i < feature->label_count; i++) {
        at = inferd_wire_put_bits32(at, (uint32_t)values[i].len);
        if (values[i].len)
            memcpy(at, values[i].data, values[i].len);
        at += values[i].len;
    }
    if (values[0].len)
        feature->cache->put(feature->info->self, feature_cache_key(run, entity), (struct inferd_bytes){data, size},
                            feature->ttl_s);
    feature_land(run, step, entity, INFERD_OK, "", (struct inferd_bytes){data, size});
}
