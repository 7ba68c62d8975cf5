// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The subtrees of resources beside the model configs.
#include "daemon/resources.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/magic.h"
#include "base/map.h"
#include "daemon/sources.h"

struct subtree {
    struct resources *resources;
    struct source *source; // NULL: it can't be opened, which was said
    struct map texts;      // key -> struct kept
    bool told;             // the store has said something of it
    bool waited;           // for that, and not again
    char name[];
};

// A resource's text; its key lies behind it.
struct kept {
    size_t len;
    char *key;
    char text[];
};

struct resources {
    pthread_mutex_t lock; // all below
    pthread_cond_t told;
    struct map subtrees; // name -> struct subtree
    struct resources_options options;
};

static void drop_text(struct subtree *subtree, const char *key)
{
    free(map_remove(&subtree->texts, key, strlen(key)));
}

// Whether that is news. [locked]
static bool set_text(struct subtree *subtree, const char *key, const char *text, size_t len)
{
    const struct kept *before = map_find(&subtree->texts, key, strlen(key));
    struct kept *kept;
    void *old = NULL;

    if (!text) {
        drop_text(subtree, key);
        return before != NULL;
    }
    if (before && before->len == len && memcmp(before->text, text, len) == 0)
        return false;
    kept = malloc(sizeof(*kept) + len + 1 + strlen(key) + 1);
    ALWAYS(kept);
    kept->len = len;
    memcpy(kept->text, text, len);
    kept->text[len] = '\0';
    kept->key = strcpy(kept->text + len + 1, key);
    ALWAYS(map_set(&subtree->texts, kept->key, strlen(key), kept, &old));
    free(old);
    return true;
}

static bool is_named(const struct source_revision *revision, const char *key)
{
    for (size_t i = 0; i < revision->count; i++)
        if (strcmp(revision->changes[i].model, key) == 0)
            return true;
    return false;
}

// Of a whole tree, what is not named is gone. Whether anything was. [locked]
static bool drop_unnamed(struct subtree *subtree, const struct source_revision *revision)
{
    const struct map_slot *slot;
    const struct kept *gone;
    bool any = false;

    do {
        size_t at = 0;

        gone = NULL;
        while (!gone && (slot = map_next(&subtree->texts, &at)))
            if (!is_named(revision, ((struct kept *)slot->value)->key))
                gone = slot->value;
        if (gone)
            drop_text(subtree, gone->key);
        any |= gone != NULL;
    } while (gone);
    return any;
}

static void take(void *user, const struct source_revision *revision)
{
    struct subtree *subtree = user;
    struct resources *resources = subtree->resources;
    bool news;

    pthread_mutex_lock(&resources->lock);
    news = !subtree->told;
    if (revision->whole)
        news |= drop_unnamed(subtree, revision);
    for (size_t i = 0; i < revision->count; i++)
        news |=
            set_text(subtree, revision->changes[i].model, revision->changes[i].value, revision->changes[i].value_len);
    subtree->told = true;
    pthread_cond_broadcast(&resources->told);
    pthread_mutex_unlock(&resources->lock);
    if (news && resources->options.changed)
        resources->options.changed(resources->options.user, subtree->name);
}

// The subtree of that name, followed from now on. [locked]
static struct subtree *find_or_follow(struct resources *resources, const char *name)
{
    struct subtree *subtree = map_find(&resources->subtrees, name, strlen(name));
    char error[256];

    if (subtree)
        return subtree;
    subtree = calloc(1, sizeof(*subtree) + strlen(name) + 1);
    ALWAYS(subtree);
    strcpy(subtree->name, name);
    subtree->resources = resources;
    map_init(&subtree->texts);
    ALWAYS(map_set(&resources->subtrees, subtree->name, strlen(name), subtree, NULL));
    subtree->source = sources_open_resources(resources->options.host, name, resources->options.watch, take, subtree,
                                             error, sizeof(error));
    if (!subtree->source)
        log_line(LOG_ERROR, "resources_unreadable", (struct log_field[]){{"subtree", name}, {NULL, NULL}}, "%s", error);
    return subtree;
}

// [locked]
static void wait_until_told(struct resources *resources, struct subtree *subtree)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += resources->options.wait_ms / 1000;
    until.tv_nsec += resources->options.wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!subtree->told && subtree->source && !subtree->waited)
        if (pthread_cond_timedwait(&resources->told, &resources->lock, &until) == ETIMEDOUT)
            break;
    subtree->waited = true;
}

bool resources_find(struct resources *resources, struct resource *resource, bool wait, struct arena *arena)
{
    struct subtree *subtree;
    const struct kept *kept;
    bool told;

    resource->text = (struct inferd_bytes){NULL, 0};
    pthread_mutex_lock(&resources->lock);
    subtree = find_or_follow(resources, resource->subtree);
    if (wait)
        wait_until_told(resources, subtree);
    told = subtree->told;
    kept = map_find(&subtree->texts, resource->key, strlen(resource->key));
    if (kept) {
        resource->text = (struct inferd_bytes){(uint8_t *)arena_strndup(arena, kept->text, kept->len), kept->len};
        ALWAYS(resource->text.data);
    }
    pthread_mutex_unlock(&resources->lock);
    return told;
}

// Whether that is its text now, as far as the store has said anything. [locked]
static bool is_text(const struct resources *resources, const struct resource *resource)
{
    const struct subtree *subtree = map_find(&resources->subtrees, resource->subtree, strlen(resource->subtree));
    const struct kept *kept;

    if (!subtree || !subtree->told)
        return true;
    kept = map_find(&subtree->texts, resource->key, strlen(resource->key));
    if (!kept || !resource->text.data)
        return !kept && !resource->text.data;
    return resource->text.len == kept->len && memcmp(resource->text.data, kept->text, kept->len) == 0;
}

bool resources_are(struct resources *resources, const struct resource_list *list)
{
    bool same = true;

    pthread_mutex_lock(&resources->lock);
    for (size_t i = 0; i < list->count && same; i++)
        same = is_text(resources, &list->items[i]);
    pthread_mutex_unlock(&resources->lock);
    return same;
}

void resources_reread(struct resources *resources)
{
    const struct map_slot *slot;
    size_t at = 0;

    pthread_mutex_lock(&resources->lock);
    while ((slot = map_next(&resources->subtrees, &at)))
        if (((struct subtree *)slot->value)->source)
            source_reread(((struct subtree *)slot->value)->source);
    pthread_mutex_unlock(&resources->lock);
}

struct resources *resources_new(const struct resources_options *options)
{
    struct resources *resources = calloc(1, sizeof(*resources));
    pthread_condattr_t clock;

    if (!resources)
        return NULL;
    resources->options = *options;
    map_init(&resources->subtrees);
    pthread_mutex_init(&resources->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&resources->told, &clock);
    pthread_condattr_destroy(&clock);
    return resources;
}

static void free_subtree(struct subtree *subtree)
{
    const struct map_slot *slot;
    size_t at = 0;

    source_close(subtree->source);
    while ((slot = map_next(&subtree->texts, &at)))
        free(slot->value);
    map_free(&subtree->texts);
    free(subtree);
}

void resources_free(struct resources *resources)
{
    const struct map_slot *slot;
    size_t at = 0;

    if (!resources)
        return;
    while ((slot = map_next(&resources->subtrees, &at)))
        free_subtree(slot->value);
    map_free(&resources->subtrees);
    pthread_cond_destroy(&resources->told);
    pthread_mutex_destroy(&resources->lock);
    free(resources);
}
