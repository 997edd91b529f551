"""What each KOL is worth to a strategy: fee, audience, overlap, and what is lost when that one is left out."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.model.launch import Action, Strategy
from sim.model.stage import set_stage
from sim.results import contrast, metrics
from sim.runs import compare as comparing
from sim.runs.findings import SHIPPED
from sim.scenario.schema import Scenario
from sim.ui import desk, edits, presence
from sim.ui.state import QUICK, Inputs

REPLICATES = 12
MOST = 40
BASE = "as_planned"


@dataclass(frozen=True)
class Worth:
    """What one KOL adds to a strategy, in the unit of METRIC at the market's size.

    posts    posts of this KOL in the strategy; 0: worth of adding one post
    mean, low, high   of the paired difference over luck
    ceiling  RMB a post at which hiring costs as much per unit as the rest of the strategy; None: undefined
    """

    posts: int
    mean: float | None
    low: float | None
    high: float | None
    ceiling: float | None


def smaller(scenario: Scenario) -> Scenario:
    """SCENARIO on at most 100,000 accounts."""
    return scenario if scenario.graph.accounts <= QUICK else scenario.with_accounts(QUICK)


def graph_of(scenario: Scenario) -> FollowerGraph:
    """The grown graph of SCENARIO, from the stock when it is there."""
    return desk.STOCK.get(scenario.graph, lambda: comparing.grow_graph(scenario, desk.jobs()))


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


def without(scenario: Scenario, strategy: Strategy, kol: str) -> Strategy:
    """STRATEGY with everybody but KOL; a line of all KOLs becomes one line for each of the others."""
    posts: list[Action] = []
    for action in strategy.posts:
        if action.by == "kols":
            others = [one.name for one in scenario.cast.kols if one.name != kol]
            posts += [action.model_copy(update={"by": name}) for name in others]
        elif action.by != kol:
            posts.append(action)
    return Strategy(title=strategy.title, posts=tuple(posts))


def joined(scenario: Scenario, strategy: Strategy, kol: str) -> Strategy:
    """STRATEGY with one post of KOL more, at the time of its first KOL or of its first post."""
    names = {"kols", *(one.name for one in scenario.cast.kols)}
    first = next((action for action in strategy.posts if action.by in names), None)
    first = first or next(iter(strategy.posts), None)
    content = first.content if first else next(iter(scenario.contents))
    added = Action(by=kol, at=first.at if first else 0.0, content=content)
    return Strategy(title=strategy.title, posts=(*strategy.posts, added))


def metric_of(scenario: Scenario) -> str:
    """What worth is counted in: the goal when it is a count that should be high, else reach."""
    goal = scenario.goal
    if isinstance(goal, str) and metrics.METRICS[goal].form == "count" and metrics.METRICS[goal].higher_is_better:
        return goal
    return "reach"


def worth(
    inputs: Inputs, strategy: str, cancel: threading.Event, progress: Callable[[str, int, int], None]
) -> dict[str, Worth]:
    """What every KOL adds to STRATEGY: each left out (or, when not in it, added) under the same luck."""
    scenario = smaller(inputs.scenario)
    plan = scenario.strategies[strategy]
    kols = [kol.name for kol in scenario.cast.kols][:MOST]
    variants = {BASE: Strategy(title=plan.title, posts=plan.posts)}
    for kol in kols:
        make = without if posts_of(plan, kol) else joined
        variants[f"v_{kol}"[:64]] = make(scenario, plan, kol)
    tables = {name: variant.model_dump() for name, variant in variants.items()}
    asked = edits.checked({**scenario.model_dump(), "strategies": tables, "budget": 1e12})
    with presence.attended(cancel), desk.DESK.seat(cancel, lambda ahead: progress("waiting", 0, ahead)):
        found = comparing.compare(
            asked,
            graph=graph_of(asked),
            seed=inputs.seed,
            replicates=REPLICATES,
            jobs=desk.jobs(),
            doubt=False,
            progress=progress,
            cancel=cancel,
        )
    metric = metric_of(scenario)
    return {kol: _worth(found, plan, kol, metric) for kol in kols}


def _worth(found: comparing.Comparison, plan: Strategy, kol: str, metric: str) -> Worth:
    posts = posts_of(plan, kol)
    name = f"v_{kol}"[:64]
    more, fewer = (BASE, name) if posts else (name, BASE)
    values = found.matrix(metric, SHIPPED, [more, fewer])
    gap = contrast.difference(values[:, 0], values[:, 1])
    rest, spent = float(np.nanmean(values[:, 1])), found.spend[fewer]["total"]
    ceiling = None
    if gap.mean is not None and rest > 0 and spent > 0:
        ceiling = max(0.0, gap.mean) * spent / rest / max(1, posts)
    return Worth(posts, gap.mean, gap.low, gap.high, ceiling)


def rows(scenario: Scenario, strategy: str, found: dict[str, Worth]) -> list[dict[str, Any]]:
    """The shortlist as numbers: fee, audience, fit, fee per thousand followers, worth."""
    listed = []
    for kol in scenario.cast.kols[:MOST]:
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
                "worth": found.get(kol.name),
            }
        )
    return listed
