# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Conversions of every pair of types, over edge values and random ones, against oracle.py. INFERD_CONVERT_CASES says how
many random values of each type are tried (a value is converted to 14 types in 4 ways); INFERD_CONVERT_SEED which."""

import math
import os
import random
import struct
import subprocess

import oracle
import pytest
from oracle import ALWAYS, INTEGERS, NEAREST16, NUMBER, ORIGINAL, SIZE, SIZED, VECTOR

DRIVER = os.path.join(os.environ["builddir"], "tests/unit/run/convert/driver")
CASES = int(os.environ.get("INFERD_CONVERT_CASES", "60"))
ROWS = 5200  # by 196 pairs of types: a million
SEED = int(os.environ.get("INFERD_CONVERT_SEED", "1"))
ROUNDINGS = (0, ALWAYS, ALWAYS | ORIGINAL, ALWAYS | ORIGINAL | NEAREST16)

REALS = [0, 0.5, 1, 1.5, 2, 2.5, 0.1, 1 / 3, 1e-6, 1e-40, 5e-324, 2.2250738585072014e-308, 123456.789, 999999, 1e6]
REALS += [2.0**e for e in (-150, -149, -127, -126, -27, -25, -24, -17, -16, -15, -14, -12, -10, -9, -6)]
REALS += [2.0**e + d for e in (7, 8, 15, 16, 24, 31, 32) for d in (-1, -0.5, 0, 0.1, 0.5, 1)]
REALS += [2.0**e for e in (53, 62, 63, 64, 127, 128, 1023)] + [2.0**63 - 1024, 2.0**64 - 2048, 16777217, 33554433]
REALS += [65000, 65001, 65504, 65519, 65520, 65521, 65535, 448, 449, 463, 464, 465, 480, 57344, 61439, 61440, 61441]
REALS += [3.4028234663852886e38, 3.4028235677973366e38, 1.7976931348623157e308, math.inf, math.nan]
REALS += [0.0001, 0.00009999, 0.00001, 9.9999999, 1e21, 1e22, 1e23, 9007199254740993, 4.35, 1e-5, 5e-5]

TEXTS = b"""1 1.5 -1.5 abc nan NaN +nan inf -Infinity infi 1e400 -1e400 1e-400 300 -129 true FALSE yes 0x10p0 0x1.8p-2
0X1P+1 0x1 0x.p1 0x.8p1 1_0 _1 1_ 1__0 0x_1p0 0x1_p0 1_.5 1._5 1e1_0 1e_1 0b1 +7 -0 +0 1e-45 65520 464.5 . .5 5. + -
1e 1e+ e5 18446744073709551615 18446744073709551616 -9223372036854775808 -9223372036854775809 9223372036854775807
0.1 3.4028236e38 3.4028235677973366e38 1.7976931348623159e308 1:2 1:2:3.5 : 1: :1 255 256 -1 4294967295 1e10 00012 --1
127 128 -128 32767 32768 65535 65536 2147483648 -2147483648 9007199254740993 16777217 7.1e-46 1:true true:false
0x1.fffffeffffp127 123456789012345678901234567890 0.00000000000000000000000000000000000001e38""".split()
TEXTS += [b" 1", b"1 ", b"1\n", b"\xff", b"1" * 900, b"0." + b"0" * 900 + b"1e901", b"9" * 800 + b"e-799"]


def edges(name):
    """Values of a type that are worth a look."""
    size = SIZE[name]
    if size == 1:
        return {bytes([code]) for code in range(256)}
    values = {bytes(size), b"\xff" * size, bytes(size - 1) + b"\x80", b"\1" + bytes(size - 1), b"\xff" * (size - 1) + b"\x7f"}
    for real in REALS:
        for x in (real, -real):
            if name in ("FP32", "FP64", "FP16"):
                values.add(oracle.encode(x, name, 0))
            elif math.isfinite(x):
                values.add((int(x) % 256**size).to_bytes(size, "little"))
    if name == "FP16":
        values |= {struct.pack("<H", code) for code in range(0, 65536, 37)}
    return values


def random_bits(name, generator):
    """Bits at random, but no signalling NaN: whether that becomes a quiet one is left open."""
    data = bytearray(generator.randbytes(SIZE[name]))
    if name in ("FP32", "FP64") and oracle.native(data, name) != oracle.native(data, name):
        data[-2] |= 0x40 if name == "FP32" else 0x08
    return bytes(data)


def randoms(name, generator, count):
    """Bits at random, and numbers of all magnitudes at random."""
    for i in range(count):
        if i % 2 or name in INTEGERS + ["BOOL"]:
            yield random_bits(name, generator)
        else:
            yield oracle.encode(generator.uniform(-1, 1) * 10.0 ** generator.randint(-12, 22), name, 0)


def random_text(generator):
    kind = generator.randrange(5)
    if kind == 0:
        return b"%d" % generator.randint(-(2 ** generator.randint(1, 66)), 2 ** generator.randint(1, 66))
    if kind == 1:
        return repr(struct.unpack("<d", generator.randbytes(8))[0]).encode()
    if kind == 2:
        return b"%.*f" % (generator.randint(0, 12), generator.uniform(-1000, 1000))
    if kind == 3:
        digits = generator.getrandbits(generator.randint(1, 110)), generator.getrandbits(generator.randint(1, 70))
        return b"%d.%de%d" % (*digits, generator.randint(-360, 300))
    text = bytearray(generator.choice(TEXTS))
    for _ in range(generator.randint(1, 3)):
        text.insert(generator.randint(0, len(text)), generator.choice(b"0123456789+-._eExXpPabcdfINF:"))
    return bytes(text)


class Questions:
    """Lines for the driver, with the answers that are right."""

    def __init__(self):
        self.lines, self.answers = [], []

    def ask(self, command, numbers, data, fallback, *answer):
        words = [command, *map(str, numbers), data.hex() or "-", fallback.hex() or "-"]
        self.lines.append(" ".join(words))
        self.answers.append(" ".join(word if isinstance(word, str) else word.hex() or "-" for word in answer))

    def check(self):
        done = subprocess.run([DRIVER], input="\n".join(self.lines) + "\n", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        got = [line.strip() for line in done.stdout.splitlines()]
        assert len(got) == len(self.lines)
        wrong = [f"{q}: {g!r}, not {a!r}" for q, g, a in zip(self.lines, got, self.answers) if g != a]
        assert not wrong, f"{len(wrong)} of {len(got)}, the first:\n" + "\n".join(wrong[:20])


@pytest.fixture
def generator():
    return random.Random(SEED)


def ask_number(questions, data, name):
    questions.ask("text", [NUMBER[name]], data, b"", oracle.text(data, name))
    for target in SIZED:
        for flags in ROUNDINGS:
            right = oracle.convert(data, name, target, flags)
            questions.ask("value", [NUMBER[name], NUMBER[target], flags], data, b"", "1", right)


@pytest.mark.parametrize("name", SIZED)
def test_numbers(name, generator):
    questions = Questions()
    for data in sorted(edges(name)) + list(randoms(name, generator, CASES)):
        ask_number(questions, data, name)
    questions.check()


def right_or_zero(fn, target):
    """The words that answer a scalar question: missing or not, and the value."""
    try:
        return "0", fn()
    except oracle.NoValue:
        return "1", bytes(SIZE[target])


def right_elements(text, target):
    try:
        elements = [oracle.parse_inline(part, target) for part in text.split(b":")]
        return str(len(elements)), b"".join(elements)
    except oracle.NoValue:
        return "0", b""


def ask_text(questions, text, target):
    number = NUMBER[target]
    inline = right_or_zero(lambda: oracle.parse_inline(text, target), target)
    for flags in (0, ORIGINAL, ORIGINAL | NEAREST16):
        stored = right_or_zero(lambda: oracle.convert(text, "STRING", target, flags), target)
        questions.ask("scalar", [NUMBER["STRING"], 0, number, flags], text, b"", *stored)
        questions.ask("scalar", [NUMBER["STRING"], 1, number, flags], text, b"", *inline)
        one = ("1", stored[1]) if stored[0] == "0" else ("0", b"")
        questions.ask("elements", [NUMBER["STRING"], 0, number, flags], text, b"", *one)
    questions.ask("elements", [NUMBER["STRING"], 1, number, 0], text, b"", *right_elements(text, target))
    # A typed column's missing value is read from the text of the request.
    questions.ask("scalar", [NUMBER["INT16"], 0, number, ORIGINAL], b"", text, *inline)
    questions.ask("scalar", [NUMBER["STRING"], 0, number, ORIGINAL], b"", text, *inline)


def test_texts(generator):
    questions = Questions()
    for text in TEXTS + [random_text(generator) for _ in range(10 * CASES)]:
        for target in SIZED:
            ask_text(questions, text, target)
    questions.check()


def test_missing():
    questions = Questions()
    for name in oracle.NAMES:
        for target in SIZED:
            questions.ask("scalar", [NUMBER[name], 0, NUMBER[target], 0], b"", b"", "1", bytes(SIZE[target]))
            questions.ask("elements", [NUMBER[name], 0, NUMBER[target], 0], b"", b"", "0", b"")
        for extra in (0, VECTOR):
            questions.ask("text", [NUMBER[name] + extra], b"", b"", b"")
            questions.ask("text", [NUMBER[name] + extra], b"", b"from the request", b"from the request")
    questions.ask("text", [0], b"abc", b"", b"")
    questions.ask("value", [0, NUMBER["FP32"], 0], b"abcdefgh", b"", "0", bytes(4))
    questions.ask("value", [NUMBER["FP64"], NUMBER["FP32"], 0], b"abcdefg", b"", "0", bytes(4))
    questions.ask("value", [NUMBER["FP32"] + VECTOR, NUMBER["FP32"], 0], b"abcd", b"", "0", bytes(4))
    questions.check()


def test_keys():
    questions = Questions()
    five = struct.pack("<i", 5)
    questions.ask("key", [NUMBER["INT32"]], five, b"", b"5")
    questions.ask("key", [NUMBER["INT32"]], five, b"text", b"text")
    questions.ask("text", [NUMBER["INT32"]], five, b"text", b"5")
    questions.ask("key", [NUMBER["STRING"]], b"abc", b"text", b"text")
    questions.ask("key", [NUMBER["STRING"]], b"abc", b"", b"abc")
    questions.ask("key", [NUMBER["STRING"]], b"", b"", b"")
    questions.check()


@pytest.mark.parametrize("name", SIZED)
def test_vectors(name, generator):
    questions = Questions()
    for length in [1, 2, 3, 127, 128, 129, 300] + [generator.randint(1, 40) for _ in range(CASES // 4)]:
        parts = [random_bits(name, generator) for _ in range(length)]
        data = b"".join(parts)
        questions.ask("text", [NUMBER[name] + VECTOR], data, b"", oracle.text(data, name, True))
        for target in SIZED:
            flags = generator.choice(ROUNDINGS)
            right = b"".join(oracle.convert(part, name, target, flags) for part in parts)
            questions.ask("elements", [NUMBER[name] + VECTOR, 0, NUMBER[target], flags], data, b"", str(length), right)
        if SIZE[name] > 1:
            questions.ask("elements", [NUMBER[name] + VECTOR, 0, NUMBER[name], 0], data + b"x", b"", "0", b"")
            questions.ask("text", [NUMBER[name] + VECTOR], data + b"x", b"", b"")
    questions.check()


def test_string_vectors(generator):
    questions = Questions()
    number = NUMBER["STRING"] + VECTOR
    for _ in range(20 + 5 * CASES):
        parts = [generator.randbytes(generator.choice((0, 0, 1, 2, 9, 300))) for _ in range(generator.randint(1, 6))]
        data = b"".join(struct.pack("<H", len(part)) for part in parts) + b"".join(parts)
        kind = generator.randrange(4)
        if kind == 0:
            data = data[: generator.randint(0, len(data))]
        elif kind == 1:
            data = data + generator.randbytes(generator.randint(1, 3))
        right = oracle.strings(data)
        questions.ask("strings", [number], data, b"", str(len(right or [])), *(right or []))
        questions.ask("text", [number], data, b"", oracle.text(data, "STRING", True))
        questions.ask("elements", [number, 0, NUMBER["FP32"], 0], data, b"", "0", b"")
    questions.ask("strings", [NUMBER["BOOL"] + VECTOR], b"\0\1\2", b"", "3", b"false", b"true", b"true")
    questions.ask("strings", [NUMBER["FP32"] + VECTOR], bytes(8), b"", "0")
    questions.check()


def test_a_million_values_against_numpy_and_ml_dtypes():
    """Columns at once, as they are converted in earnest; what NumPy and ml_dtypes make of them owes nothing to us."""
    peers = os.environ.get("PEERS") or os.path.join(os.environ["srcdir"], "build", "peers")
    if not os.path.exists(os.path.join(peers, "numbers", "installed")):
        pytest.skip(f"NumPy and ml_dtypes aren't installed in {peers}: deps/peers {peers}")
    python, here = os.path.join(peers, "numbers", "bin", "python"), os.path.dirname(os.path.abspath(__file__))
    command = [python, os.path.join(here, "million.py"), DRIVER, str(ROWS), str(SEED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, "\n".join((done.stdout + done.stderr).splitlines()[-30:])
