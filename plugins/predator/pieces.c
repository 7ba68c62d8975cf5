// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The pieces of a tensor that is not flat: vectors and texts. A value that is missing gets as many zeros as the row
// needs, so that no other value slides out of its place.
#include <inferd/wire.h>
#include "tensor.h"

static const uint8_t default_text[] = {'0', '.', '0'};

struct maker {
    struct predator_tensor *tensor;
    const struct predator *predator;
    struct inferd_step *step;
    uint32_t vectors; // features that are vectors
    uint64_t share;   // of the shape that each of them has, 1 or more
};

static void *get_memory(const struct maker *maker, size_t size)
{
    return maker->predator->host->alloc(maker->step, size);
}

static struct predator_piece *piece_of(const struct maker *maker, uint32_t row, uint32_t feature)
{
    return &maker->tensor->pieces[(size_t)row * maker->tensor->input->width + feature];
}

static bool is_vector(const struct maker *maker, uint32_t feature)
{
    return predator_is_vector(maker->tensor->features[feature].column);
}

// What numbers and texts leave of a row's elements is the vectors'.
static void share_out(struct maker *maker)
{
    const struct predator_input *input = maker->tensor->input;

    for (uint32_t i = 0; i < input->width; i++)
        maker->vectors += is_vector(maker, i) || input->takes_vector;
    maker->share = 1;
    if (maker->vectors && input->slots > input->width)
        maker->share = (input->slots - (input->width - maker->vectors)) / maker->vectors;
}

// Whether a vector of texts or bools is one element for each of its own; else it is one text.
static bool is_split(const struct maker *maker, const struct inferd_column *column)
{
    unsigned element = inferd_type_element(column->type);

    return inferd_type_is_vector(column->type) && (element == INFERD_TYPE_STRING || element == INFERD_TYPE_BOOL) &&
           (maker->share > 1 || maker->tensor->input->open != SIZE_MAX);
}

// Elements of BYTES with their lengths before them. Stays empty where there is no value. False: no memory.
static bool make_texts(const struct maker *maker, const struct inferd_column *column, uint32_t row,
                       struct predator_piece *piece)
{
    size_t count = maker->predator->convert->strings(column, row, NULL, 0), size = 0;
    struct inferd_bytes *texts;
    uint8_t *at;

    if (count == 0)
        return true;
    texts = get_memory(maker, count * sizeof(*texts));
    if (!texts)
        return false;
    maker->predator->convert->strings(column, row, texts, count);
    for (size_t i = 0; i < count; i++)
        size += 4 + texts[i].len;
    at = get_memory(maker, size);
    if (!at)
        return false;
    *piece = (struct predator_piece){at, (uint32_t)size, (uint32_t)count, true};
    for (size_t i = 0; i < count; i++) {
        at = inferd_wire_put_bits32(at, (uint32_t)texts[i].len);
        if (texts[i].len)
            memcpy(at, texts[i].data, texts[i].len);
        at += texts[i].len;
    }
    return true;
}

static bool make_text(const struct maker *maker, const struct inferd_column *column, uint32_t row,
                      struct predator_piece *piece)
{
    struct inferd_bytes text;

    if (is_split(maker, column))
        return make_texts(maker, column, row, piece);
    if (column->type == INFERD_TYPE_STRING && !column->fallback)
        text = inferd_column_get(column, row);
    else
        text = maker->predator->convert->text(maker->step, column, row);
    if (text.len)
        *piece = (struct predator_piece){text.data, (uint32_t)text.len, 1, false};
    return true;
}

static bool make_vector(const struct maker *maker, const struct inferd_column *column, uint32_t row,
                        struct predator_piece *piece)
{
    const struct inferd_convert *convert = maker->predator->convert;
    const struct predator_input *input = maker->tensor->input;
    unsigned flags = maker->predator->convert_flags;
    size_t count = convert->elements(column, row, input->type, flags, NULL, 0);
    uint8_t *at;

    if (count == 0)
        return true;
    at = get_memory(maker, count * input->size);
    if (!at)
        return false;
    if (convert->elements(column, row, input->type, flags, at, count) == count)
        *piece = (struct predator_piece){at, (uint32_t)(count * input->size), (uint32_t)count, false};
    return true;
}

static bool make_one(const struct maker *maker, const struct inferd_column *column, uint32_t row,
                     struct predator_piece *piece)
{
    *piece = (struct predator_piece){NULL, 0, 0, false};
    return maker->tensor->input->size ? make_vector(maker, column, row, piece) : make_text(maker, column, row, piece);
}

// A value of the type asked for lies in its cell as the message wants it.
static bool is_view(const struct maker *maker, const struct inferd_column *column)
{
    return maker->tensor->input->size && (inferd_type_is_vector(column->type) || inferd_column_is_loose(column)) &&
           !column->fallback && inferd_type_element(column->type) == maker->tensor->input->type;
}

// A column of numbers beside vectors: a missing one is one zero.
static bool make_scalars(const struct maker *maker, uint32_t number)
{
    const struct predator_feature *feature = &maker->tensor->features[number];
    const struct predator_view *view = &maker->tensor->view;
    unsigned type = maker->tensor->input->type;
    uint32_t size = maker->tensor->input->size, missing;
    unsigned flags = maker->predator->convert_flags | (type == INFERD_TYPE_BOOL ? INFERD_CONVERT_ALWAYS : 0);
    uint8_t *values = get_memory(maker, (size_t)view->count * size);

    if (!values)
        return false;
    if (feature->from_slate)
        missing = view->count *
                  maker->predator->convert->scalars(feature->column, NULL, view->slate, 1, type, flags, values, size);
    else
        missing =
            maker->predator->convert->scalars(feature->column, view->rows, 0, view->count, type, flags, values, size);
    if (missing)
        maker->predator->host->defaulted(maker->step, feature->index, missing);
    for (uint32_t r = 0; r < view->count; r++)
        *piece_of(maker, r, number) =
            (struct predator_piece){values + (feature->from_slate ? 0 : (size_t)r * size), size, 1, false};
    return true;
}

static bool make_values(const struct maker *maker, uint32_t number)
{
    const struct predator_feature *feature = &maker->tensor->features[number];
    const struct predator_view *view = &maker->tensor->view;
    uint32_t size = maker->tensor->input->size;
    bool views = is_view(maker, feature->column);

    for (uint32_t r = 0; r < view->count; r++) {
        struct predator_piece *piece = piece_of(maker, r, number);
        uint32_t row = feature->from_slate ? view->slate : predator_row(view, r);

        if (feature->from_slate && r) {
            *piece = *piece_of(maker, 0, number);
        } else if (views) {
            struct inferd_bytes value = inferd_column_get(feature->column, row);

            *piece = (struct predator_piece){NULL, 0, 0, false};
            if (value.len % size == 0 || maker->predator->info->compat)
                *piece = (struct predator_piece){value.data, (uint32_t)value.len, (uint32_t)(value.len / size), false};
        } else if (!make_one(maker, feature->column, row, piece)) {
            return false;
        }
    }
    return true;
}

// Elements of a vector that is missing: as many as its neighbours have, else its share of the shape.
static uint32_t missing_width(const struct maker *maker, uint32_t number)
{
    const struct predator_input *input = maker->tensor->input;

    for (uint32_t r = 0; r < maker->tensor->view.count; r++)
        if (piece_of(maker, r, number)->len)
            return piece_of(maker, r, number)->elements;
    return (uint32_t)(input->open == SIZE_MAX ? maker->share : input->slots);
}

// "0.0" so many times, each with its length before it or, as the original has it, run together.
static bool default_texts(const struct maker *maker, uint32_t count, bool framed, struct predator_piece *out)
{
    size_t each = sizeof(default_text) + (framed ? 4 : 0);
    uint8_t *at = get_memory(maker, count * each);

    *out = (struct predator_piece){at, (uint32_t)(count * each), framed ? count : 1, framed};
    for (uint32_t i = 0; at && i < count; i++) {
        if (framed)
            at = inferd_wire_put_bits32(at, sizeof(default_text));
        memcpy(at, default_text, sizeof(default_text));
        at += sizeof(default_text);
    }
    return out->data;
}

// What stands in for a missing value.
static bool make_default(const struct maker *maker, uint32_t number, struct predator_piece *out)
{
    const struct predator_input *input = maker->tensor->input;
    bool compat = maker->predator->info->compat;
    bool split = is_split(maker, maker->tensor->features[number].column);
    bool vector = is_vector(maker, number) || (input->takes_vector && !compat);
    uint32_t count = vector && (input->size || split || compat) ? missing_width(maker, number) : 1;
    uint8_t *zeros;

    if (!input->size)
        return default_texts(maker, count, split, out);
    zeros = get_memory(maker, (size_t)count * input->size);
    *out = (struct predator_piece){zeros, count * input->size, count, false};
    if (zeros)
        memset(zeros, 0, out->len);
    return zeros;
}

// A vector of another length than its column's others is as good as missing: it would push all that follows it out of
// its place. Which length is meant the shape says, where there is one vector only, else the first row.
static void drop_misfits(const struct maker *maker, uint32_t number)
{
    const struct predator_input *input = maker->tensor->input;
    uint32_t rows = maker->tensor->view.count, fitting = 0;
    uint64_t width = missing_width(maker, number);

    if (maker->vectors == 1 && input->open == SIZE_MAX)
        width = maker->share;
    for (uint32_t r = 0; r < rows; r++)
        fitting += piece_of(maker, r, number)->elements == width;
    for (uint32_t r = 0; fitting && r < rows; r++) // where none fits the config is wrong, and the server says so
        if (piece_of(maker, r, number)->elements != width)
            *piece_of(maker, r, number) = (struct predator_piece){NULL, 0, 0, false};
}

static bool fill_missing(const struct maker *maker, uint32_t number)
{
    struct predator_piece standing_in = {NULL, 0, 0, false};
    uint32_t missing = 0;

    if (!maker->predator->info->compat && (is_vector(maker, number) || maker->tensor->input->takes_vector))
        drop_misfits(maker, number);
    for (uint32_t r = 0; r < maker->tensor->view.count; r++)
        missing += piece_of(maker, r, number)->len == 0;
    if (missing == 0)
        return true;
    if (!make_default(maker, number, &standing_in))
        return false;
    for (uint32_t r = 0; r < maker->tensor->view.count; r++)
        if (piece_of(maker, r, number)->len == 0)
            *piece_of(maker, r, number) = standing_in;
    maker->predator->host->defaulted(maker->step, maker->tensor->features[number].index, missing);
    return true;
}

bool predator_pieces_make(struct predator_tensor *tensor, const struct predator *predator, struct inferd_step *step)
{
    struct maker maker = {.tensor = tensor, .predator = predator, .step = step};

    share_out(&maker);
    tensor->pieces = get_memory(&maker, (size_t)tensor->view.count * tensor->input->width * sizeof(*tensor->pieces));
    if (!tensor->pieces)
        return false;
    for (uint32_t i = 0; i < tensor->input->width; i++) {
        bool scalars = tensor->input->size && !is_vector(&maker, i) && !tensor->input->takes_vector &&
                       !inferd_column_is_loose(tensor->features[i].column);

        if (scalars ? !make_scalars(&maker, i) : !make_values(&maker, i) || !fill_missing(&maker, i))
            return false;
    }
    return true;
}
