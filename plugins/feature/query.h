// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages to the store: retrieve.Query.
#ifndef FEATURE_QUERY_H
#define FEATURE_QUERY_H

#include "keys.h"

size_t feature_query_size(const struct feature *feature, const struct feature_keys *keys, const uint32_t *entities,
                          uint32_t count);
// Writes exactly that many bytes.
void feature_query_write(const struct feature *feature, const struct feature_keys *keys, const uint32_t *entities,
                         uint32_t count, uint8_t *at);

#endif
