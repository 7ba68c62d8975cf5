// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Puts together what leads, and ends it.
#include "daemon/leading.h"

#include <unistd.h>

#include "base/owned.h"
#include "daemon/admin.h"
#include "daemon/module_watch.h"
#include "daemon/observing.h"
#include "daemon/publisher.h"
#include "daemon/resources.h"
#include "daemon/sources.h"
#include "daemon/tls.h"
#include "front/access.h"
#include "run/backend_tls.h"

uint64_t leading_reload(void *user)
{
    struct leading *leading = user;

    admin_reread(leading->admin);
    source_reread(leading->source);
    resources_reread(leading->resources);
    return publisher_refresh(leading->publisher);
}

static uint64_t rescan(void *user)
{
    return publisher_rescan(((struct leading *)user)->publisher);
}

static void take_modules(void *user)
{
    rescan(user);
}

static uint64_t lift(void *user, const struct quarantine_whom *whom, unsigned *lifted)
{
    return publisher_lift(((struct leading *)user)->publisher, whom, lifted);
}

// Who may change these passes for etcd, or knows what it is shown. One that isn't there is told by who reads it.
static bool are_guarded(const struct host_settings *host, char *error, size_t size)
{
    const char *const paths[] = {host->etcd_ca_file, host->etcd_key_file};

    for (size_t i = 0; *host->etcd_endpoints && i < sizeof(paths) / sizeof(paths[0]); i++)
        if (*paths[i] && access(paths[i], F_OK) == 0 && !owned_by_us(paths[i], error, size))
            return false;
    return true;
}

// The files that those who serve will read.
static bool are_fine(const struct host_settings *host, char *error, size_t size)
{
    struct backend_tls *tls = *host->backend_tls_file ? backend_tls_new(host->backend_tls_file, error, size) : NULL;
    bool fine = tls || !*host->backend_tls_file;
    struct access *access = fine && *host->access_file ? access_new(host->access_file, error, size) : NULL;

    backend_tls_free(tls);
    access_free(access);
    return fine && (access || !*host->access_file);
}

bool leading_open_doors(struct leading *leading, const struct host_settings *host, bool succeeds,
                        const struct observing *observing, char *error, size_t size)
{
    if (!tls_check(host, error, size) || !are_fine(host, error, size) || !are_guarded(host, error, size))
        return false;
    if (*host->admin_address)
        leading->admin = admin_new(host->admin_address, succeeds, host->access_file, observing->metrics,
                                   observing->board, error, size);
    return !*host->admin_address || leading->admin;
}

bool leading_hear(struct leading *leading, char *error, size_t size)
{
    struct admin_actions actions = {.reload = leading_reload, .rescan = rescan, .lift = lift, .user = leading};

    return admin_serve(leading->admin, &actions, error, size);
}

bool leading_start(struct leading *leading, const struct host_settings *host, bool succeeds, char *error, size_t size)
{
    leading->source =
        sources_open(host, host->config_watch, publisher_take, publisher_away, leading->publisher, error, size);
    if (host->module_watch)
        leading->modules = module_watch_new(host->module_path, take_modules, leading);
    return leading->source && (succeeds || leading_hear(leading, error, size));
}

void leading_stop(struct leading *leading)
{
    admin_stop(leading->admin);
    module_watch_free(leading->modules);
    source_close(leading->source);
    publisher_stop(leading->publisher);
    admin_free(leading->admin);
}
