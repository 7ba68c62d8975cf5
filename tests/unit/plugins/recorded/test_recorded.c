// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules against recorded requests: the components of a model, one after another, make the very calls that were
// recorded, byte for byte, and their columns end with the values of the recorded response.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <inferd/wire.h>
#include "case.h"
#include "testhost.h"

#define MOST_COMPONENTS 32

struct node {
    struct testhost *testhost;
    struct testhost_run *run;
    bool done;
};

struct model {
    struct recorded_case recorded;
    struct node nodes[MOST_COMPONENTS]; // the first is the root
    size_t count;
};

static const char *const kinds[] = {"feature", "predator", "numerix"};

static void open_node(struct model *model, const char *kind, const json_t *component)
{
    const json_t *shared = json_object_get(model->recorded.config, "component_config");
    json_t *others = json_copy((json_t *)shared);
    char *text = component ? json_dumps(component, 0) : NULL, *shared_text, error[1024] = "";
    struct testhost_options options = {.modules = BUILD_DIR "/plugins",
                                       .kind = kind,
                                       .model = model->recorded.model,
                                       .name = json_string_value(json_object_get(component, "component")),
                                       .component = text,
                                       .compat = true};

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        char member[64];

        snprintf(member, sizeof(member), "%s_components", kinds[k]);
        json_object_del(others, member);
    }
    options.shared = shared_text = json_dumps(others, 0);
    assert_true(model->count < MOST_COMPONENTS);
    model->nodes[model->count].testhost = testhost_open(&options, error, sizeof(error));
    if (!model->nodes[model->count].testhost)
        fail_msg("%s: %s", kind, error);
    model->count++;
    json_decref(others);
    free(text);
    free(shared_text);
}

// Who writes a column, or MOST_COMPONENTS.
static size_t writer_of(const struct model *model, unsigned space, const char *name)
{
    for (size_t n = 1; n < model->count; n++) {
        const struct testhost_column *column = testhost_column(model->nodes[n].testhost, space, name);

        if (column && (column->written || column->constant))
            return n;
    }
    return MOST_COMPONENTS;
}

static const char *reply_column(const struct model *model, size_t i)
{
    const json_t *features = json_object_get(json_object_get(model->recorded.config, "response_config"), "features");

    return json_string_value(json_array_get(features, i));
}

// The root makes the columns that anybody reads.
static void want_columns(struct model *model)
{
    struct testhost *root = model->nodes[0].testhost;

    testhost_ids(root, reply_column(model, 0));
    for (size_t i = 0; reply_column(model, i); i++)
        testhost_wanted(root, INFERD_TARGETS, reply_column(model, i));
    for (size_t n = 1; n < model->count; n++) {
        const struct testhost_column *columns;
        size_t count = testhost_columns(model->nodes[n].testhost, &columns);

        for (size_t c = 0; c < count; c++)
            testhost_wanted(root, columns[c].space, columns[c].name);
    }
}

static void open_model(struct model *model, const char *name)
{
    memset(model, 0, sizeof(*model));
    recorded_open(&model->recorded, name);
    open_node(model, "init", NULL);
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        char member[64];
        const json_t *component;
        size_t i;

        snprintf(member, sizeof(member), "%s_components", kinds[k]);
        json_array_foreach(json_object_get(json_object_get(model->recorded.config, "component_config"), member), i,
                           component) open_node(model, kinds[k], component);
    }
    want_columns(model);
    for (size_t n = 0; n < model->count; n++)
        model->nodes[n].run = testhost_run(model->nodes[n].testhost);
}

static void close_model(struct model *model)
{
    for (size_t n = 0; n < model->count; n++) {
        testhost_run_free(model->nodes[n].run);
        testhost_close(model->nodes[n].testhost);
    }
    recorded_close(&model->recorded);
}

static bool is_ready(const struct model *model, size_t number)
{
    const struct testhost_column *columns;
    size_t count = testhost_columns(model->nodes[number].testhost, &columns);

    for (size_t c = 0; c < count; c++) {
        size_t writer = columns[c].read ? writer_of(model, columns[c].space, columns[c].name) : number;

        if (writer < model->count && writer != number && !model->nodes[writer].done)
            return false;
    }
    return true;
}

static void set_column(struct testhost_run *run, const struct testhost_column *column, const struct inferd_column *from)
{
    struct inferd_bytes *cells = calloc(from->rows + 1, sizeof(*cells));

    assert_non_null(cells);
    for (uint32_t r = 0; r < from->rows; r++)
        cells[r] = inferd_column_get(from, r);
    testhost_cells(run, column->space, column->name, from->type, from->flags & INFERD_COLUMN_INLINE, cells);
    free(cells);
}

// What the root and the components before it wrote, as the columns of a component.
static void carry_columns(const struct model *model, size_t number)
{
    const struct node *node = &model->nodes[number];
    const struct testhost_run *root = model->nodes[0].run;
    const struct testhost_column *columns;
    size_t count = testhost_columns(node->testhost, &columns);
    uint32_t rows = testhost_get(root, INFERD_TARGETS, reply_column(model, 0))->rows;

    if (model->recorded.request.slates) {
        testhost_rows(node->run, rows);
        testhost_slates(node->run, model->recorded.request.slates, model->recorded.request.slate_offsets,
                        model->recorded.request.slate_targets);
    } else {
        testhost_rows(node->run, rows);
    }
    for (size_t c = 0; c < count; c++) {
        size_t writer = writer_of(model, columns[c].space, columns[c].name);
        const struct inferd_column *from;

        if (!columns[c].read || columns[c].written)
            continue;
        from = testhost_get(writer < model->count ? model->nodes[writer].run : root, columns[c].space, columns[c].name);
        if (from->flags & INFERD_COLUMN_PRESENT)
            set_column(node->run, &columns[c], from);
    }
}

// A Numerix request with its columns in ascending order of their names, the first one excepted.
struct columns {
    size_t count;
    struct inferd_bytes names[64], cells[64][512];
    size_t rows;
};

static int by_name(const void *a, const void *b)
{
    const struct inferd_bytes *one = a, *other = b;
    size_t least = one->len < other->len ? one->len : other->len;
    int order = memcmp(one->data, other->data, least);

    return order ? order : (one->len > other->len) - (one->len < other->len);
}

static void read_columns(struct inferd_bytes message, struct columns *columns)
{
    struct inferd_wire_reader fields = inferd_wire_read(message), data, values;
    struct inferd_wire_field field;

    memset(columns, 0, sizeof(*columns));
    assert_true(inferd_wire_next(&fields, &field));
    data = inferd_wire_read(field.bytes);
    while (inferd_wire_next(&data, &field)) {
        if (field.tag == INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES))
            columns->names[columns->count++] = field.bytes;
        if (field.tag != INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES))
            continue;
        values = inferd_wire_read(field.bytes);
        assert_true(inferd_wire_next(&values, &field));
        values = inferd_wire_read(field.bytes);
        for (size_t c = 0; inferd_wire_next(&values, &field); c++)
            columns->cells[c][columns->rows] = field.bytes;
        columns->rows++;
    }
}

static bool same_columns(struct inferd_bytes one, struct inferd_bytes other)
{
    static struct columns a, b;

    if (one.len != other.len)
        return false;
    read_columns(one, &a);
    read_columns(other, &b);
    if (a.count != b.count || a.rows != b.rows || !inferd_bytes_equal(a.names[0], b.names[0]))
        return false;
    for (size_t i = 0; i < a.count; i++) {
        size_t k = 0;

        while (k < b.count && by_name(&a.names[i], &b.names[k]) != 0)
            k++;
        if (k == b.count)
            return false;
        for (size_t r = 0; r < a.rows; r++)
            if (!inferd_bytes_equal(a.cells[i][r], b.cells[k][r]))
                return false;
    }
    return true;
}

static void print_bytes(const char *what, struct inferd_bytes bytes)
{
    fprintf(stderr, "%s (%zu bytes):", what, bytes.len);
    for (size_t i = 0; i < bytes.len; i++)
        fprintf(stderr, " %02x", bytes.data[i]);
    fputc('\n', stderr);
}

static struct recorded_call *find_call(struct model *model, const char *service, struct inferd_bytes message)
{
    for (size_t i = 0; i < model->recorded.call_count; i++) {
        struct recorded_call *call = &model->recorded.calls[i];
        bool same = strcmp(call->service, "numerix") == 0 && strcmp(service, "numerix") == 0
                        ? same_columns(call->request, message)
                        : inferd_bytes_equal(call->request, message);

        if (!call->used && strcmp(call->service, service) == 0 && same)
            return call;
    }
    print_bytes("the component sends", message);
    for (size_t i = 0; i < model->recorded.call_count; i++)
        if (!model->recorded.calls[i].used && strcmp(model->recorded.calls[i].service, service) == 0)
            print_bytes("recorded is", model->recorded.calls[i].request);
    fail_msg("a call to %s was not recorded", service);
    abort();
}

static const char *service_of(const struct testhost_call *call)
{
    if (strcmp(call->path, "/retrieve.FeatureService/RetrieveFeatures") == 0)
        return "onfs";
    return strcmp(call->path, "/numerix.Numerix/Compute") == 0 ? "numerix" : "triton";
}

// The last call is answered first: the order of replies is nobody's to rely on.
static void run_node(struct model *model, size_t number)
{
    struct node *node = &model->nodes[number];

    carry_columns(model, number);
    testhost_start(node->run);
    for (size_t i = testhost_calls(node->run); i-- > 0;) {
        const struct testhost_call *call = testhost_call(node->run, i);
        struct recorded_call *recorded = find_call(model, service_of(call), call->message);

        recorded->used = true;
        if (recorded->status == INFERD_OK)
            testhost_reply(node->run, i, recorded->reply);
        else
            testhost_fail(node->run, i, (int)recorded->status, "recorded");
    }
    assert_int_not_equal(testhost_status(node->run), INFERD_PENDING);
    node->done = true;
}

static void run_model(struct model *model)
{
    size_t left = model->count - 1;

    testhost_request(model->nodes[0].run, &model->recorded.request, model->recorded.headers);
    assert_int_equal(testhost_start(model->nodes[0].run), INFERD_OK);
    while (left) {
        size_t before = left;

        for (size_t n = 1; n < model->count; n++) {
            if (model->nodes[n].done || !is_ready(model, n))
                continue;
            run_node(model, n);
            left--;
        }
        assert_int_not_equal(left, before);
    }
    for (size_t i = 0; i < model->recorded.call_count; i++)
        assert_true(model->recorded.calls[i].used);
}

static struct testhost_run *run_with(const struct model *model, unsigned space, const char *name)
{
    size_t writer = writer_of(model, space, name);

    return model->nodes[writer < model->count ? writer : 0].run;
}

static void check_value(const struct model *model, unsigned space, const char *name, uint32_t row, bool text,
                        struct inferd_bytes expected)
{
    struct testhost_run *run = run_with(model, space, name);
    struct inferd_bytes value = {NULL, 0};

    if (text)
        value = inferd_bytes_of(testhost_text(run, space, name, row));
    else
        value = inferd_column_get(testhost_get(run, space, name), row);
    if (inferd_bytes_equal(value, expected))
        return;
    print_bytes("the column has", value);
    print_bytes("the response", expected);
    fail_msg("column %s, row %u", name, row);
}

// The rows of a response's table: messages of a field, values of the rows in another.
static void check_table(const struct model *model, unsigned space, uint32_t rows_field, uint32_t names_field, bool text)
{
    struct inferd_wire_reader fields = inferd_wire_read(model->recorded.response), values;
    struct inferd_wire_field field;
    char names[64][128];
    size_t count = 0;
    uint32_t row = 0;

    while (inferd_wire_next(&fields, &field)) {
        if (field.tag != INFERD_WIRE_TAG(names_field, INFERD_WIRE_BYTES) || (text && count))
            continue;
        values = inferd_wire_read(field.bytes);
        while (inferd_wire_next(&values, &field))
            if (field.tag == INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES))
                snprintf(names[count++], sizeof(names[0]), "%.*s", (int)field.bytes.len,
                         (const char *)field.bytes.data);
    }
    fields = inferd_wire_read(model->recorded.response);
    while (inferd_wire_next(&fields, &field)) {
        if (field.tag != INFERD_WIRE_TAG(rows_field, INFERD_WIRE_BYTES))
            continue;
        values = inferd_wire_read(field.bytes);
        for (size_t c = 0; inferd_wire_next(&values, &field); c++)
            if (!text || row > 0)
                check_value(model, space, names[c], text ? row - 1 : row, text, field.bytes);
        row++;
    }
    assert_true(row > 0);
}

static void check_response(const struct model *model)
{
    switch (model->recorded.request.form) {
    case INFERD_POINTWISE:
        check_table(model, INFERD_TARGETS, 2, 1, false);
        break;
    case INFERD_ENTITIES:
        check_table(model, INFERD_TARGETS, 1, 1, true);
        break;
    default:
        check_table(model, INFERD_TARGETS, 2, 3, false);
        check_table(model, INFERD_SLATES, 1, 4, false);
        break;
    }
}

static void plays_as_recorded(void **state)
{
    const char *name = *state;
    static struct model model;
    bool answered;

    open_model(&model, name);
    run_model(&model);
    answered = model.recorded.calls[0].reply.data != NULL;
    if (answered)
        check_response(&model);
    close_model(&model);
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, plays_as_recorded, NULL, NULL, (void *)#name                                                            \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(batch7),        CASE(cache_twice), CASE(calibration), CASE(chain),         CASE(chain_legacy),
        CASE(chain_missing), CASE(composite),   CASE(dag3),        CASE(fp8_all),       CASE(headers),
        CASE(inline_texts),  CASE(ints),        CASE(minus1_ok),   CASE(model_schema),  CASE(no_schema),
        CASE(outputs),       CASE(prefix),      CASE(retype),      CASE(schema_nonnum), CASE(slate_ok),
        CASE(strings),       CASE(text_forms),  CASE(vectors),     CASE(w0_5),          CASE(w0_typed_fp32),
    };

    return cmocka_run_group_tests_name("recorded", tests, NULL, NULL);
}
