// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the publisher knows of each model.
#include "daemon/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "daemon/resources.h"
#include "process/breadcrumb.h"

struct text_copy {
    char *data; // NULL: none
    size_t len;
};

struct known_model {
    char *id;
    struct text_copy wanted;                          // the source's latest; none: it has none
    struct text_copy served;                          // the last good one
    struct resource_list resources, served_resources; // what each has read
    uint64_t generation;                              // in which that was published; 0: it wasn't yet
    char *reason;                                     // why 'wanted' was refused
    char *pins;                                       // see struct bundle_entry, of 'served'
    bool bad_graph;
    bool waits;    // 'wanted' does, for resources that can't be read yet
    bool changed;  // since it was last collected
    bool recalled; // since known_recalled()
    bool kept;     // see known_models
    bool named;    // by the whole tree that is being taken
};

static struct text_copy copy(const void *data, size_t len)
{
    struct text_copy text = {malloc(len + 1), len};

    ALWAYS(text.data);
    memcpy(text.data, data, len);
    text.data[len] = '\0';
    return text;
}

static void replace(struct text_copy *text, const void *data, size_t len)
{
    free(text->data);
    *text = data ? copy(data, len) : (struct text_copy){NULL, 0};
}

static void replace_resources(struct resource_list *list, const struct resource_list *by)
{
    struct resource_list copied = resource_list_copy(by, NULL);

    free(list->items);
    *list = copied;
}

static bool equal(const struct text_copy *text, const void *data, size_t len)
{
    return data ? text->data && text->len == len && memcmp(text->data, data, len) == 0 : !text->data;
}

static struct inferd_bytes bytes_of(const struct text_copy *text)
{
    return (struct inferd_bytes){(const uint8_t *)text->data, text->len};
}

void known_init(struct known_models *models)
{
    *models = (struct known_models){.wanted = 0};
    map_init(&models->by_id);
}

static void count(struct known_models *models, const struct known_model *model, size_t one)
{
    models->wanted += model->wanted.data ? one : 0;
    models->served += model->served.data ? one : 0;
    models->refused += model->reason ? one : 0;
    models->kept += model->kept ? one : 0;
}

static void free_model(struct known_model *model)
{
    free(model->id);
    free(model->wanted.data);
    free(model->served.data);
    free(model->pins);
    free(model->resources.items);
    free(model->served_resources.items);
    free(model->reason);
    free(model);
}

void known_free(struct known_models *models)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&models->by_id, &at)))
        free_model(slot->value);
    map_free(&models->by_id);
}

static struct known_model *find_or_make(struct known_models *models, const char *id)
{
    struct known_model *model = map_find(&models->by_id, id, strlen(id));

    if (model)
        return model;
    model = calloc(1, sizeof(*model));
    ALWAYS(model);
    model->id = copy(id, strlen(id)).data;
    ALWAYS(map_set(&models->by_id, model->id, strlen(id), model, NULL));
    return model;
}

static void want(struct known_models *models, struct known_model *model, const char *value, size_t len)
{
    count(models, model, (size_t)-1);
    model->kept = false;
    if (!equal(&model->wanted, value, len)) {
        replace(&model->wanted, value, len);
        model->changed = true;
    }
    count(models, model, 1);
}

// Removes those the tree doesn't name. False: it names none, and isn't believed.
static bool take_whole(struct known_models *models, const struct source_revision *revision, bool believe)
{
    const struct map_slot *slot;
    size_t at = 0, named = 0;

    for (size_t i = 0; i < revision->count; i++) {
        if (!revision->changes[i].model || !revision->changes[i].value)
            continue;
        find_or_make(models, revision->changes[i].model)->named = true;
        named++;
    }
    if (named == 0 && models->wanted > 0 && !believe) {
        while ((slot = map_next(&models->by_id, &at))) {
            struct known_model *model = slot->value;

            models->kept += model->wanted.data && !model->kept;
            model->kept |= model->wanted.data != NULL;
        }
        return false;
    }
    while ((slot = map_next(&models->by_id, &at))) {
        struct known_model *model = slot->value;

        if (!model->named && model->wanted.data)
            want(models, model, NULL, 0);
        model->named = false;
    }
    return true;
}

bool known_take(struct known_models *models, const struct source_revision *revision, bool believe)
{
    if (revision->whole && !take_whole(models, revision, believe))
        return false;
    for (size_t i = 0; i < revision->count; i++) {
        const struct source_change *change = &revision->changes[i];

        if (change->model)
            want(models, find_or_make(models, change->model), change->value, change->value_len);
    }
    return true;
}

void known_store(struct known_models *models, const char *id, struct inferd_bytes text,
                 const struct resource_list *resources)
{
    struct known_model *model = find_or_make(models, id);

    count(models, model, (size_t)-1);
    replace(&model->wanted, text.data, text.len);
    replace(&model->served, text.data, text.len);
    replace_resources(&model->resources, resources);
    replace_resources(&model->served_resources, resources);
    model->changed = true;
    count(models, model, 1);
}

void known_retry(struct known_models *models, bool all)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&models->by_id, &at))) {
        struct known_model *model = slot->value;

        model->changed |= model->wanted.data && (all || model->reason);
    }
}

static bool reads_from(const struct known_model *model, const char *subtree)
{
    for (size_t i = 0; i < model->resources.count; i++)
        if (strcmp(model->resources.items[i].subtree, subtree) == 0)
            return true;
    return false;
}

bool known_look(struct known_models *models, const char *subtree, struct resources *resources)
{
    const struct map_slot *slot;
    bool any = false;
    size_t at = 0;

    while ((slot = map_next(&models->by_id, &at))) {
        struct known_model *model = slot->value;
        bool waited = subtree && model->waits;

        if (model->resources.count == 0 || (subtree && !reads_from(model, subtree)) ||
            (!waited && resources_are(resources, &model->resources)))
            continue;
        model->changed = any = true;
    }
    return any;
}

void known_note(struct known_models *models, const char *id, const struct resource_list *read)
{
    struct known_model *model = map_find(&models->by_id, id, strlen(id));

    if (model)
        replace_resources(&model->resources, read);
}

static void make_entries(struct bundle *bundle, size_t room, struct arena *arena)
{
    bundle->entries = arena_zalloc(arena, (room + 1) * sizeof(*bundle->entries));
    ALWAYS(bundle->entries);
    bundle->count = 0;
}

static struct bundle_entry *add_entry(struct bundle *bundle, const struct known_model *model,
                                      const struct text_copy *text, const struct resource_list *resources,
                                      struct arena *arena)
{
    struct bundle_entry *entry = &bundle->entries[bundle->count++];

    entry->model = arena_strndup(arena, model->id, strlen(model->id));
    if (text->data)
        entry->text = (struct inferd_bytes){arena_copy(arena, text->data, text->len), text->len};
    if (text->data)
        entry->resources = resource_list_copy(resources, arena);
    ALWAYS(entry->model && (entry->text.data || !text->data));
    return entry;
}

void known_collect(struct known_models *models, struct bundle *bundle, struct arena *arena)
{
    const struct map_slot *slot;
    size_t at = 0;

    make_entries(bundle, models->by_id.count, arena);
    while ((slot = map_next(&models->by_id, &at))) {
        struct known_model *model = slot->value;

        if (model->changed)
            add_entry(bundle, model, &model->wanted, &model->resources, arena)->removed = !model->wanted.data;
        model->changed = false;
    }
}

void known_stand_ins(struct known_models *models, const struct bundle *checked, struct bundle *stand_ins,
                     struct arena *arena)
{
    make_entries(stand_ins, checked->count, arena);
    for (size_t i = 0; i < checked->count; i++) {
        const struct known_model *model = find_or_make(models, checked->entries[i].model);

        // (What was published is served on. What was stored and is now refused itself is no stand-in.)
        if (checked->entries[i].reason && model->served.data && !model->generation &&
            (!equal(&model->served, checked->entries[i].text.data, checked->entries[i].text.len) ||
             !resource_list_equal(&model->served_resources, &checked->entries[i].resources)))
            add_entry(stand_ins, model, &model->served, &model->served_resources, arena);
    }
}

static const struct bundle_entry *stand_in_for(const struct bundle *stand_ins, const char *id)
{
    for (size_t i = 0; i < stand_ins->count; i++)
        if (strcmp(stand_ins->entries[i].model, id) == 0)
            return stand_ins->entries[i].reason ? NULL : &stand_ins->entries[i];
    return NULL;
}

static void replace_pins(struct known_model *model, const char *pins)
{
    free(model->pins);
    model->pins = pins ? copy(pins, strlen(pins)).data : NULL;
}

static void keep_entry(struct known_model *model, struct bundle_entry *entry, const struct bundle *stand_ins,
                       uint64_t generation)
{
    const struct bundle_entry *stand_in = entry->reason ? stand_in_for(stand_ins, entry->model) : NULL;

    free(model->reason);
    model->reason = entry->reason ? copy(entry->reason, strlen(entry->reason)).data : NULL;
    model->bad_graph = entry->bad_graph;
    model->waits = entry->waits;
    replace_resources(&model->resources, &entry->resources);
    if (stand_in) {
        entry->text = stand_in->text;
        entry->resources = stand_in->resources;
        entry->pins = stand_in->pins;
        replace_pins(model, stand_in->pins);
    } else if (entry->reason) {
        entry->text = (struct inferd_bytes){NULL, 0};
        if (!model->generation) // stored, and refused too
            replace(&model->served, NULL, 0);
        return;
    } else {
        replace(&model->served, entry->text.data, entry->text.len);
        replace_resources(&model->served_resources, &entry->resources);
        replace_pins(model, entry->pins);
    }
    model->generation = model->served.data ? generation : 0;
}

void known_keep(struct known_models *models, struct bundle *checked, const struct bundle *stand_ins)
{
    for (size_t i = 0; i < checked->count; i++) {
        struct bundle_entry *entry = &checked->entries[i];
        struct known_model *model = find_or_make(models, entry->model);

        count(models, model, (size_t)-1);
        keep_entry(model, entry, stand_ins, checked->number);
        count(models, model, 1);
        if (model->wanted.data || model->served.data || model->reason || model->changed)
            continue;
        map_remove(&models->by_id, model->id, strlen(model->id));
        free_model(model);
    }
}

static struct bundle_entry show(const struct known_model *model)
{
    return (struct bundle_entry){.model = model->id,
                                 .text = model->generation ? bytes_of(&model->served) : (struct inferd_bytes){0},
                                 .generation = model->generation,
                                 .resources = model->served_resources,
                                 .pins = model->pins,
                                 .reason = model->reason,
                                 .bad_graph = model->bad_graph};
}

void known_recall(struct known_models *models, const char *id)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&models->by_id, &at))) {
        struct known_model *model = slot->value;

        // (The name may be a breadcrumb's, which is cut.)
        if (!id || strncmp(model->id, id, BREADCRUMB_NAME_SIZE - 1) == 0)
            model->recalled = model->served.data && model->generation;
    }
}

void known_recalled(struct known_models *models, struct bundle *bundle, struct arena *arena)
{
    const struct map_slot *slot;
    size_t at = 0;

    make_entries(bundle, models->by_id.count, arena);
    while ((slot = map_next(&models->by_id, &at))) {
        struct known_model *model = slot->value;

        if (model->recalled)
            bundle->entries[bundle->count++] = show(model);
        model->recalled = false;
    }
}

bool known_is_new(const struct known_models *models, const struct bundle_entry *entry)
{
    const struct known_model *model = map_find(&models->by_id, entry->model, strlen(entry->model));

    return entry->removed || !model || !equal(&model->served, entry->text.data, entry->text.len);
}

void known_show(const struct known_models *models, struct bundle *bundle, struct arena *arena)
{
    const struct map_slot *slot;
    size_t at = 0;

    make_entries(bundle, models->by_id.count, arena);
    while ((slot = map_next(&models->by_id, &at))) {
        struct known_model *model = slot->value;

        if ((model->served.data && model->generation) || model->reason)
            bundle->entries[bundle->count++] = show(model);
    }
}

bool known_serves(const struct known_models *models, const char *id)
{
    const struct known_model *model = map_find(&models->by_id, id, strlen(id));

    return model && model->served.data;
}

void known_unserved(const struct known_models *models, struct text *lines)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&models->by_id, &at))) {
        const struct known_model *model = slot->value;

        if (model->reason && !model->served.data)
            text_printf(lines, "%s\n", model->id);
    }
}
