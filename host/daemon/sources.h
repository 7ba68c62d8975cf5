// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens the config source that the settings name.
#ifndef DAEMON_SOURCES_H
#define DAEMON_SOURCES_H

#include "config/host_settings.h"
#include "config/source.h"

// away (or NULL): the source can't be reached; once for each outage. NULL with a message in error.
struct source *sources_open(const struct host_settings *settings, bool watch, source_changed_fn *changed,
                            void (*away)(void *user, const char *reason), void *user, char *error, size_t size);

#endif
