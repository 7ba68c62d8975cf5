// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What GET /config shows: the generation that is served, what was refused and why, and by the board what the other
// processes have and how the configs' source fares.
//
// Threads: any.
#ifndef DAEMON_VIEW_H
#define DAEMON_VIEW_H

#include <stdint.h>
#include "daemon/bundle.h"

struct board;
struct view;

struct view *view_new(struct board *board); // NULL: there is none
void view_free(struct view *view);
void view_apply(struct view *view, const struct bundle *bundle);
char *view_json(struct view *view); // malloc'd; NULL: no memory

#endif
