"""The main job: rival strategies against the same luck, replicate by replicate, until it is clear which one leads."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.errors import UserError
from sim.graph import grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import draws, links
from sim.model.costs import bill
from sim.model.stage import set_stage
from sim.results import metrics, sequential
from sim.results.outcome import Outcome
from sim.runs import assumptions
from sim.runs.play import play
from sim.scenario.schema import Scenario

Progress = Callable[[str, int, int], None]
FEWEST = 16


class CancelledError(Exception):
    """The caller asked to stop."""


@dataclass(frozen=True)
class Comparison:
    """Matched outcomes of rival strategies.

    outcomes   one row per (luck, replicate, strategy): columns luck ("shipped" or "assumptions"), replicate,
               strategy, seed, and one per metric
    curves     one row per (strategy, replicate, hour) at the shipped parameters: what was new in that hour
    drawn      one row per replicate: the parameters drawn under "assumptions"
    stopped    leader, width, limit (by `auto`) or fixed
    """

    scenario: Scenario
    goal: metrics.Goal
    strategies: tuple[str, ...]
    ranked: tuple[str, ...]
    outcomes: pd.DataFrame
    parts: pd.DataFrame
    curves: pd.DataFrame
    drawn: pd.DataFrame
    spend: dict[str, dict[str, float]]
    stopped: str
    replicates: int
    seed: int
    accounts: int
    links: int
    factor: float
    seconds: float

    def matrix(self, metric: str, luck: str, strategies: Sequence[str] | None = None) -> np.ndarray:
        """float64[replicates, strategies] of METRIC, or of the goal when METRIC is "goal"; NaN: undefined."""
        names = list(strategies or self.strategies)
        rows = self.outcomes[self.outcomes["luck"] == luck]
        if metric != "goal":
            return rows.pivot(index="replicate", columns="strategy", values=metric)[names].to_numpy(np.float64)
        values = {
            m: rows.pivot(index="replicate", columns="strategy", values=m)[names].to_numpy(np.float64)
            for m, _ in self.goal.weights
        }
        return self.goal.score(values)


def grow_graph(scenario: Scenario, jobs: int, progress: Progress | None = None) -> FollowerGraph:
    """The scenario's grown follower graph."""
    growth = links.Growth(**scenario.graph.model_dump())
    if progress is None:
        return grow.grow(growth, threads=jobs)
    return grow.grow(
        growth, threads=jobs, progress=lambda done, total: progress("growing the follower graph", done, total)
    )


def check_budget(scenario: Scenario, strategies: Iterable[str]) -> dict[str, dict[str, float]]:
    """What each strategy spends by item; a UserError when one exceeds the scenario's budget."""
    spent = {}
    for name in strategies:
        items = bill(scenario, name)
        if items["total"] > scenario.budget:
            worst = max((key for key in items if key != "total"), key=lambda key: items[key])
            raise UserError(
                f"[strategies.{name}] spends {items['total']:,.0f} RMB, the budget is {scenario.budget:,.0f} RMB.\n"
                f"Most goes to {worst.replace('_', ' ')} ({items[worst]:,.0f} RMB): take fewer posts or raise budget."
            )
        spent[name] = items
    return spent


def chosen(scenario: Scenario, strategies: Sequence[str] | None) -> tuple[str, ...]:
    """The strategies to run, all by default; a UserError for a name the scenario lacks."""
    if strategies is None:
        return tuple(scenario.strategies)
    for name in strategies:
        if name not in scenario.strategies:
            raise UserError(f"{name!r} is not a strategy of {scenario.name}. Known: {', '.join(scenario.strategies)}.")
    if not strategies:
        raise UserError(f"No strategy was named. Known: {', '.join(scenario.strategies)}.")
    return tuple(dict.fromkeys(strategies))


def replicate_seed(seed: int, replicate: int) -> int:
    """The seed of one replicate's luck: a hash, so that neighbouring seeds share nothing."""
    return int(draws.bits(np.uint64(seed) * np.uint64(2) + np.uint64(1), replicate)) >> 1


def compare(
    scenario: Scenario,
    *,
    graph: FollowerGraph | None = None,
    strategies: Sequence[str] | None = None,
    goal: str | None = None,
    seed: int = 1,
    replicates: int | None = None,
    max_seconds: float | None = None,
    jobs: int | None = None,
    doubt: bool = True,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Comparison:
    """Play STRATEGIES (default: all) against the same luck.

    replicates   a fixed number, or None: until a leader, the wanted width, or the limit (`results.sequential`)
    doubt        also play every replicate under parameters drawn from their doubt
    jobs         threads over replicates; any number gives the same bits
    Raises UserError (input), CancelledError (when CANCEL is set).
    """
    began = time.monotonic()
    jobs = jobs or os.cpu_count() or 1
    names = chosen(scenario, strategies)
    spent = check_budget(scenario, names)
    wanted = metrics.goal(goal if goal is not None else scenario.goal)
    ranked = tuple(name for name in names if not scenario.strategies[name].reference) or names
    world = graph if graph is not None else grow_graph(scenario, jobs, progress)
    stage = set_stage(scenario, world)
    doubtful = assumptions.doubts(scenario) if doubt else []
    plan = sequential.plan(width=2 * scenario.width) if replicates is None else None
    target = plan.looks[0] if plan is not None else int(replicates or 1)
    rows: list[dict[str, object]] = []
    parts: list[dict[str, object]] = []
    drawn: list[dict[str, float]] = []
    curves: list[tuple[str, int, Outcome]] = []
    stopped = "fixed"
    done = 0

    def job(task: tuple[int, str]) -> tuple[int, str, dict[str, float], dict[str, Outcome]]:
        replicate, luck = task
        if cancel is not None and cancel.is_set():
            raise CancelledError
        luck_seed = replicate_seed(seed, replicate)
        values: dict[str, float] = {}
        plays, set_up = scenario, stage
        if luck == "assumptions":
            values = assumptions.draw(doubtful, luck_seed)
            plays, set_up = assumptions.assume(scenario, stage, values)
        found = {}
        for name in names:
            if cancel is not None and cancel.is_set():
                raise CancelledError
            found[name] = play(plays, set_up, name, luck_seed)
        return replicate, luck, values, found

    executor = ThreadPoolExecutor(max_workers=jobs)
    try:
        while True:
            lucks = ["shipped", "assumptions"] if doubtful else ["shipped"]
            tasks = [(replicate, luck) for replicate in range(done, target) for luck in lucks]
            for count, (replicate, luck, values, found) in enumerate(executor.map(job, tasks), 1):
                for name, outcome in found.items():
                    mark = {
                        "luck": luck,
                        "replicate": replicate,
                        "strategy": name,
                        "seed": replicate_seed(seed, replicate),
                    }
                    rows.append(mark | {metric: outcome.metrics[metric] for metric in metrics.METRICS})
                    if luck == "shipped":
                        parts.append(mark | outcome.parts)
                        curves.append((name, replicate, outcome))
                if values:
                    drawn.append({"replicate": float(replicate)} | values)
                if progress is not None:
                    progress("playing the launches", done * len(lucks) + count, target * len(lucks))
            done = target
            if plan is None:
                break
            frame = pd.DataFrame(rows)
            late = max_seconds is not None and time.monotonic() - began >= max_seconds
            look = sequential.look(_goal_matrix(frame, wanted, ranked), plan, wanted.higher_is_better)
            if look.stop is not None:
                stopped = look.stop
                break
            if late:
                stopped = "limit"
                break
            target = look.next or done
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    outcomes = pd.DataFrame(rows).sort_values(["luck", "replicate"], ascending=[False, True], kind="stable")
    for metric in metrics.METRICS:
        outcomes[metric] = outcomes[metric].astype(np.float64)
    return Comparison(
        scenario=scenario,
        goal=wanted,
        strategies=names,
        ranked=ranked,
        outcomes=outcomes.reset_index(drop=True),
        parts=pd.DataFrame(parts),
        curves=curve_table(curves),
        drawn=pd.DataFrame(drawn),
        spend=spent,
        stopped=stopped,
        replicates=done,
        seed=seed,
        accounts=stage.accounts,
        links=stage.casting.graph.links,
        factor=stage.factor,
        seconds=time.monotonic() - began,
    )


def _goal_matrix(frame: pd.DataFrame, goal: metrics.Goal, names: Sequence[str]) -> np.ndarray:
    rows = frame[frame["luck"] == "shipped"]
    values = {
        metric: rows.pivot(index="replicate", columns="strategy", values=metric)[list(names)].astype(float).to_numpy()
        for metric, _ in goal.weights
    }
    return goal.score(values)


def curve_table(runs: Sequence[tuple[str, int, Outcome]]) -> pd.DataFrame:
    """RUNS (strategy, replicate, outcome) of one horizon, hour by hour: strategy, replicate, hour, and what was new per
    curve (float64; NaN where a run has no such curve)."""
    hours = next(iter(runs[0][2].curves.values())).size
    unknown = np.full(hours, np.nan)
    names = dict.fromkeys(name for _, _, outcome in runs for name in outcome.curves)
    columns = {name: np.concatenate([outcome.curves.get(name, unknown) for _, _, outcome in runs]) for name in names}
    return pd.DataFrame(
        {
            "strategy": [strategy for strategy, _, _ in runs for _ in range(hours)],
            "replicate": np.repeat([replicate for _, replicate, _ in runs], hours),
            "hour": np.tile(np.arange(hours, dtype=np.int32), len(runs)),
        }
        | columns
    )
