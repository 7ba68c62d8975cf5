// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Breadcrumbs: a memory file for each worker, with a trail for each thread and the names of the components. Its pages
// cost memory only once they are written.
#include "process/breadcrumb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/magic.h"
#include "process/last_words.h"

#define NAMES 16384 // components, those of plans that are on their way in or out included
#define NUMBER_BITS 24

struct names {
    char model[BREADCRUMB_NAME_SIZE], node[BREADCRUMB_NAME_SIZE], module[BREADCRUMB_NAME_SIZE];
};

struct breadcrumb_block {
    struct breadcrumb_trail trails[BREADCRUMB_TRAILS];
    struct last_words last;
    struct names names[NAMES]; // number - 1
};

static struct breadcrumb_trail nowhere;
_Thread_local struct breadcrumb_trail *breadcrumb_trail = &nowhere;

static struct breadcrumb_block *used;
static uint32_t *unused; // numbers that were given back
static uint32_t unused_count, given;

static void fill_name(char *name, const char *text)
{
    memset(name, 0, BREADCRUMB_NAME_SIZE);
    if (text)
        strncpy(name, text, BREADCRUMB_NAME_SIZE - 1);
}

uint32_t breadcrumb_add(const char *model, const char *node, const char *module)
{
    uint32_t number;
    struct names *names;

    if (!used || (unused_count == 0 && given == NAMES))
        return 0;
    number = unused_count ? unused[--unused_count] : ++given;
    names = &used->names[number - 1];
    fill_name(names->model, model);
    fill_name(names->node, node);
    fill_name(names->module, module);
    return number;
}

void breadcrumb_remove(uint32_t number)
{
    if (number && used)
        unused[unused_count++] = number;
}

struct breadcrumb_block *breadcrumb_create(int *fd)
{
    struct breadcrumb_block *block = NULL;
    int saved;

    *fd = memfd_create("inferd-breadcrumb", MFD_CLOEXEC);
    if (*fd < 0)
        return NULL;
    if (ftruncate(*fd, sizeof(*block)) == 0)
        block = breadcrumb_map(*fd);
    if (!block) {
        saved = errno;
        close(*fd);
        *fd = -1;
        errno = saved;
    }
    return block;
}

struct breadcrumb_block *breadcrumb_map(int fd)
{
    void *block = mmap(NULL, sizeof(struct breadcrumb_block), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return block == MAP_FAILED ? NULL : block;
}

void breadcrumb_unmap(struct breadcrumb_block *block)
{
    if (block && block == used)
        breadcrumb_use(NULL);
    if (block)
        munmap(block, sizeof(*block));
}

void breadcrumb_use(struct breadcrumb_block *block)
{
    breadcrumb_trail = &nowhere;
    used = block;
    unused_count = given = 0;
    free(unused);
    unused = block ? malloc(NAMES * sizeof(*unused)) : NULL;
    ALWAYS(!block || unused);
    last_words_go_to(block ? &block->last : NULL);
}

void breadcrumb_follow(unsigned trail)
{
    if (!used || trail >= BREADCRUMB_TRAILS)
        return;
    breadcrumb_trail = &used->trails[trail];
    last_words_prepare(trail);
}

static const char *call_name(uint32_t mark)
{
    static const char *const names[] = {"run", "create", "bind", "start", "stop", "destroy"};
    uint32_t call = mark >> NUMBER_BITS;

    return call < sizeof(names) / sizeof(names[0]) ? names[call] : "?";
}

static void copy_name(char *to, const char *from)
{
    memcpy(to, from, BREADCRUMB_NAME_SIZE);
    to[BREADCRUMB_NAME_SIZE - 1] = '\0'; // a dying process may have written anything
}

static bool read_mark(const struct breadcrumb_block *block, uint64_t at, struct breadcrumb *crumb)
{
    uint32_t number = (uint32_t)at & ((1u << NUMBER_BITS) - 1);

    memset(crumb, 0, sizeof(*crumb));
    crumb->what = (enum breadcrumb_call)((uint32_t)at >> NUMBER_BITS << NUMBER_BITS);
    crumb->call = call_name((uint32_t)at);
    if (number > 0 && number <= NAMES) {
        copy_name(crumb->model, block->names[number - 1].model);
        copy_name(crumb->node, block->names[number - 1].node);
        copy_name(crumb->module, block->names[number - 1].module);
    }
    return at != 0;
}

bool breadcrumb_look(const struct breadcrumb_block *block, unsigned trail, struct breadcrumb *crumb, uint64_t *at)
{
    *at = atomic_load_explicit(&block->trails[trail].at, memory_order_relaxed);
    return read_mark(block, *at, crumb);
}

bool breadcrumb_read(const struct breadcrumb_block *block, struct breadcrumb *crumb)
{
    uint64_t at, left;

    if (last_words_read(&block->last, &at, &left))
        return read_mark(block, at, crumb);
    for (unsigned trail = 0; trail < BREADCRUMB_TRAILS; trail++)
        if (breadcrumb_look(block, trail, crumb, &at))
            return true;
    return false;
}

bool breadcrumb_read_left(const struct breadcrumb_block *block, struct breadcrumb *crumb)
{
    uint64_t at, left;

    if (!last_words_read(&block->last, &at, &left) || at != 0 || !read_mark(block, left, crumb))
        return false;
    crumb->left = true;
    return true;
}
