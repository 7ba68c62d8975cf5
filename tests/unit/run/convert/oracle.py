# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""What conversions of column values should give, by their definitions and with exact arithmetic: slow, and sharing
nothing with the C code that it judges. A native value is a Python float, int or bool."""

import bisect
import math
import re
import struct
from fractions import Fraction

NAMES = """FP8E5M2 FP8E4M3 FP16 FP32 FP64 INT8 INT16 INT32 INT64 UINT8 UINT16 UINT32 UINT64 STRING BOOL""".split()
NUMBER = {name: i + 1 for i, name in enumerate(NAMES)}
SIZE = dict(zip(NAMES, (1, 1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 0, 1)))
SIZED = [name for name in NAMES if SIZE[name]]
INTEGERS = [name for name in NAMES if "INT" in name]
VECTOR = 15  # to be added to an element's number

ORIGINAL, NEAREST16, ALWAYS = 1, 2, 4


class NoValue(Exception):
    """The bytes or the text are no value of the type."""


def bounds(name):
    bits = 8 * SIZE[name]
    return (0, 2**bits - 1) if name[0] == "U" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


# ---- binary floats ----


def nearest(q, precision, least, beyond):
    """The nonnegative Fraction q rounded to nearest even: n * 2^e with n of so many bits and e >= least; infinite from
    2^beyond on."""
    if q == 0:
        return 0.0
    e = q.numerator.bit_length() - q.denominator.bit_length()
    e = max(e - (q < Fraction(2) ** e) - precision + 1, least)
    n = round(q / Fraction(2) ** e)  # of a Fraction: halves to even
    if n.bit_length() + e > beyond:
        return math.inf
    return math.ldexp(n, e)


def to_f32(x):
    """The float nearest to a number."""
    if isinstance(x, float):
        if x != x or math.isinf(x) or x == 0:
            return x
    sign = -1.0 if x < 0 else 1.0
    return sign * nearest(abs(Fraction(x)), 24, -149, 128)


def f32_bits(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


class Small:
    """A float of 8 or 16 bits; codes without the sign ascend with their values."""

    def __init__(self, exponent_bits, fraction_bits, has_infinity):
        self.fraction_bits = fraction_bits
        self.bias = 2 ** (exponent_bits - 1) - 1
        self.sign = 1 << exponent_bits + fraction_bits
        top = ((1 << exponent_bits) - 1) << fraction_bits
        self.infinity = top if has_infinity else None
        self.finite = top if has_infinity else self.sign - 1  # how many codes are
        # One more than there are, to round by: what comes nearest to it is too large.
        self.values = [self.value_of_size(size) for size in range(self.finite + 1)]

    def value_of_size(self, size):
        exponent, fraction = size >> self.fraction_bits, size & ((1 << self.fraction_bits) - 1)
        if exponent == 0:
            return math.ldexp(fraction, 1 - self.bias - self.fraction_bits)
        return math.ldexp(fraction + (1 << self.fraction_bits), exponent - self.bias - self.fraction_bits)

    def value(self, code):
        size, sign = code & (self.sign - 1), -1.0 if code & self.sign else 1.0
        if size < self.finite:
            return sign * self.values[size]
        return sign * math.inf if size == self.infinity else math.nan

    def size_nearest(self, a):
        """The size nearest to a number that is at least 0; self.finite if that is too large."""
        if a >= self.values[-1]:
            return self.finite
        above = bisect.bisect_right(self.values, a)
        below = above - 1
        low, high = a - self.values[below], self.values[above] - a  # exact: they are close
        return below if low < high or low == high and below % 2 == 0 else above


FP16 = Small(5, 10, True)
SMALL = {"FP8E5M2": Small(5, 2, True), "FP8E4M3": Small(4, 3, False), "FP16": FP16}


def encode_small(name, x):
    """A float's code, to nearest even. NaN keeps its sign; FP16's also the fraction's upper bits, FP8's is all ones."""
    small = SMALL[name]
    sign = small.sign if f32_bits(x) >> 31 else 0
    if x != x:
        return sign | (0x7E00 | f32_bits(x) >> 13 & 0x3FF if name == "FP16" else 0x7F)
    return sign | small.size_nearest(abs(x))


def encode_fp16_original(x):
    """As the original does: clamped to 65000, cut; too small for a normal number: 0. A float's subnormals and NaNs leave
    their upper bits behind."""
    bits = f32_bits(max(-65000.0, min(65000.0, x)) if x == x else x)
    sign, exponent, fraction = bits >> 16 & 0x8000, bits >> 23 & 255, bits >> 13 & 0x3FF
    if exponent == 0 or exponent == 255:
        return sign | (0x7C00 if exponent else 0) | fraction
    if exponent - 127 < -14:
        return sign
    return sign | exponent - 127 + 15 << 10 | fraction


# ---- native values ----


def native(data, name):
    """The first value of that type in some bytes."""
    if len(data) < SIZE[name]:
        raise NoValue
    data = data[: SIZE[name]]
    if name == "BOOL":
        return data != b"\0"
    if name in INTEGERS:
        return int.from_bytes(data, "little", signed=name[0] == "I")
    if name in ("FP32", "FP64"):
        return struct.unpack("<f" if name == "FP32" else "<d", data)[0]
    code = int.from_bytes(data, "little")
    if name == "FP16" and code & 0x7FFF > 0x7C00:  # a NaN keeps its bits, and becomes a quiet one
        bits = (code & 0x8000) << 16 | 0x7FC00000 | (code & 0x3FF) << 13
        return struct.unpack("<f", struct.pack("<I", bits))[0]
    return SMALL[name].value(code)


def truncated(x, name, flags):
    """A float as an integer of that type."""
    low, high = bounds(name)
    if not flags & ORIGINAL:
        return 0 if x != x else int(min(max(x, low), high)) if math.isfinite(x) else low if x < 0 else high
    finite = math.isfinite(x)
    if name == "UINT64":
        return int(x) if finite and -(2**63) <= int(x) < 2**64 else 2**63
    via = 63 if name in ("INT64", "UINT32") else 31
    return int(x) if finite and -(2**via) <= int(x) < 2**via else -(2**via)


def encode(x, name, flags):
    if name == "BOOL":
        return b"\1" if x != 0 else b"\0"
    if name in INTEGERS:
        if isinstance(x, float):
            x = truncated(x, name, flags)
        return (int(x) % 256 ** SIZE[name]).to_bytes(SIZE[name], "little")
    if name == "FP64":
        return struct.pack("<d", x)
    x = to_f32(x)
    if name == "FP32":
        return struct.pack("<f", x)
    if name == "FP16" and flags & ORIGINAL and not flags & NEAREST16:
        return struct.pack("<H", encode_fp16_original(x))
    return encode_small(name, x).to_bytes(SIZE[name], "little")


def convert(data, source, target, flags):
    if source == "STRING":
        return encode(parse_float(data, 64), target, flags)
    x = native(data, source)
    if source == target and not flags & ALWAYS:
        return data[: SIZE[source]]
    return encode(x, target, flags)


# ---- text ----

D = rb"[0-9](?:_?[0-9])*"
H = rb"[0-9a-fA-F](?:_?[0-9a-fA-F])*"
DECIMAL = re.compile(rb"([+-]?)(%s)?(?:\.(%s)?)?(?:[eE]([+-]?%s))?" % (D, D, D))
HEXADECIMAL = re.compile(rb"([+-]?)0[xX](_?%s)?(?:\.(%s)?)?[pP]([+-]?%s)" % (H, H, D))
GO_NAN = {64: b"\1\0\0\0\0\0\xf8\x7f", 32: b"\0\0\0\0\0\0\xf8\x7f"}  # Go's, as a double


def parse_float(text, bits):
    if text.lower() == b"nan":
        return struct.unpack("<d", GO_NAN[bits])[0]
    special = re.fullmatch(rb"([+-]?)inf(?:inity)?", text, re.IGNORECASE)
    if special:
        return -math.inf if special[1] == b"-" else math.inf
    match, base, power = DECIMAL.fullmatch(text), 10, 10
    if not match:
        match, base, power = HEXADECIMAL.fullmatch(text), 16, 2
    if not match or not (match[2] or match[3]):
        raise NoValue
    whole, fraction, exponent = ((part or b"").replace(b"_", b"") for part in match.groups()[1:])
    digits, exponent = int(whole + fraction, base), int(exponent or 0)
    shift = len(fraction) * (1 if base == 10 else 4)
    # Exponents that are out of any range needn't be computed exactly.
    reach = 2000 + 4 * len(text)
    q = digits * Fraction(power) ** (max(-reach, min(reach, exponent)) - shift) if digits else Fraction(0)
    x = nearest(q, 53, -1074, 1024) if bits == 64 else nearest(q, 24, -149, 128)
    if math.isinf(x):
        raise NoValue
    return -x if match[1] == b"-" else x


def parse_inline(text, name):
    """Text in the type asked for."""
    if name == "BOOL":
        if text.lower() not in (b"true", b"false"):
            raise NoValue
        return encode(text.lower() == b"true", name, 0)
    if name in INTEGERS:
        if not re.fullmatch(rb"[0-9]+" if name[0] == "U" else rb"[+-]?[0-9]+", text):
            raise NoValue
        low, high = bounds(name)
        if not low <= int(text) <= high:
            raise NoValue
        return encode(int(text), name, 0)
    return encode(parse_float(text, 64 if name == "FP64" else 32), name, 0)


def shortest(a, bits):
    """Digits and exponent (of the first digit) of the shortest decimal that reads back as a > 0; of several the nearest,
    then the even one, but of a power of two as a float the upper."""
    if bits == 64:
        return digits_of_repr(a)
    exact, power = Fraction(a), math.frexp(a)[0] == 0.5
    first = math.floor(math.log10(a))
    first += (exact >= Fraction(10) ** (first + 1)) - (exact < Fraction(10) ** first)
    for count in range(1, 10):
        unit = Fraction(10) ** (first - count + 1)
        below = exact // unit
        fits = [n for n in (below, below + 1) if nearest(n * unit, 24, -149, 128) == a]
        if fits:
            even_or_upper = (lambda n: -n) if power else (lambda n: n % 2)
            n = min(fits, key=lambda n: (abs(n * unit - exact), even_or_upper(n)))
            digits = str(n)
            return digits.rstrip("0"), first + len(digits) - count
    raise AssertionError(a)


def digits_of_repr(a):
    """Python's own shortest digits of a double, picked apart."""
    mantissa, _, exponent = repr(a).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if whole == "0":
        digits = fraction.lstrip("0")
        first = -1 - (len(fraction) - len(digits))
    else:
        digits = whole + fraction
        first = len(whole) - 1
    return digits.rstrip("0"), first + int(exponent or 0)


def text_of_float(x, bits):
    if x != x:
        return b"NaN"
    sign = "-" if math.copysign(1, x) < 0 else ""
    if math.isinf(x):
        return b"-Inf" if sign else b"+Inf"
    if x == 0:
        return sign.encode() + b"0"
    digits, first = shortest(abs(x), bits)
    if first < -4 or first >= 6:
        body = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + "e%+03d" % first
    elif first < 0:
        body = "0." + "0" * (-1 - first) + digits
    else:
        digits += "0" * (first + 1 - len(digits))
        body = digits[: first + 1] + ("." + digits[first + 1 :] if len(digits) > first + 1 else "")
    return (sign + body).encode()


def text(data, name, vector=False):
    """The text of a value; empty where the bytes are none."""
    if name == "STRING":
        return b",".join(strings(data) or []) if vector else data
    if vector:
        if len(data) % SIZE[name]:
            return b""
        return b",".join(text(data[i : i + SIZE[name]], name) for i in range(0, len(data), SIZE[name]))
    if len(data) != SIZE[name]:
        return b""
    x = native(data, name)
    if name == "BOOL":
        return b"true" if x else b"false"
    return b"%d" % x if name in INTEGERS else text_of_float(x, 64 if name == "FP64" else 32)


def strings(data):
    """The strings of a string vector, or None: the one count of lengths with which the bytes come out."""
    for count in range(1, len(data) // 2 + 1):
        lengths = struct.unpack("<%dH" % count, data[: 2 * count])
        if 2 * count + sum(lengths) == len(data):
            ends = [2 * count + sum(lengths[: i + 1]) for i in range(count)]
            return [data[end - length : end] for end, length in zip(ends, lengths)]
    return None
