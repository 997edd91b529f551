"""Whom to hire, asked of the planning: on a smaller graph, in a seat of the desk; and who shares an audience."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.model.costs import bill
from sim.model.launch import Strategy
from sim.model.stage import set_stage
from sim.planning import roster as planning
from sim.runs import compare as comparing
from sim.scenario.schema import Scenario
from sim.ui import controls, desk, presence
from sim.ui.state import QUICK, Inputs

FINE = 0.45
"""People that one account may stand for, as a share of the reposts that saturate it; the planning warns at .5."""
MOST = 40
"""Accounts in the matrix of shared audiences."""


@dataclass(frozen=True, eq=False)
class Asking:
    """A roster asked for: around which launch, for how much money. An empty strategy asks nothing."""

    inputs: Inputs
    strategy: str = ""
    budget: float = 0.0
    cancel: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, eq=False)
class Answer:
    """What the planning says (`planning.Choice.plain`), and what it was asked."""

    asking: Asking
    found: dict[str, Any]

    def fits(self, inputs: Inputs, strategy: str, budget: float) -> bool:
        """Whether it answers this question too."""
        asked = self.asking
        return asked.inputs == inputs and asked.strategy == strategy and asked.budget == budget


def smaller(scenario: Scenario) -> Scenario:
    """SCENARIO on 100,000 accounts; on more, up to its own, where one would stand for too many people to saturate."""
    limit = FINE * scenario.response.saturation
    wanted = max(QUICK, math.ceil(scenario.market / limit)) if limit > 0 else QUICK
    return scenario if scenario.graph.accounts <= wanted else scenario.with_accounts(wanted)


def graph_of(scenario: Scenario) -> FollowerGraph:
    """The grown graph of SCENARIO, from the stock when it is there."""
    return desk.STOCK.get(scenario.graph, lambda: comparing.grow_graph(scenario, desk.jobs()))


def chosen(asking: Asking, tell: Callable[[str, int, int], None]) -> Answer:
    """Ask the planning. Raises UserError and CancelledError; TELL is told (what, done, all)."""
    desk.step_back()
    scenario = smaller(asking.inputs.scenario)
    cancel = asking.cancel
    with presence.attended(cancel), desk.DESK.seat(cancel, lambda ahead: tell("waiting", 0, ahead)):
        choice = planning.choose(
            scenario,
            asking.budget,
            graph=graph_of(scenario),
            strategy=asking.strategy,
            seed=asking.inputs.seed,
            jobs=desk.jobs(),
            progress=tell,
            cancel=cancel,
        )
    return Answer(asking, choice.plain())


def money(scenario: Scenario, strategy: str) -> float:
    """The budget to begin with: the scenario's, or where that is open what STRATEGY spends."""
    return scenario.budget if scenario.budget < controls.NO_LIMIT else round(bill(scenario, strategy)["total"])


def overlap(scenario: Scenario) -> tuple[list[str], np.ndarray]:
    """Names of brand and KOLs, and float64[k, k]: the share of the row's followers who follow the column too."""
    small = smaller(scenario)
    stage = set_stage(small, graph_of(small))
    names = ["brand", *(kol.name for kol in scenario.cast.kols)][: MOST + 1]
    rows = [stage.casting.graph.row(int(stage.casting.roles[name].accounts[0])) for name in names]
    shared = np.zeros((len(names), len(names)))
    for i, mine in enumerate(rows):
        for j, theirs in enumerate(rows):
            both = np.intersect1d(mine, theirs, assume_unique=True).size
            shared[i, j] = both / mine.size if mine.size else np.nan
    return names, shared


def posts_of(strategy: Strategy, kol: str) -> int:
    """Posts of KOL in STRATEGY."""
    return sum(action.times for action in strategy.posts if action.by in ("kols", kol))


def rows(scenario: Scenario, strategy: str, found: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The shortlist as numbers: fee, audience, fit, fee per thousand followers; FOUND adds what the hired are worth."""
    hired = {} if found is None else {one["name"]: one for one in found["roster"]}
    listed = []
    for kol in scenario.cast.kols:
        fee, heads = scenario.prices.fee(kol, scenario.market), kol.heads(scenario.market)
        listed.append(
            {
                "name": kol.name,
                "fee": fee,
                "heads": heads,
                "share": kol.share(scenario.market),
                "fit": kol.fit,
                "per_thousand": 1000 * fee / heads if heads else None,
                "posts": posts_of(scenario.strategies[strategy], kol.name),
                "hired": hired.get(kol.name),
            }
        )
    order = list(hired)
    return sorted(listed, key=lambda one: order.index(one["name"]) if one["name"] in hired else len(order))
