// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Breadcrumbs: one page of a memory file for each worker.
#include "process/breadcrumb.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static void fill_name(char *name, const char *text)
{
    if (text)
        strncpy(name, text, BREADCRUMB_NAME_SIZE - 1);
}

void breadcrumb_fill(struct breadcrumb *crumb, const char *model, const char *node, const char *module)
{
    memset(crumb, 0, sizeof(*crumb));
    fill_name(crumb->model, model);
    fill_name(crumb->node, node);
    fill_name(crumb->module, module);
}

struct breadcrumb *breadcrumb_create(int *fd)
{
    struct breadcrumb *block = NULL;
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

struct breadcrumb *breadcrumb_map(int fd)
{
    void *block = mmap(NULL, sizeof(struct breadcrumb), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return block == MAP_FAILED ? NULL : block;
}

void breadcrumb_unmap(struct breadcrumb *block)
{
    if (block)
        munmap(block, sizeof(*block));
}

bool breadcrumb_read(const struct breadcrumb *block, struct breadcrumb *crumb)
{
    *crumb = *block;
    crumb->model[BREADCRUMB_NAME_SIZE - 1] = '\0';
    crumb->node[BREADCRUMB_NAME_SIZE - 1] = '\0';
    crumb->module[BREADCRUMB_NAME_SIZE - 1] = '\0';
    return crumb->model[0] || crumb->node[0] || crumb->module[0];
}
