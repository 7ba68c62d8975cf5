// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The tokens of an expression's text.
#ifndef NUMERIX_TOKEN_H
#define NUMERIX_TOKEN_H

#include <inferd/bytes.h>

// The next token from *at on, and *at moved beyond it; empty at the end. Tokens are separated by what Unicode calls
// white space, since the text is UTF-8.
struct inferd_bytes token_next(struct inferd_bytes text, size_t *at);

// Whether a token is a number: -?digits(.digits)? and nothing else, so no exponent, no plus sign and no bare point.
bool token_is_number(struct inferd_bytes token);

#endif
