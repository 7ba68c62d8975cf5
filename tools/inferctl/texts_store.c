// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads what a source of the daemon's has: a directory, or a prefix of etcd.
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/sources.h"
#include "texts_inner.h"

struct reading {
    struct texts *texts;
    sem_t done;
};

static void take(void *user, const struct source_revision *revision)
{
    struct reading *reading = user;
    struct texts *texts = reading->texts;

    texts->revision = revision->revision;
    for (size_t i = 0; i < revision->count; i++) {
        const struct source_change *change = &revision->changes[i];

        if (change->value && !texts_add(texts, change->model, change->key, change->value, change->value_len))
            snprintf(texts->trouble, sizeof(texts->trouble), "no memory");
    }
    sem_post(&reading->done);
}

static void away(void *user, const char *reason)
{
    struct reading *reading = user;

    if (!reason)
        return; // it is back, and will tell
    snprintf(reading->texts->trouble, sizeof(reading->texts->trouble), "%s", reason);
    sem_post(&reading->done);
}

static bool read_source(struct texts *texts, const struct host_settings *host, int64_t revision)
{
    struct reading reading = {.texts = texts};
    struct source_counts counts;
    struct source *source;
    char error[sizeof(texts->trouble)];

    sem_init(&reading.done, 0, 0);
    source = sources_open_at(host, revision, take, away, &reading, error, sizeof(error));
    if (!source)
        snprintf(texts->trouble, sizeof(texts->trouble), "%s", error);
    if (source) {
        sem_wait(&reading.done);
        source_count(source, &counts);
        texts->unread = counts.refused;
        source_close(source);
    }
    sem_destroy(&reading.done);
    if (revision && strstr(texts->trouble, "compacted"))
        snprintf(texts->trouble, sizeof(texts->trouble),
                 "revision %lld is older than what etcd has kept: it was compacted away", (long long)revision);
    else if (revision && strstr(texts->trouble, "future revision"))
        snprintf(texts->trouble, sizeof(texts->trouble), "etcd has not come to revision %lld yet", (long long)revision);
    return source && !*texts->trouble;
}

// "[PREFIX][@REVISION]"; false: it is none.
static bool read_place(const char *place, struct given *given, int64_t *revision)
{
    const char *at = strrchr(place, '@');
    size_t len = at ? (size_t)(at - place) : strlen(place);
    char *prefix = strndup(place, len), *end = NULL;
    bool done = prefix != NULL;

    if (at) {
        *revision = strtoll(at + 1, &end, 10);
        done = done && end != at + 1 && !*end && *revision > 0;
    }
    if (done && len > 0)
        done = *prefix == '/' && given_set(given, "etcd-prefix", prefix);
    free(prefix);
    return done;
}

// Makes the settings say what the place does. False: 'trouble' says why not.
static bool take_place(struct texts *texts, const char *place, struct given *given, int64_t *revision)
{
    if (strncmp(place, "etcd:", 5) != 0)
        return given_set(given, "config-dir", place);
    if (read_place(place + 5, given, revision))
        return true;
    snprintf(texts->trouble, sizeof(texts->trouble),
             "%s: expected etcd:[PREFIX][@REVISION], such as etcd:/config/inferflow/services/shop/model-config@1234",
             place);
    return false;
}

bool texts_read_store(struct texts *texts, const char *place, struct given *given, const char *command)
{
    struct settings *settings;
    int64_t revision = 0;
    bool of_etcd = place && strncmp(place, "etcd:", 5) == 0, done = false;

    if (place && !take_place(texts, place, given, &revision))
        return false;
    log_set_level(LOG_ERROR); // of a map that can't be read; all else is told by whoever asks
    settings = given_settings(given, command);
    if (!settings)
        snprintf(texts->trouble, sizeof(texts->trouble), "the settings can't be used");
    else if (of_etcd && !*settings_host(settings)->etcd_endpoints)
        snprintf(texts->trouble, sizeof(texts->trouble),
                 "%s: say where etcd is, with --etcd-endpoints or in ETCD_SERVER", place);
    else
        done = read_source(texts, settings_host(settings), revision);
    if (settings && !*settings_host(settings)->etcd_endpoints)
        texts->revision = 0;
    settings_free(settings);
    return done;
}
