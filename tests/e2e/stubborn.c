// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A module whose component is fine for the child that checks configs, and won't start in those who serve where its
// option "obstacle" names a file that is there.
#include <inferd/module.h>
#include <stddef.h>
#include <unistd.h>

struct options {
    const char *obstacle;
};

static const struct inferd_option option_table[] = {
    {.name = "obstacle",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct options, obstacle),
     .help = "a file that must not be there"},
    {.name = NULL},
};

static int stubborn_create(const struct inferd_component *info, void **component)
{
    *component = (void *)info;
    return INFERD_OK;
}

static int stubborn_bind(void *component, struct inferd_binder *binder)
{
    (void)component;
    (void)binder;
    return INFERD_OK;
}

static int stubborn_start(void *component)
{
    const struct inferd_component *info = component;
    const struct options *options = info->options;

    if (access(options->obstacle, F_OK) != 0)
        return INFERD_OK;
    return info->host->fail(info->self, INFERD_UNAVAILABLE, "obstacle", "it is in the way");
}

static int stubborn_run(void *component, struct inferd_step *step)
{
    (void)component;
    (void)step;
    return INFERD_OK;
}

static void stubborn_destroy(void *component)
{
    (void)component;
}

static const struct inferd_kind kinds[] = {{
    .name = "stubborn",
    .rank = 100,
    .options = {option_table, sizeof(struct options)},
    .create = stubborn_create,
    .bind = stubborn_bind,
    .start = stubborn_start,
    .run = stubborn_run,
    .destroy = stubborn_destroy,
}};

INFERD_MODULE("stubborn", "1.0.0", "Won't start", kinds, 1, {NULL, 0});
