// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A reply, and what became of its nodes, as tables for people.
#include <inferd/types.h>
#include <stdio.h>
#include <string.h>

#include "infer.h"
#include "run/convert/convert.h"

enum { WIDEST = 60 };

// Columns on a terminal: how many characters of UTF-8 there are.
static int width_of(const char *text, size_t len)
{
    int width = 0;

    for (size_t i = 0; i < len; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

static struct inferd_bytes cell(const struct predict_rows *rows, size_t row, size_t column, struct arena *arena)
{
    const TargetScore *score = rows->rows[row];
    const ProtobufCBinaryData *value = column < score->n_output_values ? &score->output_values[column] : NULL;

    if (!value || !value->len)
        return (struct inferd_bytes){(const uint8_t *)"-", 1};
    return convert_value_text((struct inferd_bytes){value->data, value->len},
                              (unsigned)rows->columns[column]->data_type, arena);
}

static bool is_number(const FeatureSchema *column)
{
    return column->data_type != DATA_TYPE__DataTypeString && !inferd_type_is_vector((unsigned)column->data_type);
}

static void print_padded(const char *text, size_t len, int width, bool right)
{
    int pad = width - width_of(text, len);

    printf("%*s%.*s%*s  ", right && pad > 0 ? pad : 0, "", (int)len, text, !right && pad > 0 ? pad : 0, "");
}

static void print_rows(const char *title, const struct predict_rows *rows, struct arena *arena)
{
    int *widths = arena_zalloc(arena, (rows->column_count + 1) * sizeof(*widths));
    int number = snprintf(NULL, 0, "%zu", rows->row_count);

    if (!widths)
        return;
    for (size_t c = 0; c < rows->column_count; c++) {
        widths[c] = width_of(rows->columns[c]->name, strlen(rows->columns[c]->name));
        for (size_t r = 0; r < rows->row_count; r++) {
            struct inferd_bytes text = cell(rows, r, c, arena);
            int width = width_of((const char *)text.data, text.len);

            widths[c] = width > widths[c] && width <= WIDEST ? width : widths[c];
        }
    }
    printf("%-*s  ", number > (int)strlen(title) ? number : (int)strlen(title), title);
    for (size_t c = 0; c < rows->column_count; c++)
        print_padded(rows->columns[c]->name, strlen(rows->columns[c]->name), widths[c], is_number(rows->columns[c]));
    puts("");
    for (size_t r = 0; r < rows->row_count; r++) {
        printf("%*zu  ", number > (int)strlen(title) ? number : (int)strlen(title), r);
        for (size_t c = 0; c < rows->column_count; c++) {
            struct inferd_bytes text = cell(rows, r, c, arena);

            print_padded((const char *)text.data, text.len, widths[c], is_number(rows->columns[c]));
        }
        printf("%s\n", rows->rows[r]->error);
    }
}

void infer_reply_print(const struct predict_reply *reply, struct arena *arena)
{
    if (*reply->error)
        printf("error: %s\n", reply->error);
    print_rows("row", &reply->targets, arena);
    if (reply->slates.column_count || reply->slates.row_count) {
        puts("");
        print_rows("slate", &reply->slates, arena);
    }
}

static double ms_of(const json_t *object, const char *member)
{
    return (double)json_integer_value(json_object_get(object, member)) / 1000;
}

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

// What has a place of its own in the table.
static bool has_place(const char *member)
{
    static const char *const placed[] = {"component", "kind", "outcome", "start_us", "took_us", "status", "message"};

    for (size_t i = 0; i < sizeof(placed) / sizeof(*placed); i++)
        if (strcmp(member, placed[i]) == 0)
            return true;
    return false;
}

// All else that there is of a node, and what policies did in it, by the names in the record: both may grow.
static void print_facts(const json_t *node)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)node, name, value)
    {
        if (json_is_integer(value) && !has_place(name))
            printf("  %s %" JSON_INTEGER_FORMAT, name, json_integer_value(value));
        else if (json_is_real(value))
            printf("  %s %g", name, json_real_value(value));
        else if (json_is_string(value) && !has_place(name))
            printf("  %s %s", name, json_string_value(value));
    }
}

static void print_node_end(const json_t *node)
{
    print_facts(node);
    print_facts(json_object_get(node, "acts"));
    if (strcmp(text_of(node, "status"), "OK") != 0 && *text_of(node, "status"))
        printf("  %s", text_of(node, "status"));
    if (*text_of(node, "message"))
        printf(": %s", text_of(node, "message"));
}

void infer_explain_print(const json_t *record)
{
    const json_t *nodes = json_object_get(record, "nodes"), *node;
    json_int_t left = json_integer_value(json_object_get(record, "left_out"));
    int names = 4, kinds = 4, outcomes = 7;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        int name = (int)strlen(text_of(node, "component")), kind = (int)strlen(text_of(node, "kind"));
        int outcome = (int)strlen(text_of(node, "outcome"));

        names = name > names ? name : names;
        kinds = kind > kinds ? kind : kinds;
        outcomes = outcome > outcomes ? outcome : outcomes;
    }
    printf("\n%s of generation %" JSON_INTEGER_FORMAT ": %s in %.3f ms, %" JSON_INTEGER_FORMAT
           " targets, %" JSON_INTEGER_FORMAT " slates\n",
           text_of(record, "model"), json_integer_value(json_object_get(record, "generation")),
           text_of(record, "status"), ms_of(record, "took_us"), json_integer_value(json_object_get(record, "targets")),
           json_integer_value(json_object_get(record, "slates")));
    printf("%-*s  %-*s  %-*s   start ms    took ms\n", names, "node", kinds, "kind", outcomes, "outcome");
    json_array_foreach(nodes, i, node)
    {
        printf("%-*s  %-*s  %-*s  %9.3f  %9.3f", names, text_of(node, "component"), kinds, text_of(node, "kind"),
               outcomes, text_of(node, "outcome"), ms_of(node, "start_us"), ms_of(node, "took_us"));
        print_node_end(node);
        puts("");
    }
    if (left)
        printf("%" JSON_INTEGER_FORMAT " more nodes did not fit into the record\n", left);
}
