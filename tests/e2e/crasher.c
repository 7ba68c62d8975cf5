// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A module whose component crashes where its option "in" says: in "create", or in "run". In a request's run only once
// it has found the file "fuse" and removed it, so that a test can say when.
#include <inferd/module.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *in;
    const char *fuse;
};

static const struct inferd_option option_table[] = {
    {.name = "in",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct options, in),
     .help = "create or run"},
    {.name = "fuse",
     .type = INFERD_OPTION_STRING,
     .offset = offsetof(struct options, fuse),
     .help = "a file to find before it crashes in run"},
    {.name = NULL},
};

static void crash(void)
{
    signal(SIGSEGV, SIG_DFL); // a sanitizer's handler would exit
    raise(SIGSEGV);
}

static int crash_create(const struct inferd_component *info, void **component)
{
    const struct options *options = info->options;

    if (strcmp(options->in, "create") == 0)
        crash();
    *component = (void *)info;
    return INFERD_OK;
}

static int crash_bind(void *component, struct inferd_binder *binder)
{
    (void)component;
    (void)binder;
    return INFERD_OK;
}

static int crash_run(void *component, struct inferd_step *step)
{
    const struct options *options = ((const struct inferd_component *)component)->options;

    (void)step;
    if (options->fuse && unlink(options->fuse) == 0)
        crash();
    return INFERD_OK;
}

static void crash_destroy(void *component)
{
    (void)component;
}

static const struct inferd_kind kinds[] = {{
    .name = "crash",
    .rank = 100,
    .options = {option_table, sizeof(struct options)},
    .create = crash_create,
    .bind = crash_bind,
    .run = crash_run,
    .destroy = crash_destroy,
}};

INFERD_MODULE("crasher", "1.0.0", "Crashes", kinds, 1, {NULL, 0});
