"""Trials: launches played against the same luck, as many as asked, none twice (`book`).

Replicate r of a trial is replicate r of `compare` with that seed; replicates
from UNSEEN on are luck for choosing, so that what is reported was never used
to choose.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, Unpack

import numpy as np

from sim.model import course as course_room
from sim.model.launch import Strategy
from sim.model.stage import Stage
from sim.planning import book as book_room
from sim.planning import steps
from sim.planning.work import How, Work
from sim.results import contrast, metrics
from sim.runs import compare as comparing
from sim.runs.play import play
from sim.scenario.schema import Scenario

UNSEEN = 1 << 30
NAME = "trial"
RESULT = TypeVar("RESULT")


class Trials:
    """Launches on one stage, as `work.How` says: any number of jobs gives the same bits."""

    def __init__(self, scenario: Scenario, stage: Stage, goal: metrics.Goal, **how: Unpack[How]):
        work = Work(**how)
        self.scenario = scenario
        self.stage = stage
        self.goal = goal
        self.seed = work.seed
        self.jobs = work.jobs
        self.progress = work.progress
        self.cancel = work.cancel
        self.book = work.plays
        self._mark = book_room.mark(scenario, self.seed)

    def course(self, strategy: Strategy, replicate: int) -> course_room.Course:
        """One play, with the arrays of its run."""
        return course_room.play(*self._asked(strategy, replicate))

    def _asked(self, strategy: Strategy, replicate: int) -> tuple[Scenario, Stage, str, int]:
        steps.heed(self.cancel)
        scenario = self.scenario.model_copy(update={"strategies": {NAME: strategy}})
        return scenario, self.stage, NAME, comparing.replicate_seed(self.seed, replicate)

    def plays(
        self, strategies: Sequence[Strategy], replicates: Sequence[int], text: str
    ) -> list[list[book_room.Metrics]]:
        """What the book keeps of every play, [replicate][strategy]; those it lacks are played."""
        keys = [book_room.key(self._mark, strategy) for strategy in strategies]
        tasks = [
            (key, strategy, r)
            for r in replicates
            for key, strategy in dict(zip(keys, strategies, strict=True)).items()
            if self.book.known(key, r) is None
        ]

        def job(task: tuple[str, Strategy, int]) -> None:
            key, strategy, r = task
            self.book.add(key, r, book_room.numbers(play(*self._asked(strategy, r))))

        self.each(job, tasks, text)
        return [[self.book.known(key, r) or {} for key in keys] for r in replicates]

    def outcomes(
        self, strategies: Sequence[Strategy], replicates: Sequence[int], text: str = "playing the launches"
    ) -> dict[str, np.ndarray]:
        """float64[replicates, strategies] of every metric, and of `book.EXPECTED`; NaN: undefined."""
        plays = self.plays(strategies, replicates, text)
        table = {name: np.empty((len(replicates), len(strategies))) for name in (*metrics.METRICS, book_room.EXPECTED)}
        for row, of_one_luck in enumerate(plays):
            for column, found in enumerate(of_one_luck):
                for name, value in found.items():
                    if name in table:
                        table[name][row, column] = np.nan if value is None else value
        return table

    def score(self, strategies: Sequence[Strategy], replicates: Sequence[int], text: str = "") -> np.ndarray:
        """float64[replicates, strategies] of the goal."""
        return self.goal.score(self.outcomes(strategies, replicates, text or "playing the launches"))

    def worth(self, strategies: Sequence[Strategy], replicates: Sequence[int], text: str) -> np.ndarray:
        """`score` (float64[replicates, strategies]) to compare means: `steady`, so less luck where orders count."""
        return self.goal.score(steady(self.outcomes(strategies, replicates, text)))

    def tick(self, text: str) -> steps.Tick:
        """What long work without plays calls with (done, all): it tells of TEXT, and stops where that was asked."""
        told = steps.ticker(self.progress, self.cancel)
        return lambda done, whole: told(text, done, whole)

    def each(self, job: Callable[..., RESULT], tasks: Sequence[object], text: str) -> list[RESULT]:
        """JOB for every one of TASKS, in order, over the threads."""
        found = []
        pool = ThreadPoolExecutor(max_workers=self.jobs)
        try:
            for count, one in enumerate(pool.map(job, tasks), 1):
                found.append(one)
                steps.heed(self.cancel)
                if self.progress is not None:
                    self.progress(text, count, len(tasks))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return found


def steady(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """`Trials.outcomes` (float64[...] each) with orders as their hazards say instead of as they fell: less luck."""
    return found | {"orders": found[book_room.EXPECTED]}


def judged(values: np.ndarray, goal: metrics.Goal, target: float | None) -> dict[str, Any]:
    """`estimate` of VALUES float64[replicates] of GOAL, and the chance of missing TARGET (None without one)."""
    missed = None
    known = values[np.isfinite(values)]
    if target is not None and known.size:
        missed = float(np.mean(known < target if goal.higher_is_better else known > target))
    return estimate(values) | {"chance_of_missing": missed}


def estimate(values: np.ndarray) -> dict[str, Any]:
    """Mean with its 95% interval, and the tenths at both ends, of VALUES float64[replicates]; JSON-plain."""
    one = contrast.summary(values)
    return {"mean": one.mean, "ci95": ends(one), "p10": one.p10, "p90": one.p90}


def ends(of: contrast.Estimate | contrast.Difference) -> list[float] | None:
    """The interval as a list, None where there is none."""
    return None if of.low is None or of.high is None else [of.low, of.high]
