// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// libltdl with one loader of our own in place of its dlopen loader, which binds lazily (RTLD_LAZY) and can't be told
// otherwise: a module that lacks a symbol would be accepted and end the worker at its first call.
#include "module/open.h"

#include <dlfcn.h>
#include <ltdl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DLOPEN_LOADER "lt_dlopen" // libltdl's own
#define OUR_LOADER "inferd_now"

static lt_module open_now(lt_user_data data, const char *filename, lt_dladvise advise)
{
    (void)data;
    (void)advise; // local is all we ever ask for
    return dlopen(filename, RTLD_NOW | RTLD_LOCAL);
}

static int close_module(lt_user_data data, lt_module module)
{
    (void)data;
    return dlclose(module);
}

static void *find_symbol(lt_user_data data, lt_module module, const char *name)
{
    (void)data;
    return dlsym(module, name);
}

static const lt_dlvtable now_loader = {
    .name = OUR_LOADER,
    .module_open = open_now,
    .module_close = close_module,
    .find_sym = find_symbol,
    .priority = LT_DLLOADER_PREPEND,
};

static bool fail(const char *what, char *error, size_t size)
{
    const char *why = lt_dlerror();

    snprintf(error, size, "%s: %s", what, why != NULL ? why : "unknown");
    return false;
}

// A loader's table belongs to libltdl, which frees it in lt_dlexit(), until it is removed: then it is ours to free.
static bool replace_loader(char *error, size_t size)
{
    lt_dlvtable *table;

    if (lt_dlloader_find(OUR_LOADER) != NULL)
        return true;
    table = malloc(sizeof *table);
    if (table == NULL)
        return fail("no memory", error, size);
    *table = now_loader;
    if (lt_dlloader_add(table) != 0) {
        free(table);
        return fail("libltdl takes no loader", error, size);
    }
    if (lt_dlloader_find(DLOPEN_LOADER) == NULL)
        return true;
    table = lt_dlloader_remove(DLOPEN_LOADER);
    if (table == NULL)
        return fail("libltdl keeps its own loader", error, size);
    free(table);
    return true;
}

bool module_open_init(char *error, size_t size)
{
    if (lt_dlinit() != 0)
        return fail("libltdl does not start", error, size);
    if (replace_loader(error, size))
        return true;
    lt_dlexit();
    return false;
}

void module_open_exit(void)
{
    lt_dlexit();
}

// The linker's message without the name of the file, which is that of a copy and would only puzzle.
static const char *without_path(const char *message, const char *path)
{
    size_t len = strlen(path);

    return strncmp(message, path, len) == 0 && strncmp(message + len, ": ", 2) == 0 ? message + len + 2 : message;
}

struct module_handle *module_open(const char *path, char *error, size_t size)
{
    lt_dladvise advise;
    lt_dlhandle handle = NULL;
    const char *why;

    if (lt_dladvise_init(&advise) != 0) {
        fail("it can't be opened", error, size);
        return NULL;
    }
    dlerror(); // what is there now is not about this file
    if (lt_dladvise_local(&advise) == 0)
        handle = lt_dlopenadvise(path, advise);
    lt_dladvise_destroy(&advise);
    if (handle != NULL)
        return (struct module_handle *)handle;
    why = dlerror(); // says which symbol or library is missing; libltdl only says that it failed
    if (why != NULL)
        snprintf(error, size, "it can't be opened: %s", without_path(why, path));
    else
        fail("it can't be opened", error, size);
    return NULL;
}

void *module_open_symbol(struct module_handle *handle, const char *name)
{
    return lt_dlsym((lt_dlhandle)handle, name);
}

void module_open_close(struct module_handle *handle)
{
    lt_dlclose((lt_dlhandle)handle);
}
