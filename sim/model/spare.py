"""Memory that closed runs leave to the next ones of their thread: fresh memory costs more than cleared memory.

A run's largest arrays are met at random, so they stand on huge pages where the
system has any (a page's address is looked up, too), and each thread keeps its
own: two threads that fetch pages at once wait for each other.
"""

import mmap
import threading
from typing import Any, TypeVar

import numpy as np

from sim.kernels import aside as aside_room
from sim.kernels import calendar, ledger, watching

SMALLEST = 1 << 20  # bytes: smaller arrays come and go as others do
PAGE = 1 << 21
KEPT = 32  # blocks, for each thread
TABLE = TypeVar("TABLE")
_PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}


class _Blocks(threading.local):
    """The blocks of memory that nobody uses now: uint8[] each."""

    def __init__(self) -> None:
        self.free: list[np.ndarray] = []


_BLOCKS = _Blocks()


def _block(size: int) -> np.ndarray:
    """SIZE bytes from the beginning of a page on: of the smallest free block that is enough and no waste, or new."""
    wanted = -(-size // PAGE) * PAGE + PAGE
    enough = [i for i, block in enumerate(_BLOCKS.free) if wanted <= block.size <= 2 * wanted]
    if enough:
        block = _BLOCKS.free.pop(min(enough, key=lambda i: _BLOCKS.free[i].size))
    else:
        try:
            pages = mmap.mmap(-1, wanted, **_PRIVATE)
        except OSError as failure:
            raise MemoryError(f"{wanted:,} bytes") from failure
        if hasattr(mmap, "MADV_HUGEPAGE"):
            pages.madvise(mmap.MADV_HUGEPAGE)
        block = np.frombuffer(pages, np.uint8)
    first = -block.ctypes.data % PAGE
    return block[first : first + size]


def array(size: int, dtype: Any) -> np.ndarray:
    """DTYPE[SIZE]; whatever stands in it."""
    kind = np.dtype(dtype)
    wanted = size * kind.itemsize
    if wanted < SMALLEST:
        return np.empty(size, kind)
    return _block(wanted).view(kind)


def cleared(size: int, dtype: Any) -> np.ndarray:
    """DTYPE[SIZE] of zeros."""
    found = array(size, dtype)
    found.view(np.uint8)[:] = 0
    return found


def like(columns: TABLE, size: int) -> TABLE:
    """A table (a NamedTuple of arrays) with columns as those of COLUMNS, of SIZE rows; whatever stands in them."""
    return type(columns)(*(array(size, column.dtype) for column in columns))  # type: ignore[attr-defined]


def doubled(column: np.ndarray) -> np.ndarray:
    """COLUMN (DTYPE[n]) with room for as much again behind it (DTYPE[2 n]); the column itself is left."""
    larger = array(2 * column.size, column.dtype)
    larger[: column.size] = column
    leave(column)
    return larger


def queue(events: int, minutes: int) -> calendar.Queue:
    """An empty calendar of MINUTES with room for EVENTS."""
    names = calendar.empty_queue(0, minutes)
    return like(names, events)._replace(head=names.head)


def aside(reads: int, stories: int) -> aside_room.Aside:
    """Room for READS (a power of two) laid aside."""
    return aside_room.empty_aside(0, stories)._replace(
        reads=array(reads, aside_room.READ),
        buckets=cleared(max(reads, 1), aside_room.BUCKET),
        touched=aside_room.empty_touched(reads),
    )


def tally(hours: int, watched: int, comments: int) -> ledger.Tally:
    """Nothing counted yet (`ledger.empty_tally`)."""
    watch = array(watched, ledger.WATCH)
    watching.unread_into(watch)
    return ledger.empty_tally(hours, 0, comments)._replace(watch=watch, fresh=ledger.empty_marks(watched))


def leave(*arrays: np.ndarray) -> None:
    """Leave ARRAYS of `array` to this thread's next run; nobody may look at them any more."""
    for one in arrays:
        owner: Any = one
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        known = any(owner is block for block in _BLOCKS.free)
        if isinstance(owner.base, memoryview) and not known:  # a block's, not numpy's
            _BLOCKS.free.append(owner)
    _BLOCKS.free.sort(key=lambda block: -block.size)
    del _BLOCKS.free[KEPT:]
