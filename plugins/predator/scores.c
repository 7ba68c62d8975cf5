// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A tensor's row is cut into the scores that the config names.
#include "scores.h"

#include <inferd/wire.h>
#include "cut.h"

// Numbers of the column's type and nothing else in a row: the usual case, one copy.
static bool copy_all(struct predator_cut *cut, const struct predator_place *place, uint32_t rows)
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

// A tensor of one row, which is all rows'. One that has lost its other rows is not.
static bool is_spread(const struct predator_place *place, const struct predator_result *result)
{
    return place->spread && result->rows == 1;
}

static void set_score(struct predator_cut *cut, const struct predator_place *place, uint32_t rows)
{
    if (rows == 1 && is_spread(place, cut->result)) {
        for (uint32_t r = 0; r < place->count; r++)
            predator_cut_set(cut, 0, place->first + r);
        return;
    }
    if (copy_all(cut, place, rows))
        return;
    for (uint32_t r = 0; r < rows; r++)
        predator_cut_set(cut, r, place->first + r);
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
        uint32_t len = inferd_bytes_load32(left.data);

        if (len > left.len - 4)
            break;
        texts[(*count)++] = (struct inferd_bytes){left.data + 4, len};
        left.data += 4 + (size_t)len;
        left.len -= 4 + (size_t)len;
    }
    return texts;
}

// Rows of an output that are there whole, 'most' at most; its scores are set.
static uint32_t set_output(struct predator_cut *cut, const struct predator_output *output,
                           const struct predator_place *place)
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
        cut->stride *= predator_element_size(result->type);
        rows = result->data.len / cut->stride;
    }
    if (rows > most)
        rows = most;
    for (uint32_t s = 0; s < output->score_count; s++) {
        cut->column = cut->step->columns[output->scores[s].column];
        cut->elements = output->scores[s].elements;
        set_score(cut, place, (uint32_t)rows);
        cut->at += (size_t)cut->elements * (cut->texts ? 1 : predator_element_size(result->type));
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
        struct predator_cut cut = {.predator = predator, .step = step, .result = &results[o]};
        uint32_t rows;

        if (predator->outputs[o].score_count == 0)
            continue;
        rows = set_output(&cut, &predator->outputs[o], place);
        if (cut.starved)
            *why = "no memory for its reply";
        if (rows == 1 && is_spread(place, &results[o]))
            rows = place->count;
        if (rows < least)
            least = rows;
    }
    return least;
}
