// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Converts what standard input asks for, a line each, for test_oracle.py to compare. Types and flags are numbers, bytes
// are hexadecimal with "-" for none; a line is answered by one of the same kind of words.
//
//   value FROM TO FLAGS BYTES -                  0 or 1, BYTES
//   scalar TYPE INLINE TO FLAGS BYTES FALLBACK   how many are missing, BYTES
//   elements TYPE INLINE TO FLAGS BYTES FALLBACK how many, BYTES
//   text TYPE BYTES FALLBACK                     BYTES
//   key TYPE BYTES FALLBACK                      BYTES
//   strings TYPE BYTES FALLBACK                  how many, BYTES of each
//   column FROM TO FLAGS BYTES -                 how many are missing, BYTES: as many values as there are, at once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/magic.h"
#include "run/convert/convert.h"
#include "one.h"

static unsigned digit(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, c);

    ALWAYS(at && c);
    return (unsigned)(at - digits);
}

// Bytes on the heap at their own size, so that AddressSanitizer sees a read beyond them.
static struct inferd_bytes from_hex(const char *hex)
{
    size_t len = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
    uint8_t *data = malloc(len ? len : 1);

    ALWAYS(data);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return (struct inferd_bytes){data, len};
}

static void print_hex(const void *data, size_t len)
{
    const uint8_t *bytes = data;

    if (len == 0)
        fputs(" -", stdout);
    else
        putchar(' ');
    for (size_t i = 0; i < len; i++) {
        putchar("0123456789abcdef"[bytes[i] >> 4]);
        putchar("0123456789abcdef"[bytes[i] & 15]);
    }
}

// What a line asks for.
struct question {
    unsigned numbers[4];
    struct inferd_bytes bytes, fallback;
    struct arena *arena;
};

static void answer_value(const struct question *q)
{
    uint8_t out[8] = {0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa};

    printf("%d", convert_value(q->bytes, q->numbers[0], q->numbers[1], q->numbers[2], out));
    print_hex(out, inferd_type_size(q->numbers[1]));
}

static void answer_scalar(const struct question *q)
{
    uint8_t out[8] = {0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa};
    struct one one;

    fill(&one, q->numbers[0], q->numbers[1], q->bytes, q->fallback);
    printf("%u", convert_scalars(&one.column, NULL, 0, 1, q->numbers[2], q->numbers[3], out, 8));
    print_hex(out, inferd_type_size(q->numbers[2]));
}

static void answer_elements(const struct question *q)
{
    uint8_t out[8 * 1024];
    struct one one;
    size_t count;

    fill(&one, q->numbers[0], q->numbers[1], q->bytes, q->fallback);
    count = convert_elements(&one.column, 0, q->numbers[2], q->numbers[3], out, 1024);
    printf("%zu", count);
    print_hex(out, count * inferd_type_size(q->numbers[2]));
}

static void answer_text(const struct question *q)
{
    struct inferd_bytes text;
    struct one one;

    fill(&one, q->numbers[0], false, q->bytes, q->fallback);
    text = convert_text(&one.column, 0, q->arena);
    print_hex(text.data, text.len);
}

static void answer_key(const struct question *q)
{
    struct inferd_bytes text;
    struct one one;

    fill(&one, q->numbers[0], false, q->bytes, q->fallback);
    text = convert_key(&one.column, 0, q->arena);
    print_hex(text.data, text.len);
}

static void answer_strings(const struct question *q)
{
    struct inferd_bytes strings[256];
    struct one one;
    size_t count;

    fill(&one, q->numbers[0], false, q->bytes, q->fallback);
    count = convert_strings(&one.column, 0, strings, 256);
    printf("%zu", count);
    for (size_t i = 0; i < count && i < 256; i++)
        print_hex(strings[i].data, strings[i].len);
}

static void answer_column(const struct question *q)
{
    uint32_t size = inferd_type_size(q->numbers[0]), out_size = inferd_type_size(q->numbers[1]);
    struct inferd_column column = {.size = sizeof(column),
                                   .type = (uint16_t)q->numbers[0],
                                   .flags = INFERD_COLUMN_PRESENT,
                                   .value_size = size,
                                   .data = (uint8_t *)q->bytes.data};
    uint8_t *out;

    ALWAYS(size && out_size && q->bytes.len % size == 0);
    column.rows = (uint32_t)(q->bytes.len / size);
    column.valid = malloc((column.rows / 64 + 1) * sizeof(*column.valid));
    out = malloc((size_t)column.rows * out_size + 1);
    ALWAYS(column.valid && out);
    memset(column.valid, 0xff, (column.rows / 64 + 1) * sizeof(*column.valid));
    printf("%u", convert_scalars(&column, NULL, 0, column.rows, q->numbers[1], q->numbers[2], out, out_size));
    print_hex(out, (size_t)column.rows * out_size);
    free(out);
    free(column.valid);
}

static const struct {
    const char *name;
    size_t numbers;
    void (*answer)(const struct question *q);
} commands[] = {
    {"value", 3, answer_value},   {"scalar", 4, answer_scalar}, {"elements", 4, answer_elements},
    {"text", 1, answer_text},     {"key", 1, answer_key},       {"strings", 1, answer_strings},
    {"column", 3, answer_column},
};

static bool answer(char *const *words, size_t count, struct arena *arena)
{
    struct question q = {.arena = arena};

    for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++) {
        if (strcmp(words[0], commands[c].name) != 0 || count != commands[c].numbers + 3)
            continue;
        for (size_t i = 0; i < commands[c].numbers; i++)
            q.numbers[i] = (unsigned)strtoul(words[i + 1], NULL, 10);
        q.bytes = from_hex(words[count - 2]);
        q.fallback = from_hex(words[count - 1]);
        commands[c].answer(&q);
        putchar('\n');
        free((void *)q.bytes.data);
        free((void *)q.fallback.data);
        return true;
    }
    return false;
}

int main(void)
{
    struct arena arena;
    char *line = NULL, *words[8], *rest;
    size_t room = 0, count;

    arena_init(&arena, 65536, 0);
    while (getline(&line, &room, stdin) > 0) {
        count = 0;
        for (char *word = strtok_r(line, " \n", &rest); word && count < 8; word = strtok_r(NULL, " \n", &rest))
            words[count++] = word;
        ALWAYS(count && answer(words, count, &arena));
        arena_reset(&arena);
    }
    free(line);
    arena_free(&arena);
    return 0;
}
