"""The processes that compute for the page, so that the page's own interpreter is free for clicks.

A process lives for many tasks: starting one costs seconds.  One is kept ready
beside those at work.  What is stopped gets a moment to end by itself and is
then ended from outside, so a stop holds whatever the task is doing.
"""

import atexit
import contextlib
import logging
import multiprocessing
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sim.errors import EnvironmentFailure, UserError
from sim.runs.compare import CancelledError
from sim.ui import hand

RESULT = TypeVar("RESULT")
Report = Callable[[Any], None]
PULSE = 0.05
"""Seconds between two looks at whether a task was stopped."""
PATIENCE = 0.7
"""Seconds that a stopped task gets to end by itself."""
FEWEST = 2
"""Processes kept, also when there is nothing to do."""
SPAWN = multiprocessing.get_context("spawn")
"""A fresh interpreter: a fork of a server with threads would take their locks along."""
log = logging.getLogger(__name__)


class WorkFailed(Exception):
    """A task broke in a way that is a bug; the traceback is in the log."""


class Process:
    """One process that computes, as the server sees it. READY is called once it has loaded its kernels."""

    def __init__(self, folder: Path, ready: Callable[[], None]) -> None:
        self._line, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=hand.main, args=(theirs, folder), name="crew", daemon=True)
        self._process.start()
        theirs.close()
        self._warm = threading.Event()
        threading.Thread(target=self._await, args=(ready,), name="crew", daemon=True).start()

    def _await(self, ready: Callable[[], None]) -> None:
        """Wait for its first word; after that only `play` listens."""
        with contextlib.suppress(EOFError, OSError):
            self._line.recv()
            ready()
        self._warm.set()

    @property
    def number(self) -> int:
        """The system's number of the process."""
        return self._process.pid or 0

    @property
    def lives(self) -> bool:
        """Whether it can still be given tasks."""
        return self._process.is_alive()

    def play(
        self, work: Callable[..., RESULT], given: tuple[Any, ...], report: Report, cancel: threading.Event
    ) -> RESULT:
        """What WORK says to GIVEN; see `Crew.play`."""
        while not self._warm.wait(PULSE):
            if cancel.is_set():
                raise CancelledError
        try:
            self._line.send(("play", work, given))
            return self._ending(report, cancel)
        except (EOFError, OSError):
            self._process.join(5)
            raise EnvironmentFailure(
                f"The process that computed was ended from outside (exit code {self._process.exitcode}).\n"
                "The machine may be short of memory: take fewer accounts."
            ) from None

    def _ending(self, report: Report, cancel: threading.Event) -> Any:
        """The result of the task under way, or what it raises."""
        stopped = 0.0
        while True:
            if cancel.is_set():
                now = time.monotonic()
                if not stopped:
                    stopped = now
                    self._line.send(("stop",))
                elif now - stopped > PATIENCE:
                    self.end()
                    raise CancelledError
            if not self._line.poll(PULSE):
                continue
            kind, value = self._line.recv()
            if kind == "report":
                if not cancel.is_set():
                    report(value)
            elif kind == "result":
                return value
            elif kind == "ended":
                raise value
            else:
                log.error("a task failed in process %d\n%s", self.number, value[1])
                raise WorkFailed(value[0])

    def end(self) -> None:
        """End it now, whatever it does."""
        self._process.kill()
        self._process.join(5)


class Crew:
    """At most MOST processes, at work or waiting for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._lock = threading.RLock()
        self._folder: Path | None = None

    @property
    def folder(self) -> Path:
        """A folder that lives as long as the server."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="dandelion-"))
                atexit.register(self.close)
            return self._folder

    @property
    def _wanted(self) -> int:
        """Processes that there should be: one more than are at work."""
        return min(self._most, max(FEWEST, len(self._busy) + 1))

    def ready(self) -> None:
        """Have a process waiting, so that the next task need not wait for one."""
        with self._lock:
            self._idle = [one for one in self._idle if one.lives]
            if len(self._idle) + len(self._busy) < self._wanted:
                # When that one is ready the next may follow: two at once would both compile the same.
                self._idle.append(Process(self.folder, self.ready))

    @contextlib.contextmanager
    def _one(self) -> Iterator[Process]:
        """A process for a while; it goes back to the others if it outlives its task."""
        with self._lock:
            self._idle = [one for one in self._idle if one.lives]
            mine = self._idle.pop(0) if self._idle else Process(self.folder, self.ready)
            self._busy.add(mine)
            self.ready()
        well = False
        try:
            yield mine
            well = True
        except (CancelledError, UserError, WorkFailed):
            well = True
            raise
        finally:
            with self._lock:
                self._busy.discard(mine)
                if well and mine.lives:
                    self._idle.insert(0, mine)  # the one that is warm works next
                    over = self._idle.pop() if len(self._idle) + len(self._busy) > self._wanted else None
                else:
                    over = mine
            if over is not None:
                over.end()

    def play(
        self,
        work: Callable[..., RESULT],
        *given: Any,
        report: Report = lambda _: None,
        cancel: threading.Event | None = None,
    ) -> RESULT:
        """What WORK says to GIVEN, computed in a process of the crew.

        work    a function of a module, called with GIVEN, `report` and `cancel`; all that passes is pickled
        report  called from this thread with what WORK reports
        cancel  when set, WORK gets `PATIENCE` seconds to end, then its process is ended
        Raises what WORK raises: UserError, CancelledError, EnvironmentFailure (also when the process was ended from
        outside); WorkFailed for anything else.
        """
        with self._one() as mine:
            return mine.play(work, given, report, cancel or threading.Event())

    def numbers(self) -> list[int]:
        """The system's numbers of the processes that live."""
        with self._lock:
            return sorted(one.number for one in (*self._idle, *self._busy) if one.lives)

    def close(self) -> None:
        """End every process and remove the folder."""
        with self._lock:
            everybody = [*self._idle, *self._busy]
            self._idle.clear()
            folder, self._folder = self._folder, None
        for one in everybody:
            one.end()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
