// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Computes the powers of ten by long multiplication and division when the process starts (some 30 µs), rather than
// keeping 11 KB of numbers that nobody can check by eye. 10^k and 5^k have the same leading bits.
#include "run/convert/tens.h"

#include <string.h>
#include "base/magic.h"

enum { LIMBS = 32 }; // 5^324 has 753 bits; 2^992 / 5^342 has 198

struct convert_ten convert_tens[CONVERT_TENS_MAX - CONVERT_TENS_MIN + 1];

static struct convert_ten leading_bits(const uint32_t *limbs)
{
    uint32_t top[5] = {0};
    unsigned shift;
    int highest = LIMBS - 1;

    while (limbs[highest] == 0)
        highest--;
    for (int i = 0; i < 5 && i <= highest; i++)
        top[i] = limbs[highest - i];
    shift = (unsigned)__builtin_clz(top[0]);
    for (int i = 0; i < 4 && shift; i++)
        top[i] = top[i] << shift | top[i + 1] >> (32 - shift);
    return (struct convert_ten){(uint64_t)top[0] << 32 | top[1], (uint64_t)top[2] << 32 | top[3]};
}

__attribute__((constructor)) static void fill_tens(void)
{
    uint32_t limbs[LIMBS] = {1};

    for (int k = 0; k <= CONVERT_TENS_MAX; k++) {
        uint64_t carry = 0;

        convert_tens[k - CONVERT_TENS_MIN] = leading_bits(limbs);
        for (int i = 0; i < LIMBS; i++, carry >>= 32) {
            carry += (uint64_t)limbs[i] * 5;
            limbs[i] = (uint32_t)carry;
        }
        ALWAYS(carry == 0);
    }
    memset(limbs, 0, sizeof(limbs));
    limbs[LIMBS - 1] = 1;
    // Dividing what was cut by an earlier division cuts it as one division would.
    for (int k = -1; k >= CONVERT_TENS_MIN; k--) {
        uint64_t rest = 0;

        for (int i = LIMBS - 1; i >= 0; i--) {
            rest = rest << 32 | limbs[i];
            limbs[i] = (uint32_t)(rest / 5);
            rest %= 5;
        }
        convert_tens[k - CONVERT_TENS_MIN] = leading_bits(limbs);
    }
}
