// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The reader of comma-separated values.
#include "csv.h"

struct csv csv_open(char *text, size_t len)
{
    return (struct csv){.at = text, .end = text + len, .line = 1, .next_line = 1};
}

static bool at_line_end(const struct csv *csv)
{
    return csv->at == csv->end || *csv->at == '\n' ||
           (*csv->at == '\r' && csv->end - csv->at > 1 && csv->at[1] == '\n');
}

static void skip_line_end(struct csv *csv)
{
    if (csv->at == csv->end)
        return;
    csv->at += *csv->at == '\r' ? 2 : 1;
    csv->next_line++;
}

static bool read_quoted(struct csv *csv, struct inferd_bytes *field)
{
    char *to = ++csv->at;

    field->data = (const uint8_t *)to;
    for (; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"' && !(csv->end - csv->at > 1 && csv->at[1] == '"'))
            break;
        csv->at += *csv->at == '"';
        csv->next_line += *csv->at == '\n';
        *to++ = *csv->at;
    }
    field->len = (size_t)(to - (const char *)field->data);
    if (csv->at == csv->end) {
        csv->problem = "a field's closing quote is missing";
        return false;
    }
    csv->at++;
    if (at_line_end(csv) || *csv->at == ',')
        return true;
    csv->problem = "a quoted field is followed by more than a comma; double the quotes inside of it";
    return false;
}

static bool read_field(struct csv *csv, struct inferd_bytes *field)
{
    if (csv->at < csv->end && *csv->at == '"')
        return read_quoted(csv, field);
    field->data = (const uint8_t *)csv->at;
    while (!at_line_end(csv) && *csv->at != ',')
        csv->at++;
    field->len = (size_t)(csv->at - (const char *)field->data);
    return true;
}

bool csv_next(struct csv *csv, struct inferd_bytes *fields, size_t room, size_t *n_fields)
{
    struct inferd_bytes field;

    while (csv->at < csv->end && at_line_end(csv))
        skip_line_end(csv);
    csv->line = csv->next_line;
    csv->problem = NULL;
    *n_fields = 0;
    if (csv->at == csv->end)
        return false;
    for (;;) {
        if (!read_field(csv, &field))
            return false;
        if (*n_fields < room)
            fields[*n_fields] = field;
        ++*n_fields;
        if (at_line_end(csv))
            break;
        csv->at++; // the comma
    }
    skip_line_end(csv);
    return true;
}
