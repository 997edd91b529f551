"""A comparison as the JSON of the contract: what tables, sentence, report and app all read."""

import dataclasses
import math
from typing import Any

import numpy as np

from sim.results import contrast, influence, metrics, sequential, verdict, worlds
from sim.runs.compare import Comparison

ASSUMPTIONS = "assumptions"
SHIPPED = "shipped"


def verdict_of(of: Comparison) -> verdict.Verdict:
    """Who wins on the goal, among the ranked strategies."""
    return verdict.verdict(
        of.matrix("goal", SHIPPED, of.ranked),
        of.ranked,
        of.goal.higher_is_better,
        of.matrix("goal", ASSUMPTIONS, of.ranked) if not of.drawn.empty else None,
        of.stopped,  # type: ignore[arg-type]
        sure=confidence(of),
    )


def confidence(of: Comparison) -> float:
    """Confidence of the goal's intervals: after `auto` such that they hold at every look at once, at 95%."""
    if of.stopped == "fixed":
        return 0.95
    return sequential.plan(width=2 * of.scenario.width).sure(of.replicates)


def findings(of: Comparison) -> dict[str, Any]:
    """The object that `compare --json` prints: plain values, undefined ones None, never NaN."""
    called = verdict_of(of)
    goal_name = of.goal.single.name if of.goal.single else "goal"
    baseline = next((name for name in of.strategies if of.scenario.strategies[name].silent), of.strategies[0])
    strategies = {name: {metric: _estimate(of, name, metric) for metric in metrics.METRICS} for name in of.strategies}
    titles = {name: of.scenario.strategies[name].title or verdict.title(name) for name in of.strategies}
    result = {
        "scenario": of.scenario.name,
        "title": of.scenario.title,
        "goal": of.scenario.goal if goal_name == "goal" else goal_name,
        "baseline": baseline,
        "budget": of.scenario.budget,
        "seed": of.seed,
        "replicates": of.replicates,
        "stopped": of.stopped,
        "accounts": of.accounts,
        "links": of.links,
        "market": round(of.factor * of.accounts) if of.factor == 1.0 else of.scenario.market,
        "market_factor": of.factor,
        "seconds": of.seconds,
        "start": of.scenario.start.isoformat(),
        "hours": of.scenario.hours,
        "sentence": verdict.sentence(verdict.titled(called, titles), of.goal.measure),
        "verdict": dataclasses.asdict(called),
        "strategies": strategies,
        "parts": {name: _parts(of, name) for name in of.strategies},
        "titles": titles,
        "references": [name for name in of.strategies if name not in of.ranked],
        "spend": {name: items | {"remainder": of.scenario.budget - items["total"]} for name, items in of.spend.items()},
        "differences": _differences(of, called, baseline),
        "best": _best(of),
        "influential": [dataclasses.asdict(one) for one in _influential(of, called)],
    }
    return _plain(result)


def _estimate(of: Comparison, strategy: str, metric: str) -> dict[str, Any]:
    values = of.matrix(metric, SHIPPED, [strategy])[:, 0]
    one = contrast.summary(values)
    low = one.low
    declared = metrics.METRICS.get(metric)
    if low is not None and declared and declared.form in ("count", "money", "minutes") and np.nanmin(values) >= 0:
        low = max(low, 0.0)  # fewer than no readers cannot be: the interval loses nothing by ending there
    ends = None if low is None else [low, one.high]
    return {"mean": one.mean, "ci95": ends, "p10": one.p10, "p90": one.p90}


def _parts(of: Comparison, strategy: str) -> dict[str, dict[str, Any]]:
    """Mean and interval of every further number that the practices of STRATEGY report, at the shipped parameters."""
    rows = of.parts[of.parts["strategy"] == strategy]
    found = {}
    for name in rows.columns.difference(["luck", "replicate", "strategy", "seed"], sort=False):
        one = contrast.summary(rows[name].to_numpy(np.float64))
        if one.n:
            found[str(name)] = {"mean": one.mean, "ci95": None if one.low is None else [one.low, one.high]}
    return found


def _differences(of: Comparison, called: verdict.Verdict, baseline: str) -> list[dict[str, Any]]:
    """Every pair on the goal; on every other metric each strategy against the one ahead and against the baseline.

    The share of plausible worlds is computed for the goal alone: it costs a bootstrap per pair.
    """
    goal = "goal" if of.goal.single is None else of.goal.single.name
    pairs = [(a, b) for i, a in enumerate(of.strategies) for b in of.strategies[i + 1 :]]
    rows = [_difference(of, goal, a, b, of.goal.higher_is_better, True, confidence(of)) for a, b in pairs]
    for metric, declared in metrics.METRICS.items():
        if metric == goal:
            continue
        for a in of.strategies:
            for b in dict.fromkeys((called.ahead or baseline, baseline)):
                if a != b:
                    row = _difference(of, metric, a, b, declared.higher_is_better)
                    if row["mean"] is not None:
                        rows.append(row)
    return rows


def _difference(
    of: Comparison, metric: str, a: str, b: str, higher_is_better: bool, doubted: bool = False, sure: float = 0.95
) -> dict[str, Any]:
    here = of.matrix(metric, SHIPPED, [a, b])
    gap = contrast.difference(here[:, 0], here[:, 1], higher_is_better, sure)
    under = None
    if doubted and not of.drawn.empty:
        share = worlds.shares(of.matrix(metric, ASSUMPTIONS, [a, b]), here, higher_is_better)
        under = None if share is None else float(share.probability[0])
    return {
        "a": a,
        "b": b,
        "metric": metric,
        "mean": gap.mean,
        "ci95": None if gap.low is None else [gap.low, gap.high],
        "probability_a_better": gap.probability_a_better,
        "probability_under_assumptions": under,
    }


def _best(of: Comparison) -> dict[str, Any]:
    """Per metric the ranked strategy most likely to be best, and how likely."""
    found = {}
    names = [("goal", of.goal.higher_is_better)] if of.goal.single is None else []
    names += [(name, declared.higher_is_better) for name, declared in metrics.METRICS.items()]
    for metric, higher in names:
        chance = contrast.probability_best(of.matrix(metric, SHIPPED, of.ranked), higher)
        if np.isfinite(chance).any():
            top = int(np.nanargmax(chance))
            found[metric] = {"strategy": of.ranked[top], "probability": float(chance[top])}
        else:
            found[metric] = {"strategy": None, "probability": None}
    return found


def _influential(of: Comparison, called: verdict.Verdict) -> list[influence.Influence]:
    if of.drawn.empty or called.runner_up is None or called.ahead is None:
        return []
    values = of.matrix("goal", ASSUMPTIONS, [called.ahead, called.runner_up])
    gap = values[:, 0] - values[:, 1]
    drawn = of.drawn.sort_values("replicate").drop(columns="replicate")
    return influence.influential(drawn, gap if of.goal.higher_is_better else -gap)


def _plain(value: Any) -> Any:
    """VALUE with nothing but JSON's own types; NaN and infinities become None."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
