// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What etcd still knows of a model's config:
//
//   {"model" (null: the service config), "key", "current": revision or 0, "kept_from": the oldest revision that etcd
//   has,
//    "history": [{"revision", "version", "deleted", "bytes", "config" (where texts are asked for)}]}, oldest first
#ifndef INFERCTL_HISTORY_H
#define INFERCTL_HISTORY_H

#include "store.h"

// Of a model (NULL: of the service config) with that key, which changed last at the revision 'modified' (0: it isn't
// there). NULL, after saying why: it can't be told.
json_t *history_read(struct store *store, const char *model, const char *key, int64_t modified, bool texts);

#endif
