// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Finds models' keys in etcd, reads and writes them.
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "command.h"
#include "config/etcd_key.h"
#include "daemon/sources.h"

static bool say(const struct store *store, const char *what)
{
    fprintf(stderr, "inferctl %s: %s\n", store->command, what);
    return false;
}

bool store_open(struct store *store, const struct given *given, const char *command)
{
    struct source_etcd_options options;
    char error[512];

    *store = (struct store){.command = command};
    log_set_level(LOG_ERROR);
    store->settings = given_settings(given, command);
    if (!store->settings)
        return false;
    if (!*settings_host(store->settings)->etcd_endpoints)
        return say(store, "say where etcd is, with --etcd-endpoints or in ETCD_SERVER");
    options = sources_etcd_options(settings_host(store->settings), false);
    store->prefix = sources_etcd_prefix(settings_host(store->settings));
    store->client = store->prefix ? etcd_client_open(&options, error, sizeof(error)) : NULL;
    if (!store->client)
        return say(store, store->prefix ? error : "no memory");
    return true;
}

void store_close(struct store *store)
{
    if (store->client)
        etcd_client_close(store->client);
    json_decref(store->keys);
    json_decref(store->mapped);
    free(store->prefix);
    free(store->map);
    settings_free(store->settings);
}

static void take_key(void *user, const struct etcd_value *value)
{
    struct store *store = user;
    struct inferd_bytes id = {NULL, 0};
    enum etcd_key_kind kind = etcd_key_read(value->key, strlen(store->prefix), &id);
    char *model;

    if (kind == ETCD_KEY_MAP && !store->map)
        store->map = text_copy(value->key.data, value->key.len);
    if (kind != ETCD_KEY_MODEL && kind != ETCD_KEY_SERVICE)
        return;
    model = kind == ETCD_KEY_MODEL ? text_copy(id.data, id.len) : strdup("");
    if (model && json_object_get(store->keys, model))
        store->doubled = json_object_iter_key(json_object_iter_at(store->keys, model));
    if (model)
        json_object_set_new(store->keys, model,
                            json_pack("{s:s%, s:I}", "key", (const char *)value->key.data, value->key.len, "modified",
                                      (json_int_t)value->modified));
    free(model);
}

static void take_map(void *user, const struct etcd_value *value)
{
    struct store *store = user;

    json_decref(store->mapped);
    store->mapped = json_loadb((const char *)value->value.data, value->value.len, 0, NULL);
}

bool store_look(struct store *store)
{
    char *first = NULL, *end = NULL;
    bool done = asprintf(&first, "%s/", store->prefix) >= 0 && asprintf(&end, "%s%c", store->prefix, '/' + 1) >= 0;

    json_decref(store->keys);
    store->keys = json_object();
    done = done && etcd_client_get(store->client, first, end, 0, true, take_key, store) == ETCD_DONE;
    if (done && store->map)
        done = etcd_client_get(store->client, store->map, NULL, 0, false, take_map, store) == ETCD_DONE;
    free(first);
    free(end);
    return done || say(store, etcd_client_error(store->client));
}

const char *store_model(const char *word)
{
    return strcmp(word, STORE_SERVICE) == 0 ? NULL : word;
}

// The key that a new config gets, malloc'd. NULL after saying that the daemon would ignore it.
static char *new_key(const struct store *store, const char *model)
{
    struct inferd_bytes id = {NULL, 0};
    char *key = NULL;

    if ((model ? asprintf(&key, "%s/config-map/%s", store->prefix, model)
               : asprintf(&key, "%s/" STORE_SERVICE, store->prefix)) < 0) {
        say(store, "no memory");
        return NULL;
    }
    if (!model ||
        (store_model(model) && etcd_key_read(inferd_bytes_of(key), strlen(store->prefix), &id) == ETCD_KEY_MODEL))
        return key;
    fprintf(stderr, "inferctl %s: '%s' can't be a model's id%s\n", store->command, model,
            store_model(model)
                ? ", as inferd would ignore its key: an id is UTF-8 text that isn't empty, without / and "
                  "control characters"
                : ": it is what the service config is called");
    free(key);
    return NULL;
}

char *store_key(struct store *store, const char *model, int64_t *modified)
{
    const char *name = model ? model : "";
    char *key = new_key(store, model);
    const json_t *own = key ? json_object_get(store->keys, name) : NULL;

    *modified = json_integer_value(json_object_get(own, "modified"));
    if (!key || (!own && !(model && json_object_get(store->mapped, model))))
        return key;
    free(key);
    if (store->doubled && strcmp(name, store->doubled) == 0)
        fprintf(stderr, "inferctl %s: %s has two keys that are spelled differently, below %s: delete one of them\n",
                store->command, model ? model : STORE_SERVICE, store->prefix);
    else if (own)
        return strdup(json_string_value(json_object_get(own, "key")));
    else
        fprintf(stderr,
                "inferctl %s: the config of %s is in the map of all models, %s, and changes with that key: take it "
                "out of the map first\n",
                store->command, model, store->map);
    return NULL;
}

static void take_value(void *user, const struct etcd_value *value)
{
    struct store_value *out = user;

    *out = (struct store_value){.text = malloc(value->value.len + 1),
                                .len = value->value.len,
                                .modified = value->modified,
                                .version = value->version,
                                .created = value->created};
    if (!out->text)
        return;
    if (out->len)
        memcpy(out->text, value->value.data, out->len);
    out->text[out->len] = '\0';
}

enum etcd_answer store_read(struct store *store, const char *key, int64_t revision, struct store_value *value)
{
    enum etcd_answer answer;

    *value = (struct store_value){.text = NULL};
    answer = etcd_client_get(store->client, key, NULL, revision, false, take_value, value);
    if (answer == ETCD_COMPACTED)
        fprintf(stderr,
                "inferctl %s: revision %lld is older than what etcd has kept: it was compacted away. 'inferctl "
                "history' tells what there is; 'inferctl push' puts what is older from a file\n",
                store->command, (long long)revision);
    else if (answer == ETCD_FUTURE)
        fprintf(stderr, "inferctl %s: etcd has not come to revision %lld yet\n", store->command, (long long)revision);
    else if (answer != ETCD_DONE)
        say(store, etcd_client_error(store->client));
    return answer;
}

// Which of them it was that somebody else has changed.
static void say_changed(struct store *store, const struct etcd_put *puts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct store_value now;

        if (store_read(store, puts[i].key, 0, &now) == ETCD_DONE && now.modified != puts[i].expected)
            fprintf(stderr, "inferctl %s: %s was changed meanwhile: its revision is %lld now, not %lld\n",
                    store->command, puts[i].key, (long long)now.modified, (long long)puts[i].expected);
        free(now.text);
    }
}

int store_put(struct store *store, const struct etcd_put *puts, size_t count)
{
    switch (etcd_client_put(store->client, puts, count)) {
    case ETCD_DONE:
        return EXIT_FINE;
    case ETCD_CHANGED:
        say_changed(store, puts, count);
        say(store, "nothing was put: look at what is there by 'inferctl diff', and try again");
        return EXIT_FOUND;
    default:
        say(store, etcd_client_error(store->client));
        return EXIT_TROUBLE;
    }
}
