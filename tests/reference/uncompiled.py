"""What kernels need to run without the compiler (NUMBA_DISABLE_JIT=1): the words of `sim.kernels.lanes` and
`octets` in plain Python, and records whose entries have names.

With the compiler on nothing is changed, and the tests run compiled. Called once, by tests/conftest.py.
"""

from types import ModuleType

import numba
import numpy as np

from sim.kernels import aside, calendar, cascade, draws, following, lanes, ledger, met, octets, ordering, recall, run

BYTES = 64


def coins(stream: np.uint64, start: np.uint64) -> np.ndarray:
    """The 64 coins of a block: byte k % 8 of hash START + k // 8."""
    words = [int(draws.bits(stream, int(start) + eighth)) for eighth in range(BYTES // 8)]
    return np.frombuffer(b"".join(word.to_bytes(8, "little") for word in words), np.uint8)


def word_of(bits: np.ndarray) -> np.uint64:
    return np.uint64(sum(1 << place for place in np.flatnonzero(bits).tolist()))


def lowest(word: np.uint64) -> np.uint64:
    return np.uint64(64 if word == 0 else (int(word) & -int(word)).bit_length() - 1)


def chosen(items, at, kinds, kinds_at, below, stream, out, to) -> np.uint64:
    """`lanes.chosen`, one item at a time."""
    found = 0
    for k in range(16):
        out[int(to) + k] = draws.bits(stream, items[int(at) + k])
        limit = int(below[kinds[int(kinds_at) + k] & 7])
        found |= (int(out[int(to) + k]) >> 32 < limit) << k
    return np.uint64(found)


def prefetch(array: np.ndarray, item: int) -> None:
    """Nothing is asked for; what would be lies in the array, or in the line of memory behind its end."""
    assert np.ndim(array) == 0 or 0 <= int(item) <= array.size + BYTES


PLAIN = {
    "prefetch": prefetch,
    "ones": lambda word: np.uint64(int(word).bit_count()),
    "lowest": lowest,
    "leading": lambda word: np.uint64(64 - int(word).bit_length()),
    "passed": lambda ends, position: np.uint64((ends[:BYTES] <= position).sum()),
    "chosen": chosen,
    "coins_within": lambda limits, start, stream: word_of(
        coins(stream, start) <= (limits[int(start) : int(start) + BYTES] if np.ndim(limits) else limits)
    ),
}


class Eight(np.ndarray):
    """Lanes of `octets`: arrays whose comparisons are words of bits."""

    def __lt__(self, other):  # type: ignore[no-untyped-def]
        return word_of(np.less(self, other))

    def __le__(self, other):  # type: ignore[no-untyped-def]
        return word_of(np.less_equal(self, other))

    def __ge__(self, other):  # type: ignore[no-untyped-def]
        return word_of(np.greater_equal(self, other))

    def __eq__(self, other):  # type: ignore[no-untyped-def]
        return word_of(np.equal(self, other))


def eight(values: np.ndarray) -> Eight:
    """Float64 or uint64 of VALUES (any eight numbers)."""
    return np.asarray(values).astype(np.float64 if values.dtype.kind == "f" else np.uint64).view(Eight)


def store(array: np.ndarray, at: int, lanes: Eight) -> None:
    array[int(at) : int(at) + octets.LANES] = lanes.view(np.ndarray).astype(array.dtype)


def select(marks: np.uint64, yes, no) -> Eight:  # type: ignore[no-untyped-def]
    return np.where([int(marks) >> k & 1 for k in range(octets.LANES)], yes, no).view(Eight)


EIGHT = {
    "load": lambda array, at: eight(array[int(at) : int(at) + octets.LANES]),
    "store": store,
    "gather": lambda array, items: eight(array.reshape(-1)[items.view(np.ndarray).astype(np.int64)]),
    "reals": lambda words: words.astype(np.float64),
    "whole": lambda numbers: numbers.astype(np.int64).astype(np.uint64),
    "counting": lambda: eight(np.arange(octets.LANES)),
    "lane": lambda words, k: np.int64(words.view(np.ndarray)[int(k)]),
    "select": select,
}

# The records of the kernels, by the room whose dtype makes their arrays.
RECORDS: dict[ModuleType, tuple[str, ...]] = {
    aside: ("READ", "BUCKET"),
    calendar: ("EVENT",),
    cascade: ("AHEAD",),
    following: ("FAN",),
    ledger: ("WATCH",),
    met: ("ENTRY",),
    ordering: ("BUYER",),
    recall: ("KEPT",),
    run: ("AHEAD",),
}


def wide(value: np.generic) -> np.generic:
    """As wide as compiled arithmetic makes it: NumPy would add a Python float to a float32 as two float32."""
    if value.dtype.kind == "f":
        return np.float64(value)
    return value if value.dtype == np.uint64 else np.int64(value)  # type: ignore[call-overload]


def entry(name: str) -> property:
    return property(lambda row: wide(row[name]), lambda row, value: row.__setitem__(name, value))


def record(dtype: np.dtype) -> np.dtype:
    """DTYPE with rows that answer to `row.name`, as compiled ones do (`np.record`: not where NumPy has the name)."""
    rows = type("Row", (np.void,), {name: entry(name) for name in dtype.names or ()})
    return np.dtype((rows, dtype))


def spell_out() -> None:
    """Without the compiler: `lanes` and `octets` get words that Python can run, records entries with names."""
    if not numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return
    for name, plain in PLAIN.items():
        setattr(lanes, name, plain)
    for name, plain in EIGHT.items():
        setattr(octets, name, plain)
    for room, names in RECORDS.items():
        for name in names:
            setattr(room, name, record(getattr(room, name)))
