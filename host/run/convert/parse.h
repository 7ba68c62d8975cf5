// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads numbers from text, exactly as Go's strconv does with base 10 and rounded once to the type asked for: signs,
// decimal and hexadecimal floats, underscores between a float's digits, inf, infinity and nan in any case; no spaces;
// what is out of range is no number. All return whether the whole text is one.
#ifndef RUN_CONVERT_PARSE_H
#define RUN_CONVERT_PARSE_H

#include <stdbool.h>
#include <inferd/bytes.h>

bool convert_parse_f32(struct inferd_bytes text, float *value);
bool convert_parse_f64(struct inferd_bytes text, double *value);
// Bounds are part of the text's syntax: what lies beyond them doesn't parse.
bool convert_parse_i64(struct inferd_bytes text, int64_t least, int64_t most, int64_t *value);
bool convert_parse_u64(struct inferd_bytes text, uint64_t most, uint64_t *value); // no signs
bool convert_parse_bool(struct inferd_bytes text, bool *value);                   // true, false, in any case

#endif
