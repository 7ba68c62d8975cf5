// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Text that is read in the type that is asked for, rather than as a number that is then converted.
#ifndef RUN_CONVERT_INLINE_TEXT_H
#define RUN_CONVERT_INLINE_TEXT_H

#include <stdbool.h>
#include <inferd/bytes.h>

// Reads one value of a scalar type of fixed size to out. False, and nothing written, where the text is none.
bool convert_inline_scalar(struct inferd_bytes text, unsigned to, uint8_t *out);
// Reads elements separated by colons: 'room' of them are written. Their number; 0 where one of them is no value.
size_t convert_inline_elements(struct inferd_bytes text, unsigned to, uint8_t *out, size_t room);

#endif
