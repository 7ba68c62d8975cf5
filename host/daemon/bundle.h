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

struct bundle_entry {
    const char *model;
    struct inferd_bytes text; // the config to compile; NULL data: none
    bool removed;
    bool bad_graph;     // of the refusal
    const char *reason; // the latest config was refused; NULL: it wasn't
};

struct bundle {
    uint64_t number;  // of the generation
    int64_t revision; // of the source
    bool whole;       // models not named are gone
    struct bundle_entry *entries;
    size_t count;
};

// The bytes, malloc'd; NULL: no memory.
uint8_t *bundle_encode(const struct bundle *bundle, size_t *len);
// Texts stay views of the bytes, names are copied into the arena. False: not a bundle, or no memory.
bool bundle_decode(struct bundle *bundle, const void *bytes, size_t len, struct arena *arena);

#endif
