"""Who is to be thanked for the orders: by the messenger first met, by the last, and by what is missing without each.

found = attribution.attribute(scenario, "both", seed=1)
found["first"]["kol"], found["incremental"]["kols"]
"""

from typing import Any, Unpack

import numpy as np

from sim.errors import UserError
from sim.kernels import response
from sim.model import schedule
from sim.planning import trials
from sim.planning.book import Metrics
from sim.planning.work import How, Work
from sim.results import contrast, metrics
from sim.runs import compare as comparing
from sim.scenario.schema import Scenario


def attribute(scenario: Scenario, strategy: str, *, replicates: int = 24, **how: Unpack[How]) -> dict[str, Any]:
    """Orders of STRATEGY, those that come anyway, and three ways to attribute the rest: JSON-plain, market size.

    how           graph, seed, jobs, progress, cancel, book: see `work.How`
    first, last   orders by the messenger of the original that a buyer read first, last
    incremental   by word of `by` (brand, kols, a KOL's name, employees, leader, branches): the orders that are missing
                  when its posts are left out, under the same luck; they need not add up to the whole, for two
                  messengers may have won the same buyer, or need each other

    Each number is {"mean", "ci95"} over matched REPLICATES; any number of jobs gives the same.  Raises UserError where
    the scenario sells nothing or lacks the strategy, CancelledError when it is cancelled.
    """
    comparing.chosen(scenario, [strategy])
    if scenario.orders is None:
        raise UserError(
            f"{scenario.name} sells nothing: the scenario has no table [orders].\n"
            "Add the line [orders] to count orders."
        )
    work = Work(**how)
    launches = trials.Trials(scenario, work.stage(scenario), metrics.goal("orders"), **work.how())
    whole = schedule.followed(scenario, scenario.strategies[strategy])
    words = list(dict.fromkeys(action.by for action in whole.posts))
    others = [tuple(action for action in whole.posts if action.by != word) for word in words]
    plans = [whole, *(whole.model_copy(update={"posts": posts}) for posts in others)]
    plays = launches.plays(plans, range(replicates), "playing with and without each messenger")
    full = [row[0] for row in plays]
    orders = np.array([[play["orders"] for play in row] for row in plays], np.float64)
    return {
        "scenario": scenario.name,
        "strategy": strategy,
        "replicates": replicates,
        "seed": work.seed,
        "orders": _count(orders[:, 0]),
        "anyway": _count(_column(full, "orders_anyway")),
        "first": _by_messenger(full, "first"),
        "last": _by_messenger(full, "last"),
        "incremental": {word: _estimate(orders[:, 0] - orders[:, 1 + k]) for k, word in enumerate(words)},
    }


def _by_messenger(plays: list[Metrics], which: str) -> dict[str, dict[str, Any]]:
    found = {name: _column(plays, f"orders_{which}_{name}") for name in response.MESSENGERS}
    return {name: _count(values) for name, values in found.items() if values.any()}


def _column(plays: list[Metrics], name: str) -> np.ndarray:
    return np.array([play[name] for play in plays], np.float64)


def _estimate(values: np.ndarray) -> dict[str, Any]:
    one = contrast.summary(values)
    return {"mean": one.mean, "ci95": trials.ends(one)}


def _count(values: np.ndarray) -> dict[str, Any]:
    """`_estimate` of what cannot be fewer than none: the interval loses nothing by ending there."""
    found = _estimate(values)
    return found | {"ci95": found["ci95"] and [max(found["ci95"][0], 0.0), found["ci95"][1]]}
