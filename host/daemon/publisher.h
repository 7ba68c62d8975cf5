// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes what a source tells, has it checked, and publishes generations. It keeps the last good text of each model, so
// that a worker that comes up later gets all of them, and a copy of these on disk: for a start while the source is
// away, and for a start with a text that is refused.
//
// Threads: a thread of its own; publisher_take() and publisher_away() on the source's, publisher_snapshot() from any.
#ifndef DAEMON_PUBLISHER_H
#define DAEMON_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "config/source.h"
#include "daemon/quarantine.h"

struct board;
struct metrics;
struct publisher;
struct resource_list;
struct resources;
struct text;

struct publisher_options {
    char *const *argv;           // for the checking child; NULL: nothing is checked here, and nothing kept on disk
    struct metrics *metrics;     // NULL: nobody looks
    struct board *board;         // likewise
    struct resources *resources; // what configs may read beside them; its changes are told to publisher_look()
    const char *state_dir;       // of the copy on disk; NULL or "": there is none
    const char *service;         // part of its name
    const char *origin;          // where the configs come from: a copy of another place's isn't taken
    bool believe_empty;          // a source that comes back without any model
    struct quarantine_rules quarantine;
    // A bundle to hand to all workers.
    void (*publish)(void *user, const void *bytes, size_t len);
    void *user;
};

struct publisher *publisher_new(const struct publisher_options *options);
void publisher_stop(struct publisher *publisher); // joins its thread: nothing is published any more
void publisher_free(struct publisher *publisher); // after publisher_stop(), and after all that may call it has ended
source_changed_fn publisher_take;                 // 'user' is the publisher
source_away_fn publisher_away;                    // likewise
// Texts of a subtree of resources have changed: models that have read them are published anew. [any]
void publisher_look(struct publisher *publisher, const char *subtree);
// Where nothing is checked: what a model has read when it was compiled. [any]
void publisher_note(struct publisher *publisher, const char *model, const struct resource_list *read);
// Likewise: so many of a generation's configs could not be taken. [any]
void publisher_not_taken(struct publisher *publisher, uint64_t generation, size_t count);
// A worker died in a plugin, how: "SIGSEGV". If that is too often, workers are told to call it no more. [any]
void publisher_crash(struct publisher *publisher, const struct breadcrumb *crumb, const char *how);
// For /config: a worker died, how: "SIGSEGV", and in which plugin, NULL: in none, or that tells nothing of it. And its
// place has one again, or is to have none. [any]
void publisher_death(struct publisher *publisher, unsigned worker, const char *how, const struct breadcrumb *crumb);
void publisher_back(struct publisher *publisher, unsigned worker);
// By hand. They return the generation from which on it is so. [any]
uint64_t publisher_refresh(struct publisher *publisher); // both of these, and tries again what was refused
uint64_t
publisher_rescan(struct publisher *publisher); // has the module path looked through though no config has changed
// Ends quarantines; lifted, if not NULL, gets how many.
uint64_t publisher_lift(struct publisher *publisher, const struct quarantine_whom *whom, unsigned *lifted);
// Publishes and keeps nothing more: another process does. [any]
void publisher_leave(struct publisher *publisher);
bool publisher_serves(struct publisher *publisher, const char *model);                   // [any]
void publisher_unserved(struct publisher *publisher, struct text *lines);                // see known_unserved(). [any]
void publisher_upgrade(struct publisher *publisher, const char *state, const char *why); // for /config. [any]
// The whole of what is published so far, as a bundle; malloc'd. NULL: nothing was yet. [any]
void *publisher_snapshot(struct publisher *publisher, size_t *len);

#endif
