// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages from the model server: inference.ModelInferResponse.
#ifndef PREDATOR_REPLY_H
#define PREDATOR_REPLY_H

#include "predator.h"

#define PREDATOR_BF16 INFERD_TYPE_COUNT // a type of replies only

// An output tensor of a reply.
struct predator_result {
    bool found;
    unsigned type;            // of its elements, or PREDATOR_BF16
    uint64_t rows, width;     // the shape's first dimension, and the product of the others
    struct inferd_bytes data; // row-major; BYTES: each element has its length before it
};

// Finds each of the component's outputs in a reply. NULL, or what is wrong with it.
const char *predator_reply_read(const struct predator *predator, struct inferd_step *step, struct inferd_bytes reply,
                                struct predator_result *results);

// The elements of an InferTensorContents as raw contents would have them; empty where it has none of that type, data
// NULL on exhaustion.
struct inferd_bytes predator_contents(const struct predator *predator, struct inferd_step *step, unsigned type,
                                      struct inferd_bytes contents);

#endif
