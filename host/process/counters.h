// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the processes count about connections. Written by the thread that accepts, read by any; may lie in shared
// memory.
#ifndef PROCESS_COUNTERS_H
#define PROCESS_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

// accepted = http1 + http2 + told_tls + ended + rubbish + tls + timed_out + crowded_out + those still undecided
// open now, with workers = handed - taken_back - closed
// http1 + http2 + told_tls + taken_back = handed + refused + refused_limit + refused_files + left + those waiting for a
// worker that is coming up
struct process_counters {
    _Atomic uint64_t accepted;
    _Atomic uint64_t accept_failed; // out of descriptors or memory; nothing was accepted
    _Atomic uint64_t http1, http2;  // told apart
    _Atomic uint64_t told_tls;      // at the port for it
    _Atomic uint64_t ended;         // closed by the client before that
    _Atomic uint64_t rubbish;       // none of them
    _Atomic uint64_t tls;           // a TLS hello on the plain port
    _Atomic uint64_t timed_out;     // said too little for too long
    _Atomic uint64_t crowded_out;   // undecided ones closed to make room, or as draining began
    _Atomic uint64_t handed;        // given to a worker
    _Atomic uint64_t closed;        // of the handed: the end was seen, or the worker died
    _Atomic uint64_t taken_back;    // of the handed: the worker died before it took it, so it goes to the next
    _Atomic uint64_t refused;       // no worker could take it and the queue was full, or draining began
    _Atomic uint64_t refused_limit; // HTTP/2: each worker had as many as it may have
    _Atomic uint64_t refused_files; // no descriptor or memory for it but what is kept for others
    _Atomic uint64_t spare;         // of the handed: beyond that limit, for health only
    _Atomic uint64_t gave_way;      // of the spare: closed for others, or so that their clients come again
    _Atomic uint64_t left;          // closed by the client while it waited for a worker
    _Atomic uint64_t lost;          // of the handed: the worker had no descriptor left for it
    _Atomic uint64_t spawned;       // workers started
    _Atomic uint64_t died;          // workers that ended without being asked to
    _Atomic uint64_t stuck;         // of the died: killed because they were in one call into a plugin for too long
    _Atomic uint64_t outgrown;      // workers replaced because their memory had grown too much
};

static inline void process_count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

#endif
