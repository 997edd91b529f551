"""A run as the app does it: a first look on 100,000 accounts within seconds, then the scenario's own size.

`grown` and `compared` compute, in a process of the crew; `rehearse` says what is to be computed, in the server.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.errors import UserError
from sim.graph.follower_graph import FollowerGraph
from sim.results import contrast, report, worlds
from sim.results.outcome import CURVES
from sim.runs import compare as comparing
from sim.runs.compare import CancelledError, Comparison
from sim.runs.findings import ASSUMPTIONS, SHIPPED, findings, verdict_of
from sim.scenario.schema import Scenario
from sim.ui import desk
from sim.ui.state import QUICK, Band, Found, Inputs, Order, Progress

QUICK_REPLICATES = 8
Tell = Callable[[Progress], None]
PAUSE = 0.4
"""Seconds between two progress reports."""


class Meter:
    """Turns the kernel's progress into reports with time left, a few per second; stops a run that was cancelled."""

    def __init__(self, cancel: threading.Event, tell: Tell, phase: str) -> None:
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

    def grown(self, done: int, total: int) -> None:
        """Take a report of the growth of a graph."""
        self("growing the follower graph", done, total)


def grown(scenario: Scenario, folder: Path, jobs: int, *, report: Tell, cancel: threading.Event) -> int:
    """Grow the scenario's graph into FOLDER; its links."""
    meter = Meter(cancel, report, "growing")
    graph = comparing.grow_graph(scenario, jobs, meter)
    graph.save(folder)
    return graph.links


def compared(
    inputs: Inputs,
    scenario: Scenario,
    graph: Path,
    replicates: int | None,
    jobs: int,
    *,
    report: Tell,
    cancel: threading.Event,
) -> Found:
    """The answer to INPUTS on SCENARIO, which are they or a smaller one of theirs."""
    final = scenario.graph.accounts == inputs.scenario.graph.accounts
    comparison = comparing.compare(
        scenario,
        graph=FollowerGraph.open(graph),
        seed=inputs.seed,
        replicates=replicates,
        max_seconds=60.0 * inputs.minutes,
        jobs=jobs,
        progress=Meter(cancel, report, "full" if final else "quick"),
        cancel=cancel,
    )
    return answer(inputs, comparison, final)


def answer(inputs: Inputs, of: Comparison, final: bool) -> Found:
    """What the page shows of a comparison."""
    higher = of.goal.higher_is_better
    here = of.matrix("goal", SHIPPED, of.ranked)
    doubtful = None if of.drawn.empty else worlds.shares(of.matrix("goal", ASSUMPTIONS, of.ranked), here, higher)
    return Found(
        inputs=inputs,
        comparison=replace(of, curves=of.curves.iloc[:0], parts=of.parts.iloc[:0]),
        findings=findings(of),
        final=final,
        verdict=verdict_of(of),
        bands=bands(of),
        totals=report.totals(of.curves),
        shipped=contrast.probability_best(here, higher),
        doubtful=None if doubtful is None else np.asarray(doubtful.probability),
    )


def bands(of: Comparison) -> dict[tuple[str, bool, str], Band]:
    """The mean and the middle 8 of 10 replicates of every curve, hour by hour and added up since the start."""
    found = {}
    for strategy in of.strategies:
        rows = of.curves[of.curves["strategy"] == strategy]
        for metric in (name for name in CURVES if name in of.curves):
            hourly = rows.pivot(index="replicate", columns="hour", values=metric).to_numpy(np.float64)
            for added, values in ((False, hourly), (True, hourly.cumsum(axis=1))):
                low, high = np.quantile(values, [0.1, 0.9], axis=0)
                found[metric, added, strategy] = Band(values.mean(axis=0), low, high)
    return found


@contextmanager
def grown_graph(scenario: Scenario, cancel: threading.Event, tell: Tell) -> Iterator[Path]:
    """The folder with the scenario's graph while the block runs, grown if it is not in the stock."""

    def grow(folder: Path) -> int:
        try:
            return desk.CREW.play(grown, scenario, folder, desk.jobs(), report=tell, cancel=cancel)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    with desk.STOCK.graph(scenario.graph, desk.CREW.folder, grow, cancel) as folder:
        yield folder


def rehearse(order: Order, tell: Tell, show: Callable[[Found], None]) -> None:
    """Run ORDER: SHOW gets the first look and then the final answer, TELL the progress.

    Raises UserError (input), CancelledError (stopped).
    """
    inputs, cancel = order.inputs, order.cancel
    comparing.check_budget(inputs.scenario, inputs.scenario.strategies)

    def look(scenario: Scenario, replicates: int | None) -> None:
        tell(Progress("growing"))
        with grown_graph(scenario, cancel, tell) as graph:
            given = (inputs, scenario, graph, replicates, desk.jobs())
            found = desk.CREW.play(compared, *given, report=tell, cancel=cancel)
        show(replace(found, inputs=inputs))  # the same object again, which is compared by its name

    with desk.DESK.seat(cancel, lambda ahead: tell(Progress("waiting", ahead))):
        if inputs.scenario.graph.accounts > QUICK:
            with suppress(UserError):  # too small a graph for the cast: the full size decides
                look(inputs.scenario.with_accounts(QUICK), QUICK_REPLICATES)
        look(inputs.scenario, None)
