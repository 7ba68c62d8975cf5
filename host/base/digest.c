// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL's SHA-256.
#include "base/digest.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

bool digest_of(const void *bytes, size_t len, uint8_t digest[DIGEST_SIZE])
{
    return EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL) == 1;
}

bool digest_equal(const uint8_t a[DIGEST_SIZE], const uint8_t b[DIGEST_SIZE])
{
    return CRYPTO_memcmp(a, b, DIGEST_SIZE) == 0;
}

void digest_text(const uint8_t digest[DIGEST_SIZE], char text[DIGEST_TEXT_SIZE])
{
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        sprintf(text + 2 * i, "%02x", digest[i]);
}

bool digest_parse(const char *text, uint8_t digest[DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    if (strlen(text) != 2 * DIGEST_SIZE || strspn(text, digits) != 2 * DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        digest[i] = (uint8_t)((strchr(digits, text[2 * i]) - digits) << 4 | (strchr(digits, text[2 * i + 1]) - digits));
    return true;
}
