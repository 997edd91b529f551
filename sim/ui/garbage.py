"""Python's garbage, collected while nobody clicks.

A full collection holds the interpreter until it has looked at all that every
open page holds: some 25 ms with five pages, more with more.  Python starts one
in the middle of whatever allocates, which is drawing, which is a click.  The
server looks for a moment of silence instead.
"""

import gc
import threading
from collections.abc import Callable

SELDOM = 1000
"""Younger collections before Python starts a full one by itself; its own 10 bring one every few seconds of drawing."""
EVERY = 1.0
"""Seconds between two looks at whether it is time."""
SILENCE = 0.3
"""Seconds without a word from any page that make a moment of silence."""
LATEST = 15.0
"""Seconds after which it is time in any case: what a page drops must not pile up while others click."""


class Collector:
    """Full collections of one server, in moments when `silence()`, the seconds since a page last spoke, is long."""

    def __init__(self, silence: Callable[[], float], every: float = EVERY, latest: float = LATEST) -> None:
        self._silence, self._every, self._latest = silence, every, latest
        self._before = gc.get_threshold()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._collect, name="garbage", daemon=True)

    def begin(self) -> None:
        """From now on: what was imported is not looked at any more, and full collections wait for silence."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*self._before[:2], SELDOM)
        self._thread.start()

    def _collect(self) -> None:
        waited = 0.0
        while not self._ended.wait(self._every):
            waited += self._every
            if gc.get_count()[2] and (self._silence() >= SILENCE or waited >= self._latest):
                gc.collect()
                waited = 0.0

    def end(self) -> None:
        """Python's own way again."""
        self._ended.set()
        self._thread.join()
        gc.set_threshold(*self._before)
        gc.unfreeze()
