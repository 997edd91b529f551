"""Files that are much larger, deeper or wider than what they say: python -m tests.fuzz --source tests.fuzz.large

Whatever they hold, they are read or refused in the time and memory that a small file may take. (What is accepted is
not written back here: that takes the same time again.)
"""

import random
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.fit import posts
from sim.graph import folder, manifest, names
from sim.planning import candidates
from sim.scenario import calendars, read, tables
from sim.scenario.schema import Scenario
from sim.ui import link, state
from tests.fuzz.plans import HQ, HQ_TEXT, shared
from tests.fuzz.reader import Feed, Reader, written

MOST = 50_000_000
FILLINGS = (
    b" ", b"a", b"9", b"[", b"{", b'"', b"'", b".", b",", b"a.", b"a ", b"\n", b"a=", b"[a]\n", b"\xe5\x8f\x91", b"#",
    b"\\",
)  # fmt: skip


def _size(luck: random.Random, most: int) -> int:
    """Any size up to a little more than MOST, every order of magnitude as often."""
    return int(10 ** luck.uniform(3.5, 1.01 * len(str(most)) - 0.9))


def rows(given: bytes, luck: random.Random) -> bytes:
    """The table GIVEN with its rows repeated (numbered where they hold {n}), or with a long cell or header."""
    head, *lines = given.splitlines(keepends=True)
    size = min(_size(luck, MOST), MOST + 1_000_000)
    kind = luck.randrange(6)
    if kind == 0:
        return head + lines[0][:-1] + luck.choice(FILLINGS) * (size // 2)
    if kind == 1:
        return head[:-1] + luck.choice(FILLINGS) * (size // 2) + b"\n" + b"".join(lines)
    if kind == 2:
        return head[:-1] + b"".join(b",c%d" % n for n in range(size // 8)) + b"\n" + b"".join(lines)
    block = b"".join(lines)
    if b"{n}" not in block:
        return head + block * (size // len(block) + 1)
    return head + b"".join(block.replace(b"{n}", b"%d" % n) for n in range(size // len(block) + 1))


def toml(given: bytes, luck: random.Random) -> bytes:
    """A scenario with a great many keys, tables, entries, or one of great length or depth."""
    size = min(_size(luck, read.LIMIT), read.LIMIT - len(given) - 100)
    filling = luck.choice(FILLINGS) * size
    many = size // 24
    return luck.choice(
        (
            lambda: given + b"\n" + filling[:size],
            lambda: filling[:size] + b"\n" + given,
            lambda: given.replace(b'title = "', b'title = "' + filling[:size], 1),
            lambda: b'x = """\n' + filling[:size] + b'\n"""\n' + given,
            lambda: b"".join(b"key%d = 1\n" % n for n in range(many)) + given,
            lambda: given + b"".join(b"\n[table%d]\nx = 1" % n for n in range(many)),
            lambda: given + b"".join(b"\n[contents.c%d]\nquality = 2" % n for n in range(many)),
            lambda: given + b"".join(b'\n[[calendars.x]]\nday = "daily"\nhour = %d' % (n % 24) for n in range(many)),
            lambda: given + b"\n[doubt]\n" + b"".join(b'"response.k%d" = {low = 1}\n' % n for n in range(many)),
            lambda: b"x = " + b"[" * (size // 2) + b"]" * (size // 2) + b"\n" + given,
            lambda: b"x" + b".a" * luck.choice((10, 60, 70, size // 2)) + b" = 1\n" + given,
            lambda: b"x = [" + b"1," * (size // 2) + b"]\n" + given,
        )
    )()


def unfolding(given: bytes, luck: random.Random) -> bytes:
    """A link that unfolds to far more than it is long."""
    text = given + luck.choice(FILLINGS) * _size(luck, MOST)
    return b"?" + link.KEY.encode() + b"=" + urlsafe_b64encode(zlib.compress(text, 9)).rstrip(b"=")


def nested(given: bytes, luck: random.Random) -> bytes:
    """JSON of great depth, length or number of keys around GIVEN."""
    size = _size(luck, 5_000_000)
    return luck.choice(
        (
            lambda: b"[" * size,
            lambda: b'{"a":' * size,
            lambda: given[:-1] + b',"x":[' + b"1," * size + b"1]}",
            lambda: given[:-1] + b',"x":' + b"9" * size + b"}",
            lambda: given[:-1] + b"".join(b',"k%d":1' % n for n in range(size // 10)) + b"}",
            lambda: given.replace(b'"files":{', b'"files":{' + b"".join(b'"f%d":1,' % n for n in range(size // 10))),
            lambda: b'["' + luck.choice(FILLINGS) * size + b'"]',
        )
    )()


def _file(name: str, reads: Callable[[Path], Any]) -> Feed:
    return lambda data, place: reads(written(data, place, name))


def _uploaded(data: bytes, place: Path) -> state.Inputs:
    return state.uploaded(data.decode("utf-8", "replace"), "x")


def _json(data: bytes, place: Path) -> Any:
    names.parse(data, place) if data.startswith(b"[") else None
    return manifest.parse(data.decode("utf-8", "replace"), "x", folder.FORMAT)


def prepare(place: Path) -> dict[str, Reader]:
    """Readers of small files, given large ones."""
    calendar = calendars.write(HQ).encode()
    told = b'{"format_version":1,"files":{},"attributes":{},"growth":null,"law":null}'
    link_head = b'{"v": 1, "scenario": "'
    kol = b"name,followers,fee\nk{n},1000,5\n"
    own = b"time,reposts,followers\n2012-03-01 10:30,5,12000\n"
    trees = b"id,parent,time,followers\na{n},,2012-03-01 10:00,5\n{n},a{n},2012-03-01 10:00,\n"
    points = b"cast.employees.count,response.repost_rate\n{n},0.001\n"
    return {
        "large scenario": Reader([HQ_TEXT.encode()], toml, _file("x.toml", lambda path: read.read(path, Scenario)), 5),
        "large upload": Reader([HQ_TEXT.encode()], toml, _uploaded, 5),
        "large candidates": Reader([kol], rows, _file("x.csv", candidates.read)),
        "large posts": Reader([own], rows, _file("x.csv", posts.read)),
        "large trees": Reader([trees], rows, _file("x.csv", posts.read)),
        "large calendar": Reader([calendar], rows, _file("x.csv", lambda path: calendars.read_rows(path, HQ))),
        "large settings": Reader([points], rows, _file("x.csv", tables.settings)),
        "large link": Reader([link_head], unfolding, shared),
        "large manifest": Reader([told], nested, _json),
    }
