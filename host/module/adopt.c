// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Copies by the sizes a module states. All tables go through copy_items(), the one place that knows how to step through
// entries of another size.
#include "module/adopt.h"

#include <stdio.h>
#include <string.h>

#define ITEM_SIZE_MAX 65536 // beyond it, a size is nonsense

struct adoption {
    struct arena *arena;
    const struct inferd_module *info;
    char *error;
    size_t error_size;
};

#define FAIL(adoption, ...) (snprintf((adoption)->error, (adoption)->error_size, __VA_ARGS__), false)

// Copies 'count' entries that are 'stride' bytes apart into an array of entries of 'size' bytes.
static void *copy_items(struct arena *arena, const void *items, size_t count, size_t stride, size_t size)
{
    uint8_t *copy = arena_zalloc(arena, count * size);

    for (size_t i = 0; copy != NULL && i < count; i++)
        memcpy(copy + i * size, (const uint8_t *)items + i * stride, stride < size ? stride : size);
    return copy;
}

// An entry's first member is its name; a table ends where it is NULL. The number of entries, or MODULE_OPTIONS_MAX.
static size_t count_entries(const void *table, size_t stride)
{
    size_t count = 0;
    const char *name;

    while (count < MODULE_OPTIONS_MAX) {
        memcpy(&name, (const uint8_t *)table + count * stride, sizeof name);
        if (name == NULL)
            break;
        count++;
    }
    return count;
}

static bool copy_table(struct adoption *adoption, const void **table, size_t stride, size_t size, const char *what)
{
    size_t count;
    void *copy;

    if (*table == NULL)
        return true;
    count = count_entries(*table, stride);
    if (count == MODULE_OPTIONS_MAX)
        return FAIL(adoption, "%s: no end after %d entries; end the table with an entry whose name is NULL", what,
                    MODULE_OPTIONS_MAX);
    copy = copy_items(adoption->arena, *table, count + 1, stride, size);
    if (copy == NULL)
        return FAIL(adoption, "no memory");
    *table = copy;
    return true;
}

static bool copy_options(struct adoption *adoption, const struct inferd_option **table, unsigned depth,
                         const char *what)
{
    const void *entries = *table;
    struct inferd_option *copy;

    if (depth == MODULE_NESTING_MAX)
        return FAIL(adoption, "%s: tables are nested more than %d deep", what, MODULE_NESTING_MAX);
    if (!copy_table(adoption, &entries, adoption->info->option_size, sizeof **table, what))
        return false;
    copy = (struct inferd_option *)(uintptr_t)entries; // made above, so ours to write
    *table = copy;
    for (; copy != NULL && copy->name != NULL; copy++)
        if (copy->nested != NULL && !copy_options(adoption, &copy->nested, depth + 1, what))
            return false;
    return true;
}

static bool copy_kinds(struct adoption *adoption, struct inferd_module *info)
{
    struct inferd_kind *kinds;

    if (info->kinds == NULL || info->kind_count == 0)
        return FAIL(adoption, "it offers no kinds; give INFERD_MODULE() a table of at least one");
    if (info->kind_count > MODULE_KINDS_MAX)
        return FAIL(adoption, "it says it offers %zu kinds; at most %d are taken", info->kind_count, MODULE_KINDS_MAX);
    kinds = copy_items(adoption->arena, info->kinds, info->kind_count, info->kind_size, sizeof *kinds);
    if (kinds == NULL)
        return FAIL(adoption, "no memory");
    info->kinds = kinds;
    for (size_t i = 0; i < info->kind_count; i++) {
        const char *name = kinds[i].name != NULL ? kinds[i].name : "";
        char what[160];

        snprintf(what, sizeof what, "kind %zu (\"%.64s\"), options", i + 1, name);
        if (!copy_options(adoption, &kinds[i].options.table, 0, what))
            return false;
        snprintf(what, sizeof what, "kind %zu (\"%.64s\"), shared options", i + 1, name);
        if (!copy_options(adoption, &kinds[i].shared.table, 0, what))
            return false;
    }
    return true;
}

// Whether a stated size can be one of entries that begin with a pointer.
static bool size_fits(size_t size)
{
    return size >= sizeof(void *) && size % sizeof(void *) == 0 && size <= ITEM_SIZE_MAX;
}

bool module_adopt(struct arena *arena, const void *exported, struct inferd_module *info, char *error, size_t size)
{
    struct adoption adoption = {arena, info, error, size};
    const void *settings;
    uint32_t stated;

    memcpy(&stated, (const uint8_t *)exported + offsetof(struct inferd_module, size), sizeof stated);
    if (stated < offsetof(struct inferd_module, name) || stated > ITEM_SIZE_MAX)
        return FAIL(&adoption, "its struct says it has %u bytes; INFERD_MODULE() states the right size", stated);
    memset(info, 0, sizeof *info);
    memcpy(info, exported, stated < sizeof *info ? stated : sizeof *info);
    if (!size_fits(info->kind_size) || !size_fits(info->option_size) || !size_fits(info->setting_size))
        return FAIL(&adoption,
                    "it says a kind has %u bytes, an option %u, a setting %u; INFERD_MODULE() states the "
                    "right sizes",
                    info->kind_size, info->option_size, info->setting_size);
    settings = info->settings.table;
    if (!copy_table(&adoption, &settings, info->setting_size, sizeof *info->settings.table, "settings"))
        return false;
    info->settings.table = settings;
    return copy_kinds(&adoption, info);
}

bool module_adopt_options(struct arena *arena, const struct inferd_module *info, const struct inferd_option **table,
                          char *error, size_t size)
{
    struct adoption adoption = {arena, info, error, size};

    return copy_options(&adoption, table, 0, "options");
}
