// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the programs of this folder share. Each is one parser, or a chain of them, that is fed bytes: by libFuzzer in a
// build with --enable-fuzzing, else by replay.c from files. An input may do anything but crash, leak, hang, or break a
// promise that a FUZZ_ALWAYS states.
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inferd/bytes.h>

// libFuzzer's names. The second is optional and called once, before any input.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FUZZ_ALWAYS(promise)                                                                                           \
    do {                                                                                                               \
        if (!(promise)) {                                                                                              \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #promise);                              \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

// Takes an input apart from its front.
static inline uint8_t fuzz_byte(struct inferd_bytes *input)
{
    if (input->len == 0)
        return 0;
    input->len--;
    return *input->data++;
}

// What stands before the next 'separator', which is taken too.
static inline struct inferd_bytes fuzz_part(struct inferd_bytes *input, uint8_t separator)
{
    const uint8_t *end = input->len ? memchr(input->data, separator, input->len) : NULL;
    struct inferd_bytes part = {input->data, end ? (size_t)(end - input->data) : input->len};
    size_t taken = part.len + (end != NULL);

    if (taken)
        *input = (struct inferd_bytes){input->data + taken, input->len - taken};
    return part;
}

// Bytes in memory of just that size, so that AddressSanitizer sees each read beyond them; free it.
static inline uint8_t *fuzz_copy(struct inferd_bytes bytes)
{
    uint8_t *copy = malloc(bytes.len ? bytes.len : 1);

    FUZZ_ALWAYS(copy);
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    return copy;
}

// The same as a terminated text.
static inline char *fuzz_text(struct inferd_bytes bytes)
{
    char *text = malloc(bytes.len + 1);

    FUZZ_ALWAYS(text);
    if (bytes.len)
        memcpy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    return text;
}

#endif
