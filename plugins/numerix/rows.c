// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows from columns. An id's bytes are sent as they are stored. An operand is made FP32: a text is read as a stored
// one, what is missing or no number is 0.
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
        return view->slate;
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
        has &= numerix->convert->value(value, type, INFERD_TYPE_FP32, numerix->convert_flags, out + (size_t)r * 4);
        missing += !has;
    }
    return missing;
}

static uint32_t convert(const struct numerix *numerix, const struct chosen *chosen, const struct numerix_view *view,
                        uint8_t *out)
{
    const struct inferd_convert *table = numerix->convert;
    struct inferd_column column = *chosen->column;
    uint32_t missing;

    column.fallback = NULL;
    if (column.type == INFERD_TYPE_STRING)
        column.flags &= (uint16_t)~INFERD_COLUMN_INLINE;
    if (!chosen->from_slate)
        return table->scalars(&column, view->rows, 0, view->count, INFERD_TYPE_FP32, numerix->convert_flags, out, 4);
    missing = table->scalars(&column, NULL, view->slate, 1, INFERD_TYPE_FP32, numerix->convert_flags, out, 4);
    for (uint32_t r = 1; r < view->count; r++)
        memcpy(out + (size_t)r * 4, out, 4);
    return missing ? view->count : 0;
}

static void read_operand(const struct numerix_rows *rows, const struct numerix *numerix, struct inferd_step *step,
                         const struct numerix_view *view, uint32_t number)
{
    const struct numerix_operand *operand = &numerix->operands[number];
    struct chosen chosen = choose(step, &operand->source);
    uint8_t *out = rows->values + (size_t)number * rows->count * 4;
    uint32_t missing;

    if (numerix->info->compat && operand->type != INFERD_TYPE_UNKNOWN && operand->type != chosen.column->type)
        missing = reinterpret(numerix, &chosen, view, operand->type, out);
    else
        missing = convert(numerix, &chosen, view, out);
    if (missing)
        numerix->host->defaulted(step, chosen.index, missing);
}

bool numerix_rows_make(struct numerix_rows *rows, const struct numerix *numerix, struct inferd_step *step,
                       struct numerix_view view)
{
    rows->count = view.count;
    rows->ids = numerix->host->alloc(step, view.count * sizeof(*rows->ids));
    rows->values = numerix->host->alloc(step, (size_t)numerix->operand_count * view.count * 4);
    if (!rows->ids || !rows->values)
        return false;
    read_ids(rows, numerix, step, &view);
    for (uint32_t i = 0; i < numerix->operand_count; i++)
        read_operand(rows, numerix, step, &view, i);
    return true;
}
