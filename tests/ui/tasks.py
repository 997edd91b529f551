"""What the tests give the processes to do: functions of a module, so that a process finds them by name."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from sim.errors import UserError
from sim.runs import compare


def echo(value: Any, *, report: Callable[[Any], None], cancel: threading.Event) -> tuple[int, Any]:
    report("heard")
    return os.getpid(), value


def patient(*, report: Callable[[Any], None], cancel: threading.Event) -> None:
    report("waiting")
    assert cancel.wait(60)
    raise compare.CancelledError


def deaf(*, report: Callable[[Any], None], cancel: threading.Event) -> None:
    report("deaf")
    time.sleep(600)


def wrong(kind: str, **_: Any) -> None:
    if kind == "user":
        raise UserError("days = -1 is not allowed")
    if kind == "dies":
        os._exit(3)
    print("a print between the messages harms nobody")
    raise ZeroDivisionError("by nought")
