// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A tensor's row is cut into the scores that the config names. A score of the type that the server sent is copied (a
// vector: shown) as it lies there, any other one is converted.
#include "scores.h"

#include <inferd/wire.h>

// One score of one tensor.
struct cut {
    const struct predator *predator;
    struct inferd_step *step;
    const struct predator_result *result;
    struct inferd_column *column;
    uint32_t elements;          // of a row
    size_t at, stride;          // bytes (BYTES: elements) before the score in a row, and of a row
    struct inferd_bytes *texts; // all of the tensor's elements, where it is BYTES
    bool starved;               // there was no memory for some value
};

static void *get_memory(struct cut *cut, size_t size)
{
    void *memory = cut->predator->host->alloc(cut->step, size);

    cut->starved |= !memory;
    return memory;
}

static uint32_t size_of(unsigned type)
{
    return type == PREDATOR_BF16 ? 2 : inferd_type_size(type);
}

// BF16 is the upper half of FP32.
static bool widen(struct cut *cut, struct inferd_bytes *value)
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
static void set_string_vector(struct cut *cut, uint32_t row, const struct inferd_bytes *texts)
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

// Numbers that the config wants as texts. The original keeps their bytes.
static void set_as_text(struct cut *cut, uint32_t row, struct inferd_bytes value, unsigned type)
{
    uint32_t size = inferd_type_size(type);
    struct inferd_bytes *texts;

    if (cut->column->type == INFERD_TYPE_STRING) {
        if (!cut->predator->info->compat)
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
static void set_converted(struct cut *cut, uint32_t row, struct inferd_bytes value)
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

static void set_texts(struct cut *cut, uint32_t row, const struct inferd_bytes *texts)
{
    unsigned to = inferd_type_element(cut->column->type);
    uint32_t size = inferd_type_size(to);
    uint8_t *out;

    if (cut->column->type == INFERD_TYPE_STRING) {
        inferd_column_set(cut->column, row, texts[0]);
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

static void set_row(struct cut *cut, uint32_t from, uint32_t row)
{
    uint32_t size = size_of(cut->result->type);
    struct inferd_bytes value;

    if (cut->texts) {
        set_texts(cut, row, &cut->texts[from * cut->stride + cut->at]);
        return;
    }
    value.data = cut->result->data.data + from * cut->stride + cut->at;
    value.len = (size_t)cut->elements * size;
    if (cut->result->type == inferd_type_element(cut->column->type))
        inferd_column_set(cut->column, row, value);
    else
        set_converted(cut, row, value);
}

// Numbers of the column's type and nothing else in a row: the usual case, one copy.
static bool copy_all(struct cut *cut, const struct predator_place *place, uint32_t rows)
{
    const struct inferd_column *column = cut->column;

    if (rows == 0 || cut->texts || cut->result->type != column->type || cut->stride != column->value_size ||
        column->value_size == 0)
        return false;
    memcpy(column->data + (size_t)place->first * column->value_size, cut->result->data.data, rows * cut->stride);
    for (uint32_t r = place->first; r < place->first + rows; r++)
        column->valid[r >> 6] |= UINT64_C(1) << (r & 63);
    return true;
}

static void set_score(struct cut *cut, const struct predator_place *place, uint32_t rows)
{
    if (rows == 1 && place->spread) {
        for (uint32_t r = 0; r < place->count; r++)
            set_row(cut, 0, place->first + r);
        return;
    }
    if (copy_all(cut, place, rows))
        return;
    for (uint32_t r = 0; r < rows; r++)
        set_row(cut, r, place->first + r);
}

// The elements of a tensor of BYTES, as many as there are whole ones.
static struct inferd_bytes *split(const struct predator *predator, struct inferd_step *step,
                                  const struct predator_result *result, uint64_t most, uint64_t *count)
{
    struct inferd_bytes left = result->data, *texts;

    if (most > left.len / 4)
        most = left.len / 4;
    texts = predator->host->alloc(step, (most + 1) * sizeof(*texts));
    *count = 0;
    while (texts && *count < most && left.len >= 4) {
        uint32_t len = inferd_wire_load32(left.data);

        if (len > left.len - 4)
            break;
        texts[(*count)++] = (struct inferd_bytes){left.data + 4, len};
        left.data += 4 + (size_t)len;
        left.len -= 4 + (size_t)len;
    }
    return texts;
}

// Rows of an output that are there whole, 'most' at most; its scores are set.
static uint32_t set_output(struct cut *cut, const struct predator_output *output, const struct predator_place *place)
{
    const struct predator_result *result = cut->result;
    uint64_t most = result->rows < place->count ? result->rows : place->count, rows;

    cut->stride = output->elements;
    cut->at = 0;
    if (result->type == INFERD_TYPE_STRING) {
        cut->texts = split(cut->predator, cut->step, result, most * output->elements, &rows);
        cut->starved = !cut->texts;
        if (cut->starved)
            return 0;
        rows /= output->elements;
    } else {
        cut->stride *= size_of(result->type);
        rows = result->data.len / cut->stride;
    }
    if (rows > most)
        rows = most;
    for (uint32_t s = 0; s < output->score_count; s++) {
        cut->column = cut->step->columns[output->scores[s].column];
        cut->elements = output->scores[s].elements;
        set_score(cut, place, (uint32_t)rows);
        cut->at += (size_t)cut->elements * (cut->texts ? 1 : size_of(result->type));
    }
    return (uint32_t)rows;
}

// What makes a tensor useless, or NULL. The original reads a tensor of another width all the same.
static const char *check(const struct predator *predator, const struct predator_output *output,
                         const struct predator_result *result)
{
    if (!result->found)
        return "its reply lacks an output";
    if (result->type == INFERD_TYPE_UNKNOWN)
        return "its reply has an output of an unknown datatype";
    if (!predator->info->compat && result->rows && result->width != output->elements)
        return "an output has another number of elements in a row than model_scores_dims says";
    return NULL;
}

uint32_t predator_scores_set(const struct predator *predator, struct inferd_step *step,
                             const struct predator_result *results, const struct predator_place *place,
                             const char **why)
{
    uint32_t least = place->count;

    for (uint32_t o = 0; o < predator->output_count && !*why; o++)
        if (predator->outputs[o].score_count)
            *why = check(predator, &predator->outputs[o], &results[o]);
    for (uint32_t o = 0; o < predator->output_count && !*why; o++) {
        struct cut cut = {.predator = predator, .step = step, .result = &results[o]};
        uint32_t rows;

        if (predator->outputs[o].score_count == 0)
            continue;
        rows = set_output(&cut, &predator->outputs[o], place);
        if (cut.starved)
            *why = "no memory for its reply";
        if (rows == 1 && place->spread)
            rows = place->count;
        if (rows < least)
            least = rows;
    }
    return least;
}
