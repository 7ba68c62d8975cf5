// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Numerix expressions against what the Numerix service answered (tests/golden/numerix), bit for bit, and the edges that
// no recording has: messages, limits, columns that are NULL.
#include "expression.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_COLUMNS 8

// A table's cells as numbers, a column each.
struct table {
    enum expression_number number;
    size_t rows, n_columns;
    struct inferd_bytes names[MAX_COLUMNS];
    void *columns[MAX_COLUMNS];
};

static size_t size_of(enum expression_number number)
{
    return number == EXPRESSION_FP32 ? sizeof(float) : sizeof(double);
}

static void put(struct table *table, size_t column, size_t row, const char *text)
{
    if (table->number == EXPRESSION_FP32)
        ((float *)table->columns[column])[row] = strtof(text, NULL);
    else
        ((double *)table->columns[column])[row] = strtod(text, NULL);
}

// Cells in hex are little-endian. False where the length is not the number's: the wire's business, not ours.
static bool put_hex(struct table *table, size_t column, size_t row, const char *hex)
{
    size_t size = size_of(table->number);
    unsigned char *to = (unsigned char *)table->columns[column] + row * size;

    if (strlen(hex) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned byte;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        to[i] = (unsigned char)byte;
    }
    return true;
}

static bool plain_number(const char *text)
{
    char *end;

    strtod(text, &end);
    return *text != '\0' && *text != ' ' && *end == '\0' && !strpbrk(text, "xX");
}

// Fills a table from its recording; false where a cell has a form that never reaches an evaluator.
static bool fill(struct table *table, json_t *recorded, enum expression_number number)
{
    json_t *schema = json_object_get(recorded, "schema"), *rows = json_object_get(recorded, "rows"), *row;
    bool hex = strcmp(json_string_value(json_object_get(recorded, "kind")), "byte") == 0, good = true;
    size_t r;

    *table = (struct table){.number = number, .rows = json_array_size(rows), .n_columns = json_array_size(schema)};
    assert_in_range(table->n_columns, 0, MAX_COLUMNS);
    for (size_t c = 0; c < table->n_columns; c++) {
        table->names[c] = inferd_bytes_of(json_string_value(json_array_get(schema, c)));
        table->columns[c] = calloc(table->rows + 1, size_of(number));
        assert_non_null(table->columns[c]);
    }
    json_array_foreach(rows, r, row)
    {
        for (size_t c = 1; c < table->n_columns && c < json_array_size(row); c++) {
            const char *cell = json_string_value(json_array_get(row, c));

            if (hex)
                good = put_hex(table, c, r, cell) && good;
            else if (plain_number(cell))
                put(table, c, r, cell);
            else
                good = false;
        }
    }
    return good;
}

static void empty(struct table *table)
{
    for (size_t c = 0; c < table->n_columns; c++)
        free(table->columns[c]);
}

static bool same(enum expression_number number, const void *values, size_t row, const char *recorded, bool hex)
{
    if (hex) {
        uint64_t bits = number == EXPRESSION_FP32 ? ((const uint32_t *)values)[row] : ((const uint64_t *)values)[row];

        return bits == strtoull(recorded, NULL, 16);
    }
    if (number == EXPRESSION_FP32) {
        float value = ((const float *)values)[row], want = strtof(recorded, NULL);

        return isnan(want) ? isnan(value) : memcmp(&value, &want, sizeof value) == 0;
    } else {
        double value = ((const double *)values)[row], want = strtod(recorded, NULL);

        return isnan(want) ? isnan(value) : memcmp(&value, &want, sizeof value) == 0;
    }
}

// Evaluates over a table into *out, which the caller frees. False with a message where that is refused.
static bool evaluate(const char *text, const struct table *table, void **out, struct expression_error *error)
{
    struct expression *expression = expression_compile(inferd_bytes_of(text), table->names, table->n_columns, error);
    const void *columns[MAX_COLUMNS];
    void *scratch;
    bool good;

    *out = NULL;
    if (!expression)
        return false;
    for (size_t c = 0; c < table->n_columns; c++)
        columns[c] = c == 0 ? NULL : table->columns[c];
    *out = malloc(table->rows * size_of(table->number) + 1);
    scratch = malloc(expression_scratch_size(expression, table->number, table->rows) + 1);
    assert_non_null(*out);
    assert_non_null(scratch);
    good = expression_eval(expression, table->number, columns, table->rows, *out, scratch, error);
    free(scratch);
    expression_free(expression);
    return good;
}

static void play(json_t *recorded, struct table *table, bool hex)
{
    const char *text = json_string_value(json_object_get(recorded, "expression"));
    json_t *outputs = json_object_get(recorded, "outputs"), *output;
    struct expression_error error;
    void *values;
    size_t row;

    if (evaluate(text, table, &values, &error)) {
        if (!outputs)
            fail_msg("'%s' is refused by the service (%s), not by us", text,
                     json_string_value(json_object_get(recorded, "error")));
        assert_int_equal(json_array_size(outputs), table->rows);
        json_array_foreach(outputs, row, output) if (!same(table->number, values, row, json_string_value(output), hex))
            fail_msg("'%s' (%s), row %zu: want %s, got %.9g %08x", text,
                     json_string_value(json_object_get(recorded, "group")), row, json_string_value(output),
                     table->number == EXPRESSION_FP32 ? ((float *)values)[row] : ((double *)values)[row],
                     ((unsigned *)values)[row]);
    } else {
        assert_int_not_equal(error.fault, EXPRESSION_NO_FAULT);
        assert_int_not_equal(error.text[0], '\0');
        if (outputs)
            fail_msg("'%s' (%s): %s", text, json_string_value(json_object_get(recorded, "group")), error.text);
    }
    free(values);
}

static void equals_every_recording(void **state)
{
    char path[4096];
    json_error_t problem;
    json_t *all, *tables, *recorded;
    size_t i, played = 0;

    (void)state;
    snprintf(path, sizeof path, "%s/tests/golden/numerix/recordings.json", SOURCE_DIR);
    all = json_load_file(path, 0, &problem);
    if (!all)
        fail_msg("%s:%d: %s", path, problem.line, problem.text);
    tables = json_object_get(all, "tables");
    json_array_foreach(json_object_get(all, "cases"), i, recorded)
    {
        json_t *input = json_array_get(tables, (size_t)json_integer_value(json_object_get(recorded, "table")));
        const char *type = json_string_value(json_object_get(recorded, "data_type"));
        const char *kind = json_string_value(json_object_get(input, "kind"));
        struct table table;

        if (!json_is_string(json_object_get(recorded, "expression")) || json_object_get(recorded, "request"))
            continue; // about configuration or the wire; played through inferd-sandbox
        if (fill(&table, input, expression_number_of(inferd_bytes_of(type))) && table.n_columns > 0 && table.rows > 0) {
            play(recorded, &table, strcmp(kind, "byte") == 0);
            played++;
        }
        empty(&table);
    }
    json_decref(all);
    assert_in_range(played, 1100, 1300);
}

static struct table two_columns(float *a, float *b, size_t rows)
{
    return (struct table){.number = EXPRESSION_FP32,
                          .rows = rows,
                          .n_columns = 3,
                          .names = {inferd_bytes_of("id"), inferd_bytes_of("a"), inferd_bytes_of("b")},
                          .columns = {NULL, a, b}};
}

static void expect_refusal(const char *text, enum expression_fault fault, const char *message, size_t row)
{
    float a[] = {1, 2, NAN, 4}, b[] = {1, 1, 0, -1};
    struct table table = two_columns(a, b, 4);
    struct expression_error error;
    void *values;

    assert_false(evaluate(text, &table, &values, &error));
    assert_int_equal(error.fault, fault);
    assert_string_equal(error.text, message);
    if (fault != EXPRESSION_MALFORMED)
        assert_int_equal(error.row, row);
    free(values);
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    expect_refusal("", EXPRESSION_MALFORMED, "the expression is empty", 0);
    expect_refusal("a b c *", EXPRESSION_MALFORMED,
                   "token 3 'c' is neither an operator, nor a number, nor a column of this request", 0);
    expect_refusal("a +", EXPRESSION_MALFORMED, "token 2 '+' needs 2 operands before it and finds 1", 0);
    expect_refusal("a b", EXPRESSION_MALFORMED,
                   "the expression leaves 2 values where one is wanted: an operator is missing", 0);
    expect_refusal("a b /", EXPRESSION_DIVISION_BY_ZERO, "token 3 '/': the divisor is 0", 2);
    expect_refusal("b log", EXPRESSION_LOG_NOT_POSITIVE, "token 2 'log': the logarithm's operand is 0 or less", 2);
    expect_refusal("b 1 |", EXPRESSION_NOT_BOOLEAN, "token 3 '|': an operand is neither 0 nor 1", 3);
    expect_refusal("a norm_percentile_0_99", EXPRESSION_NAN_PERCENTILE,
                   "token 2 'norm_percentile_0_99': a percentile is wanted of rows with a NaN", 2);
}

static void refuses_a_name_given_twice(void **state)
{
    struct inferd_bytes names[] = {inferd_bytes_of("id"), inferd_bytes_of("a"), inferd_bytes_of("a")};
    struct expression_error error;

    (void)state;
    assert_null(expression_compile(inferd_bytes_of("a"), names, 3, &error));
    assert_string_equal(error.text, "column 'a' is named twice; give each column a name of its own");
}

static void limits_its_depth(void **state)
{
    struct inferd_bytes name = inferd_bytes_of("a");
    struct expression_error error;
    struct expression *expression;
    char text[2 * 257 + 2 * 256 + 1] = "";

    (void)state;
    for (int i = 0; i < 256; i++)
        strcat(text, "a ");
    for (int i = 0; i < 255; i++)
        strcat(text, "+ ");
    expression = expression_compile(inferd_bytes_of(text), &name, 1, &error);
    assert_non_null(expression);
    assert_int_equal(expression_scratch_size(expression, EXPRESSION_FP32, 10), 255 * 10 * 4);
    assert_int_equal(expression_scratch_size(expression, EXPRESSION_FP64, SIZE_MAX / 16), SIZE_MAX);
    expression_free(expression);
    memset(text, 0, sizeof text);
    for (int i = 0; i < 257; i++)
        strcat(text, "a ");
    assert_null(expression_compile(inferd_bytes_of(text), &name, 1, &error));
    assert_string_equal(error.text, "token 257 'a' is one value more than the 256 an expression may hold at once");
}

static void reads_what_it_says(void **state)
{
    struct inferd_bytes names[] = {inferd_bytes_of("id"), inferd_bytes_of("a"), inferd_bytes_of("b")};
    struct expression_error error;
    struct expression *expression = expression_compile(inferd_bytes_of("b 2 *"), names, 3, &error);

    (void)state;
    assert_non_null(expression);
    assert_false(expression_reads(expression, 0));
    assert_false(expression_reads(expression, 1));
    assert_true(expression_reads(expression, 2));
    assert_false(expression_looks_across(expression));
    expression_free(expression);
}

// Reads a file of the source tree; the caller frees it.
static char *read_source(const char *name)
{
    char path[4096];
    char *text = calloc(1, 1 << 20);
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", SOURCE_DIR, name);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(text);
    assert_in_range(fread(text, 1, (1 << 20) - 1, file), 1, (1 << 20) - 2);
    fclose(file);
    return text;
}

static void every_operator_is_in_the_manual(void **state)
{
    static const struct {
        const char *spelling;
        unsigned operands;
    } operators[] = {
#define OPERATOR(id, spelling, operands, help) {spelling, operands},
#include "operators.tbl"
    };
    char *manual = read_source("docs/man/inferd-expression.5"), line[64];

    (void)state;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        snprintf(line, sizeof line, "\n.B a %s%s%s\n", operators[i].operands == 2 ? "b " : "",
                 strcmp(operators[i].spelling, "-") == 0 ? "\\" : "", operators[i].spelling);
        if (!strstr(manual, line))
            fail_msg("docs/man/inferd-expression.5 lacks '%s'", operators[i].spelling);
    }
    free(manual);
}

// Just above the middle of two floats: rounded to a double first, it would be the middle, and then the even one.
static void rounds_a_number_once(void **state)
{
    float a[] = {1}, b[] = {1};
    struct table table = two_columns(a, b, 1);
    struct expression_error error;
    void *values;

    (void)state;
    assert_true(evaluate("1.000000059604644775390626", &table, &values, &error));
    assert_true(((float *)values)[0] == 0x1.000002p0f);
    free(values);
}

static void no_rows_is_no_error(void **state)
{
    struct table table = two_columns(NULL, NULL, 0);
    struct expression_error error;
    void *values;

    (void)state;
    assert_true(evaluate("a percentile_rank b norm_percentile_5_95 /", &table, &values, &error));
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_every_recording),     cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(refuses_a_name_given_twice), cmocka_unit_test(limits_its_depth),
        cmocka_unit_test(reads_what_it_says),         cmocka_unit_test(no_rows_is_no_error),
        cmocka_unit_test(rounds_a_number_once),       cmocka_unit_test(every_operator_is_in_the_manual),
    };

    return cmocka_run_group_tests_name("numerix expressions", tests, NULL, NULL);
}
