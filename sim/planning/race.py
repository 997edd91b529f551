"""The best of many strategies, with a stated error: a race under the same luck (`sim.results.selection`).

    found = race.select(scenario, margin=0.02, error=0.05, seed=1)
    found["winner"], found["replicates"]

Who is clearly behind is played no further, so twenty strategies cost little
more than the few that are close.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from sim.errors import UserError
from sim.model.launch import Strategy
from sim.planning import trials
from sim.planning.work import How, Work
from sim.results import metrics, selection
from sim.runs import compare as comparing
from sim.scenario.schema import Scenario

FEWEST = 2


def select(
    scenario: Scenario,
    strategies: Sequence[str] | None = None,
    *,
    margin: float = selection.MARGIN,
    error: float = selection.ERROR,
    most: int = selection.MOST,
    **how: Unpack[How],
) -> dict[str, Any]:
    """The best of STRATEGIES (default: all that are ranked) on the goal; JSON-plain.

    margin  differences below this share of the leader's mean do not matter
    error   chance that the winner is not within the margin of the best
    most    replicates of one strategy; beyond it the race ends without a winner
    how     graph, seed, jobs, progress, cancel, book: see `work.How`

    Pure and deterministic for any JOBS.  Raises UserError and CancelledError.
    """
    names = comparing.chosen(scenario, strategies)
    if strategies is None:
        names = tuple(name for name in names if not scenario.strategies[name].reference) or names
    if len(names) < FEWEST:
        raise UserError(f"{scenario.name} has {len(names)} strategy to select from; a race needs at least {FEWEST}.")
    if not 0.0 < margin < 1.0:
        raise UserError(f"margin = {margin:g}: a share of the leader's mean between 0 and 1, such as 0.02.")
    goal = metrics.goal(scenario.goal)
    work = Work(**how)
    stage = work.stage(scenario)
    plays = trials.Trials(scenario, stage, goal, **work.how())
    plans = {name: scenario.strategies[name] for name in names}
    return {
        "scenario": scenario.name,
        "goal": goal.single.name if goal.single else "goal",
        **race(plays, plans, margin=margin, error=error, most=most),
        "seed": work.seed,
        "accounts": stage.accounts,
        "market_factor": stage.factor,
    }


def race(
    plays: trials.Trials,
    plans: Mapping[str, Strategy],
    *,
    margin: float = selection.MARGIN,
    error: float = selection.ERROR,
    most: int = selection.MOST,
    begin: int = 0,
) -> dict[str, Any]:
    """PLANS raced on the luck of PLAYS from replicate BEGIN on; JSON-plain. Raises UserError for a MOST too small."""
    names, higher = list(plans), plays.goal.higher_is_better
    first, batch = selection.FIRST, selection.BATCH
    if most < first * batch:
        raise UserError(f"most = {most:,}: a race needs at least {first * batch} replicates of each strategy.")
    scores = np.full((most, len(names)), np.nan)

    def play(rows: range, columns: Sequence[int]) -> None:
        told = f"racing, {len(columns)} in the race, replicates {rows.start + 1} to {rows.stop}"
        found = plays.score([plans[names[i]] for i in columns], [begin + r for r in rows], told)
        scores[np.ix_(list(rows), list(columns))] = found

    play(range(first * batch), range(len(names)))
    start = scores[: first * batch].reshape(first, batch, -1).mean(axis=1)
    zone = selection.relative_margin(start, margin, higher) if np.isfinite(start).all() else margin
    running = selection.Race(start, zone, error, higher)
    standing = running.standing
    done = first * batch
    while standing.winner is None and done + batch <= most:
        play(range(done, done + batch), standing.alive)
        standing = running.feed(scores[done : done + batch].mean(axis=0))
        done += batch
    rows = {
        names[i]: {
            **trials.estimate(scores[:, i]),
            "replicates": standing.played[i] * batch,
            "alive": i in standing.alive,
        }
        for i in range(len(names))
    }
    winner = None if standing.winner is None else names[standing.winner]
    return {
        "winner": winner,
        "left": [names[i] for i in standing.alive],
        "margin": zone,
        "error": error,
        "replicates": done,
        "plays": sum(standing.played) * batch,
        "strategies": rows,
        "sentence": _sentence(winner, [names[i] for i in standing.alive], plays.goal, zone, error, done),
    }


def _sentence(
    winner: str | None, left: list[str], goal: metrics.Goal, zone: float, error: float, replicates: int
) -> str:
    measure = goal.measure
    near = f"{metrics.write(zone, measure)} {measure.unit}".rstrip()
    if winner is None:
        return (
            f"No winner after {replicates:,} replicates: {', '.join(left)} are left. Allow more replicates or a wider "
            "margin."
        )
    return (
        f"{winner} is best on {measure.label}, or within {near} of the best, with {100 * (1 - error):.0f}% certainty."
    )
