// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The way of one file: private copy, note, open, symbol, copy of its tables, checks.
#include "module/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "module/adopt.h"
#include "module/check.h"

#define ARENA_BLOCK 4096

struct module_file *module_load_file(const char *path, char *error, size_t size)
{
    struct module_file *file = calloc(1, sizeof *file);

    if (file == NULL) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    arena_init(&file->arena, ARENA_BLOCK, 0);
    file->copy.fd = -1;
    file->module.path = arena_strndup(&file->arena, path, strlen(path));
    if (file->module.path == NULL)
        snprintf(error, size, "no memory");
    else if (module_copy_make(&file->copy, path, error, size) &&
             module_note_read(file->copy.data, file->copy.size, &file->note, error, size) &&
             module_note_accepts(&file->note, error, size)) {
        module_copy_unmap(&file->copy);
        return file;
    }
    module_load_free(file);
    return NULL;
}

// The note is all that tools read, so it must not say anything else than the struct.
static bool check_note(const struct module_file *file, char *error, size_t size)
{
    const struct inferd_module *info = &file->module.info;

    if (strcmp(file->note.name, info->name) == 0 && strcmp(file->note.version, info->version) == 0)
        return true;
    snprintf(error, size, "its ELF note says %s %s, its struct %s %s: make both with one INFERD_MODULE()",
             file->note.name, file->note.version, info->name, info->version);
    return false;
}

static bool list_kinds(struct module_file *file, char *error, size_t size)
{
    struct module *module = &file->module;

    module->kinds = module->info.kinds;
    file->kinds = arena_alloc(&file->arena, module->info.kind_count * sizeof *file->kinds);
    if (file->kinds == NULL) {
        snprintf(error, size, "no memory");
        return false;
    }
    for (size_t i = 0; i < module->info.kind_count; i++)
        file->kinds[i] = (struct module_kind){&module->kinds[i], module};
    return true;
}

bool module_load_open(struct module_file *file, char *error, size_t size)
{
    struct inferd_module *info = &file->module.info;
    struct module_head head;
    const void *exported;

    file->handle = module_open(file->copy.path, error, size);
    if (file->handle == NULL)
        return false;
    exported = module_open_symbol(file->handle, INFERD_MODULE_SYMBOL);
    if (exported == NULL) {
        snprintf(error, size, "not a module: it doesn't export the symbol " INFERD_MODULE_SYMBOL);
        return false;
    }
    memcpy(&head, exported, sizeof head); // a constructor may have written to it
    return module_head_accepts(&head, error, size) && module_adopt(&file->arena, exported, info, error, size) &&
           module_check(info, error, size) && check_note(file, error, size) && list_kinds(file, error, size);
}

void module_load_free(struct module_file *file)
{
    if (file == NULL)
        return;
    if (file->handle != NULL)
        module_open_close(file->handle);
    module_copy_drop(&file->copy);
    arena_free(&file->arena);
    free(file);
}
