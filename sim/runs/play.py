"""One replicate: play a strategy on a stage and measure it."""

from typing import Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import response, trees, watching
from sim.model import cascade
from sim.model import course as course_room
from sim.model.costs import bill
from sim.model.stage import Stage, followers_of, set_stage
from sim.results import metrics
from sim.results.outcome import Outcome
from sim.runs import accounting
from sim.scenario.schema import Scenario


def play(scenario: Scenario, stage: Stage, strategy: str, seed: int) -> Outcome:
    """The outcome of STRATEGY (a name in SCENARIO) on STAGE under the luck of SEED."""
    course = course_room.play(scenario, stage, strategy, seed)
    outcome = measure(course.run, scenario, strategy)
    if accounting.wanted():
        accounting.check(outcome, bill(scenario, strategy), strategy, seed)
    course.close()
    return outcome


def single(scenario: Scenario, graph: FollowerGraph, strategy: str, seed: int) -> dict[str, Any]:
    """One launch hour by hour, JSON-plain: metrics and curves (new per hour), at the size of the market."""
    stage = set_stage(scenario, graph)
    outcome = play(scenario, stage, strategy, seed)
    return {
        "scenario": scenario.name,
        "strategy": strategy,
        "seed": seed,
        "start": scenario.start.isoformat(),
        "accounts": stage.accounts,
        "market_factor": stage.factor,
        "metrics": outcome.metrics,
        "parts": outcome.parts,
        "curves": {name: values.tolist() for name, values in outcome.curves.items()},
    }


def measure(run: cascade.Cascade, scenario: Scenario, strategy: str) -> Outcome:
    """What the arrays of a finished (or paused) RUN and its practices say, at the size of the market."""
    stage = run.stage
    tally = run.tally
    factor = stage.factor
    posts = run.post_count
    parent = run.posts.parent[:posts]
    weight = stage.accounts / tally.watch.size * factor
    reads = float(tally.reads.sum()) * factor
    new, often = np.empty(stage.hours, np.int64), np.empty(4, np.int64)
    reach = float(watching.count_into(tally.watch, run.readers(), new, often)) * weight
    reposts = float(tally.reposts.sum()) * factor
    kinds = tally.comments.sum(axis=0) * factor
    comments = float(kinds.sum())
    messages = reposts + comments
    praise, complaints = float(kinds[response.PRAISE]), float(kinds[response.COMPLAINT])
    cost = bill(scenario, strategy)["total"]
    own = float(followers_of(stage.casting.graph, np.unique(run.posts.account[:posts][parent < 0])).sum()) * factor
    found: dict[str, float | None] = dict.fromkeys(metrics.METRICS)
    found |= {
        "pushes": float(tally.pushes.sum()) * factor,
        "reads": reads,
        "reach": reach,
        "frequency": _ratio(reads, reach),
        "non_follower_reads": reads - float(tally.follower_reads.sum()) * factor,
        "reposts": reposts,
        "comments": comments,
        "messages": messages,
        "likes": float(tally.likes.sum()) * factor,
        "praise": praise,
        "questions": float(kinds[response.QUESTION]),
        "complaints": complaints,
        "sentiment": _ratio(praise - complaints, praise + complaints),
        "cost": cost,
        "cost_per_thousand_reads": _ratio(1000.0 * cost, reads),
        "cost_per_message": _ratio(cost, messages),
        "amplification": _ratio(reads, own),
        "depth": float(run.posts.depth[:posts].max()) if posts else None,
        "structural_virality": _defined(float(trees.structural_virality(parent))) if posts else None,
    }
    per_hour = {
        "reads": tally.reads.sum(axis=1) * factor,
        "reach": new * weight,
        "reposts": tally.reposts.sum(axis=1) * factor,
        "comments": tally.comments.sum(axis=1) * factor,
        "likes": tally.likes * factor,
    }
    per_hour["messages"] = per_hour["reposts"] + per_hour["comments"]
    parts = {f"reads_by_{name}": float(tally.reads[:, i].sum()) * factor for i, name in enumerate(response.MESSENGERS)}
    carried = np.bincount(run.messages.messenger, weights=run.messages.reads, minlength=len(response.MESSENGERS))
    parts |= {f"carried_by_{name}": float(carried[i]) * factor for i, name in enumerate(response.MESSENGERS)}
    parts |= {f"frequency_{name}": float(often[i]) * weight for i, name in enumerate(("1", "2", "3", "4_or_more"))}
    for practice in run.practices:
        found |= practice.metrics(found)
        parts |= practice.parts()
        per_hour |= practice.curves()
    return Outcome(found, {name: values.astype(np.float64) for name, values in per_hour.items()}, parts)


def _ratio(top: float, bottom: float) -> float | None:
    return top / bottom if bottom > 0 else None


def _defined(value: float) -> float | None:
    return value if np.isfinite(value) else None
