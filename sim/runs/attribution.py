"""Who is to be thanked for the orders: by the messenger first met, by the last, and by what is missing without each."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from sim.errors import UserError
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import response
from sim.model import attribution
from sim.model.stage import set_stage
from sim.results import contrast
from sim.runs import compare as comparing
from sim.runs.play import play
from sim.scenario.schema import Scenario


def attribute(
    scenario: Scenario,
    strategy: str,
    *,
    graph: FollowerGraph | None = None,
    replicates: int = 24,
    seed: int = 1,
    jobs: int = 1,
    progress: comparing.Progress | None = None,
    cancel: threading.Event | None = None,
) -> dict[str, Any]:
    """Orders of STRATEGY, those that come anyway, and three ways to attribute the rest: JSON-plain, market size.

    first, last   orders by the messenger of the original that a buyer read first, last
    incremental   by word of `by`: the orders that are missing when its posts are left out, under the same luck; they
                  need not add up to the whole

    Each number is {"mean", "ci95"} over matched REPLICATES; any JOBS give the same.  Raises UserError where the
    scenario sells nothing or lacks the strategy, CancelledError when CANCEL is set.
    """
    comparing.chosen(scenario, [strategy])
    if scenario.orders is None:
        raise UserError(
            f"{scenario.name} sells nothing: the scenario has no table [orders].\n"
            "Add the line [orders] to count orders."
        )
    stage = set_stage(scenario, graph if graph is not None else comparing.grow_graph(scenario, jobs, progress))
    done = [0]

    def one(replicate: int) -> tuple[dict[str, float], dict[str, float]]:
        if cancel is not None and cancel.is_set():
            raise comparing.CancelledError
        luck = comparing.replicate_seed(seed, replicate)
        outcome = play(scenario, stage, strategy, luck)
        found = {"orders": float(outcome.metrics["orders"] or 0.0)} | outcome.parts
        added = attribution.incremental(scenario, stage, strategy, luck)
        done[0] += 1
        if progress is not None:
            progress("playing with and without each messenger", done[0], replicates)
        return found, added

    with ThreadPoolExecutor(jobs) as pool:
        plays = list(pool.map(one, range(replicates)))
    whole = [found for found, _ in plays]
    added = [words for _, words in plays]
    return {
        "scenario": scenario.name,
        "strategy": strategy,
        "replicates": replicates,
        "seed": seed,
        "orders": _estimate([found["orders"] for found in whole]),
        "anyway": _estimate([found["orders_anyway"] for found in whole]),
        "first": _by_messenger(whole, "first"),
        "last": _by_messenger(whole, "last"),
        "incremental": {word: _estimate([words[word] for words in added]) for word in added[0]},
    }


def _by_messenger(whole: list[dict[str, float]], which: str) -> dict[str, dict[str, Any]]:
    found = {name: [one[f"orders_{which}_{name}"] for one in whole] for name in response.MESSENGERS}
    return {name: _estimate(values) for name, values in found.items() if any(values)}


def _estimate(values: list[float]) -> dict[str, Any]:
    one = contrast.summary(np.array(values))
    return {"mean": one.mean, "ci95": None if one.low is None else [one.low, one.high]}
