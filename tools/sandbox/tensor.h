// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tensors of the KServe v2 protocol: an input's elements, raw or typed, as floats. Knows nothing of models.
#ifndef SANDBOX_TENSOR_H
#define SANDBOX_TENSOR_H

#include <inferd/bytes.h>

#include "base/arena.h"

// An input as the request has it.
struct tensor {
    struct inferd_bytes name, datatype;
    struct inferd_bytes contents; // the message InferTensorContents
    bool has_contents;
    size_t rows;  // the first dimension
    size_t width; // the product of the others
};

// Reads an InferInputTensor, all but its elements. A message where it can't be read; NULL is success.
const char *tensor_read(struct inferd_bytes message, struct tensor *tensor, struct arena *arena);

// Writes the elements as floats: row r begins at out + r * stride. raw is the tensor's part of raw_input_contents, or
// NULL where its contents count. A message where they are not what shape and datatype say; NULL is success.
const char *tensor_floats(const struct tensor *tensor, const struct inferd_bytes *raw, float *out, size_t stride,
                          struct arena *arena);

#endif
