"""Readers with every fault a campaign looks for: it has to find them."""

import os
import random
from pathlib import Path

from sim.errors import UserError
from tests.fuzz.reader import Reader

BAD = 7
"""Which inputs go wrong: those that BAD divides."""


def _number(given: bytes, luck: random.Random) -> bytes:
    return b"%d" % luck.randrange(1_000)


def _with(fault):
    def feed(data: bytes, folder: Path) -> int:
        number = int(data)
        if number % 2:
            raise UserError("odd")
        if number % BAD == 0:
            fault()
        return number

    return feed


def _raises() -> None:
    raise KeyError("a")


def _spins() -> None:
    while True:
        pass


def _swallows() -> None:
    while True:
        try:
            _spins()
        except Exception:
            continue


def _spins_compiled() -> None:
    sum(range(10**12))


def _takes() -> None:
    bytearray(300 << 20)[:: 1 << 12] = b"\1" * ((300 << 20) >> 12)


def _takes_too_much() -> None:
    bytearray(64 << 30)


def _dies() -> None:
    os._exit(9)


def prepare(folder: Path) -> dict[str, Reader]:
    """Readers named by their fault, and a sound one."""
    faults = {
        "sound": lambda: None, "raises": _raises, "spins": _spins, "swallows": _swallows,
        "spins compiled": _spins_compiled, "takes": _takes, "takes too much": _takes_too_much, "dies": _dies,
    }  # fmt: skip
    return {name: Reader([b"0"], _number, _with(fault)) for name, fault in faults.items()}
