// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Comma-separated values (RFC 4180), read in place: fields may be in double quotes, a doubled quote stands for one,
// lines end in LF or CRLF, empty lines are passed over. Knows nothing of what the fields mean.
#ifndef SANDBOX_CSV_H
#define SANDBOX_CSV_H

#include <inferd/bytes.h>

struct csv {
    char *at, *end;      // what is left; the text is changed while it is read
    size_t line;         // where the record last read begins, from 1
    size_t next_line;    // where the next one begins
    const char *problem; // why the last record can't be read, or NULL
};

struct csv csv_open(char *text, size_t len);

// Reads a record: its fields, as views into the text, and their number, of which at most 'room' are stored. False at
// the end, or with csv->problem set.
bool csv_next(struct csv *csv, struct inferd_bytes *fields, size_t room, size_t *n_fields);

#endif
