// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows from columns. An id's bytes are sent as they are stored. An operand is made a number of the type that is
// computed in: a text is read as a stored one, what is missing or no number is 0.
#include "rows.h"

struct chosen {
    const struct inferd_column *column;
    uint32_t index;
    bool from_slate;
};

static struct chosen choose(struct inferd_step *step, const struct numerix_source *source)
{
    const struct inferd_column *target = step->columns[source->target];

    if (source->slate != INFERD_NO_COLUMN && !(target->flags & INFERD_COLUMN_PRESENT) &&
        step->columns[source->slate]->flags & INFERD_COLUMN_PRESENT)
        return (struct chosen){step->columns[source->slate], source->slate, true};
    return (struct chosen){target, source->target, false};
}

static uint32_t row_of(const struct numerix_view *view, const struct chosen *chosen, uint32_t row)
{
    if (chosen->from_slate)
        return view->slates ? view->slates[row] : view->slate;
    return view->rows ? view->rows[row] : row;
}

// The bytes of a missing value: that of the column's type; none where the column isn't there.
static struct inferd_bytes missing_value(const struct inferd_column *column)
{
    static const uint8_t zeros[8], text[] = {'0', '.', '0'};
    uint32_t size = inferd_type_size(inferd_type_element(column->type));

    if (!(column->flags & INFERD_COLUMN_PRESENT))
        return (struct inferd_bytes){NULL, 0};
    return size ? (struct inferd_bytes){zeros, size} : (struct inferd_bytes){text, sizeof(text)};
}

static void read_ids(struct numerix_rows *rows, const struct numerix *numerix, struct inferd_step *step,
                     const struct numerix_view *view)
{
    struct chosen id = choose(step, &numerix->id);

    for (uint32_t r = 0; r < view->count; r++) {
        rows->ids[r] = inferd_column_get(id.column, row_of(view, &id, r));
        if (rows->ids[r].len == 0)
            rows->ids[r] = missing_value(id.column);
    }
}

// The original takes a value's bytes for what the config says they are, whatever the column's type.
static uint32_t reinterpret(const struct numerix *numerix, const struct chosen *chosen, const struct numerix_view *view,
                            unsigned type, uint8_t *out)
{
    uint32_t missing = 0;

    for (uint32_t r = 0; r < view->count; r++) {
        struct inferd_bytes value = inferd_column_get(chosen->column, row_of(view, chosen, r));
        bool has = value.len;

        if (!has)
            value = missing_value(chosen->column);
        has &= numerix->convert->value(value, type, numerix->number, numerix->convert_flags,
                                       out + (size_t)r * numerix->number_size);
        missing += !has;
    }
    return missing;
}

static uint32_t convert(const struct numerix *numerix, const struct chosen *chosen, const struct numerix_view *view,
                        uint8_t *out)
{
    const struct inferd_convert *table = numerix->convert;
    struct inferd_column column = *chosen->column;
    uint32_t missing, size = numerix->number_size;

    column.fallback = NULL;
    if (column.type == INFERD_TYPE_STRING)
        column.flags &= (uint16_t)~INFERD_COLUMN_INLINE;
    if (!chosen->from_slate || view->slates)
        return table->scalars(&column, chosen->from_slate ? view->slates : view->rows, 0, view->count, numerix->number,
                              numerix->convert_flags, out, size);
    missing = table->scalars(&column, NULL, view->slate, 1, numerix->number, numerix->convert_flags, out, size);
    for (uint32_t r = 1; r < view->count; r++)
        memcpy(out + (size_t)r * size, out, size);
    return missing ? view->count : 0;
}

// Whether the column's values are taken for another type than theirs.
static bool is_reinterpreted(const struct numerix *numerix, const struct numerix_operand *operand,
                             const struct chosen *chosen)
{
    return numerix->info->compat && operand->type != INFERD_TYPE_UNKNOWN && operand->type != chosen->column->type;
}

static void read_operand(const struct numerix *numerix, struct inferd_step *step, const struct numerix_view *view,
                         const struct numerix_operand *operand, uint8_t *out)
{
    struct chosen chosen = choose(step, &operand->source);
    uint32_t missing = is_reinterpreted(numerix, operand, &chosen)
                           ? reinterpret(numerix, &chosen, view, operand->type, out)
                           : convert(numerix, &chosen, view, out);

    if (missing)
        numerix->host->defaulted(step, chosen.index, missing);
}

static uint32_t count_missing(const struct inferd_column *column, uint32_t count)
{
    uint32_t has = 0;

    for (uint32_t word = 0; word < count / 64; word++)
        has += (uint32_t)__builtin_popcountll(column->valid[word]);
    if (count % 64)
        has += (uint32_t)__builtin_popcountll(column->valid[count / 64] & ((UINT64_C(1) << count % 64) - 1));
    return count - has;
}

const uint8_t *numerix_operand_values(const struct numerix *numerix, struct inferd_step *step,
                                      const struct numerix_view *view, uint32_t number)
{
    const struct numerix_operand *operand = &numerix->operands[number];
    struct chosen chosen = choose(step, &operand->source);
    uint32_t missing;
    uint8_t *made;

    // (A missing value of a fixed size is zero.)
    if (!view->rows && !chosen.from_slate && chosen.column->type == numerix->number && chosen.column->value_size &&
        !is_reinterpreted(numerix, operand, &chosen)) {
        missing = count_missing(chosen.column, view->count);
        if (missing)
            numerix->host->defaulted(step, chosen.index, missing);
        return chosen.column->data;
    }
    made = numerix->host->alloc(step, (size_t)view->count * numerix->number_size);
    if (made)
        read_operand(numerix, step, view, operand, made);
    return made;
}

bool numerix_rows_make(struct numerix_rows *rows, const struct numerix *numerix, struct inferd_step *step,
                       struct numerix_view view)
{
    rows->count = view.count;
    rows->ids = numerix->host->alloc(step, view.count * sizeof(*rows->ids));
    rows->values = numerix->host->alloc(step, (size_t)numerix->operand_count * view.count * numerix->number_size);
    if (!rows->ids || !rows->values)
        return false;
    read_ids(rows, numerix, step, &view);
    for (uint32_t i = 0; i < numerix->operand_count; i++)
        read_operand(numerix, step, &view, &numerix->operands[i],
                     rows->values + (size_t)i * view.count * numerix->number_size);
    return true;
}
