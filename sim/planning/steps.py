"""Steps of long work: who wants to know how far it got, and who may stop it."""

import threading
from collections.abc import Callable

from sim.runs import compare as comparing

Tick = Callable[[int, int], None]
"""Called with (steps done, steps in all); it may raise to stop."""


def silent(_done: int, _all: int) -> None:
    """Nobody listens."""


def heed(cancel: threading.Event | None) -> None:
    """Raise CancelledError where that was asked."""
    if cancel is not None and cancel.is_set():
        raise comparing.CancelledError


def ticker(progress: comparing.Progress | None, cancel: threading.Event | None) -> comparing.Progress:
    """PROGRESS that also stops where that was asked."""

    def told(text: str, done: int, whole: int) -> None:
        heed(cancel)
        if progress is not None:
            progress(text, done, whole)

    return told
