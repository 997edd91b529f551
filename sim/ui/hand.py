"""What a process that computes for the page does; `sim.ui.crew` starts it.

Python runs one thread at a time, so a process that computes cannot also answer
clicks; one that only hands tasks over can.  When its line to the server ends,
nobody is left who wants an answer: it ends too, at once.
"""

import contextlib
import os
import shutil
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from sim.errors import EnvironmentFailure, UserError
from sim.runs import compare
from sim.ui import state

NICE = 19
"""Of a process that computes; that of the page is 0, so a click goes first."""


def warm_up() -> None:
    """Run once, small, so that every kernel is compiled or loaded from the cache."""
    compare.compare(state.first_inputs().scenario.with_accounts(10_000), replicates=1, jobs=1)


class Hand:
    """One task after the other, over LINE; FOLDER is what it removes when it is orphaned."""

    def __init__(self, line: Connection, folder: Path) -> None:
        self._line, self._folder = line, folder
        self._tasks: SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...], threading.Event]] = SimpleQueue()
        self._saying = threading.Lock()

    def listen(self) -> None:
        """Take orders until there is nobody to give them: ("play", work, given) and ("stop",)."""
        cancel = threading.Event()
        while True:
            try:
                order, *rest = self._line.recv()
            except (EOFError, OSError):
                shutil.rmtree(self._folder, ignore_errors=True)  # the server ended without a word
                os._exit(0)
            if order == "play":
                cancel = threading.Event()
                self._tasks.put((rest[0], rest[1], cancel))
            else:
                cancel.set()

    def say(self, kind: str, value: Any = None) -> None:
        """One message to the server."""
        with self._saying, contextlib.suppress(OSError):
            self._line.send((kind, value))

    def report(self, value: Any) -> None:
        """What a task reports while it goes on."""
        self.say("report", value)

    def work(self) -> None:
        """Play the tasks as they come."""
        while True:
            work, given, cancel = self._tasks.get()
            try:
                self.say("result", work(*given, report=self.report, cancel=cancel))
            except (compare.CancelledError, UserError, EnvironmentFailure) as ending:
                self.say("ended", type(ending)(*map(str, ending.args)))
            except Exception as failure:
                told = f"{type(failure).__name__}: {failure}"
                self.say("failed", (told, "".join(traceback.format_exception(failure))))
            del work, given  # a film or a comparison must not stay until the next task


def main(line: Connection, folder: Path) -> None:
    """Compute until the server goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server says when to go
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICE)
    hand = Hand(line, folder)
    threading.Thread(target=hand.listen, name="orders", daemon=True).start()
    with contextlib.suppress(UserError, EnvironmentFailure):
        warm_up()
    hand.say("ready")
    hand.work()
