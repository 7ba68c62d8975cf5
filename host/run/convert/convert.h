// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Conversions of column values, pure functions; the rules stand in <inferd/ext/convert.h>, whose table they fill.
#ifndef RUN_CONVERT_CONVERT_H
#define RUN_CONVERT_CONVERT_H

#include <inferd/column.h>
#include <inferd/ext/convert.h>
#include "base/arena.h"

uint32_t convert_scalars(const struct inferd_column *column, const uint32_t *rows, uint32_t first, uint32_t count,
                         unsigned to, unsigned flags, void *out, size_t stride);
void convert_table(const struct inferd_convert_table *table);
// How many of these rows have no value.
uint32_t convert_count_missing(const struct inferd_column *column, uint32_t first, uint32_t count);
size_t convert_elements(const struct inferd_column *column, uint32_t row, unsigned to, unsigned flags, void *out,
                        size_t room);
size_t convert_strings(const struct inferd_column *column, uint32_t row, struct inferd_bytes *out, size_t room);
bool convert_value(struct inferd_bytes bytes, unsigned from, unsigned to, unsigned flags, void *out);
// Texts: string bytes are not copied, others are written to the arena. Empty also where that is exhausted (which its
// flag tells).
struct inferd_bytes convert_text(const struct inferd_column *column, uint32_t row, struct arena *arena);
struct inferd_bytes convert_key(const struct inferd_column *column, uint32_t row, struct arena *arena);
struct inferd_bytes convert_value_text(struct inferd_bytes bytes, unsigned type, struct arena *arena);

#endif
