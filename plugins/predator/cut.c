// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A score of the type that the server sent is copied (a vector: shown) as it lies in the reply, any other one is
// converted; in the compat mode it, too, keeps its bytes, as in the original, where readers take them for what the
// config says.
#include "cut.h"

static void *get_memory(struct predator_cut *cut, size_t size)
{
    void *memory = cut->predator->host->alloc(cut->step, size);

    cut->starved |= !memory;
    return memory;
}

// BF16 is the upper half of FP32.
static bool widen(struct predator_cut *cut, struct inferd_bytes *value)
{
    uint8_t *wide = get_memory(cut, (size_t)cut->elements * 4);

    if (!wide)
        return false;
    for (uint32_t i = 0; i < cut->elements; i++) {
        wide[4 * i] = wide[4 * i + 1] = 0;
        wide[4 * i + 2] = value->data[2 * i];
        wide[4 * i + 3] = value->data[2 * i + 1];
    }
    *value = (struct inferd_bytes){wide, (size_t)cut->elements * 4};
    return true;
}

// Texts as a string vector: their lengths, two bytes each, then the bytes.
static void set_string_vector(struct predator_cut *cut, uint32_t row, const struct inferd_bytes *texts)
{
    size_t size = 2 * (size_t)cut->elements;
    uint8_t *data, *at;

    for (uint32_t i = 0; i < cut->elements; i++) {
        if (texts[i].len > UINT16_MAX)
            return;
        size += texts[i].len;
    }
    data = get_memory(cut, size);
    if (!data)
        return;
    at = data + 2 * (size_t)cut->elements;
    for (uint32_t i = 0; i < cut->elements; i++) {
        data[2 * i] = (uint8_t)texts[i].len;
        data[2 * i + 1] = (uint8_t)(texts[i].len >> 8);
        if (texts[i].len)
            memcpy(at, texts[i].data, texts[i].len);
        at += texts[i].len;
    }
    inferd_column_set(cut->column, row, (struct inferd_bytes){data, size});
}

// Sets bytes as the original keeps them, whatever their length.
static void set_as_they_are(struct predator_cut *cut, uint32_t row, struct inferd_bytes value)
{
    struct inferd_bytes *cells;

    if (inferd_column_set(cut->column, row, value))
        return;
    cells = get_memory(cut, cut->column->rows * sizeof(*cells));
    if (!cells)
        return;
    inferd_column_loosen(cut->column, cells);
    inferd_column_set(cut->column, row, value);
}

// Numbers that the config wants as texts.
static void set_as_text(struct predator_cut *cut, uint32_t row, struct inferd_bytes value, unsigned type)
{
    uint32_t size = inferd_type_size(type);
    struct inferd_bytes *texts;

    if (cut->column->type == INFERD_TYPE_STRING) {
        value = cut->predator->convert->value_text(cut->step, value, cut->elements > 1 ? type + 15 : type);
        inferd_column_set(cut->column, row, value);
        return;
    }
    texts = get_memory(cut, cut->elements * sizeof(*texts));
    for (uint32_t i = 0; texts && i < cut->elements; i++) {
        struct inferd_bytes one = {value.data + (size_t)i * size, size};

        texts[i] = cut->predator->convert->value_text(cut->step, one, type);
    }
    if (texts)
        set_string_vector(cut, row, texts);
}

// Elements of one type as those of the column's.
static void set_converted(struct predator_cut *cut, uint32_t row, struct inferd_bytes value)
{
    unsigned to = inferd_type_element(cut->column->type), from = cut->result->type;
    uint32_t from_size, size = inferd_type_size(to);
    uint8_t *out;

    if (from == PREDATOR_BF16) {
        if (!widen(cut, &value))
            return;
        from = INFERD_TYPE_FP32;
    }
    from_size = inferd_type_size(from);
    if (size == 0) {
        set_as_text(cut, row, value, from);
        return;
    }
    out = get_memory(cut, (size_t)cut->elements * size);
    for (uint32_t i = 0; out && i < cut->elements; i++) {
        struct inferd_bytes one = {value.data + (size_t)i * from_size, from_size};

        cut->predator->convert->value(one, from, to, cut->predator->convert_flags, out + (size_t)i * size);
    }
    if (out)
        inferd_column_set(cut->column, row, (struct inferd_bytes){out, (size_t)cut->elements * size});
}

static void set_texts(struct predator_cut *cut, uint32_t row, const struct inferd_bytes *texts)
{
    unsigned to = inferd_type_element(cut->column->type);
    uint32_t size = inferd_type_size(to);
    uint8_t *out;

    if (cut->column->type == INFERD_TYPE_STRING || (cut->elements == 1 && cut->predator->info->compat)) {
        set_as_they_are(cut, row, texts[0]);
        return;
    }
    if (size == 0) {
        set_string_vector(cut, row, texts);
        return;
    }
    out = get_memory(cut, (size_t)cut->elements * size);
    for (uint32_t i = 0; out && i < cut->elements; i++)
        if (!cut->predator->convert->value(texts[i], INFERD_TYPE_STRING, to, cut->predator->convert_flags,
                                           out + (size_t)i * size))
            return; // no number
    if (out)
        inferd_column_set(cut->column, row, (struct inferd_bytes){out, (size_t)cut->elements * size});
}

void predator_cut_set(struct predator_cut *cut, uint32_t from, uint32_t row)
{
    uint32_t size = predator_element_size(cut->result->type);
    struct inferd_bytes value;

    if (cut->texts) {
        set_texts(cut, row, &cut->texts[from * cut->stride + cut->at]);
        return;
    }
    value.data = cut->result->data.data + from * cut->stride + cut->at;
    value.len = (size_t)cut->elements * size;
    if (cut->result->type == inferd_type_element(cut->column->type))
        inferd_column_set(cut->column, row, value);
    else if (cut->predator->info->compat)
        set_as_they_are(cut, row, value);
    else
        set_converted(cut, row, value);
}
