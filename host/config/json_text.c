// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading JSON, and noticing that there was no memory for it: the library's allocations are looked at. It must not know
// what the text is.
#include "config/json_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local bool no_memory;

static void *allocate(size_t size)
{
    void *memory = malloc(size);

    no_memory |= !memory;
    return memory;
}

// Before there are threads, for the library's functions have no lock.
__attribute__((constructor)) static void look_at_allocations(void)
{
    json_set_alloc_funcs(allocate, free);
}

json_t *json_text_read(const char *text, size_t len, size_t flags, json_error_t *error)
{
    int before = errno;
    json_t *json;

    no_memory = false;
    json = json_loadb(text, len, flags, error);
    errno = no_memory ? ENOMEM : before;
    if (!no_memory)
        return json;
    json_decref(json);
    if (error)
        snprintf(error->text, sizeof(error->text), "there is no memory to read it");
    return NULL;
}
