// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// An input of a model in one run, made of columns: row-major, a row's features one behind the other. Where each feature
// is one number the tensor is flat: columns are converted straight into the message. Else its values are found first,
// as pieces, for their sizes are not known before.
#ifndef PREDATOR_TENSOR_H
#define PREDATOR_TENSOR_H

#include "predator.h"

// Rows of the matrix that are rows of a tensor.
struct predator_view {
    const uint32_t *rows; // NULL: the targets 0 to count
    uint32_t count;
    uint32_t slate; // whose targets they are; of no meaning when rows is NULL
};

struct predator_piece {
    const uint8_t *data;
    uint32_t len;
    uint32_t elements;
    bool framed; // of BYTES: each element has its length before it already
};

struct predator_feature {
    const struct inferd_column *column;
    uint32_t index;  // of the column
    bool from_slate; // one value for all rows
};

struct predator_tensor {
    const struct predator_input *input;
    struct predator_view view;
    struct predator_feature *features;
    const struct inferd_column **columns; // of the features, once more
    uint32_t *missing;                    // room for a number for each feature
    struct predator_piece *pieces;        // rows * features; NULL: the tensor is flat
};

// Finds an input's columns, and its pieces unless it is flat. False: no memory.
bool predator_tensor_make(struct predator_tensor *tensor, const struct predator *predator, struct inferd_step *step,
                          const struct predator_input *input, struct predator_view view);
// Bytes and elements of some rows.
size_t predator_tensor_size(const struct predator_tensor *tensor, uint32_t first, uint32_t count);
uint64_t predator_tensor_elements(const struct predator_tensor *tensor, uint32_t first, uint32_t count);
uint32_t predator_tensor_first_text(const struct predator_tensor *tensor, uint32_t first); // its length; 0: none
// Writes exactly predator_tensor_size() bytes.
void predator_tensor_write(const struct predator_tensor *tensor, const struct predator *predator,
                           struct inferd_step *step, uint32_t first, uint32_t count, uint8_t *at);

// Makes the pieces. False: no memory.
bool predator_pieces_make(struct predator_tensor *tensor, const struct predator *predator, struct inferd_step *step);

// UNKNOWN are vectors that the original can't read: as good as missing, as wide as any.
static inline bool predator_is_vector(const struct inferd_column *column)
{
    return inferd_type_is_vector(column->type) || column->type == INFERD_TYPE_UNKNOWN;
}

static inline uint32_t predator_row(const struct predator_view *view, uint32_t row)
{
    return view->rows ? view->rows[row] : row;
}

#endif
