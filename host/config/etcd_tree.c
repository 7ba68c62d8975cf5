// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The tree's keys as they come and go, and the map of all models taken apart. What follows for the models is
// etcd_tree_end.c's. Pure: no input, no output but the log.
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "config/etcd_tree_inner.h"
#include "config/model_map.h"

void etcd_tree_init(struct etcd_tree *tree, const char *prefix, struct source *source, struct changes *changes)
{
    const struct log_field fields[] = {{"prefix", prefix}, {NULL, NULL}};

    memset(tree, 0, sizeof(*tree));
    tree->prefix = prefix;
    tree->source = source;
    tree->changes = changes;
    map_init(&tree->entries);
    map_init(&tree->models);
    log_limit_begin(&tree->unknown, "config_key_unknown", fields);
    log_limit_begin(&tree->not_asked_for, "config_key_not_asked_for", fields);
}

static void free_all(struct map *map)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(map, &at)))
        free(slot->value);
    map_free(map);
}

void etcd_tree_free(struct etcd_tree *tree)
{
    free_all(&tree->entries);
    free_all(&tree->models);
    log_limit_end(&tree->unknown);
    log_limit_end(&tree->not_asked_for);
}

void etcd_tree_begin(struct etcd_tree *tree)
{
    const struct map_slot *slot;
    size_t at = 0;

    changes_clear(tree->changes);
    tree->reread = false;
    while ((slot = map_next(&tree->entries, &at))) {
        struct etcd_entry *entry = slot->value;

        entry->seen = false;
        entry->text = NULL;
    }
    at = 0;
    while ((slot = map_next(&tree->models, &at)))
        ((struct etcd_model *)slot->value)->map_text = NULL;
}

void etcd_tree_touch(struct etcd_tree *tree, struct etcd_model *model)
{
    if (model->touched)
        return;
    model->touched = true;
    model->next_touched = tree->touched;
    tree->touched = model;
}

static struct etcd_model *find_or_add_model(struct etcd_tree *tree, const char *id, size_t len)
{
    struct etcd_model *model = map_find(&tree->models, id, len);

    if (model)
        return model;
    model = calloc(1, sizeof(*model) + len + 1);
    if (!model)
        return NULL;
    model->id_len = len;
    memcpy(model->id, id, len);
    if (map_set(&tree->models, model->id, len, model, NULL)) {
        etcd_tree_touch(tree, model);
        return model;
    }
    free(model);
    return NULL;
}

static void warn_of_key(struct etcd_tree *tree, const struct etcd_entry *entry)
{
    const struct log_field fields[] = {{"key", entry->key}, {NULL, NULL}};

    if (!log_limit_admit(&tree->unknown, LOG_WARNING, clock_now_us()))
        return;
    log_line(LOG_WARNING, "config_key_unknown", fields, "the key %s is none that is read (%s", entry->key,
             tree->resources ? "<subtree>/<key>); a key has no slash"
                             : "config-map/<model_config_id>, config-map, service-config); a model's id has no slash");
}

static struct etcd_entry *add_entry(struct etcd_tree *tree, struct inferd_bytes key)
{
    struct etcd_entry *entry = calloc(1, sizeof(*entry) + key.len + 1);
    struct inferd_bytes id = {(const uint8_t *)"", 0};

    if (!entry)
        return NULL;
    entry->key_len = key.len;
    memcpy(entry->key, key.data, key.len);
    entry->kind = tree->resources ? etcd_key_read_resource(key, strlen(tree->prefix), &id)
                                  : etcd_key_read(key, strlen(tree->prefix), &id);
    if (entry->kind == ETCD_KEY_MODEL || entry->kind == ETCD_KEY_SERVICE) {
        entry->model = find_or_add_model(tree, (const char *)id.data, entry->kind == ETCD_KEY_MODEL ? id.len : 0);
        if (!entry->model)
            goto fail;
    }
    if (!map_set(&tree->entries, entry->key, key.len, entry, NULL))
        goto fail;
    if (entry->model) {
        entry->next = entry->model->entries;
        entry->model->entries = entry;
    }
    if (entry->kind == ETCD_KEY_OTHER)
        warn_of_key(tree, entry);
    return entry;
fail:
    free(entry);
    return NULL;
}

static void forget_map(struct etcd_tree *tree)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&tree->models, &at))) {
        struct etcd_model *model = slot->value;

        if (!model->in_map)
            continue;
        model->in_map = 0;
        model->map_text = NULL;
        etcd_tree_touch(tree, model);
    }
}

static bool take_map_item(void *user, const char *id, const char *text, size_t len)
{
    struct etcd_tree *tree = user;
    struct etcd_model *model = find_or_add_model(tree, id, strlen(id));

    if (!model)
        return false;
    model->map_text_len = len;
    model->map_text = arena_strndup(&tree->changes->arena, text, len);
    model->in_map = map_hash(text, len);
    etcd_tree_touch(tree, model);
    return model->map_text;
}

// Splits the map of all models. One that can't be read changes nothing.
static bool take_map(struct etcd_tree *tree, const struct etcd_entry *entry, struct inferd_bytes value)
{
    json_t *all = model_map_read(tree->source, entry->key, (const char *)value.data, value.len);
    bool done = true;

    if (all) {
        forget_map(tree);
        done = model_map_each(all, take_map_item, tree);
    }
    json_decref(all);
    return done;
}

// Whether a key is one of those that were asked for: what answers may be anything.
static bool is_below(const char *prefix, struct inferd_bytes key)
{
    size_t len = strlen(prefix);

    return key.len > len && memcmp(key.data, prefix, len) == 0 && key.data[len] == '/';
}

static void warn_of_stranger(struct etcd_tree *tree, struct inferd_bytes key)
{
    const struct log_field fields[] = {{"prefix", tree->prefix}, {NULL, NULL}};

    atomic_fetch_add(&tree->source->refused, 1);
    if (log_limit_admit(&tree->not_asked_for, LOG_WARNING, clock_now_us()))
        log_line(LOG_WARNING, "config_key_not_asked_for", fields,
                 "the store answers with a key that is not below %s, of %zu bytes; it is left alone", tree->prefix,
                 key.len);
}

static bool put_map(struct etcd_tree *tree, struct etcd_entry *entry, struct inferd_bytes value)
{
    if (tree->all_models && tree->all_models->seen && tree->all_models->modified > entry->modified)
        return true; // another spelling, written later
    tree->all_models = entry;
    if (value.len > 0)
        return take_map(tree, entry, value);
    forget_map(tree);
    return true;
}

static bool put_text(struct etcd_tree *tree, struct etcd_entry *entry, struct inferd_bytes value)
{
    etcd_tree_touch(tree, entry->model);
    entry->hash = value.len ? map_hash(value.data, value.len) : 0;
    entry->text_len = value.len;
    entry->text = arena_strndup(&tree->changes->arena, value.len ? (const char *)value.data : "", value.len);
    return entry->text;
}

bool etcd_tree_put(struct etcd_tree *tree, const struct etcd_stamp *stamp, struct inferd_bytes value)
{
    struct etcd_entry *entry;

    if (!is_below(tree->prefix, stamp->key)) {
        warn_of_stranger(tree, stamp->key);
        return true;
    }
    entry = map_find(&tree->entries, stamp->key.data, stamp->key.len);
    if (!entry && !(entry = add_entry(tree, stamp->key)))
        return false;
    entry->seen = true;
    entry->created = stamp->created;
    entry->modified = stamp->modified;
    if (entry->kind == ETCD_KEY_OTHER)
        return true;
    return entry->kind == ETCD_KEY_MAP ? put_map(tree, entry, value) : put_text(tree, entry, value);
}

static void free_entry(struct etcd_tree *tree, struct etcd_entry *entry)
{
    struct etcd_entry **at = entry->model ? &entry->model->entries : NULL;

    while (at && *at != entry)
        at = &(*at)->next;
    if (at) {
        *at = entry->next;
        etcd_tree_touch(tree, entry->model);
    }
    if (entry == tree->all_models)
        tree->all_models = NULL;
    map_remove(&tree->entries, entry->key, entry->key_len);
    free(entry);
}

static bool has_map(const struct etcd_tree *tree)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&tree->entries, &at)))
        if (((struct etcd_entry *)slot->value)->kind == ETCD_KEY_MAP)
            return true;
    return false;
}

void etcd_tree_drop(struct etcd_tree *tree, struct inferd_bytes key)
{
    struct etcd_entry *entry = map_find(&tree->entries, key.data, key.len);
    bool was_map = entry && entry == tree->all_models;

    if (!entry)
        return;
    free_entry(tree, entry);
    if (was_map) {
        forget_map(tree);
        tree->reread = tree->reread || has_map(tree); // another spelling counts now
    }
}

bool etcd_tree_newest(const struct etcd_tree *tree, struct etcd_stamp *stamp)
{
    const struct map_slot *slot;
    size_t at = 0;

    stamp->modified = 0;
    while ((slot = map_next(&tree->entries, &at))) {
        const struct etcd_entry *entry = slot->value;

        if (entry->modified > stamp->modified)
            *stamp =
                (struct etcd_stamp){{(const uint8_t *)entry->key, entry->key_len}, entry->created, entry->modified};
    }
    return stamp->modified > 0;
}
