// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Integers and truth values from text.
#include "run/convert/parse.h"

#include <strings.h>

bool convert_parse_u64(struct inferd_bytes text, uint64_t most, uint64_t *value)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (uint8_t)(text.data[i] - '0');

        if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, digit, &sum))
            return false;
    }
    *value = sum;
    return text.len && sum <= most;
}

bool convert_parse_i64(struct inferd_bytes text, int64_t least, int64_t most, int64_t *value)
{
    bool negative = text.len && text.data[0] == '-';
    uint64_t size;

    if (negative || (text.len && text.data[0] == '+')) {
        text.data++;
        text.len--;
    }
    if (!convert_parse_u64(text, negative ? -(uint64_t)least : (uint64_t)most, &size))
        return false;
    *value = (int64_t)(negative ? -size : size);
    return true;
}

bool convert_parse_bool(struct inferd_bytes text, bool *value)
{
    *value = text.len == 4;
    return (text.len == 4 && strncasecmp((const char *)text.data, "true", 4) == 0) ||
           (text.len == 5 && strncasecmp((const char *)text.data, "false", 5) == 0);
}
