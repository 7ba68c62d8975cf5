// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages to the server: numerix.NumerixRequestProto.
#ifndef NUMERIX_REQUEST_H
#define NUMERIX_REQUEST_H

#include "rows.h"

size_t numerix_request_size(const struct numerix *numerix, const struct numerix_rows *rows, uint32_t first,
                            uint32_t count);
// Writes exactly that many bytes.
void numerix_request_write(const struct numerix *numerix, const struct numerix_rows *rows, uint32_t first,
                           uint32_t count, uint8_t *at);

#endif
