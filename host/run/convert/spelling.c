// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The spellings of types that configs use: the enum's name with or without "DataType", KServe's name, in any case, a
// vector's with "Vector" behind.
#include "run/convert/convert.h"

#include <strings.h>

struct word {
    const char *at;
    size_t len;
};

static bool is_name(struct word word, const char *name)
{
    return word.len == strlen(name) && strncasecmp(word.at, name, word.len) == 0;
}

static bool drop_prefix(struct word *word, const char *prefix)
{
    size_t len = strlen(prefix);

    if (word->len < len || strncasecmp(word->at, prefix, len) != 0)
        return false;
    word->at += len;
    word->len -= len;
    return true;
}

static bool drop_suffix(struct word *word, const char *suffix)
{
    size_t len = strlen(suffix);

    if (word->len < len || strncasecmp(word->at + word->len - len, suffix, len) != 0)
        return false;
    word->len -= len;
    return true;
}

unsigned convert_type_of(const char *spelling, size_t len)
{
    struct word word = {spelling, len};
    bool vector;

    drop_prefix(&word, "DataType");
    vector = drop_suffix(&word, "Vector");
#define INFERD_SCALAR(id, number, name, size, kserve)                                                                  \
    if (is_name(word, name) || is_name(word, kserve))                                                                  \
        return vector ? INFERD_TYPE_##id##_VECTOR : INFERD_TYPE_##id;
#include <inferd/types.tbl>
    return INFERD_TYPE_UNKNOWN;
}
