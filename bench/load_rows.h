// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Replies with rows that failed: what a service says when a backend has failed for some of a request's rows.
#ifndef BENCH_LOAD_ROWS_H
#define BENCH_LOAD_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// True if 'got' is 'right' but for rows that say what failed, and names one such row's error: 'error' gets it,
// terminated.
bool rows_excused(const uint8_t *got, size_t got_len, const uint8_t *right, size_t right_len, char *error, size_t size);

#endif
