"""Whom to hire, asked of the planning: on a smaller graph, in a seat of the desk; and who shares an audience."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.model.costs import bill
from sim.model.launch import Strategy
from sim.model.stage import set_stage
from sim.planning import roster as planning
from sim.scenario.schema import Scenario
from sim.ui import controls, desk, rehearsal
from sim.ui.state import QUICK, Inputs

Tell = Callable[[tuple[str, int, int]], None]
"""Told (what, done, all)."""
Shared = tuple[list[str], np.ndarray]

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


def find(
    scenario: Scenario,
    strategy: str,
    budget: float,
    seed: int,
    graph: Path,
    jobs: int,
    *,
    report: Tell,
    cancel: threading.Event,
) -> dict[str, Any]:
    """What the planning says, worked out in a process of the crew."""
    choice = planning.choose(
        scenario,
        budget,
        graph=FollowerGraph.open(graph),
        strategy=strategy,
        seed=seed,
        jobs=jobs,
        progress=lambda text, done, total: report((text, done, total)),
        cancel=cancel,
    )
    return choice.plain()


def chosen(asking: Asking, tell: Tell) -> Answer:
    """Ask the planning, in a seat of the desk. Raises UserError and CancelledError."""
    scenario, cancel = smaller(asking.inputs.scenario), asking.cancel
    with (
        desk.DESK.seat(cancel, lambda ahead: tell(("waiting", 0, ahead))),
        rehearsal.grown_graph(scenario, cancel, lambda _: None) as graph,
    ):
        given = (scenario, asking.strategy, asking.budget, asking.inputs.seed, graph, desk.jobs())
        return Answer(asking, desk.CREW.play(find, *given, report=tell, cancel=cancel))


def money(scenario: Scenario, strategy: str) -> float:
    """The budget to begin with: the scenario's, or where that is open what STRATEGY spends."""
    return scenario.budget if scenario.budget < controls.NO_LIMIT else round(bill(scenario, strategy)["total"])


def shared(scenario: Scenario, graph: Path, **_: Any) -> Shared:
    """Names of brand and KOLs, and float64[k, k]: the share of the row's followers who follow the column too."""
    stage = set_stage(scenario, FollowerGraph.open(graph))
    names = ["brand", *(kol.name for kol in scenario.cast.kols)][: MOST + 1]
    rows = [stage.casting.graph.row(int(stage.casting.roles[name].accounts[0])) for name in names]
    shares = np.zeros((len(names), len(names)))
    for i, mine in enumerate(rows):
        for j, theirs in enumerate(rows):
            both = np.intersect1d(mine, theirs, assume_unique=True).size
            shares[i, j] = both / mine.size if mine.size else np.nan
    return names, shares


def cast(scenario: Scenario) -> str:
    """All that the shared audiences of SCENARIO depend on, as a text to compare."""
    return smaller(scenario).model_dump_json(exclude={"strategies"})


def overlap(scenario: Scenario, cancel: threading.Event) -> Shared:
    """Who shares an audience with whom (see `shared`), kept for the next who asks the same."""
    small, asked = smaller(scenario), cast(scenario)
    known: Shared | None = desk.KNOWN.get(asked)
    if known is None:
        with desk.ASIDE.seat(cancel, lambda _: None), rehearsal.grown_graph(small, cancel, lambda _: None) as graph:
            known = desk.CREW.play(shared, small, graph, cancel=cancel)
        desk.KNOWN.put(asked, known)
    return known


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
