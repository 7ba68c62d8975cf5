// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Numerix's Compute (proto/numerix.proto) over the store's expressions. As with the real service, what is wrong with an
// expression or with the data is no gRPC error but a message in an OK reply.
#include "service.h"

#include "number.h"

#include <stdio.h>

enum { REQUEST_DATA = 1 };
enum { DATA_SCHEMA = 1, DATA_ROWS = 2, DATA_COMPUTE_ID = 3, DATA_TYPE = 4 };
enum { ROW_STRINGS = 1, ROW_BYTES = 2 }; // which form a row has
enum { LIST_VALUES = 1 };
enum { RESPONSE_SCORES = 1, RESPONSE_ERROR = 2 };
enum { SCORES_SCHEMA = 1, SCORES_ROWS = 2 };
enum { ERROR_MESSAGE = 1 };

struct computation {
    struct inferd_bytes *schema, *rows, compute_id;
    size_t n_columns, n_rows;
    enum expression_number number;
    size_t size;                      // of a number
    uint32_t form;                    // of the first row, and so of the reply
    const struct expression *program; // reads of the columns only what it needs
    void **columns;                   // NULL: not read, or the id's, which reads as zeros
    struct inferd_bytes *ids;
    void *scores;
};

// Answers with an error in the reply.
static bool answer_error(struct exchange *exchange, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool answer_error(struct exchange *exchange, const char *format, ...)
{
    char message[512];
    size_t begin;
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    exchange->reply.size = 0;
    begin = writer_begin(&exchange->reply, RESPONSE_ERROR);
    writer_put_string(&exchange->reply, ERROR_MESSAGE, message);
    writer_end(&exchange->reply, begin);
    exchange_note(exchange, "error: %s", message);
    return false;
}

static bool lack_memory(struct exchange *exchange)
{
    exchange_fail(exchange, INFERD_RESOURCE_EXHAUSTED, "no memory for the computation");
    return false;
}

// A row's form and its list of values; the last one counts where there are several, as in any oneof.
static uint32_t read_row(struct inferd_bytes row, struct inferd_bytes *list)
{
    struct inferd_wire_reader in = inferd_wire_read(row);
    struct inferd_wire_field field;
    uint32_t form = 0;

    while (inferd_wire_next(&in, &field))
        if (field.tag == INFERD_WIRE_TAG(ROW_STRINGS, INFERD_WIRE_BYTES) ||
            field.tag == INFERD_WIRE_TAG(ROW_BYTES, INFERD_WIRE_BYTES)) {
            form = field.tag >> 3;
            *list = field.bytes;
        }
    return in.bad ? 0 : form;
}

static bool read_request(struct exchange *exchange, struct computation *computation)
{
    size_t n, n_ids, n_types;
    struct inferd_bytes *data = exchange_list(exchange, exchange->request, REQUEST_DATA, &n), *ids, *types, list;

    if (!data)
        return false;
    if (n == 0)
        return answer_error(exchange, "the request has no entity_score_data");
    computation->schema = exchange_list(exchange, data[n - 1], DATA_SCHEMA, &computation->n_columns);
    computation->rows = exchange_list(exchange, data[n - 1], DATA_ROWS, &computation->n_rows);
    ids = exchange_list(exchange, data[n - 1], DATA_COMPUTE_ID, &n_ids);
    types = exchange_list(exchange, data[n - 1], DATA_TYPE, &n_types);
    if (!computation->schema || !computation->rows || !ids || !types)
        return false;
    if (n_ids == 0 || ids[n_ids - 1].len == 0)
        return answer_error(exchange, "the request names no compute_id");
    if (computation->n_rows == 0)
        return answer_error(exchange, "the request has no rows in entity_scores");
    if (computation->n_columns == 0)
        return answer_error(exchange, "the request has no columns in its schema");
    computation->compute_id = ids[n_ids - 1];
    computation->number = n_types > 0 ? expression_number_of(types[n_types - 1]) : EXPRESSION_FP64;
    computation->size = computation->number == EXPRESSION_FP32 ? sizeof(float) : sizeof(double);
    computation->form = read_row(computation->rows[0], &list);
    if (computation->form == 0)
        return answer_error(exchange, "the first row has no data");
    return true;
}

static bool find_program(struct exchange *exchange, struct computation *computation)
{
    struct inferd_bytes id = computation->compute_id;
    struct store_expression *expression = map_find(&exchange->store->expressions, id.data, id.len);
    struct expression_error error;

    if (!expression)
        return answer_error(exchange, "no expression '%.*s'; this store has: %s", (int)id.len, (const char *)id.data,
                            store_names(&exchange->store->expressions, exchange->arena));
    computation->program = store_program(expression, computation->schema, computation->n_columns, &error);
    if (!computation->program)
        return answer_error(exchange, "expression '%s': %s", expression->id, error.text);
    return true;
}

// Reads a cell into a number, if it is one; it is checked even where no one wants it.
static bool read_cell(struct exchange *exchange, const struct computation *computation, struct inferd_bytes cell,
                      void *to)
{
    bool good;

    if (computation->form == ROW_BYTES) {
        if (cell.len != computation->size)
            return answer_error(exchange, "a value has %zu bytes; the data type wants %zu", cell.len,
                                computation->size);
        memcpy(to, cell.data, cell.len);
        return true;
    }
    good = computation->number == EXPRESSION_FP32 ? number_read_float(cell, to) : number_read_double(cell, to);
    return good || answer_error(exchange, "'%.*s' is no number", (int)cell.len, (const char *)cell.data);
}

static bool fill_row(struct exchange *exchange, struct computation *computation, size_t row)
{
    struct inferd_bytes list = {NULL, 0};
    struct inferd_wire_reader in;
    struct inferd_wire_field field;
    size_t column = 0;
    double unread;

    if (read_row(computation->rows[row], &list) != computation->form)
        return true; // a row of the other form, or of none, counts as zeros
    for (in = inferd_wire_read(list); inferd_wire_next(&in, &field);) {
        if (field.tag != INFERD_WIRE_TAG(LIST_VALUES, INFERD_WIRE_BYTES))
            continue;
        if (column == 0)
            computation->ids[row] = field.bytes;
        else if (column < computation->n_columns) {
            uint8_t *values = computation->columns[column];

            if (!read_cell(exchange, computation, field.bytes,
                           values ? values + row * computation->size : (void *)&unread))
                return false;
        }
        column++;
    }
    if (in.bad)
        exchange_fail(exchange, INFERD_INVALID_ARGUMENT, "row %zu of entity_scores is no list of values", row);
    return !in.bad;
}

static bool fill(struct exchange *exchange, struct computation *computation)
{
    computation->columns = arena_zalloc(exchange->arena, computation->n_columns * sizeof *computation->columns);
    computation->ids = arena_zalloc(exchange->arena, computation->n_rows * sizeof *computation->ids);
    if (!computation->columns || !computation->ids)
        return lack_memory(exchange);
    for (size_t i = 1; i < computation->n_columns; i++)
        if (expression_reads(computation->program, i) &&
            !(computation->columns[i] = arena_zalloc(exchange->arena, computation->n_rows * computation->size)))
            return lack_memory(exchange);
    for (size_t i = 0; i < computation->n_rows; i++)
        if (!fill_row(exchange, computation, i))
            return false;
    return true;
}

static bool evaluate(struct exchange *exchange, struct computation *computation)
{
    size_t scratch_size = expression_scratch_size(computation->program, computation->number, computation->n_rows);
    void *scratch = scratch_size < SIZE_MAX ? arena_alloc(exchange->arena, scratch_size) : NULL;
    struct expression_error error;

    computation->scores = arena_alloc(exchange->arena, computation->n_rows * computation->size);
    if (!scratch || !computation->scores)
        return lack_memory(exchange);
    if (!expression_eval(computation->program, computation->number, (const void *const *)computation->columns,
                         computation->n_rows, computation->scores, scratch, &error))
        return answer_error(exchange, "expression '%.*s': %s (row %zu)", (int)computation->compute_id.len,
                            (const char *)computation->compute_id.data, error.text, error.row);
    return true;
}

static void put_score(struct writer *reply, const struct computation *computation, size_t row)
{
    uint8_t *score = (uint8_t *)computation->scores + row * computation->size;
    struct inferd_bytes value = {score, computation->size};
    char text[NUMBER_TEXT_MAX];
    size_t begin, list;

    if (computation->form == ROW_STRINGS) {
        value.data = (const uint8_t *)text;
        value.len = computation->number == EXPRESSION_FP32 ? number_write_float(*(float *)score, text)
                                                           : number_write_double(*(double *)score, text);
    }
    begin = writer_begin(reply, SCORES_ROWS);
    list = writer_begin(reply, computation->form);
    writer_put_bytes(reply, LIST_VALUES, computation->ids[row]);
    writer_put_bytes(reply, LIST_VALUES, value);
    writer_end(reply, list);
    writer_end(reply, begin);
}

void numerix_compute(struct exchange *exchange)
{
    struct computation computation = {.n_rows = 0};
    size_t begin;

    if (!read_request(exchange, &computation) || !find_program(exchange, &computation) ||
        !fill(exchange, &computation) || !evaluate(exchange, &computation))
        return;
    begin = writer_begin(&exchange->reply, RESPONSE_SCORES);
    writer_put_bytes(&exchange->reply, SCORES_SCHEMA, computation.schema[0]);
    writer_put_string(&exchange->reply, SCORES_SCHEMA, "score");
    for (size_t i = 0; i < computation.n_rows; i++)
        put_score(&exchange->reply, &computation, i);
    writer_end(&exchange->reply, begin);
    exchange_note(exchange, "expression %.*s, %zu rows, %s", (int)computation.compute_id.len,
                  (const char *)computation.compute_id.data, computation.n_rows,
                  computation.number == EXPRESSION_FP32 ? "fp32" : "fp64");
}
