// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the modules of the loader's tests share: functions that do nothing, and a kind made of them.
#ifndef TESTS_MODULES_PARTS_H
#define TESTS_MODULES_PARTS_H

#include <inferd/module.h>

static inline int create(const struct inferd_component *info, void **component)
{
    *component = (void *)info;
    return INFERD_OK;
}

static inline int bind_nothing(void *component, struct inferd_binder *binder)
{
    (void)component;
    (void)binder;
    return INFERD_OK;
}

static inline int run_nothing(void *component, struct inferd_step *step)
{
    (void)component;
    (void)step;
    return INFERD_OK;
}

static inline void destroy(void *component)
{
    (void)component;
}

#define FUNCTIONS .create = create, .bind = bind_nothing, .run = run_nothing, .destroy = destroy

// Ends the process if anything of the module is run.
#define MUST_NOT_RUN                                                                                                   \
    __attribute__((constructor)) static void must_not_run(void)                                                        \
    {                                                                                                                  \
        __builtin_trap();                                                                                              \
    }

#endif
