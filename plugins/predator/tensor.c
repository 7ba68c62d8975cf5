// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tensors: found, measured and written. A flat one is a table of columns.
#include "tensor.h"

#include <inferd/wire.h>

static bool is_present(const struct inferd_column *column)
{
    return column->flags & INFERD_COLUMN_PRESENT;
}

static bool is_flat(const struct predator_tensor *tensor)
{
    if (tensor->input->size == 0)
        return false;
    for (uint32_t i = 0; i < tensor->input->width; i++) {
        const struct inferd_column *column = tensor->features[i].column;
        bool text = column->type == INFERD_TYPE_STRING || column->fallback;

        if (predator_is_vector(column) || inferd_column_is_loose(column) || (tensor->input->takes_vector && text))
            return false;
    }
    return true;
}

bool predator_tensor_make(struct predator_tensor *tensor, const struct predator *predator, struct inferd_step *step,
                          const struct predator_input *input, struct predator_view view)
{
    *tensor = (struct predator_tensor){.input = input, .view = view};
    tensor->features = predator->host->alloc(step, input->width * sizeof(*tensor->features));
    tensor->columns = predator->host->alloc(step, input->width * sizeof(*tensor->columns));
    tensor->missing = predator->host->alloc(step, input->width * sizeof(*tensor->missing));
    if (!tensor->features || !tensor->columns || !tensor->missing)
        return false;
    for (uint32_t i = 0; i < input->width; i++) {
        const struct predator_source *source = &input->sources[i];
        struct predator_feature *feature = &tensor->features[i];

        *feature = (struct predator_feature){step->columns[source->target], source->target, false};
        if (source->slate != INFERD_NO_COLUMN && !is_present(feature->column) &&
            is_present(step->columns[source->slate]))
            *feature = (struct predator_feature){step->columns[source->slate], source->slate, true};
        tensor->columns[i] = feature->column;
    }
    return is_flat(tensor) || predator_pieces_make(tensor, predator, step);
}

static size_t piece_size(const struct predator_tensor *tensor, const struct predator_piece *piece)
{
    return piece->len + (tensor->input->size || piece->framed ? 0 : 4);
}

size_t predator_tensor_size(const struct predator_tensor *tensor, uint32_t first, uint32_t count)
{
    size_t width = tensor->input->width, size = 0;

    if (!tensor->pieces)
        return count * width * tensor->input->size;
    for (size_t i = first * width; i < (first + count) * width; i++)
        size += piece_size(tensor, &tensor->pieces[i]);
    return size;
}

uint64_t predator_tensor_elements(const struct predator_tensor *tensor, uint32_t first, uint32_t count)
{
    size_t width = tensor->input->width;
    uint64_t elements = 0;

    if (!tensor->pieces)
        return (uint64_t)count * width;
    for (size_t i = first * width; i < (first + count) * width; i++)
        elements += tensor->pieces[i].elements;
    return elements;
}

uint32_t predator_tensor_first_text(const struct predator_tensor *tensor, uint32_t first)
{
    const struct predator_piece *piece = &tensor->pieces[(size_t)first * tensor->input->width];

    return piece->framed ? inferd_bytes_load32(piece->data) : piece->len;
}

// A bool may be any byte; models want 0 or 1.
static unsigned flags_of(const struct predator *predator, unsigned type)
{
    return predator->convert_flags | (type == INFERD_TYPE_BOOL ? INFERD_CONVERT_ALWAYS : 0);
}

// A slate's own value, once for each row.
static void write_repeated(const struct predator_tensor *tensor, const struct predator *predator,
                           struct inferd_step *step, uint32_t number, uint32_t count, uint8_t *at)
{
    const struct predator_input *input = tensor->input;
    const size_t stride = (size_t)input->width * input->size;
    uint32_t missing = predator->convert->scalars(tensor->columns[number], NULL, tensor->view.slate, 1, input->type,
                                                  flags_of(predator, input->type), at, stride);

    for (uint32_t r = 1; r < count; r++)
        memcpy(at + r * stride, at, input->size);
    if (missing)
        predator->host->defaulted(step, tensor->features[number].index, count);
}

static void write_flat(const struct predator_tensor *tensor, const struct predator *predator, struct inferd_step *step,
                       uint32_t first, uint32_t count, uint8_t *at)
{
    const struct predator_input *input = tensor->input;
    struct inferd_convert_table table = {.size = sizeof(table),
                                         .rows = tensor->view.rows,
                                         .first = first,
                                         .count = count,
                                         .to = input->type,
                                         .flags = flags_of(predator, input->type),
                                         .stride = (size_t)input->width * input->size};
    uint32_t i = 0;

    while (i < input->width) {
        uint32_t end = i;

        if (tensor->features[i].from_slate) {
            write_repeated(tensor, predator, step, i, count, at + (size_t)i * input->size);
            i++;
            continue;
        }
        while (end < input->width && !tensor->features[end].from_slate)
            end++;
        table.width = end - i;
        table.columns = tensor->columns + i;
        table.missing = tensor->missing + i;
        table.out = at + (size_t)i * input->size;
        predator->convert->table(&table);
        for (; i < end; i++)
            if (tensor->missing[i])
                predator->host->defaulted(step, tensor->features[i].index, tensor->missing[i]);
    }
}

static void write_pieces(const struct predator_tensor *tensor, uint32_t first, uint32_t count, uint8_t *at)
{
    size_t width = tensor->input->width;

    for (size_t i = first * width; i < (first + count) * width; i++) {
        const struct predator_piece *piece = &tensor->pieces[i];

        if (!tensor->input->size && !piece->framed)
            at = inferd_wire_put_bits32(at, piece->len);
        if (piece->len)
            memcpy(at, piece->data, piece->len);
        at += piece->len;
    }
}

void predator_tensor_write(const struct predator_tensor *tensor, const struct predator *predator,
                           struct inferd_step *step, uint32_t first, uint32_t count, uint8_t *at)
{
    if (tensor->pieces)
        write_pieces(tensor, first, count, at);
    else
        write_flat(tensor, predator, step, first, count, at);
}
