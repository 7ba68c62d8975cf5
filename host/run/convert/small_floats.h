// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// FP16, FP8E5M2 and FP8E4M3 (OCP: E4M3FN) to float and back, without branches so that loops over them vectorise.
#ifndef RUN_CONVERT_SMALL_FLOATS_H
#define RUN_CONVERT_SMALL_FLOATS_H

#include <stdint.h>
#include <string.h>

static inline float convert_float_of_bits(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline uint32_t convert_bits_of_float(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

// A small float's exponent and fraction, moved to where a float has them, is smaller by the difference of the biases;
// multiplying mends that, for subnormals too.
static inline float convert_from_fp16(uint16_t half)
{
    uint32_t size = half & 0x7fff;
    uint32_t bits = convert_bits_of_float(convert_float_of_bits(size << 13) * 0x1p112f);

    bits = size >= 0x7c00 ? 0x7f800000 | size << 13 : bits;
    bits = size > 0x7c00 ? bits | 0x00400000 : bits; // a quiet NaN
    return convert_float_of_bits(bits | (uint32_t)(half & 0x8000) << 16);
}

static inline float convert_from_fp8e5m2(uint8_t code)
{
    uint32_t size = code & 0x7f;
    uint32_t bits = convert_bits_of_float(convert_float_of_bits(size << 21) * 0x1p112f);

    bits = (size == 0x7c ? 0x7f800000 : bits) | (uint32_t)(code & 0x80) << 24;
    return convert_float_of_bits(size > 0x7c ? 0x7fc00000 : bits);
}

static inline float convert_from_fp8e4m3(uint8_t code)
{
    uint32_t size = code & 0x7f;
    uint32_t bits = convert_bits_of_float(convert_float_of_bits(size << 20) * 0x1p120f);

    bits |= (uint32_t)(code & 0x80) << 24;
    return convert_float_of_bits(size == 0x7f ? 0x7fc00000 : bits);
}

// Rounds the size of a float (its bits without the sign) to nearest even, to a float of 'fraction' bits whose exponent
// has that bias. Right up to the number after the largest; above, and for NaN, the caller knows.
static inline uint32_t convert_round_size(uint32_t size, unsigned fraction, unsigned bias)
{
    unsigned cut = 23 - fraction;
    // Adding the power of two whose last place is the smallest subnormal rounds to those.
    uint32_t lift = (127 + 1 - bias + 23 - fraction) << 23;
    uint32_t subnormal = convert_bits_of_float(convert_float_of_bits(size) + convert_float_of_bits(lift)) - lift;
    uint32_t normal = ((size + (UINT32_C(1) << (cut - 1)) - 1 + (size >> cut & 1)) >> cut) - ((127 - bias) << fraction);

    return size < (128 - bias) << 23 ? subnormal : normal;
}

static inline uint16_t convert_to_fp16(float value)
{
    uint32_t bits = convert_bits_of_float(value), size = bits & 0x7fffffff;
    uint32_t half = convert_round_size(size, 10, 15);

    half = size >= 0x47800000 ? 0x7c00 : half; // 65536
    half = size > 0x7f800000 ? 0x7e00 | (size >> 13 & 0x3ff) : half;
    return (uint16_t)(half | bits >> 31 << 15);
}

static inline uint8_t convert_to_fp8e5m2(float value)
{
    uint32_t bits = convert_bits_of_float(value), size = bits & 0x7fffffff;
    uint32_t code = convert_round_size(size, 2, 15);

    code = size >= 0x47800000 ? 0x7c : code; // 65536
    code = size > 0x7f800000 ? 0x7f : code;
    return (uint8_t)(code | bits >> 31 << 7);
}

// What is too large is NaN: there are no infinities.
static inline uint8_t convert_to_fp8e4m3(float value)
{
    uint32_t bits = convert_bits_of_float(value), size = bits & 0x7fffffff;
    uint32_t code = convert_round_size(size, 3, 7);

    code = size >= 0x43f00000 ? 0x7f : code; // 480
    return (uint8_t)(code | bits >> 31 << 7);
}

// The original's FP16: clamped to 65000, cut toward zero; what is too small for a normal number is 0, except that a
// float's own subnormals leave their upper bits behind, as a NaN does.
static inline uint16_t convert_to_fp16_original(float value)
{
    float clamped = value > 65000.0f ? 65000.0f : value < -65000.0f ? -65000.0f : value;
    uint32_t bits = convert_bits_of_float(clamped);
    uint32_t exponent = bits >> 23 & 0xff, fraction = bits >> 13 & 0x3ff;
    uint32_t half = ((exponent - 112) << 10) | fraction;

    half = exponent < 113 ? 0 : half;
    half = exponent == 0 ? fraction : half;
    half = exponent == 0xff ? 0x7c00 | fraction : half;
    return (uint16_t)(half | bits >> 31 << 15);
}

#endif
