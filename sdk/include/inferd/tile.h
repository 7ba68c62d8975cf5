// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows to columns and back, for kinds whose backends speak in rows: numbers of four bytes, four times four at a time.
#ifndef INFERD_TILE_H
#define INFERD_TILE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define INFERD_TILE_IN_REGISTERS 1
#endif
#endif

// Reads four numbers each at from[0] + at to from[3] + at, and writes the first ones to to[0], the second ones to to[1]
// and so on. Nothing needs to be aligned. [any]
static inline void inferd_tile_turn(const uint8_t *const from[4], size_t at, uint8_t *const to[4])
{
#ifdef INFERD_TILE_IN_REGISTERS
    typedef uint32_t four __attribute__((vector_size(16)));
    four a, b, c, d, ab, cd;

    memcpy(&a, from[0] + at, 16);
    memcpy(&b, from[1] + at, 16);
    memcpy(&c, from[2] + at, 16);
    memcpy(&d, from[3] + at, 16);
    ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    a = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    c = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    b = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    memcpy(to[0], &b, 16);
    b = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    memcpy(to[1], &b, 16);
    b = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    memcpy(to[2], &b, 16);
    b = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    memcpy(to[3], &b, 16);
#else
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++)
            memcpy(to[k] + 4 * i, from[i] + at + 4 * k, 4);
#endif
}

#undef INFERD_TILE_IN_REGISTERS

#ifdef __cplusplus
}
#endif

#endif
