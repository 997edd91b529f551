"""Work ends when nobody is there to see it: a tab that was closed, crashed or lost its network stops its run.

A tab that closes properly says so and Solara takes its session down at once.
One that just vanishes is only noticed by its websocket; its session is kept
for a while, so that a short loss of network does no harm, but its work is
stopped after PATIENCE seconds.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

import solara
import solara.lab
from solara.server import kernel_context

from sim.errors import EnvironmentFailure, UserError
from sim.runs.compare import CancelledError
from sim.ui.crew import WorkFailed

PATIENCE = 5.0
PULSE = 0.5

RESULT = TypeVar("RESULT")
log = logging.getLogger(__name__)


def use_work(
    work: Callable[[], RESULT], dependencies: list[Any], cancel: threading.Event | None = None
) -> "solara.lab.Task[[], RESULT | None]":
    """`solara.lab.use_task` in a thread, for a tab that may go: None when WORK was cancelled, its error when it failed.

    cancel  is set when DEPENDENCIES change or the tab goes

    Solara 1.58 keeps every task's function for as long as the server runs,
    and with it whatever that function sees; so it is given one that sees a
    list, which is emptied when the component goes.
    """
    held: list[Callable[[], RESULT]] = solara.use_memo(list, [])
    held[:] = [work]
    solara.use_effect(lambda: held.clear, [])
    solara.use_effect(lambda: cancel.set if cancel is not None else None, dependencies)

    def run() -> RESULT | None:
        wanted = held[:1]  # in one step: the component may go at any moment
        if not wanted:
            return None
        try:
            with attended(cancel) if cancel is not None else nullcontext():
                return wanted[0]()
        except CancelledError:
            return None
        except (UserError, EnvironmentFailure, WorkFailed):
            raise  # told on the page; what failed in a process is in the log already
        except Exception:
            log.exception("work for a page failed")
            raise

    return solara.lab.use_task(run, dependencies=dependencies, raise_error=False)


def here() -> Callable[[], bool]:
    """A function that tells whether the tab of the calling thread is connected; always, outside of a server."""
    if not kernel_context.has_current_context():
        return lambda: True
    context = kernel_context.get_current_context()

    def connected() -> bool:
        states = list(context.page_status.values())
        return not states or kernel_context.PageStatus.CONNECTED in states

    return connected


@contextmanager
def attended(
    cancel: threading.Event, connected: Callable[[], bool] | None = None, patience: float = PATIENCE
) -> Iterator[None]:
    """While the block runs, set CANCEL once the tab has been away for PATIENCE seconds."""
    there = connected or here()
    finished = threading.Event()

    def watch() -> None:
        seen = time.monotonic()
        while not finished.wait(min(PULSE, patience / 4)) and not cancel.is_set():
            if there():
                seen = time.monotonic()
            elif time.monotonic() - seen >= patience:
                cancel.set()

    threading.Thread(target=watch, name="presence", daemon=True).start()
    try:
        yield
    finally:
        finished.set()
