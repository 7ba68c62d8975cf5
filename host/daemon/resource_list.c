// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Lists of resources. They are short: a model reads one for some of its components.
#include "daemon/resource_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/magic.h"

const struct resource *resource_list_find(const struct resource_list *list, const char *subtree, const char *key)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].key, key) == 0 && strcmp(list->items[i].subtree, subtree) == 0)
            return &list->items[i];
    return NULL;
}

bool resource_list_add(struct resource_list *list, const struct resource *resource, struct arena *arena)
{
    struct resource *items = arena_alloc(arena, (list->count + 1) * sizeof(*items));

    if (!items)
        return false;
    if (list->count)
        memcpy(items, list->items, list->count * sizeof(*items));
    items[list->count] = *resource;
    list->items = items;
    list->count++;
    return true;
}

static bool is_same_text(struct inferd_bytes a, struct inferd_bytes b)
{
    return !a.data == !b.data && inferd_bytes_equal(a, b);
}

bool resource_list_equal(const struct resource_list *a, const struct resource_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct resource *other = resource_list_find(b, a->items[i].subtree, a->items[i].key);

        if (!other || !is_same_text(a->items[i].text, other->text))
            return false;
    }
    return true;
}

// Copies bytes to *at, with a terminator, and moves it on.
static char *put(char **at, const void *data, size_t len)
{
    char *copy = *at;

    if (len)
        memcpy(copy, data, len);
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

struct resource_list resource_list_copy(const struct resource_list *list, struct arena *arena)
{
    struct resource_list copy = {NULL, list->count};
    size_t size = list->count * sizeof(*list->items);
    char *at;

    if (list->count == 0)
        return copy;
    for (size_t i = 0; i < list->count; i++)
        size += strlen(list->items[i].subtree) + strlen(list->items[i].key) + list->items[i].text.len + 3;
    copy.items = arena ? arena_alloc(arena, size) : malloc(size);
    ALWAYS(copy.items);
    at = (char *)(copy.items + list->count);
    for (size_t i = 0; i < list->count; i++) {
        const struct resource *from = &list->items[i];
        struct resource *to = &copy.items[i];

        to->subtree = put(&at, from->subtree, strlen(from->subtree));
        to->key = put(&at, from->key, strlen(from->key));
        to->text = from->text;
        if (from->text.data)
            to->text.data = (const uint8_t *)put(&at, from->text.data, from->text.len);
    }
    return copy;
}
