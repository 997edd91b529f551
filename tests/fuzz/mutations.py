"""Inputs that are almost right: valid files broken in one to six places, as editors, mail and malice break them."""

import math
import random
import re

TOKEN = re.compile(rb"[A-Za-z_][A-Za-z_0-9.]*|-?\d[\d_.:+TZ-]*|\s+|\S")
NASTY = [
    b"", b"0", b"-1", b"1e308", b"1e999", b"-1e999", b"nan", b"inf", b"-inf", b"9" * 40, b"0x7fffffff", b"1_000",
    b"01", b"true", b"false", b"null", b"''", b'""', b'"', b"'", b"[", b"]", b"{", b"}", b"[[", b"]]", b"=", b",",
    b";", b"#", b".",
    b"\\", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b"\t", b"\x1b[31m", b"..", b"../../x",
    b"/dev/zero", b"%s%n", b"<script>", b"&lol;", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"]]>",
    b"\xe5\x8f\x91\xe5\xb8\x83",
    b"\xf0\x9f\x8c\xbc", b"\xed\xa0\x80", b"A" * 5000, b"__class__", b"constructor", b"2010-08-17",
    b"2010-02-30T25:61:00", b"1970-01-01T00:00:00Z",
]  # fmt: skip


def text(given: bytes, luck: random.Random) -> bytes:
    """GIVEN with a few of its words, numbers, signs or lines lost, doubled, swapped or replaced."""
    tokens = TOKEN.findall(given)
    for _ in range(luck.randint(1, 6)):
        if not tokens:
            tokens = [luck.choice(NASTY)]
        at = luck.randrange(len(tokens))
        kind = luck.randrange(6)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, tokens[luck.randrange(len(tokens))])
        elif kind == 2:
            other = luck.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = luck.choice(NASTY)
        elif kind == 4:
            tokens[at] = _number(tokens[at], luck)
        else:
            tokens = _lines(tokens, luck)
    return b"".join(tokens)


def binary(given: bytes, luck: random.Random) -> bytes:
    """GIVEN with bits flipped, pieces cut out, doubled or overwritten, or its end missing."""
    found = bytearray(given)
    for _ in range(luck.randint(1, 6)):
        size = len(found)
        if size == 0:
            return luck.randbytes(luck.randrange(64))
        at = luck.randrange(size)
        kind = luck.randrange(6)
        if kind < 2:
            found[at] ^= 1 << luck.randrange(8)
        elif kind == 2:
            del found[at : at + luck.randint(1, 16)]
        elif kind == 3:
            found[at:at] = found[at : at + luck.randint(1, 64)]
        elif kind == 4:
            found[at : at + 4] = luck.choice(
                (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80")
            )
        elif luck.random() < 0.2:
            del found[at:]
    return bytes(found)


def _number(token: bytes, luck: random.Random) -> bytes:
    """Another number in the place of a number; a cut word in the place of a word."""
    try:
        value = float(token)
    except ValueError:
        return token[: luck.randrange(len(token) + 1)]
    scaled = value * luck.choice((-1, 0, 0.5, 1.0001, 10, 1000, 1e6, 1e12))
    whole = math.isfinite(scaled) and luck.random() < 0.5
    return str(int(scaled) if whole else scaled).encode()


def _lines(tokens: list[bytes], luck: random.Random) -> list[bytes]:
    """A line or a block of lines doubled, moved or lost."""
    lines = b"".join(tokens).splitlines(keepends=True)
    if not lines:
        return tokens
    first = luck.randrange(len(lines))
    block = lines[first : first + luck.choice((1, 1, 3, 10))]
    if luck.random() < 0.6:
        del lines[first : first + len(block)]
    if luck.random() < 0.6:
        place = luck.randrange(len(lines) + 1)
        lines[place:place] = block
    return TOKEN.findall(b"".join(lines))


def values(given: bytes, luck: random.Random) -> bytes:
    """GIVEN with one or two of its numbers or words changed and its structure left alone: much of it is accepted."""
    tokens = TOKEN.findall(given)
    words = [k for k, token in enumerate(tokens) if token[:1].isalnum() or token[:1] == b"-"]
    for _ in range(luck.randint(1, 2)):
        if not words:
            return given
        at = luck.choice(words)
        try:
            float(tokens[at])
            tokens[at] = _number(tokens[at], luck) if luck.random() < 0.8 else luck.choice(NASTY)
        except ValueError:
            tokens[at] = tokens[luck.choice(words)] if luck.random() < 0.8 else luck.choice(NASTY)
    return b"".join(tokens)


def either(given: bytes, luck: random.Random) -> bytes:
    """GIVEN broken as a text, or whole and saying something else."""
    return luck.choice((text, values))(given, luck)
