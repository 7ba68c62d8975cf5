// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.resource/1, as plugins see it. Knows nothing of where resources come from.
#ifndef PLAN_RESOURCE_H
#define PLAN_RESOURCE_H

#include <inferd/ext/resource.h>

extern const struct inferd_resource plan_ext_resource;

#endif
