// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages from the server: numerix.NumerixResponseProto.
#ifndef NUMERIX_REPLY_H
#define NUMERIX_REPLY_H

#include "numerix.h"

// Sets a row's score, a number of the type that is computed in, as the column's type has it. False: it is none.
bool numerix_score_set(const struct numerix *numerix, struct inferd_step *step, struct inferd_column *column,
                       uint32_t row, struct inferd_bytes value);

// Takes the scores of 'count' rows to those of the matrix from 'first' on; rows without one are marked as failed. NULL,
// or what makes the reply useless; *text is then what the server says about it.
const char *numerix_reply_read(const struct numerix *numerix, struct inferd_step *step, struct inferd_bytes reply,
                               uint32_t first, uint32_t count, struct inferd_bytes *text);

#endif
