// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A bundle: the changes of one config generation, as they go from the master to the workers and to the child that
// checks. The bytes are a protobuf message of our own.
#ifndef DAEMON_BUNDLE_H
#define DAEMON_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <inferd/bytes.h>
#include "base/arena.h"
#include "daemon/resource_list.h"

struct bundle_entry {
    const char *model;
    struct inferd_bytes text; // the config to compile; NULL data: none
    uint64_t generation;      // in which that text became good; 0: this one
    bool removed;
    bool bad_graph;                 // of the refusal
    const char *reason;             // the latest config was refused; NULL: it wasn't
    struct resource_list resources; // what it reads beside the config
    bool waits;                     // for some of them, which can't be read yet; not sent
    const char *pins;               // versions of modules it was checked with, see plan/plan.h; NULL: it wasn't
};

// One file of the module path, as the checking child found it.
struct bundle_module {
    const char *path;
    const char *identity;       // see module/registry.h: the finding is about these bytes only
    const char *name, *version; // NULL where it was refused
    const char *reason;         // why nobody may open it; NULL: those who serve may
    bool fatal;                 // opening it ended the child
};

// What is quarantined because it crashed workers: a component, or a version of a module.
struct bundle_quarantine {
    const char *model, *node; // NULL: all components of the module
    const char *module;       // "name version"
    uint32_t calls;           // see plan/quarantine.h
    const char *call, *how;   // the latest crash: "run", "SIGSEGV"
    uint64_t crashes;
    int64_t since_us; // since 1970
    bool after;       // the crashes came when the call had returned, outside of any plugin
};

struct bundle {
    uint64_t number;             // of the generation
    int64_t revision;            // of the source
    int64_t time_us;             // since 1970: when it became one
    bool whole;                  // models not named are gone
    bool from_disk;              // its source is away: these are the configs that were good last
    const char *service;         // the service config in effect, as JSON; NULL: nothing is known of it
    const char *service_refused; // why the latest was refused; NULL: it wasn't
    bool judged;                 // 'modules' holds all files that may be opened; otherwise nobody has looked at any
    struct bundle_entry *entries;
    size_t count;
    struct bundle_module *modules;
    size_t module_count;
    struct bundle_quarantine *quarantine; // all there is
    size_t quarantine_count;
};

// The bytes, malloc'd; NULL: no memory.
uint8_t *bundle_encode(const struct bundle *bundle, size_t *len);
// Texts of configs and resources stay views of the bytes, all else is copied into the arena. False: not a bundle, or no
// memory.
bool bundle_decode(struct bundle *bundle, const void *bytes, size_t len, struct arena *arena);

#endif
