// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the host itself reads of a model's config by tables of options, for tools that tell of them.
#ifndef PLAN_TABLES_H
#define PLAN_TABLES_H

#include <inferd/option.h>

extern const struct inferd_option plan_reply_table[];     // response_config
extern const struct inferd_option plan_component_table[]; // members of any component's object, beside its kind's

#endif
