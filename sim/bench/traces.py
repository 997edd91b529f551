"""Which places of memory a cascade must read: worked out again from its world, apart from the kernel.

A trace is the kernel's reads at places that nobody can foresee, in the order
in which it makes them, as places in one long array that holds the kernel's
arrays end to end.  It is rebuilt in numpy from the accounts that were reached
(in order) and the world's draws, so it also checks the kernel: the counts must
be those that the kernel reports.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import draws
from sim.kernels import spread as kernels

LINE = 64  # bytes
WORD = 4  # bytes: the unit of a trace's places

_U = np.uint64
_STEPS = (np.arange(8, dtype=np.uint64) + _U(1)) * draws.GOLDEN


class Trace(NamedTuple):
    """What one cascade reads.

    places   int64[reads]  in words of 4 bytes, in order; one per cache line asked for
    size     int  bytes of all arrays together
    further  int  lines next to the line before them, which the memory fetches by itself (not among `places`)
    """

    places: np.ndarray
    size: int
    further: int

    @property
    def lines(self) -> int:
        """Different cache lines among the places."""
        return int(np.unique(self.places // (LINE // WORD)).size)


def mixed(x: np.ndarray) -> np.ndarray:
    """`draws.mix` of every one of X (uint64[n]), uint64[n]."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> _U(30))) * _U(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> _U(27))) * _U(0x94D049BB133111EB)
        return x ^ (x >> _U(31))


def bits(stream: int, items: np.ndarray) -> np.ndarray:
    """`draws.bits(stream, item)` of every one of ITEMS (uint64[n]), uint64[n]."""
    with np.errstate(over="ignore"):
        return mixed(_U(stream) + (items + _U(1)) * draws.GOLDEN)


def stream(seed: int, world: int, second: bool = False) -> int:
    """The key of WORLD's coins or gaps, or of its settling bits."""
    return int(draws.key(_U(seed), draws.SPREAD, _U(2 * world + second)))


def live_by_gaps(table: np.ndarray, seed: int, world: int, links: int) -> np.ndarray:
    """Numbers of the live ones among LINKS links laid end to end in the order of the cascade: int64[n], ascending.

    TABLE as in `spread_by_gaps`.
    """
    size = table.size
    found: list[np.ndarray] = []
    drawn, position = 0, 0
    while position < links:
        random = bits(stream(seed, world), np.arange(drawn, drawn + 4096, dtype=np.uint64))
        drawn += random.size
        cell = (random & _U(size - 1)).astype(np.int64)
        entry = table[cell]
        gap = np.where((random >> _U(16)) < (entry >> _U(16)), cell, (entry & _U(0xFFFF)).astype(np.int64))
        alive = gap != size - 1
        ends = position + np.cumsum(gap + alive)
        found.append(ends[alive] - 1)
        position = int(ends[-1])
    numbers = np.concatenate(found) if found else np.empty(0, np.int64)
    return numbers[numbers < links]


def by_gaps(
    indptr: np.ndarray, followers: np.ndarray, table: np.ndarray, reached: np.ndarray, seed: int, world: int
) -> Trace:
    """The reads of `spread_by_gaps` in WORLD, which reached the accounts REACHED (int32[n]) in this order."""
    accounts = reached.astype(np.int64)
    lengths = indptr[accounts + 1] - indptr[accounts]
    ends = np.cumsum(lengths)
    live = live_by_gaps(table, seed, world, int(ends[-1]))
    row = np.searchsorted(ends, live, side="right")
    place = indptr[accounts[row]] + live - (ends - lengths)[row]
    headers = 2 * accounts  # an entry of indptr is two words
    base = indptr.nbytes // WORD
    return Trace(_in_batches(headers, base + place, row, kernels.BATCH), indptr.nbytes + followers.nbytes, 0)


def by_coins(
    indptr: np.ndarray, limits: np.ndarray, packed: np.ndarray, reached: np.ndarray, seed: int, world: int
) -> Trace:
    """The reads of `spread_by_coins` in WORLD, which reached REACHED (int32[n]): headers, the first line of each row of
    limits, candidates.
    """
    accounts = reached.astype(np.int64)
    begin, lengths = indptr[accounts], indptr[accounts + 1] - indptr[accounts]
    candidates, rows = candidates_by_coins(begin, lengths, limits, stream(seed, world))
    first_line = begin // LINE
    lines = np.where(lengths > 0, (begin + lengths - 1) // LINE - first_line + 1, 0)
    base_limits = indptr.nbytes // WORD
    base_packed = base_limits + -(-limits.nbytes // WORD)
    opened = lengths > 0
    ahead = np.stack([2 * accounts, np.where(opened, base_limits + begin // WORD, -1)], axis=1)
    places = _in_batches(ahead, base_packed + 2 * candidates, rows, kernels.ROWS)
    size = indptr.nbytes + limits.nbytes + packed.nbytes
    return Trace(places[places >= 0], size, int(np.maximum(lines - 1, 0).sum()))


def candidates_by_coins(
    begin: np.ndarray, lengths: np.ndarray, limits: np.ndarray, coins: int
) -> tuple[np.ndarray, np.ndarray]:
    """Links whose coin byte passes its limit, row after row, and the row of each (int64).

    begin, lengths int64[rows]: where a row stands and how many links it has; blocks of 64 as in `lanes.coins_within`.
    """
    blocks = -(-lengths // 64)
    row = np.repeat(np.arange(lengths.size), blocks)
    nth = np.arange(row.size) - np.repeat(np.cumsum(blocks) - blocks, blocks)
    start = begin[row] + 64 * nth
    with np.errstate(over="ignore"):
        words = mixed(_U(coins) + start.astype(np.uint64)[:, None] * draws.GOLDEN + _STEPS)
    coin = words.astype("<u8").view(np.uint8)
    lane = np.arange(64)
    inside = lane < (lengths[row] - 64 * nth)[:, None]
    limit = limits[np.minimum(start[:, None] + lane, limits.size - 1)]
    block, k = np.nonzero(inside & (coin <= limit))
    return start[block] + k, row[block]


def _in_batches(ahead: np.ndarray, after: np.ndarray, row: np.ndarray, batch: int) -> np.ndarray:
    """The reads AHEAD (int64[rows] or [rows, k]) of BATCH rows, then the reads AFTER of these rows, and so on."""
    parts = []
    edges = np.searchsorted(row, np.arange(0, ahead.shape[0] + batch, batch))
    for number, first in enumerate(range(0, ahead.shape[0], batch)):
        parts += [ahead[first : first + batch].T.reshape(-1), after[edges[number] : edges[number + 1]]]
    return np.concatenate(parts)
