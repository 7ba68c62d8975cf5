// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The end of a batch: what stands for each model now, and what of it is news.
#include <stdlib.h>
#include <string.h>
#include "config/etcd_tree_inner.h"

// What stands for a model now.
struct winner {
    uint64_t hash; // 0: nothing does
    const char *key, *text;
    size_t text_len;
};

// A key the whole read did not see, NULL if there is none.
static const struct etcd_entry *find_unseen(const struct etcd_tree *tree)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&tree->entries, &at)))
        if (!((struct etcd_entry *)slot->value)->seen)
            return slot->value;
    return NULL;
}

static struct winner find_winner(const struct etcd_tree *tree, const struct etcd_model *model)
{
    const struct etcd_entry *best = NULL;
    struct winner winner = {0};

    for (const struct etcd_entry *e = model->entries; e; e = e->next)
        if (e->hash && (!best || e->modified > best->modified))
            best = e;
    if (best)
        winner = (struct winner){best->hash, best->key, best->text, best->text_len};
    else if (model->in_map)
        winner = (struct winner){model->in_map, tree->all_models ? tree->all_models->key : tree->prefix,
                                 model->map_text, model->map_text_len};
    return winner;
}

static bool add_change(struct etcd_tree *tree, const struct etcd_model *model, const struct winner *winner)
{
    struct arena *arena = &tree->changes->arena;
    struct source_change change = {.value = winner->hash ? winner->text : NULL,
                                   .value_len = winner->hash ? winner->text_len : 0};

    change.model = model->id_len ? arena_strndup(arena, model->id, model->id_len) : NULL;
    change.key = winner->hash ? arena_strndup(arena, winner->key, strlen(winner->key))
                 : model->id_len
                     ? arena_printf(arena, "%s/%s%s", tree->prefix, tree->resources ? "" : "config-map/", model->id)
                     : arena_printf(arena, "%s/service-config", tree->prefix);
    return change.key && (change.model || !model->id_len) && changes_add(tree->changes, &change);
}

static int change_order(const void *a, const void *b)
{
    const char *one = ((const struct source_change *)a)->model, *two = ((const struct source_change *)b)->model;

    return strcmp(one ? one : "", two ? two : "");
}

static void touch_all(struct etcd_tree *tree)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&tree->models, &at)))
        etcd_tree_touch(tree, slot->value);
}

// Whether every model's text is here that has to be: of a whole read all of them, otherwise those that are new.
static bool has_texts(const struct etcd_tree *tree, bool whole)
{
    for (const struct etcd_model *model = tree->touched; model; model = model->next_touched) {
        struct winner winner = find_winner(tree, model);

        if (winner.hash && !winner.text && (whole || winner.hash != model->shown))
            return false;
    }
    return true;
}

// Adds what is news of each model, of all that has a text if the read was whole; false: no memory.
static bool add_changes(struct etcd_tree *tree, bool whole, bool complete)
{
    for (struct etcd_model *model = tree->touched; model; model = model->next_touched) {
        struct winner winner = find_winner(tree, model);
        bool news = winner.hash ? winner.text && (whole || winner.hash != model->shown) : model->shown && !complete;

        if (news && !add_change(tree, model, &winner))
            return false;
        model->shown = winner.hash;
    }
    if (tree->changes->count > 1)
        qsort(tree->changes->list, tree->changes->count, sizeof(*tree->changes->list), change_order);
    return true;
}

// Forgets the texts, which go with the changes, and models that are no more.
static void clean(struct etcd_tree *tree)
{
    struct etcd_model *model;

    while ((model = tree->touched)) {
        tree->touched = model->next_touched;
        model->touched = false;
        model->map_text = NULL;
        for (struct etcd_entry *e = model->entries; e; e = e->next)
            e->text = NULL;
        if (!model->entries && !model->in_map && !model->shown) {
            map_remove(&tree->models, model->id, model->id_len);
            free(model);
        }
    }
}

enum etcd_tree_end etcd_tree_end(struct etcd_tree *tree, bool whole)
{
    const struct etcd_entry *unseen;
    enum etcd_tree_end end;
    bool complete;

    while (whole && (unseen = find_unseen(tree)))
        etcd_tree_drop(tree, (struct inferd_bytes){(const uint8_t *)unseen->key, unseen->key_len});
    if (whole)
        touch_all(tree);
    complete = has_texts(tree, whole);
    if (!whole && (!complete || tree->reread))
        end = ETCD_TREE_REREAD;
    else if (!add_changes(tree, whole, whole && complete))
        end = ETCD_TREE_REREAD;
    else
        // A model of a map that can't be read any more stays, so it must not be missing from a whole tree.
        end = whole && complete ? ETCD_TREE_WHOLE : ETCD_TREE_CHANGES;
    clean(tree);
    return end;
}
