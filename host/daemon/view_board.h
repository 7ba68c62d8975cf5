// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What GET /config shows of the other processes, from the board.
#ifndef DAEMON_VIEW_BOARD_H
#define DAEMON_VIEW_BOARD_H

#include <jansson.h>

struct board;

// Adds to the object: "workers", "held", and what the master has written there.
void view_add_board(json_t *json, const struct board *board);

#endif
