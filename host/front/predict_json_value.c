// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Values between JSON and bytes, by the host's conversions.
#include <inferd/types.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/type_name.h"
#include "front/predict_json.h"
#include "run/convert/convert.h"
#include "run/convert/inline_text.h"
#include "run/convert/string_vector.h"

static int own_type(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        return INFERD_TYPE_INT64;
    case JSON_REAL:
        return INFERD_TYPE_FP64;
    case JSON_TRUE:
    case JSON_FALSE:
        return INFERD_TYPE_BOOL;
    case JSON_STRING:
        return INFERD_TYPE_STRING;
    default:
        return INFERD_TYPE_UNKNOWN;
    }
}

// The type of a list's elements: one with a point among numbers makes all of them FP64.
static int list_type(const json_t *list)
{
    int type = INFERD_TYPE_UNKNOWN;
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        int one = own_type(item);

        if (type == INFERD_TYPE_UNKNOWN || (type == INFERD_TYPE_INT64 && one == INFERD_TYPE_FP64))
            type = one;
    }
    return type == INFERD_TYPE_UNKNOWN ? type : type + 15;
}

bool predict_json_type(const json_t *value, const char *name, const json_t *types, int *type, char *error, size_t size)
{
    const char *told = json_string_value(json_object_get(types, name));

    if (told) {
        *type = (int)type_name_read(told, strlen(told));
        if (*type == INFERD_TYPE_UNKNOWN)
            snprintf(error, size,
                     "types.%s: \"%s\" is no data type; expected one such as FP32, Int64, String or FP32Vector", name,
                     told);
        return *type != INFERD_TYPE_UNKNOWN;
    }
    *type = json_is_null(value) ? INFERD_TYPE_STRING : json_is_array(value) ? list_type(value) : own_type(value);
    if (*type == INFERD_TYPE_UNKNOWN)
        snprintf(error, size, "must be a text, a number, true or false, null, or a list of one of these");
    return *type != INFERD_TYPE_UNKNOWN;
}

// One value of a scalar type of fixed size, written to out.
static bool encode_scalar(const json_t *value, unsigned type, uint8_t *out)
{
    const char *text = json_string_value(value);
    int64_t whole = json_integer_value(value);
    double real = json_number_value(value);
    uint8_t truth = json_is_true(value);

    if (text)
        return convert_inline_scalar((struct inferd_bytes){(const uint8_t *)text, json_string_length(value)}, type,
                                     out);
    if (json_is_integer(value))
        return convert_value((struct inferd_bytes){(const uint8_t *)&whole, sizeof(whole)}, INFERD_TYPE_INT64, type, 0,
                             out);
    if (json_is_real(value))
        return convert_value((struct inferd_bytes){(const uint8_t *)&real, sizeof(real)}, INFERD_TYPE_FP64, type, 0,
                             out);
    return json_is_boolean(value) &&
           convert_value((struct inferd_bytes){&truth, 1}, INFERD_TYPE_BOOL, type, INFERD_CONVERT_ALWAYS, out);
}

// A value as text: a text itself, else its JSON, in the arena.
static const char *text_of(const json_t *value, struct arena *arena, size_t *len)
{
    const char *kept;
    char *text;

    if (json_is_string(value)) {
        *len = json_string_length(value);
        return json_string_value(value);
    }
    text = json_dumps(value, JSON_ENCODE_ANY);
    kept = text ? arena_strndup(arena, text, strlen(text)) : NULL;
    free(text);
    *len = kept ? strlen(kept) : 0;
    return kept ? kept : "";
}

static bool encode_strings(const json_t *list, struct arena *arena, ProtobufCBinaryData *bytes)
{
    size_t count = json_array_size(list), total = 2 * count, len, i;
    const json_t *item;
    uint8_t *at;

    json_array_foreach(list, i, item)
    {
        text_of(item, arena, &len);
        if (len > UINT16_MAX)
            return false;
        total += len;
    }
    bytes->len = total;
    bytes->data = at = arena_alloc(arena, total + 1);
    if (!at)
        return false;
    json_array_foreach(list, i, item)
    {
        const char *text = text_of(item, arena, &len);

        bytes->data[2 * i] = (uint8_t)len;
        bytes->data[2 * i + 1] = (uint8_t)(len >> 8);
        memcpy(bytes->data + 2 * count + (size_t)(at - bytes->data), text, len);
        at += len;
    }
    return true;
}

bool predict_json_encode(const json_t *value, int type, struct arena *arena, ProtobufCBinaryData *bytes, char *error,
                         size_t size)
{
    unsigned element = inferd_type_element((unsigned)type);
    size_t width = inferd_type_size(element), count = json_is_array(value) ? json_array_size(value) : 1;
    bool vector = inferd_type_is_vector((unsigned)type), done = true;

    *bytes = (ProtobufCBinaryData){0, NULL};
    if (json_is_null(value))
        return true;
    if (vector != json_is_array(value)) {
        snprintf(error, size, vector ? "must be a list, a %sVector" : "must not be a list, but a %s",
                 inferd_type_name(element));
        return false;
    }
    if (element == INFERD_TYPE_STRING && vector)
        done = encode_strings(value, arena, bytes);
    else if (element == INFERD_TYPE_STRING)
        bytes->data = (uint8_t *)text_of(value, arena, &bytes->len);
    else {
        bytes->len = width * count;
        bytes->data = arena_zalloc(arena, bytes->len + 1);
        for (size_t i = 0; i < count && done; i++)
            done = bytes->data &&
                   encode_scalar(vector ? json_array_get(value, i) : value, element, bytes->data + i * width);
    }
    if (!done)
        snprintf(error, size, "can't be made a %s%s", inferd_type_name(element), vector ? "Vector" : "");
    return done;
}

// A number as the host writes it, where JSON has it; a NaN or an infinity as a text.
static void write_number(struct text *out, struct inferd_bytes number)
{
    char copy[64];

    snprintf(copy, sizeof(copy), "%.*s", (int)number.len, (const char *)number.data);
    if (isfinite(strtod(copy, NULL)))
        text_add(out, copy);
    else
        text_json(out, copy, strlen(copy));
}

static void write_scalar(struct text *out, struct inferd_bytes bytes, unsigned type, struct arena *arena)
{
    struct inferd_bytes told = convert_value_text(bytes, type, arena);

    if (type == INFERD_TYPE_STRING)
        text_json(out, (const char *)bytes.data, bytes.len);
    else if (!told.len)
        text_add(out, "null");
    else if (type == INFERD_TYPE_BOOL)
        text_add(out, told.data[0] == 't' || told.data[0] == '1' ? "true" : "false");
    else
        write_number(out, told);
}

static void write_strings(struct text *out, struct inferd_bytes bytes, struct arena *arena)
{
    struct string_vector strings;

    if (!string_vector_open(&strings, bytes))
        return;
    for (size_t i = 0; i < strings.count; i++) {
        text_add(out, i ? ", " : "");
        write_scalar(out, string_vector_next(&strings), INFERD_TYPE_STRING, arena);
    }
}

void predict_json_write(struct text *out, struct inferd_bytes bytes, int type, struct arena *arena)
{
    unsigned element = inferd_type_element((unsigned)type);
    size_t width = inferd_type_size(element);

    if (!bytes.len && type != INFERD_TYPE_STRING) {
        text_add(out, "null");
        return;
    }
    if (!inferd_type_is_vector((unsigned)type)) {
        write_scalar(out, bytes, element, arena);
        return;
    }
    text_add(out, "[");
    if (element == INFERD_TYPE_STRING)
        write_strings(out, bytes, arena);
    for (size_t at = 0; width && at + width <= bytes.len; at += width) {
        text_add(out, at ? ", " : "");
        write_scalar(out, (struct inferd_bytes){bytes.data + at, width}, element, arena);
    }
    text_add(out, "]");
}
