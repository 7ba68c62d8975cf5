// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the files that read texts share.
#ifndef INFERCTL_TEXTS_INNER_H
#define INFERCTL_TEXTS_INNER_H

#include "texts.h"

// Adds copies of all. False: no memory.
bool texts_add(struct texts *texts, const char *model, const char *where, const char *text, size_t len);

bool texts_is_directory(const char *place);
bool texts_read_file(struct texts *texts, const char *file, struct given *given);
// From a directory, from "etcd:…", or (NULL) from where the settings say.
bool texts_read_store(struct texts *texts, const char *place, struct given *given, const char *command);

#endif
