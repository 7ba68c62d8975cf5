// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A breadcrumb says which plugin a worker is in, in memory that its master shares: what is left there when the worker
// dies names who did it. One block for each worker; written by its loop only.
#ifndef PROCESS_BREADCRUMB_H
#define PROCESS_BREADCRUMB_H

#include <stdbool.h>
#include <string.h>

#define BREADCRUMB_NAME_SIZE 64 // terminated; longer names are cut

// Prepared once for each node, copied before each call into a plugin. "" where a name does not apply.
struct breadcrumb {
    char model[BREADCRUMB_NAME_SIZE];
    char node[BREADCRUMB_NAME_SIZE];
    char module[BREADCRUMB_NAME_SIZE];
};

// Fills a crumb; NULL stands for "".
void breadcrumb_fill(struct breadcrumb *crumb, const char *model, const char *node, const char *module);

static inline void breadcrumb_drop(struct breadcrumb *block, const struct breadcrumb *crumb)
{
    memcpy(block, crumb, sizeof(*block));
    __asm__ volatile("" ::: "memory"); // must be there before the call that follows
}

static inline void breadcrumb_clear(struct breadcrumb *block)
{
    block->model[0] = block->node[0] = block->module[0] = '\0';
    __asm__ volatile("" ::: "memory");
}

// The parent's side: a new, clear block. fd: to send to the child. NULL: errno.
struct breadcrumb *breadcrumb_create(int *fd);
// The child's side; fd stays the caller's. NULL: errno.
struct breadcrumb *breadcrumb_map(int fd);
void breadcrumb_unmap(struct breadcrumb *block); // NULL is fine
// Copies what a dead process left, terminating each name. False: it was in no plugin.
bool breadcrumb_read(const struct breadcrumb *block, struct breadcrumb *crumb);

#endif
