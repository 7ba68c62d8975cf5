# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Conversions of whole columns, every pair of numeric types and a million random values, against NumPy and ml_dtypes.
Run by test_oracle.py with the Python of deps/peers' "numbers", which has both: million.py DRIVER ROWS SEED."""

import itertools
import subprocess
import sys

import ml_dtypes
import numpy as np

ORIGINAL, ALWAYS = 1, 4
TYPES = {  # number: NumPy's type
    1: ml_dtypes.float8_e5m2, 2: ml_dtypes.float8_e4m3fn, 3: np.float16, 4: np.float32, 5: np.float64, 6: np.int8,
    7: np.int16, 8: np.int32, 9: np.int64, 10: np.uint8, 11: np.uint16, 12: np.uint32, 13: np.uint64, 15: np.bool_,
}
FLOATS = (1, 2, 3, 4, 5)
np.seterr(all="ignore")


def is_float(number):
    return number in FLOATS


def random_values(number, rows, chance):
    """Bits at random, and for floats as many numbers of all magnitudes; edges among them."""
    kind = np.dtype(TYPES[number])
    bits = np.frombuffer(chance.bytes(rows * kind.itemsize), np.uint8).copy()
    if number == 15:
        return bits  # a bool may be any byte
    values = bits.view(kind)
    if is_float(number):
        usual = chance.uniform(-1, 1, rows) * 10.0 ** chance.integers(-12, 22, rows)
        edges = np.array([0.0, -0.0, 0.5, 1.5, 2.5, -2.5, 127.5, 255.5, 448, 464, 480, 57344, 61440, 65504, 65520, 2**31,
                          -2.0**31, 2**32, 2.0**53 + 2, 2.0**63, -2.0**63, 2.0**64, 1e38, 3.5e38, np.inf, -np.inf, np.nan])
        usual[: len(edges)] = edges
        usual = usual if number == 5 else usual.astype(np.float32)
        half = rows // 2
        values[:half] = usual[:half].astype(kind)
    return values


def to_integer(x, kind):
    """Toward zero, saturating, NaN 0; x is float64."""
    limits = np.iinfo(kind)
    inside = (x > float(limits.min) - 1) & (x < float(limits.max) + (1 if kind().itemsize < 8 else 0))
    out = np.trunc(np.where(inside, x, 0)).astype(kind)
    return np.where(inside | np.isnan(x), out, np.where(x < 0, limits.min, limits.max).astype(kind))


def to_integer_of_amd64(x, kind):
    """Through int32 or int64, as cvttsd2si makes them, then cut; uint64 by way of int64 with 2^63 taken off."""
    size, signed = kind().itemsize, np.issubdtype(kind, np.signedinteger)
    if size < 4 or (size == 4 and signed):
        fits = (x > -(2.0**31) - 1) & (x < 2.0**31)
        return np.where(fits, np.where(fits, x, 0).astype(np.int64), -(2**31)).astype(np.int64).astype(kind)
    fits = (x >= -(2.0**63)) & (x < 2.0**63)
    low = np.where(fits, np.where(fits, x, 0).astype(np.int64), np.int64(-(2**63)))
    if size == 4 or signed:
        return low.astype(kind)
    upper = (x >= 2.0**63) & (x < 2.0**64)
    high = np.where(upper, np.where(upper, x - 2.0**63, 0), 0).astype(np.int64).astype(np.uint64) + np.uint64(2**63)
    return np.where(upper, high, low.astype(np.uint64))


def cut_to_half(x):
    """The original's FP16: clamped, cut, without subnormals; x is float32."""
    bits = np.where(np.isnan(x), x, np.clip(x, -65000, 65000)).astype(np.float32).view(np.uint32)
    sign, exponent, fraction = bits >> 16 & 0x8000, (bits >> 23 & 255).astype(np.int64), bits >> 13 & 0x3FF
    normal = sign | ((exponent - 112) << 10).astype(np.uint32) & 0x7C00 | fraction
    odd = sign | np.where(exponent == 255, 0x7C00, 0).astype(np.uint32) | fraction  # NaN, and a float's subnormals
    out = np.where((exponent == 0) | (exponent == 255), odd, np.where(exponent < 113, sign, normal))
    return out.astype(np.uint16).view(np.float16)


def right(values, source, target, flags):
    kind = TYPES[target]
    if source == 15:
        values = values != 0
    if target == 15:
        return values.astype(np.float64) != 0 if is_float(source) else values != 0
    if is_float(target):
        if target == 5:
            return values.astype(np.float64)
        single = values.astype(np.float32)
        if target == 4:
            return single
        if target == 3 and flags & ORIGINAL:
            return cut_to_half(single)
        return single.astype(kind)
    if is_float(source):
        x = values.astype(np.float32).astype(np.float64) if source != 5 else values
        return to_integer_of_amd64(x, kind) if flags & ORIGINAL else to_integer(x, kind)
    return values.astype(kind)


def differences(got, wanted, target):
    """Where they aren't the same; one NaN is as good as another."""
    same = got == wanted.view(got.dtype)
    if is_float(target):
        kind = TYPES[target]
        same |= np.isnan(got.view(kind).astype(np.float64)) & np.isnan(wanted.astype(np.float64))
    return np.nonzero(~same)[0]


def ask(driver, lines):
    done = subprocess.run([driver], input="".join(lines), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines)
    return answers


def right_text(x):
    """The fewest digits that read back the same, in exponent form from 1e6 on and below 1e-4."""
    if np.isnan(x) or np.isinf(x):
        return "NaN" if np.isnan(x) else "+Inf" if x > 0 else "-Inf"
    text = np.format_float_scientific(x, unique=True, trim="-", exp_digits=2)
    exponent = int(text.partition("e")[2])
    return text if x and not -4 <= exponent < 6 else np.format_float_positional(x, unique=True, trim="-")


def same_text(got, x):
    """Of two texts equally near to a power of two ours is the upper one, as the original's, and NumPy's the even one."""
    wanted = right_text(x)
    is_power = np.frexp(np.abs(x))[0] == 0.5
    return got == wanted or (is_power and len(got) == len(wanted) and type(x)(got) == x)


def wrong_texts(driver, rows, chance):
    wrong = 0
    for number in (3, 4, 5):
        values = random_values(number, rows, chance)
        widened = values.astype(np.float32) if number == 3 else values  # an FP16's text is that of the same FP32
        answers = ask(driver, [f"text {number} {value.tobytes().hex()} -\n" for value in values])
        for value, wide, answer in zip(values, widened, answers):
            got = bytes.fromhex(answer.strip()).decode()
            if not same_text(got, wide):
                wrong += 1
                print(f"text of {number} {value!r} is {got}, not {right_text(wide)}")
    return wrong


def main(driver, rows, seed):
    chance = np.random.default_rng(seed)
    wrong = wrong_texts(driver, rows, chance)
    questions, lines = [], []
    for source, target, flags in itertools.product(TYPES, TYPES, (ALWAYS, ALWAYS | ORIGINAL)):
        values = random_values(source, rows, chance)
        questions.append((source, target, flags, values))
        lines.append(f"column {source} {target} {flags} {values.tobytes().hex()} -\n")
    answers = ask(driver, lines)
    for (source, target, flags, values), answer in zip(questions, answers):
        size = np.dtype(TYPES[target]).itemsize
        got = np.frombuffer(bytes.fromhex(answer.split()[1]), f"u{size}")
        wanted = np.ascontiguousarray(right(values, source, target, flags))
        at = differences(got, wanted, target)
        wrong += len(at)
        for i in at[:3]:
            print(f"{source} to {target}, flags {flags}: {values[i]!r} is {got[i]:#x}, not {wanted.view(got.dtype)[i]:#x}")
    print(f"{len(questions) * rows} values, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
