// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The process that leads: it follows configs, publishes them, and hears administrators.
#ifndef DAEMON_LEADING_H
#define DAEMON_LEADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "config/host_settings.h"

struct admin;
struct module_watch;
struct observing;
struct publisher;
struct resources;
struct source;

// How long the store may say nothing of resources when a config first asks for some.
#define RESOURCES_WAIT_MS 2000

// What the process has that leads: it follows configs, publishes them, and hears administrators.
struct leading {
    struct resources *resources;
    struct publisher *publisher;
    struct source *source;
    struct admin *admin;
    struct module_watch *modules;
};

// Reads again what can be read again. Gives the generation from which on it is so. 'user' is the leading. [any]
uint64_t leading_reload(void *user);
// What others come by, but for the port itself. Before the first process is started and the first thing is published.
// False with a message in error.
bool leading_open_doors(struct leading *leading, const struct host_settings *host, bool succeeds,
                        const struct observing *observing, char *error, size_t size);
bool leading_hear(struct leading *leading, char *error, size_t size); // administrators, from now on
// Follows configs, and hears administrators unless they are to be heard by another process yet. False with a message in
// error.
bool leading_start(struct leading *leading, const struct host_settings *host, bool succeeds, char *error, size_t size);
void leading_stop(struct leading *leading); // nothing is published any more after it

#endif
