// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Which slot a connection goes to: the one with the fewest. A worker that is coming up counts as one that is there, or
// everything that arrives after a crash would stay with the others for as long as it lasts.
#ifndef PROCESS_DEAL_H
#define PROCESS_DEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct process_counters;
struct slot;

struct deal {
    struct slot *slots;
    unsigned count;
    size_t max_waiting;   // for each slot
    int max_fd;           // descriptors are below it
    size_t max_http2;     // connections of HTTP/2, of each slot
    size_t max_http2_all; // descriptors of all these: beyond it, they are kept for others
    struct process_counters *counters;
    bool over;       // no slot takes any more
    unsigned turn;   // where equals are looked through from
    int64_t said_us; // when it was last said that some are refused
    int64_t cut_us;  // when a spare connection was last closed for another
};

// Gives it to a slot, or closes it if there is room in none.
void deal_connection(struct deal *deal, struct connection *connection);
// What waits for this slot goes wherever it is best off now.
void deal_again(struct deal *deal, struct slot *slot);
// A slot's worker came up; is late.
void deal_slot_ready(struct deal *deal, const struct slot *ready);
void deal_slot_late(struct deal *deal, struct slot *slot);

#endif
