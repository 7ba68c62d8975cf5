// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What one model reads beside its config while it is compiled.
#include "daemon/reading.h"

#include <errno.h>
#include <string.h>

#include "daemon/resources.h"
#include "daemon/sources.h"

// The text of one that is asked for the first time. False: the store has said nothing yet.
static bool fetch(struct reading *reading, struct resource *resource)
{
    const struct resource *came = resource_list_find(reading->came, resource->subtree, resource->key);

    if (reading->live && resources_find(reading->live, resource, true, reading->arena))
        return true;
    if (came && came->text.data)
        resource->text = (struct inferd_bytes){
            (uint8_t *)arena_strndup(reading->arena, (const char *)came->text.data, came->text.len), came->text.len};
    return came || !reading->live;
}

// (The plan is told by errno, as by malloc().)
static struct inferd_bytes without_memory(const char **where)
{
    *where = "(no memory)";
    errno = ENOMEM;
    return (struct inferd_bytes){NULL, 0};
}

static struct inferd_bytes read(void *user, const char *subtree, const char *key, const char **where)
{
    struct reading *reading = user;
    const struct resource *known = resource_list_find(&reading->read, subtree, key);
    const char *place = sources_resource_place(reading->host, subtree, key, reading->arena);
    struct resource resource = {NULL, NULL, {NULL, 0}};

    *where = place ? place : key;
    if (known)
        return known->text;
    resource.subtree = arena_strndup(reading->arena, subtree, strlen(subtree));
    resource.key = arena_strndup(reading->arena, key, strlen(key));
    if (!resource.subtree || !resource.key)
        return without_memory(where);
    if (!fetch(reading, &resource))
        place = arena_printf(reading->arena, "%s (which can't be read now)", *where);
    *where = place ? place : key;
    if (!resource_list_add(&reading->read, &resource, reading->arena))
        return without_memory(where);
    return resource.text;
}

void reading_init(struct reading *reading, const struct host_settings *host, struct resources *live,
                  const struct resource_list *came, struct arena *arena)
{
    *reading = (struct reading){.table = {read, reading}, .host = host, .live = live, .came = came, .arena = arena};
}
