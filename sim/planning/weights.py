"""What an account is worth to a goal, before anybody is played: the weights of the proxy's sets.

A goal that counts readers counts every account alike; one that counts buyers
counts those who could buy; new followers are interested accounts that do not
follow the brand yet; whatever people do (pass on, comment, like) is done by
those who are willing and interested.  Costs per something count the something.
A metric that falls when people are reached (complaints, lost followers) and a
cost cannot be covered by sets: they count nothing here, and full simulation
alone judges them.
"""

import numpy as np

from sim.kernels import readers
from sim.model import orders
from sim.model.stage import Stage
from sim.results import metrics
from sim.scenario.schema import Scenario

READER, STRANGER, FAN, DOER, BUYER = "readers", "non-followers", "possible followers", "those who respond", "buyers"
KINDS: dict[str, str] = {
    "reach": READER,
    "reads": READER,
    "pushes": READER,
    "cost_per_thousand_reads": READER,
    "amplification": READER,
    "share_of_voice": READER,
    "non_follower_reads": STRANGER,
    "reposts": DOER,
    "comments": DOER,
    "messages": DOER,
    "likes": DOER,
    "praise": DOER,
    "questions": DOER,
    "leads": DOER,
    "cost_per_message": DOER,
    "depth": DOER,
    "structural_virality": DOER,
    "new_followers": FAN,
    "cost_per_new_follower": FAN,
    "orders": BUYER,
    "cost_per_order": BUYER,
}
# What a cost per something counts.
COUNTED = {
    "cost_per_thousand_reads": "reads",
    "cost_per_message": "messages",
    "cost_per_new_follower": "new_followers",
    "cost_per_order": "orders",
}


def counted(goal: metrics.Goal) -> dict[str, float]:
    """Metrics of GOAL that reaching people adds to, with their weights; reach alone where there is none."""
    found: dict[str, float] = {}
    for name, weight in goal.weights:
        metric = COUNTED.get(name, name)
        if name in KINDS and metrics.METRICS[metric].higher_is_better:
            found[metric] = found.get(metric, 0.0) + weight
    return found or {"reach": 1.0}


def left_out(goal: metrics.Goal) -> list[str]:
    """Metrics of GOAL that the proxy does not see."""
    return [name for name, _ in goal.weights if name not in KINDS]


def weight(metric: str, scenario: Scenario, stage: Stage) -> np.ndarray:
    """float64[base]: what meeting each account is worth to METRIC, up to a factor; 1 for whoever counts fully."""
    found = _weight(KINDS[metric], scenario, stage)
    return found if found.any() else np.ones(found.size)


def _weight(kind: str, scenario: Scenario, stage: Stage) -> np.ndarray:
    base = stage.casting.graph.base
    if kind == READER:
        return np.ones(base)
    traits = stage.readers.traits[:base]
    size = np.diff(stage.casting.graph.community_start)
    interest = np.repeat(stage.interest, size)
    if kind == DOER:
        return stage.readers.propensity[(traits >> 3) & 7] * interest
    follows = (traits & readers.FOLLOWS_BRAND) > 0
    if kind == STRANGER:
        return (~follows).astype(np.float64)
    if kind == FAN:
        return np.where(follows, 0.0, interest)
    if scenario.orders is None:
        return np.ones(base)
    return orders.could_buy(scenario.orders.model_dump()["buyers"], base).astype(np.float64)
