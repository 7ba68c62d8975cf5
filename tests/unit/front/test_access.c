// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// That the time a token takes to be looked for tells nothing: not by a clock, but by what is compared, and with what.
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/digest.h"
#include "front/access.h"

static const char *const tokens[] = {"first", "second", "third"};
static size_t compared;

int __real_CRYPTO_memcmp(const void *a, const void *b, size_t len);
int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t len);

// Of OpenSSL, which promises that it takes as long wherever the two differ.
int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t len)
{
    assert_int_equal(len, DIGEST_SIZE);
    compared++;
    return __real_CRYPTO_memcmp(a, b, len);
}

static struct inferd_bytes bytes_of(const char *text)
{
    return (struct inferd_bytes){(const uint8_t *)text, strlen(text)};
}

static struct access *read_file(void)
{
    char path[] = "/tmp/inferd-access-XXXXXX", text[DIGEST_TEXT_SIZE], error[512] = "";
    uint8_t digest[DIGEST_SIZE];
    int fd = mkstemp(path);
    struct access *access;

    assert_true(fd >= 0);
    for (size_t i = 0; i < 3; i++) {
        assert_true(digest_of(tokens[i], strlen(tokens[i]), digest));
        digest_text(digest, text);
        assert_true(dprintf(fd, "of-%s sha256:%s\n", tokens[i], text) > 0);
    }
    assert_true(dprintf(fd, "robot cert:robot\n") > 0);
    access = access_new(path, error, sizeof(error));
    assert_string_equal(error, "");
    close(fd);
    unlink(path);
    return access;
}

// Each line, also behind the one that is it, and also that of a certificate; each in constant time.
static void compares_a_token_with_every_line(void **state)
{
    struct access *access = read_file();
    char name[16];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        compared = 0;
        snprintf(name, sizeof(name), "of-%s", tokens[i]);
        assert_string_equal(access_name(access_by_token(access, bytes_of(tokens[i]))), name);
        assert_int_equal(compared, 4);
    }
    compared = 0;
    assert_null(access_by_token(access, bytes_of("fourth")));
    assert_int_equal(compared, 4);
    access_free(access);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_a_token_with_every_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
