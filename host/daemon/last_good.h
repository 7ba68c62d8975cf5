// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The last good generation on disk: one file, replaced as a whole, so that it is always an old one or a new one. Knows
// the format; not when it is written, nor what follows from what it holds.
//
//   inferd-generation FORMAT LENGTH CRC32\n    in text: what it is, and whether it is all there
//   LENGTH bytes                               the origin of the configs, and a bundle of them
#ifndef DAEMON_LAST_GOOD_H
#define DAEMON_LAST_GOOD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "daemon/bundle.h"

enum last_good { LAST_GOOD_READ, LAST_GOOD_NONE, LAST_GOOD_REFUSED };

// The file for a service's configs of an origin ("etcd:/config/…", "dir:/etc/…"): malloc'd; NULL: no memory.
char *last_good_path(const char *state_dir, const char *service, const char *origin);
// Writes an encoded bundle. Makes the directory where it is missing, but not the one above. False with a message in
// error: what was there before still is.
bool last_good_write(const char *path, const char *origin, struct inferd_bytes bundle, char *error, size_t size);
// NONE: there is no file. REFUSED, with a message in error: it can't be read, or isn't what was written. The bundle
// lies in the arena.
enum last_good last_good_read(const char *path, const char *origin, struct bundle *bundle, struct arena *arena,
                              char *error, size_t size);

#endif
