// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Expressions over columns. An input is the number type (a byte), names of columns in a line, the expression in a line,
// then values, row by row; all in the native byte order.
#include "expression.h"
#include "fuzz.h"

enum { MOST_COLUMNS = 8, MOST_ROWS = 64 };

struct table {
    enum expression_number number;
    size_t size, columns, rows;
    struct inferd_bytes names[MOST_COLUMNS];
    uint8_t *values[MOST_COLUMNS];
};

static void fill(struct table *table, struct inferd_bytes input)
{
    if (table->columns)
        table->rows = input.len / table->size / table->columns;
    if (table->rows > MOST_ROWS)
        table->rows = MOST_ROWS;
    for (size_t c = 0; c < table->columns; c++) {
        table->values[c] = calloc(table->rows + 1, table->size);
        FUZZ_ALWAYS(table->values[c]);
        for (size_t r = 0; r < table->rows; r++)
            memcpy(table->values[c] + r * table->size, input.data + (r * table->columns + c) * table->size,
                   table->size);
    }
}

static void evaluate(const struct expression *expression, const struct table *table)
{
    size_t room = expression_scratch_size(expression, table->number, table->rows);
    struct expression_error error = {0};
    const void *columns[MOST_COLUMNS];
    void *out, *scratch;

    FUZZ_ALWAYS(room != SIZE_MAX);
    out = malloc(table->rows * table->size + 1);
    scratch = malloc(room + 1);
    FUZZ_ALWAYS(out && scratch);
    for (size_t c = 0; c < table->columns; c++)
        columns[c] = table->values[c];
    if (!expression_eval(expression, table->number, columns, table->rows, out, scratch, &error))
        FUZZ_ALWAYS(error.fault >= EXPRESSION_DIVISION_BY_ZERO && *error.text);
    for (size_t c = 0; c < table->columns; c += 2)
        columns[c] = NULL; // reads as zeros
    if (!expression_eval(expression, table->number, columns, table->rows, out, scratch, &error))
        FUZZ_ALWAYS(error.fault >= EXPRESSION_DIVISION_BY_ZERO && *error.text);
    free(out);
    free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size}, names, text;
    struct expression_error error = {0};
    struct expression *expression;
    struct table table = {0};
    uint8_t *exact;

    table.number = fuzz_byte(&input) & 1 ? EXPRESSION_FP64 : EXPRESSION_FP32;
    table.size = table.number == EXPRESSION_FP64 ? sizeof(double) : sizeof(float);
    names = fuzz_part(&input, '\n');
    text = fuzz_part(&input, '\n');
    while (names.len && table.columns < MOST_COLUMNS)
        table.names[table.columns++] = fuzz_part(&names, ' ');
    exact = fuzz_copy(text);
    expression = expression_compile((struct inferd_bytes){exact, text.len}, table.names, table.columns, &error);
    free(exact); // copied where it is needed later
    if (!expression) {
        FUZZ_ALWAYS(error.fault == EXPRESSION_MALFORMED && *error.text);
        return 0;
    }
    fill(&table, input);
    evaluate(expression, &table);
    for (size_t c = 0; c < table.columns; c++)
        free(table.values[c]);
    expression_free(expression);
    return 0;
}
