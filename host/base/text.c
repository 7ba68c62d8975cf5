// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The growing text buffer.
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(struct text *text)
{
    *text = (struct text){0};
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

void text_clear(struct text *text)
{
    text->len = 0;
    text->failed = false;
    if (text->data)
        text->data[0] = '\0';
}

// Room for 'more' bytes and the terminator behind what is there.
static bool reserve(struct text *text, size_t more)
{
    size_t need, capacity = text->capacity ? text->capacity : 64;
    char *data;

    if (text->failed)
        return false;
    if (more >= SIZE_MAX / 2 - text->len) {
        text->failed = true;
        return false;
    }
    need = text->len + more + 1;
    if (need <= text->capacity)
        return true;
    while (capacity < need)
        capacity *= 2;
    data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_append(struct text *text, const char *data, size_t len)
{
    if (!reserve(text, len))
        return;
    if (len)
        memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_vprintf(struct text *text, const char *format, va_list args)
{
    va_list again;
    int len;

    if (!reserve(text, 0))
        return;
    va_copy(again, args);
    len = vsnprintf(text->data + text->len, text->capacity - text->len, format, again);
    va_end(again);
    if (len < 0) {
        text->data[text->len] = '\0';
        text->failed = true;
        return;
    }
    if ((size_t)len >= text->capacity - text->len) {
        text->data[text->len] = '\0';
        if (!reserve(text, (size_t)len))
            return;
        vsnprintf(text->data + text->len, (size_t)len + 1, format, args);
    }
    text->len += (size_t)len;
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_vprintf(text, format, args);
    va_end(args);
}

const char *text_string(const struct text *text)
{
    return text->data ? text->data : "";
}

struct sequence {
    size_t len; // bytes it takes, at least 1
    bool valid;
};

// The UTF-8 sequence at the front of some bytes. What isn't one takes as many bytes as could have begun one, so that a
// cut character counts once.
static struct sequence next_sequence(const uint8_t *at, size_t left)
{
    uint8_t first = at[0], low = 0x80, high = 0xbf;
    size_t want = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

    if (want <= 1)
        return (struct sequence){1, want == 1};
    // The second byte's range keeps out overlong forms, surrogates and what is beyond U+10FFFF.
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < want; i++, low = 0x80, high = 0xbf) {
        if (i == left || at[i] < low || at[i] > high)
            return (struct sequence){i, false};
    }
    return (struct sequence){want, true};
}

static void json_escape(struct text *text, unsigned code)
{
    switch (code) {
    case '"':
        text_append(text, "\\\"", 2);
        break;
    case '\\':
        text_append(text, "\\\\", 2);
        break;
    case '\n':
        text_append(text, "\\n", 2);
        break;
    case '\r':
        text_append(text, "\\r", 2);
        break;
    case '\t':
        text_append(text, "\\t", 2);
        break;
    default:
        text_printf(text, "\\u%04x", code);
    }
}

void text_json(struct text *text, const char *data, size_t len)
{
    const uint8_t *bytes = (const uint8_t *)data;
    size_t plain = 0, at = 0; // bytes[plain..at) need no escape

    text_append(text, "\"", 1);
    while (at < len) {
        uint8_t byte = bytes[at];
        struct sequence s = {1, true};
        bool c1;

        if (byte >= 0x80)
            s = next_sequence(bytes + at, len - at);
        // Terminals obey the controls of U+0080 to U+009F too.
        c1 = s.valid && byte == 0xc2 && bytes[at + 1] < 0xa0;
        if (!s.valid || c1 || byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f) {
            text_append(text, data + plain, at - plain);
            if (!s.valid)
                text_append(text, "\xef\xbf\xbd", 3);
            else
                json_escape(text, c1 ? bytes[at + 1] : byte);
            plain = at + s.len;
        }
        at += s.len;
    }
    if (len > plain)
        text_append(text, data + plain, len - plain);
    text_append(text, "\"", 1);
}

void text_mend(char *text)
{
    size_t left = strlen(text);

    while (left) {
        struct sequence s = next_sequence((const uint8_t *)text, left);

        if (!s.valid)
            memset(text, '?', s.len);
        text += s.len;
        left -= s.len;
    }
}

char *text_copy(const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}
