// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What stands before anything is put into the store: the daemon's compiler must take it.
#ifndef INFERCTL_GUARD_H
#define INFERCTL_GUARD_H

#include "store.h"
#include "texts.h"

// Compiles the texts with what they will find beside themselves in the store. EXIT_FINE, or what to exit with after
// telling what is refused.
int guard_texts(const struct texts *texts, struct given *given, const struct store *store, const char *command);

#endif
