"""The desk that all sessions share: a few seats for runs, a queue that says so, and the graphs grown last.

Nothing here belongs to a session: seats are numbers, graphs are immutable and
shared on purpose.
"""

import contextlib
import os
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sim.graph.follower_graph import FollowerGraph
from sim.runs.compare import CancelledError


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


class Stock:
    """The graphs grown last, by their recipe: a second run on the same market need not grow it again.

    Two who ask for the same graph at once wait for one growth.
    """

    def __init__(self, most_links: int = 120_000_000) -> None:
        self._most = most_links
        self._kept: OrderedDict[Any, FollowerGraph] = OrderedDict()
        self._growing: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, recipe: Any, grow: Callable[[], FollowerGraph]) -> FollowerGraph:
        """The graph of RECIPE, grown when it is not at hand. Graphs are never changed, so they are shared."""
        with self._lock:
            mine = self._growing.setdefault(recipe, threading.Lock())
        with mine:
            with self._lock:
                if recipe in self._kept:
                    self._kept.move_to_end(recipe)
                    return self._kept[recipe]
            graph = grow()
            with self._lock:
                self._kept[recipe] = graph
                self._growing.pop(recipe, None)
                while len(self._kept) > 1 and sum(kept.links for kept in self._kept.values()) > self._most:
                    self._kept.popitem(last=False)
            return graph


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seats_from(environment: str | None, cores: int) -> int:
    """Runs at once: what DANDELION_RUNS says, else half the cores."""
    if environment and environment.isdigit() and int(environment) > 0:
        return min(int(environment), 64)
    return max(1, cores // 2)


NICE = 10
"""Of a thread that computes; that of the page's own is 0."""
DESK = Desk(seats_from(os.environ.get("DANDELION_RUNS"), _cores()))
STOCK = Stock()


def step_back() -> None:
    """Let the page go first: the calling thread, and those it starts, get the processor only when no click wants it.

    Linux counts niceness by thread; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def jobs() -> int:
    """Threads for a run that begins now: a fair part of the cores, of which one is left to the page."""
    return max(1, (_cores() - 1) // max(1, DESK.busy))
