// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Kinds for tests of plans; they stand in for the registry.
#include "fake_kinds.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "plan/builder.h"
#include "plan/resource.h"

struct copy_options {
    struct inferd_list reads, writes, slate_writes, constants, qualified;
    bool reads_ids;
    const char *text, *object;
};

static const struct inferd_option copy_table[] = {
    {.name = "reads", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct copy_options, reads)},
    {.name = "writes", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct copy_options, writes)},
    {.name = "slate_writes", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct copy_options, slate_writes)},
    {.name = "qualified",
     .alias = "own",
     .type = INFERD_OPTION_STRINGS,
     .offset = offsetof(struct copy_options, qualified),
     .shape = "guide"},
    {.name = "reads_ids", .type = INFERD_OPTION_BOOL, .offset = offsetof(struct copy_options, reads_ids)},
    {.name = "constants", .type = INFERD_OPTION_STRINGS, .offset = offsetof(struct copy_options, constants)},
    {.name = "text", .type = INFERD_OPTION_STRING, .offset = offsetof(struct copy_options, text)},
    {.name = "object", .type = INFERD_OPTION_STRING, .offset = offsetof(struct copy_options, object)},
    {.name = NULL},
};

struct factor {
    int64_t factor;
};

static const struct inferd_option factor_table[] = {
    {.name = "factor", .type = INFERD_OPTION_INT, .flags = INFERD_OPTION_REQUIRED, .help = "say how much"},
    {.name = NULL},
};

int64_t fake_factor;

unsigned fake_made, fake_bound, fake_destroyed;

// A component that fails for its text, with what it has read.
static int make_copy(const struct inferd_component *info, void **component)
{
    const struct inferd_options table = {factor_table, sizeof(struct factor)};
    const struct copy_options *options = info->options;
    const struct factor *factor;
    const char *where;

    fake_made++;
    *component = (void *)info;
    if (*options->text) {
        struct inferd_bytes text = plan_ext_resource.text(info->self, "app/texts", options->text, &where);

        return info->host->fail(info->self, INFERD_INVALID_ARGUMENT, "text", "%s holds %s (%zu)", where,
                                text.data ? (const char *)text.data : "nothing", text.len);
    }
    if (*options->object) {
        factor = plan_ext_resource.object(info->self, "app/objects", options->object, &table, "object");
        if (!factor)
            return INFERD_INVALID_ARGUMENT;
        fake_factor = factor->factor;
    }
    return INFERD_OK;
}

static int make(const struct inferd_component *info, void **component)
{
    fake_made++;
    *component = (void *)info;
    return INFERD_OK;
}

static int bind_nothing(void *component, struct inferd_binder *binder)
{
    (void)component;
    (void)binder;
    return INFERD_OK;
}

static const char *item(const struct inferd_list *list, size_t i)
{
    return ((const char *const *)list->items)[i];
}

static int bind_copy(void *component, struct inferd_binder *binder)
{
    const struct inferd_component *info = component;
    const struct copy_options *options = info->options;

    fake_bound++;
    for (size_t i = 0; i < options->reads.count; i++)
        info->host->reads(binder, item(&options->reads, i), INFERD_TARGETS, INFERD_READ_SCHEMA, "reads");
    for (size_t i = 0; i < options->constants.count; i++)
        info->host->constant(binder, item(&options->constants, i), inferd_bytes_of("same"), "constants");
    for (size_t i = 0; i < options->writes.count; i++)
        info->host->writes(binder, item(&options->writes, i), INFERD_TARGETS, INFERD_TYPE_FP32, 0, "FP32", "writes");
    for (size_t i = 0; i < options->qualified.count; i++)
        info->host->writes(binder, item(&options->qualified, i), INFERD_TARGETS, INFERD_TYPE_FP32,
                           INFERD_WRITE_QUALIFIED, NULL, "qualified");
    if (options->reads_ids)
        info->host->reads(binder, NULL, INFERD_TARGETS, 0, "reads_ids");
    for (size_t i = 0; i < options->slate_writes.count; i++)
        info->host->writes(binder, item(&options->slate_writes, i), INFERD_SLATES, INFERD_TYPE_FP32, 0, NULL,
                           "slate_writes");
    return INFERD_OK;
}

static int run_nothing(void *component, struct inferd_step *step)
{
    (void)component;
    (void)step;
    return INFERD_OK;
}

static void forget(void *component)
{
    (void)component;
    fake_destroyed++;
}

static const struct inferd_kind start_kind = {.name = "start",
                                              .flags = INFERD_KIND_ROOT,
                                              .implicit = "root",
                                              .create = make,
                                              .bind = bind_nothing,
                                              .run = run_nothing,
                                              .destroy = forget};
static const struct inferd_kind copy_kind = {.name = "copy",
                                             .rank = 100,
                                             .options = {.table = copy_table, .size = sizeof(struct copy_options)},
                                             .create = make_copy,
                                             .bind = bind_copy,
                                             .run = run_nothing,
                                             .destroy = forget};
static const struct module fake_module = {
    .path = "fake.so", .info = {.name = "fake", .version = "1.2.0", .option_size = sizeof(struct inferd_option)}};
static const struct module older_module = {.path = "older.so", .info = {.name = "fake", .version = "1.1.0"}};

const struct module_kind fake_start = {&start_kind, &fake_module}, fake_copy = {&copy_kind, &fake_module};
const struct module_kind fake_older_copy = {&copy_kind, &older_module};
static const struct module_kind *const all[] = {&fake_start, &fake_copy};

const struct module_kind *registry_find(const struct registry *registry, const char *kind, const char *version)
{
    (void)registry;
    if (version && strcmp(version, "1") != 0)
        return NULL;
    for (size_t i = 0; i < 2; i++)
        if (strcmp(all[i]->kind->name, kind) == 0)
            return all[i];
    return NULL;
}

const struct module_kind *registry_choose(const struct registry *registry, const char *kind, const char *version,
                                          registry_fits_fn *fits, void *user)
{
    const struct module_kind *highest = registry_find(registry, kind, version);

    if (!highest || fits(user, highest->module))
        return highest;
    return highest == &fake_copy && fits(user, &older_module) ? &fake_older_copy : NULL;
}

size_t registry_kinds(const struct registry *registry, const struct module_kind *const **kinds)
{
    (void)registry;
    *kinds = all;
    return 2;
}

static int say_fail(struct inferd_self *self, int status, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    component_vfail(self, status, path, format, args);
    va_end(args);
    return status;
}

const struct inferd_host fake_host = {.size = sizeof(fake_host),
                                      .fail = say_fail,
                                      .reads = plan_bind_read,
                                      .writes = plan_bind_write,
                                      .constant = plan_bind_constant,
                                      .is_read = plan_is_read};
