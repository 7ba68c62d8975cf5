// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Breadcrumbs say which plugin each thread of a worker is in, in memory that its master shares: what is left there when
// the worker dies names who did it, and what stays there too long names who holds it up. A component's names are
// written once, when it is made; a call into it is marked by a number.
//
// Threads: a thread marks on the trail it follows, and no other; names are added and removed on one thread at a time.
// The master reads while they write.
#ifndef PROCESS_BREADCRUMB_H
#define PROCESS_BREADCRUMB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BREADCRUMB_NAME_SIZE 128 // terminated; longer names are cut

// The threads that call plugins: both that the loop runs on, and others.
enum breadcrumb_thread {
    BREADCRUMB_LOOP,
    BREADCRUMB_QUEUE,
    BREADCRUMB_CONTROL,
    BREADCRUMB_POOL,
    BREADCRUMB_TRAILS = 16
};

// Which of a component's functions is called: the upper bits of a mark, whose lower ones are the component's number.
enum breadcrumb_call {
    BREADCRUMB_RUN = 0, // run, cancel and what continues them: the number alone
    BREADCRUMB_CREATE = 1 << 24,
    BREADCRUMB_BIND = 2 << 24,
    BREADCRUMB_START = 3 << 24,
    BREADCRUMB_STOP = 4 << 24,
    BREADCRUMB_DESTROY = 5 << 24
};

struct breadcrumb_block;

struct breadcrumb_trail {
    _Atomic uint64_t at;    // a serial number above the mark; 0: in no plugin
    _Atomic uint64_t left;  // the same of the last call that returned
    _Atomic uint32_t calls; // the last serial number
};

extern _Thread_local struct breadcrumb_trail *breadcrumb_trail; // of this thread; never NULL

// Before a call into a plugin; returns what breadcrumb_leave() is to be given. Calls nest. [any]
static inline uint64_t breadcrumb_enter(uint32_t mark)
{
    struct breadcrumb_trail *trail = breadcrumb_trail;
    uint64_t before = atomic_load_explicit(&trail->at, memory_order_relaxed);
    uint32_t serial = atomic_load_explicit(&trail->calls, memory_order_relaxed) + 1;

    atomic_store_explicit(&trail->calls, serial, memory_order_relaxed);
    atomic_store_explicit(&trail->at, (uint64_t)serial << 32 | mark, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst); // must be there before the call that follows
    return before;
}

static inline void breadcrumb_leave(uint64_t before)
{
    struct breadcrumb_trail *trail = breadcrumb_trail;

    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&trail->left, atomic_load_explicit(&trail->at, memory_order_relaxed), memory_order_relaxed);
    atomic_store_explicit(&trail->at, before, memory_order_relaxed);
}

// Gives a component its number; names that don't apply are NULL. 0, which marks nobody by name, where this process has
// no block or the block is full. [control]
uint32_t breadcrumb_add(const char *model, const char *node, const char *module);
void breadcrumb_remove(uint32_t number); // 0 is fine. [control]

// The parent's side: a new, clear block. fd: to send to the child. NULL: errno.
struct breadcrumb_block *breadcrumb_create(int *fd);
// The child's side; fd stays the caller's. NULL: errno.
struct breadcrumb_block *breadcrumb_map(int fd);
void breadcrumb_unmap(struct breadcrumb_block *block); // NULL is fine
// Marks and names of this process go there from now on; NULL: nowhere again. A crash tells which thread's it was.
// Before there are other threads.
void breadcrumb_use(struct breadcrumb_block *block);
// This thread marks there (BREADCRUMB_POOL + n for the nth of a pool).
void breadcrumb_follow(unsigned trail);

// What a block says, for people.
struct breadcrumb {
    char model[BREADCRUMB_NAME_SIZE], node[BREADCRUMB_NAME_SIZE], module[BREADCRUMB_NAME_SIZE]; // "": doesn't apply
    enum breadcrumb_call what;
    const char *call; // its name: "run", "create", …
    bool left;        // it had returned: nothing was called any more
};

// Reads what a dead process left: of the thread that crashed, where that is known. False: it was in no plugin.
bool breadcrumb_read(const struct breadcrumb_block *block, struct breadcrumb *crumb);
// The last call that returned on the thread that crashed. False: it was in a plugin, had been in none, or isn't known.
bool breadcrumb_read_left(const struct breadcrumb_block *block, struct breadcrumb *crumb);
// Reads where one thread is. 'at' tells one call from another. False: in no plugin.
bool breadcrumb_look(const struct breadcrumb_block *block, unsigned trail, struct breadcrumb *crumb, uint64_t *at);

#endif
