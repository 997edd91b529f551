"""Python's garbage, collected when a page is left instead of while somebody clicks.

A full collection looks at all that every open page holds and lets nobody else
run meanwhile: .1 to .3 s with five pages open, to find some twenty objects.
What is worth finding falls due when a page goes, so it is looked for then.
"""

import gc
import threading
from collections.abc import Callable

SELDOM = 1000
"""Younger collections before a full one comes by itself; Python's own 10 bring one every few seconds of drawing."""
DELAY = 2.0
"""Seconds from a page's end to the collection: by then its threads have let go, and others left with it are done."""


class Collector:
    """Full collections for one server, each for all pages left within DELAY."""

    def __init__(self) -> None:
        self._due: threading.Timer | None = None
        self._lock = threading.Lock()
        self._before = gc.get_threshold()

    def begin(self) -> None:
        """From now on: what was imported is not looked at any more, and full collections are seldom."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*self._before[:2], SELDOM)

    def page(self) -> Callable[[], None]:
        """A page began; what is returned is to be called at its end (for `solara.lab.on_kernel_start`)."""
        return self.left

    def left(self) -> None:
        """A page was left."""
        with self._lock:
            if self._due is None:
                self._due = threading.Timer(DELAY, self._collect)
                self._due.daemon = True
                self._due.start()

    def _collect(self) -> None:
        with self._lock:
            self._due = None
        gc.collect()

    def end(self) -> None:
        """Python's own way again."""
        with self._lock:
            if self._due is not None:
                self._due.cancel()
                self._due = None
        gc.set_threshold(*self._before)
        gc.unfreeze()
