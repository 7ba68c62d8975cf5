// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages to the model server: inference.ModelInferRequest.
#ifndef PREDATOR_REQUEST_H
#define PREDATOR_REQUEST_H

#include "tensor.h"

// The message for some rows of the tensors (one for each input).
size_t predator_request_size(const struct predator *predator, const struct predator_tensor *tensors, uint32_t first,
                             uint32_t count);
// Writes exactly that many bytes.
void predator_request_write(const struct predator *predator, struct inferd_step *step,
                            const struct predator_tensor *tensors, uint32_t first, uint32_t count, uint8_t *at);

#endif
