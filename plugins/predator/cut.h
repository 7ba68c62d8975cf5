// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One score of an output: which part of a tensor's rows it is, and the column that it goes to.
#ifndef PREDATOR_CUT_H
#define PREDATOR_CUT_H

#include "reply.h"

// One score of one tensor.
struct predator_cut {
    const struct predator *predator;
    struct inferd_step *step;
    const struct predator_result *result;
    struct inferd_column *column;
    uint32_t elements;          // of a row
    size_t at, stride;          // bytes (BYTES: elements) before the score in a row, and of a row
    struct inferd_bytes *texts; // all of the tensor's elements, where it is BYTES
    bool starved;               // there was no memory for some value
};

// Sets the score of a row of the matrix from a row of the tensor: copied, shown or converted.
void predator_cut_set(struct predator_cut *cut, uint32_t from, uint32_t row);

// Bytes of an element of a reply; 0 of BYTES.
static inline uint32_t predator_element_size(unsigned type)
{
    return type == PREDATOR_BF16 ? 2 : inferd_type_size(type);
}

#endif
