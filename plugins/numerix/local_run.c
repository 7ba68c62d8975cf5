// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A run of an expression here: straight from columns into the score's, with what a server would have answered. Rows go
// in the batches they would be sent in, for an expression may look at all rows of one. Where it doesn't, a row that it
// can't be computed for (a divisor is 0) costs only itself; with compat its batch, as on the server.
#include <stdio.h>

#include "reply.h"
#include "rows.h"

struct local {
    const struct numerix *numerix;
    struct inferd_step *step;
    const uint8_t **columns; // of the expression: what it doesn't read is NULL
    const void **at;         // the same from the row on that is evaluated
    uint8_t *out;            // numbers of all rows; the score column's own memory where it has them as they are
    void *scratch;
    uint64_t *ones; // a bit for each row
    uint32_t rows, failed;
    char *why; // what is said of the first rows that failed
};

// Rows behind each other that fail for the same reason.
struct stretch {
    uint32_t first, count;
    struct expression_error error;
};

static const char *title(const struct numerix *numerix)
{
    return *numerix->options->compute_id ? numerix->options->compute_id : "of the config";
}

static bool is_in_place(const struct local *local)
{
    const struct inferd_column *score = local->step->columns[local->numerix->score];

    return score->type == local->numerix->number && score->value_size && local->numerix->space == INFERD_TARGETS;
}

// Operands as columns, and memory to evaluate 'most' rows at a time. False: there is none.
static bool prepare(struct local *local, const struct numerix_view *view, uint32_t most)
{
    const struct numerix *numerix = local->numerix;
    const struct inferd_host *host = numerix->host;
    uint32_t count = numerix->first_operand + numerix->operand_count, words = (view->count + 63) / 64;
    enum expression_number number = numerix->number == INFERD_TYPE_FP64 ? EXPRESSION_FP64 : EXPRESSION_FP32;
    size_t scratch = expression_scratch_size(numerix->expression, number, most);

    local->rows = view->count;
    local->columns = host->alloc(local->step, 2 * (count + 1) * sizeof(*local->columns));
    local->scratch = scratch == SIZE_MAX ? NULL : host->alloc(local->step, scratch);
    local->out = is_in_place(local) ? local->step->columns[numerix->score]->data
                                    : host->alloc(local->step, (size_t)view->count * numerix->number_size);
    local->ones = is_in_place(local) ? NULL : host->alloc(local->step, words * sizeof(*local->ones));
    if (!local->columns || !local->scratch || !local->out || (!local->ones && !is_in_place(local)))
        return false;
    if (local->ones)
        memset(local->ones, 0xff, words * sizeof(*local->ones));
    local->at = (const void **)(local->columns + count + 1);
    local->columns[0] = NULL;
    for (uint32_t i = 0; i < numerix->operand_count; i++) {
        const uint8_t **column = &local->columns[numerix->first_operand + i];

        *column = NULL;
        if (expression_reads(numerix->expression, numerix->first_operand + i) &&
            !(*column = numerix_operand_values(numerix, local->step, view, i)))
            return false;
    }
    return true;
}

// Where it fails, the rows' numbers are 0.
static bool evaluate(const struct local *local, uint32_t first, uint32_t count, struct expression_error *error)
{
    const struct numerix *numerix = local->numerix;
    size_t offset = (size_t)first * numerix->number_size;

    for (uint32_t i = 0; i < numerix->first_operand + numerix->operand_count; i++)
        local->at[i] = local->columns[i] ? local->columns[i] + offset : NULL;
    if (expression_eval(numerix->expression, numerix->number == INFERD_TYPE_FP64 ? EXPRESSION_FP64 : EXPRESSION_FP32,
                        local->at, count, local->out + offset, local->scratch, error))
        return true;
    memset(local->out + offset, 0, (size_t)count * numerix->number_size);
    return false;
}

static void mark_valid(struct inferd_column *column, uint32_t first, uint32_t count)
{
    for (uint32_t row = first, end = first + count; row < end;) {
        uint32_t bit = row % 64, some = end - row < 64 - bit ? end - row : 64 - bit;

        column->valid[row / 64] |= (some == 64 ? UINT64_MAX : (UINT64_C(1) << some) - 1) << bit;
        row += some;
    }
}

static struct inferd_bytes number_at(const struct local *local, uint32_t row)
{
    uint32_t size = local->numerix->number_size;

    return (struct inferd_bytes){local->out + (size_t)row * size, size};
}

// Numbers of targets into the score's column, as its type has them.
static void store(const struct local *local, uint32_t first, uint32_t count)
{
    const struct numerix *numerix = local->numerix;
    struct inferd_column *score = local->step->columns[numerix->score];
    struct inferd_column numbers = {.size = sizeof(numbers),
                                    .type = (uint16_t)numerix->number,
                                    .flags = INFERD_COLUMN_PRESENT,
                                    .rows = local->rows,
                                    .value_size = numerix->number_size,
                                    .data = local->out,
                                    .valid = local->ones};

    if (is_in_place(local)) {
        mark_valid(score, first, count);
    } else if (score->value_size) {
        numerix->convert->scalars(&numbers, NULL, first, count, score->type, numerix->convert_flags,
                                  score->data + (size_t)first * score->value_size, score->value_size);
        mark_valid(score, first, count);
    } else {
        for (uint32_t row = first; row < first + count; row++)
            numerix_score_set(numerix, local->step, score, row, number_at(local, row));
    }
}

// Marks score rows; 'row' is whom to blame, if one is. What is marked is counted by the caller.
static void fail(struct local *local, uint32_t first, uint32_t count, const struct expression_error *error,
                 uint32_t row)
{
    struct numerix *numerix = (struct numerix *)local->numerix;
    char why[512];

    snprintf(why, sizeof(why), "expression %s in process: %s (target %u)", title(numerix), error->text, row);
    if (numerix->metrics)
        numerix->metrics->add(numerix->errors, 1);
    numerix_log_failure(numerix, "%s (%u %s from %u on)", why, count,
                        numerix->space == INFERD_SLATES ? "slates" : "rows", first);
    if (!local->why && (local->why = numerix->host->alloc(local->step, sizeof(why))))
        memcpy(local->why, why, sizeof(why));
    numerix->host->fail_rows(local->step, numerix->space, first, count, INFERD_INTERNAL, "%s", why);
}

static void fail_stretch(struct local *local, struct stretch *stretch)
{
    if (stretch->count)
        fail(local, stretch->first, stretch->count, &stretch->error, stretch->first);
    local->failed += stretch->count;
    stretch->count = 0;
}

// Row by row, so that those that can be computed are.
static void run_singly(struct local *local)
{
    struct stretch bad = {0, 0, {EXPRESSION_NO_FAULT, 0, ""}};
    struct expression_error error;

    for (uint32_t row = 0; row < local->rows; row++) {
        if (evaluate(local, row, 1, &error)) {
            fail_stretch(local, &bad);
            store(local, row, 1);
            continue;
        }
        if (bad.count && strcmp(bad.error.text, error.text) != 0)
            fail_stretch(local, &bad);
        if (bad.count++ == 0) {
            bad.first = row;
            bad.error = error;
        }
    }
    fail_stretch(local, &bad);
}

// Whether rows are to be evaluated together because they would be in a call.
static bool goes_in_calls(const struct numerix *numerix)
{
    return numerix->info->compat || expression_looks_across(numerix->expression);
}

static uint32_t rows_at_a_time(const struct numerix *numerix, uint32_t rows)
{
    int64_t most = numerix->settings->batch_size;

    return goes_in_calls(numerix) && most < rows ? (uint32_t)most : rows;
}

static bool run_targets(struct local *local)
{
    const struct numerix *numerix = local->numerix;
    uint32_t count = local->step->rows[INFERD_TARGETS], most = rows_at_a_time(numerix, count);
    struct expression_error error;

    if (!prepare(local, &(struct numerix_view){.count = count}, most))
        return false;
    for (uint32_t first = 0; first < count; first += most) {
        uint32_t some = count - first < most ? count - first : most;

        if (evaluate(local, first, some, &error)) {
            store(local, first, some);
        } else if (goes_in_calls(numerix)) {
            fail(local, first, some, &error, first + (uint32_t)error.row);
            local->failed += some;
        } else {
            run_singly(local);
        }
    }
    return true;
}

// The score of a slate is that of its first target. 'row' is that target's among the evaluated.
static void take_slate(struct local *local, uint32_t slate, uint32_t row, uint32_t count)
{
    const struct numerix *numerix = local->numerix;
    struct expression_error error;

    if (evaluate(local, row, count, &error)) {
        numerix_score_set(numerix, local->step, local->step->columns[numerix->score], slate, number_at(local, row));
        return;
    }
    fail(local, slate, 1, &error, local->step->slate_targets[local->step->slate_offsets[slate] + (uint32_t)error.row]);
    local->failed++;
}

// All of a slate's targets are evaluated.
static bool run_whole_slates(struct local *local, const uint32_t *slates, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = local->step->slate_offsets[slates[i]];
        uint32_t rows = rows_at_a_time(local->numerix, local->step->slate_offsets[slates[i] + 1] - first);
        struct numerix_view view = {.rows = local->step->slate_targets + first, .count = rows, .slate = slates[i]};

        if (!prepare(local, &view, rows))
            return false;
        take_slate(local, slates[i], 0, rows);
    }
    local->rows = count;
    return true;
}

// Of each slate its first target only: the others have no say.
static bool run_first_targets(struct local *local, const uint32_t *slates, uint32_t count)
{
    const struct numerix *numerix = local->numerix;
    uint32_t *targets = numerix->host->alloc(local->step, count * sizeof(*targets));
    struct numerix_view view = {.rows = targets, .count = count, .slates = slates};
    struct expression_error error;
    bool together;

    if (!targets)
        return false;
    for (uint32_t i = 0; i < count; i++)
        targets[i] = local->step->slate_targets[local->step->slate_offsets[slates[i]]];
    if (!prepare(local, &view, count))
        return false;
    together = evaluate(local, 0, count, &error);
    for (uint32_t i = 0; i < count; i++)
        if (together)
            numerix_score_set(numerix, local->step, local->step->columns[numerix->score], slates[i],
                              number_at(local, i));
        else
            take_slate(local, slates[i], i, 1);
    return true;
}

static bool run_slates(struct local *local)
{
    const struct numerix *numerix = local->numerix;
    uint32_t all = local->step->rows[INFERD_SLATES], count = 0;
    uint32_t *slates = numerix->host->alloc(local->step, all * sizeof(*slates)); // that have targets

    if (!slates)
        return false;
    for (uint32_t slate = 0; slate < all; slate++) {
        if (local->step->slate_offsets[slate] < local->step->slate_offsets[slate + 1])
            slates[count++] = slate;
        else
            numerix->host->fail_rows(local->step, INFERD_SLATES, slate, 1, INFERD_INVALID_ARGUMENT,
                                     "the slate has no targets");
    }
    return goes_in_calls(numerix) ? run_whole_slates(local, slates, count) : run_first_targets(local, slates, count);
}

int numerix_run_local(struct numerix *numerix, struct inferd_step *step)
{
    struct local local = {.numerix = numerix, .step = step};
    bool done = true;

    if (step->rows[numerix->space] > 0)
        done = numerix->options->slate ? run_slates(&local) : run_targets(&local);
    if (!done)
        return numerix->host->fail_step(step, INFERD_RESOURCE_EXHAUSTED, "no memory for the rows of expression %s",
                                        title(numerix));
    if (local.rows == 0 || local.failed < local.rows)
        return INFERD_OK;
    return numerix->host->fail_step(step, INFERD_INTERNAL, "%s", local.why ? local.why : "no row can be computed");
}
