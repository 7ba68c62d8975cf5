// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What checking children found of the files in the module path.
#include "daemon/verdict.h"

#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "metrics/metrics.h"

void verdict_init(struct verdict *verdict)
{
    *verdict = (struct verdict){.judged = false};
    arena_init(&verdict->arena, 4096, 0);
}

void verdict_free(struct verdict *verdict)
{
    arena_free(&verdict->arena);
}

const struct bundle_module *verdict_find(const struct bundle_module *modules, size_t count, const char *path,
                                         const char *identity)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(modules[i].path, path) == 0 && strcmp(modules[i].identity, identity) == 0)
            return &modules[i];
    return NULL;
}

static const char *copy(struct arena *arena, const char *text)
{
    const char *made = text ? arena_strndup(arena, text, strlen(text)) : NULL;

    ALWAYS(made || !text);
    return made;
}

static struct bundle_module copy_module(struct arena *arena, const struct bundle_module *from)
{
    return (struct bundle_module){.path = copy(arena, from->path),
                                  .identity = copy(arena, from->identity),
                                  .name = copy(arena, from->name),
                                  .version = copy(arena, from->version),
                                  .reason = copy(arena, from->reason),
                                  .fatal = from->fatal};
}

// A refusal is said once for the same bytes and reason.
static void say(const struct verdict *verdict, const struct bundle_module *module)
{
    const struct bundle_module *before = verdict_find(verdict->modules, verdict->count, module->path, module->identity);

    if (!module->reason || (before && before->reason && strcmp(before->reason, module->reason) == 0))
        return;
    metrics_add(METRICS_MODULES_REFUSED, 1);
    log_line(LOG_ERROR, module->fatal ? "module_kept_out" : "module_refused",
             (struct log_field[]){{"path", module->path}, {NULL, NULL}}, "%s", module->reason);
}

// Replaces the list.
static void set(struct verdict *verdict, const struct bundle_module *modules, size_t count)
{
    struct bundle_module *list;
    struct arena arena;
    int64_t kept_out = 0;

    arena_init(&arena, 4096, 0);
    list = arena_zalloc(&arena, (count + 1) * sizeof(*list));
    ALWAYS(list);
    for (size_t i = 0; i < count; i++) {
        list[i] = copy_module(&arena, &modules[i]);
        kept_out += list[i].fatal;
    }
    arena_free(&verdict->arena);
    verdict->arena = arena;
    verdict->modules = list;
    verdict->count = count;
    metrics_set(METRICS_MODULES_KEPT_OUT, kept_out);
}

void verdict_copy(struct verdict *verdict, const struct verdict *from)
{
    verdict_init(verdict);
    set(verdict, from->modules, from->count);
    verdict->judged = from->judged;
}

void verdict_take(struct verdict *verdict, const struct bundle_module *modules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        say(verdict, &modules[i]);
    set(verdict, modules, count);
    verdict->judged = true;
}

void verdict_ban(struct verdict *verdict, const char *path, const char *identity, const char *how)
{
    struct arena arena;
    struct bundle_module *list, *banned;
    size_t count = 0;

    arena_init(&arena, 4096, 0);
    list = arena_zalloc(&arena, (verdict->count + 1) * sizeof(*list));
    ALWAYS(list);
    for (size_t i = 0; i < verdict->count; i++)
        if (strcmp(verdict->modules[i].path, path) != 0)
            list[count++] = verdict->modules[i];
    banned = &list[count++];
    *banned = (struct bundle_module){.path = path, .identity = identity, .fatal = true};
    banned->reason =
        arena_printf(&arena,
                     "opening it %s in the checking child, so that no worker opens it: mend the module, or "
                     "take the file out of the module path",
                     how);
    ALWAYS(banned->reason);
    say(verdict, banned);
    set(verdict, list, count);
    arena_free(&arena);
}

bool verdict_has_more(const struct verdict *before, const struct verdict *now)
{
    for (size_t i = 0; i < now->count; i++) {
        bool known = !now->modules[i].name;

        for (size_t k = 0; !known && k < before->count; k++)
            known = before->modules[k].name && strcmp(before->modules[k].name, now->modules[i].name) == 0 &&
                    strcmp(before->modules[k].version, now->modules[i].version) == 0;
        if (!known)
            return true;
    }
    return false;
}

void verdict_show(const struct verdict *verdict, struct bundle *bundle)
{
    bundle->modules = verdict->modules;
    bundle->module_count = verdict->count;
    bundle->judged = verdict->judged;
}
