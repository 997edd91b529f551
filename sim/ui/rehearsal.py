"""A run as the app does it: a first look on 100,000 accounts within seconds, then the scenario's own size."""

import threading
import time
from collections.abc import Callable

from sim.errors import UserError
from sim.graph.follower_graph import FollowerGraph
from sim.runs import compare as comparing
from sim.runs.compare import CancelledError
from sim.runs.findings import findings
from sim.scenario.schema import Scenario
from sim.ui import desk
from sim.ui.state import QUICK, Found, Inputs, Order, Progress

QUICK_REPLICATES = 8
PAUSE = 0.2
"""Seconds between two progress reports."""


class Meter:
    """Turns the kernel's progress into reports with time left, a few per second; stops a run that was cancelled."""

    def __init__(self, cancel: threading.Event, tell: Callable[[Progress], None], phase: str) -> None:
        self.cancel = cancel
        self.tell = tell
        self.phase = phase
        self._began = time.monotonic()
        self._text = ""
        self._told = 0.0

    def __call__(self, text: str, done: int, total: int) -> None:
        """Take a report of `runs.compare`."""
        if self.cancel.is_set():
            raise CancelledError
        now = time.monotonic()
        if text != self._text:
            self._text, self._began = text, now
        elif now - self._told < PAUSE and done < total:
            return
        self._told = now
        left = (now - self._began) * (total - done) / done if done else None
        phase = "growing" if text.startswith("growing") else self.phase
        self.tell(Progress(phase, 0, done, total, left))


def graph_of(scenario: Scenario, meter: Meter) -> FollowerGraph:
    """The scenario's grown graph, from the stock when it is there."""
    return desk.STOCK.get(scenario.graph, lambda: comparing.grow_graph(scenario, desk.jobs(), meter))


def rehearse(order: Order, tell: Callable[[Progress], None], show: Callable[[Found], None]) -> None:
    """Run ORDER: SHOW gets the first look and then the final answer, TELL the progress.

    Raises UserError (input), CancelledError (stopped).
    """
    inputs, cancel = order.inputs, order.cancel
    comparing.check_budget(inputs.scenario, inputs.scenario.strategies)
    with desk.DESK.seat(cancel, lambda ahead: tell(Progress("waiting", ahead))):
        quick = inputs.scenario.graph.accounts > QUICK
        if quick:
            try:
                smaller = inputs.scenario.with_accounts(QUICK)
                found = _compare(inputs, smaller, cancel, Meter(cancel, tell, "quick"), QUICK_REPLICATES)
                show(Found(inputs, found, findings(found), final=False))
            except UserError:
                pass  # too small a graph for the cast: the full size decides
        found = _compare(inputs, inputs.scenario, cancel, Meter(cancel, tell, "full"), None)
        show(Found(inputs, found, findings(found), final=True))


def _compare(
    inputs: Inputs, scenario: Scenario, cancel: threading.Event, meter: Meter, replicates: int | None
) -> comparing.Comparison:
    tell = Progress("growing")
    meter.tell(tell)
    return comparing.compare(
        scenario,
        graph=graph_of(scenario, meter),
        seed=inputs.seed,
        replicates=replicates,
        max_seconds=60.0 * inputs.minutes,
        jobs=desk.jobs(),
        progress=meter,
        cancel=cancel,
    )
