"""The desk that all sessions share: a few seats for runs, a queue that says so, the processes, the graphs grown last.

Nothing here belongs to a session: seats are numbers, graphs are immutable and
shared on purpose.
"""

import os
import shutil
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.runs.compare import CancelledError
from sim.ui.crew import Crew


class Desk:
    """At most SEATS runs at once, first come first served."""

    def __init__(self, seats: int) -> None:
        self.seats = max(1, seats)
        self._busy = 0
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def seat(self, cancel: threading.Event, waiting: Callable[[int], None]) -> Iterator[None]:
        """Hold a seat. WAITING is told how many stand before; CancelledError when CANCEL is set while waiting."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            told = -1
            try:
                while self._busy >= self.seats or self._queue[0] is not ticket:
                    if cancel.is_set():
                        raise CancelledError
                    ahead = self._queue.index(ticket) + 1
                    if ahead != told:
                        told = ahead
                        waiting(ahead)
                    self._changed.wait(0.1)
                self._busy += 1
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    @property
    def busy(self) -> int:
        """Seats taken."""
        return self._busy


@dataclass
class Kept:
    """A graph on disk: its folder, its links, who reads it now."""

    folder: Path
    links: int
    readers: int = 0


class Stock:
    """The graphs grown last, by their recipe: a second run on the same market need not grow it again.

    They lie on disk, where every process maps the same pages.  Two who ask for
    the same graph at once wait for one growth.
    """

    def __init__(self, most_links: int = 120_000_000) -> None:
        self._most = most_links
        self._kept: OrderedDict[Any, Kept] = OrderedDict()
        self._growing: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()
        self._grown = 0

    @contextmanager
    def graph(self, recipe: Any, place: Path, grow: Callable[[Path], int], cancel: threading.Event) -> Iterator[Path]:
        """The folder with the graph of RECIPE, which stays while the block runs; GROW is called when there is none.

        place  where new folders are put
        grow   writes the graph into the folder it is given and says how many links it has
        Raises CancelledError when CANCEL is set while another grows it.
        """
        with self._lock:
            mine = self._growing.setdefault(recipe, threading.Lock())
        while not mine.acquire(timeout=0.1):
            if cancel.is_set():
                raise CancelledError
        try:
            with self._lock:
                kept = self._kept.get(recipe)
                self._grown += kept is None
                folder = place / f"graph-{self._grown}"
            if kept is None:
                kept = Kept(folder, grow(folder))
            with self._lock:
                self._kept[recipe] = kept
                self._kept.move_to_end(recipe)
                kept.readers += 1
        finally:
            mine.release()
        try:
            self._forget()
            yield kept.folder
        finally:
            with self._lock:
                kept.readers -= 1
            self._forget()

    def _forget(self) -> None:
        """Drop the oldest that nobody reads, until the rest is small enough."""
        gone = []
        with self._lock:
            for recipe, kept in list(self._kept.items())[:-1]:
                if not kept.readers and sum(one.links for one in self._kept.values()) > self._most:
                    gone.append(self._kept.pop(recipe))
                    self._growing.pop(recipe, None)
        for kept in gone:
            shutil.rmtree(kept.folder, ignore_errors=True)


class Memory:
    """The MOST answers given last, by what was asked; they are never changed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: str) -> Any | None:
        """The answer, or None."""
        with self._lock:
            return self._kept.get(asked)

    def put(self, asked: str, answer: Any) -> None:
        """Keep ANSWER; the oldest makes room."""
        with self._lock:
            self._kept[asked] = answer
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seats_from(environment: str | None, cores: int) -> int:
    """Runs at once: what DANDELION_RUNS says, else half the cores."""
    if environment and environment.isascii() and environment.isdigit() and environment.strip("0"):
        return min(int(environment), 64) if len(environment) < 19 else 64
    return max(1, cores // 2)


DESK = Desk(seats_from(os.environ.get("DANDELION_RUNS"), _cores()))
ASIDE = Desk(1)
"""For what takes a second: it must not wait behind runs of minutes."""
CREW = Crew(DESK.seats + ASIDE.seats)
STOCK = Stock()
KNOWN = Memory(32)
DRAWING = threading.Lock()
"""Held while a page is drawn that nobody clicked on: of several runs that report at once one page is drawn at a time,
so that a click shares the interpreter with one of them and not with all."""


def jobs() -> int:
    """Threads for a run that begins now: a fair part of the cores, of which one is left to the page."""
    return max(1, (_cores() - 1) // max(1, DESK.busy))
