// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// SHA-256, and a comparison that takes as long wherever texts differ: for tokens, which are random and long, so that
// neither salt nor a slow hash is wanted.
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_TEXT_SIZE (2 * DIGEST_SIZE + 1)

// False: no memory, which refuses whoever showed the bytes. [any]
bool digest_of(const void *bytes, size_t len, uint8_t digest[DIGEST_SIZE]);
bool digest_equal(const uint8_t a[DIGEST_SIZE], const uint8_t b[DIGEST_SIZE]);
void digest_text(const uint8_t digest[DIGEST_SIZE], char text[DIGEST_TEXT_SIZE]); // hexadecimal
bool digest_parse(const char *text, uint8_t digest[DIGEST_SIZE]);                 // false: it is none

#endif
