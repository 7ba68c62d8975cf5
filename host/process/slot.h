// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A slot: a worker's place in the master, which outlives the workers that take it one after another. Knows nothing of
// the other slots; what concerns them goes up through slot_events.
//
// Threads: the master's.
#ifndef PROCESS_SLOT_H
#define PROCESS_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/connection.h"
#include "process/control.h"
#include "process/master.h"
#include "process/poller.h"

struct slot;
struct process_counters;

enum slot_state {
    SLOT_VACANT, // no process, and none is due
    SLOT_EMPTY,  // no process; the timer brings one
    SLOT_COMING, // a process that isn't ready yet
    SLOT_READY,
    SLOT_LEAVING // was ready, and was asked to end
};

// Something to send that found no room in the socket.
struct slot_letter {
    enum control_kind kind;
    int fd; // the slot's own; -1: none
    struct slot_letter *next;
};

// Where a thread of the worker was when it was last looked at.
struct slot_look {
    uint64_t at;      // see breadcrumb_look()
    int64_t since_us; // it was there first
};

// What the slots share; lives in the master.
struct slot_context {
    struct poller *poller;
    const struct master_options *options;
    struct process_counters *counters;
    bool draining;
    void (*ready)(struct slot *slot);    // a worker came up
    void (*late)(struct slot *slot);     // it is not up after a while
    void (*empty)(struct slot *slot);    // it died; slot->waiting holds what it never took
    void (*outgrown)(struct slot *slot); // it serves, and has too much memory: told again as long as that is so
};

struct slot {
    struct slot_context *context;
    unsigned index;
    enum slot_state state;
    bool late;
    unsigned failures; // workers in a row that died before they were ready
    unsigned crashes;  // workers in a row that died soon after
    int64_t pause_us;  // before the next one; 0: at once
    pid_t pid;
    struct poller_watch life;    // the pidfd
    struct poller_watch control; // this end of the socket
    int far_end;                 // the worker's, kept to take back what it had not read when it died
    struct breadcrumb_block *crumbs;
    int64_t spawned_us, ready_us, died_us; // died_us: of the one before
    struct poller_timer timer;             // empty: brings a worker; coming: says it is late; leaving: kills it
    struct poller_timer retry;             // behind: sends it all anew
    unsigned misses;                       // payloads in a row that it could not take
    struct poller_timer watch;             // looks after the one that is there
    struct slot_look looks[BREADCRUMB_CONTROL + 1];
    bool stuck;            // killed for it
    bool outgrown;         // it had too much memory when it was looked at
    bool relieved;         // another slot's worker takes its place: none comes after it
    struct slot *relieves; // the other way round; NULL: it is nobody's
    struct breadcrumb stuck_crumb;
    struct slot_letter *letters, *last_letter;
    size_t letter_count;
    struct connection_list waiting; // to be handed over
    struct connection_list handed;
};

static inline bool slot_has_worker(const struct slot *slot)
{
    return slot->state > SLOT_EMPTY;
}

void slot_init(struct slot *slot, struct slot_context *context, unsigned index);
void slot_spawn(struct slot *slot);                                // an empty one
void slot_take(struct slot *slot, struct connection *connection);  // queued, and handed over as soon as it may be
void slot_send(struct slot *slot, enum control_kind kind, int fd); // fd stays the caller's
void slot_replace(struct slot *slot);                              // asks a ready one to end
void slot_await(struct slot *slot);                                // a coming one: is late so long from now on
void slot_vacate(struct slot *slot);                               // an empty one: none is to come
void slot_kill(struct slot *slot);
void slot_free(struct slot *slot); // kills and waits

#endif
