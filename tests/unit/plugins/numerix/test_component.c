// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the Numerix service answered (tests/golden/numerix), through the whole component: computed in process from
// columns, and taken from a server's reply. The scores are the recorded ones, bit for bit, in both precisions.
#include <inttypes.h>
#include <jansson.h>
#include <strings.h>

#include "drive.h"

#define MAX_COLUMNS 8
#define MAX_ROWS 4096

struct cells {
    bool fp64;
    size_t size, rows, columns;
    const char *names[MAX_COLUMNS];
    uint8_t values[MAX_COLUMNS][MAX_ROWS * 8];
    bool missing[MAX_COLUMNS][MAX_ROWS];
};

static void write_number(const struct cells *cells, uint8_t *to, const char *text)
{
    float narrow = strtof(text, NULL);
    double wide = strtod(text, NULL);

    memcpy(to, cells->fp64 ? (void *)&wide : (void *)&narrow, cells->size);
}

// Hex of the bits; 'reversed': most significant byte first.
static bool read_hex(const struct cells *cells, uint8_t *to, const char *hex, bool reversed)
{
    if (strlen(hex) != 2 * cells->size)
        return false;
    for (size_t i = 0; i < cells->size; i++) {
        unsigned byte;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        to[reversed ? cells->size - 1 - i : i] = (uint8_t)byte;
    }
    return true;
}

static bool is_plain(const char *text)
{
    char *end;

    strtod(text, &end);
    return *text && *text != ' ' && !*end && !strpbrk(text, "xX");
}

// A recorded table as columns; false where it has what no column can hold.
static bool read_cells(struct cells *cells, json_t *table, bool fp64)
{
    json_t *rows = json_object_get(table, "rows"), *schema = json_object_get(table, "schema"), *row;
    bool hex = strcmp(json_string_value(json_object_get(table, "kind")), "byte") == 0;
    size_t r;

    memset(cells, 0, sizeof(*cells));
    cells->fp64 = fp64;
    cells->size = fp64 ? 8 : 4;
    cells->rows = json_array_size(rows);
    cells->columns = json_array_size(schema);
    if (cells->columns == 0 || cells->columns > MAX_COLUMNS || cells->rows == 0 || cells->rows > MAX_ROWS)
        return false;
    for (size_t c = 0; c < cells->columns; c++) {
        cells->names[c] = json_string_value(json_array_get(schema, c));
        if (strchr(cells->names[c], '@') || !*cells->names[c])
            return false;
    }
    json_array_foreach(rows, r, row)
    {
        for (size_t c = 1; c < cells->columns; c++) {
            const char *cell = json_string_value(json_array_get(row, c));
            uint8_t *to = cells->values[c] + r * cells->size;

            cells->missing[c][r] = !cell;
            if (cell && (hex ? !read_hex(cells, to, cell, false) : !is_plain(cell)))
                return false;
            if (cell && !hex)
                write_number(cells, to, cell);
        }
    }
    return true;
}

// The component that computes it; freed by the caller.
static char *component_of(const struct cells *cells, const char *expression)
{
    const char *type = cells->fp64 ? "FP64" : "FP32";
    json_t *mapping = json_object(), *component;
    char *text;

    for (size_t c = 1; c < cells->columns; c++) {
        char column[24];

        snprintf(column, sizeof(column), "c%zu", c);
        json_object_set_new(mapping, cells->names[c], json_string(column));
    }
    component = json_pack("{s:s, s:s, s:s, s:s, s:o}", "component_id", cells->names[0], "score_col", "score",
                          "data_type", type, "compute_type", type, "score_mapping", mapping);
    json_object_set_new(component, expression ? "expression" : "compute_id",
                        json_string(expression ? expression : "recorded"));
    text = json_dumps(component, 0);
    json_decref(component);
    return text;
}

static struct testhost *holder; // has the module open: for each recording that would take minutes under valgrind

static struct testhost *hold_module(void)
{
    static const char *const settings[] = {"--numerix-batch-size=100000", NULL};

    return open_component("numerix",
                          "{\"component_id\": \"id\", \"score_col\": \"score\", \"data_type\": \"FP32\", "
                          "\"compute_id\": \"any\", \"score_mapping\": {\"x\": \"x\"}}",
                          NULL, false, settings);
}

static struct testhost *open_recorded(const struct cells *cells, const char *expression, bool compat, char *error,
                                      size_t size)
{
    char *component = component_of(cells, expression);
    struct testhost_options options = {.component = component, .beside = holder, .compat = compat};
    struct testhost *testhost = testhost_open(&options, error, size);

    free(component);
    return testhost;
}

static struct testhost_run *start(struct testhost *testhost, const struct cells *cells)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, (uint32_t)cells->rows);
    for (size_t c = 1; c < cells->columns; c++) {
        char column[24];

        snprintf(column, sizeof(column), "c%zu", c);
        testhost_values(run, T, column, cells->fp64 ? INFERD_TYPE_FP64 : INFERD_TYPE_FP32, cells->values[c]);
        for (uint32_t r = 0; r < cells->rows; r++)
            if (cells->missing[c][r])
                testhost_missing(run, T, column, r);
    }
    testhost_start(run);
    return run;
}

// A recorded score as bytes.
static void read_output(const struct cells *cells, json_t *table, const char *output, uint8_t *to)
{
    if (strcmp(json_string_value(json_object_get(table, "kind")), "byte") == 0)
        assert_true(read_hex(cells, to, output, true));
    else
        write_number(cells, to, output);
}

static void expect_outputs(struct testhost_run *run, const struct cells *cells, json_t *table, json_t *recorded)
{
    const struct inferd_column *score = testhost_get(run, T, "score");
    json_t *output;
    size_t row;

    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_int_equal(json_array_size(json_object_get(recorded, "outputs")), cells->rows);
    json_array_foreach(json_object_get(recorded, "outputs"), row, output)
    {
        uint8_t want[8], *got = score->data + row * cells->size;
        double value = cells->fp64 ? *(double *)got : (double)*(float *)got;

        read_output(cells, table, json_string_value(output), want);
        assert_true(inferd_column_has(score, (uint32_t)row));
        if (memcmp(got, want, cells->size) != 0 && !(value != value && strcmp(json_string_value(output), "NaN") == 0))
            fail_msg("'%s', row %zu: want %s, got %.17g", json_string_value(json_object_get(recorded, "expression")),
                     row, json_string_value(output), value);
    }
}

static bool any_failed(const struct testhost_run *run, size_t rows)
{
    for (uint32_t row = 0; row < rows; row++)
        if (testhost_row_failed(run, T, row))
            return true;
    return false;
}

static void play_here(const struct cells *cells, json_t *table, json_t *recorded, bool compat)
{
    const char *expression = json_string_value(json_object_get(recorded, "expression"));
    char error[1024] = "";
    struct testhost *testhost = open_recorded(cells, expression, compat, error, sizeof(error));
    struct testhost_run *run;

    if (!testhost) { // what is wrong with it for any rows refuses the config
        if (json_object_get(recorded, "outputs"))
            fail_msg("'%s': %s", expression, error);
        return;
    }
    run = start(testhost, cells);
    assert_int_equal(testhost_calls(run), 0);
    if (json_object_get(recorded, "outputs"))
        expect_outputs(run, cells, table, recorded);
    else if (compat) // all rows were in one request
        assert_int_equal(testhost_status(run), INFERD_INTERNAL);
    else
        assert_true(testhost_status(run) == INFERD_INTERNAL || any_failed(run, cells->rows));
    testhost_run_free(run);
    testhost_close(testhost);
}

static struct inferd_bytes reply_of(const struct cells *cells, json_t *table, json_t *recorded, uint8_t *buffer)
{
    json_t *output;
    size_t row, scores = inferd_wire_bytes_size(1, 2);
    size_t value = inferd_wire_bytes_size(1, 1) + inferd_wire_bytes_size(1, cells->size);
    size_t one = inferd_wire_bytes_size(2, inferd_wire_bytes_size(2, value));
    uint8_t *at;

    scores += cells->rows * one;
    at = inferd_wire_put_head(buffer, 1, scores);
    at = inferd_wire_put_bytes(at, 1, inferd_bytes_of("id"));
    json_array_foreach(json_object_get(recorded, "outputs"), row, output)
    {
        uint8_t bytes[8];

        read_output(cells, table, json_string_value(output), bytes);
        at = inferd_wire_put_head(at, 2, inferd_wire_bytes_size(2, value));
        at = inferd_wire_put_head(at, 2, value);
        at = inferd_wire_put_bytes(at, 1, inferd_bytes_of("x"));
        at = inferd_wire_put_bytes(at, 1, (struct inferd_bytes){bytes, cells->size});
    }
    return (struct inferd_bytes){buffer, (size_t)(at - buffer)};
}

static void play_there(const struct cells *cells, json_t *table, json_t *recorded)
{
    static uint8_t buffer[MAX_ROWS * 32 + 64];
    char error[1024] = "";
    struct testhost *testhost = open_recorded(cells, NULL, false, error, sizeof(error));
    struct testhost_run *run;

    if (!testhost)
        fail_msg("%s", error);
    run = start(testhost, cells);
    assert_int_equal(testhost_calls(run), 1);
    testhost_reply(run, 0, reply_of(cells, table, recorded, buffer));
    expect_outputs(run, cells, table, recorded);
    testhost_run_free(run);
    testhost_close(testhost);
}

static json_t *load_recordings(void)
{
    json_error_t problem;
    json_t *all = json_load_file(SOURCE_DIR "/tests/golden/numerix/recordings.json", 0, &problem);

    if (!all)
        fail_msg("recordings.json:%d: %s", problem.line, problem.text);
    return all;
}

static void equals_every_recording(void **state)
{
    static struct cells cells;
    json_t *all = load_recordings(), *tables = json_object_get(all, "tables"), *recorded;
    size_t i, played = 0;

    (void)state;
    holder = hold_module();
    json_array_foreach(json_object_get(all, "cases"), i, recorded)
    {
        json_t *table = json_array_get(tables, (size_t)json_integer_value(json_object_get(recorded, "table")));
        const char *type = json_string_value(json_object_get(recorded, "data_type"));
        const char *expression = json_string_value(json_object_get(recorded, "expression"));
        bool fp64 = !type || (strcasecmp(type, "fp32") != 0 && strcasecmp(type, "f32") != 0);

        if (!expression || !*expression || json_object_get(recorded, "request") || !read_cells(&cells, table, fp64))
            continue; // about configuration or the wire
        play_here(&cells, table, recorded, false);
        play_here(&cells, table, recorded, true);
        if (json_object_get(recorded, "outputs"))
            play_there(&cells, table, recorded);
        played++;
    }
    testhost_close(holder);
    json_decref(all);
    assert_in_range(played, 1000, 1300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_every_recording),
    };

    return cmocka_run_group_tests_name("numerix/component", tests, NULL, NULL);
}
