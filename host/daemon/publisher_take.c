// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a source tells: configs that changed, that it is away, that what models read beside them did.
#include "daemon/publisher_inner.h"

#include "base/log.h"
#include "daemon/resources.h"
#include "metrics/metrics.h"

void publisher_look(struct publisher *publisher, const char *subtree)
{
    pthread_mutex_lock(&publisher->lock);
    publisher_have_pending(publisher, known_look(&publisher->models, subtree, publisher->options.resources));
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_note(struct publisher *publisher, const char *model, const struct resource_list *read)
{
    pthread_mutex_lock(&publisher->lock);
    known_note(&publisher->models, model, read);
    publisher_have_pending(publisher, known_look(&publisher->models, NULL, publisher->options.resources));
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_not_taken(struct publisher *publisher, uint64_t generation, size_t count)
{
    pthread_mutex_lock(&publisher->lock);
    bulletin_not_taken(&publisher->bulletin, generation, count);
    pthread_mutex_unlock(&publisher->lock);
}

// A whole tree that doesn't name it has none. [locked]
static void take_service(struct publisher *publisher, const struct source_revision *revision)
{
    const struct source_change *change = NULL;

    for (size_t i = 0; i < revision->count; i++)
        if (!revision->changes[i].model)
            change = &revision->changes[i];
    if (change && !service_config_take(&publisher->service, change->key, change->value, change->value_len))
        publisher_count_refusal(publisher->options.metrics, "service-config");
    if (!change && revision->whole)
        service_config_take(&publisher->service, "service-config", NULL, 0);
}

void publisher_take(void *user, const struct source_revision *revision)
{
    struct publisher *publisher = user;

    pthread_mutex_lock(&publisher->lock);
    if (known_take(&publisher->models, revision, publisher->options.believe_empty))
        take_service(publisher, revision);
    else
        log_warning("config_source_empty",
                    "revision %lld has no model at all: not believed, the %zu models that were good last stay until "
                    "they are named again or deleted one by one. To end them all, start with --config-believe-empty",
                    (long long)revision->revision, publisher->models.kept);
    publisher->read = true;
    // Its module may have come. Where nothing is checked, nobody knows what is refused.
    if (revision->whole)
        known_retry(&publisher->models, !publisher->options.argv);
    publisher->revision = revision->revision;
    publisher->pending = true;
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_away(void *user, const char *reason)
{
    struct publisher *publisher = user;

    if (reason) // the source logs it
        metrics_add(METRICS_CONFIG_OUTAGES, 1);
    metrics_set(METRICS_CONFIG_SOURCE_AWAY, reason != NULL);
    pthread_mutex_lock(&publisher->lock);
    publisher->away = reason;
    bulletin_source(&publisher->bulletin, reason, publisher_now_us());
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
}
