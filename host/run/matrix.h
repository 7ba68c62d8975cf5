// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The matrix of a run: its columns' memory, and the request's values in them.
#ifndef RUN_MATRIX_H
#define RUN_MATRIX_H

#include "run/run.h"

// Makes all columns. A status.
int run_matrix_shape(struct run *run, uint32_t targets, uint32_t slates);
// The request's values become a column's: adopted where they vary in length, copied where they don't. A column that a
// component writes keeps text as its fallback. A status.
int run_matrix_adopt(struct run *run, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes *cells);
int run_matrix_broadcast(struct run *run, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes value);

#endif
