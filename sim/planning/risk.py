"""Plan risk: what a launch is worth when things go wrong, and on whom it hangs.

    found = risk.risk(scenario, ["celebrity_seeding", "mixed"], seed=1)
    found["strategies"]["mixed"]["loss"], found["strategies"]["mixed"]["p10"]

Every launch is played as planned and with its mishaps (`sim.model.mishap`)
under the same luck, so what mishaps cost is a matched difference; rival
launches meet the same mishaps.  Beside it stand each mishap alone, all rates
at both ends of their doubt, and the launch without each of its accounts.
"""

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from sim import quantities
from sim.errors import UserError
from sim.model import schedule
from sim.model.launch import Strategy
from sim.model.mishap import CAUSES, Mishaps
from sim.model.stage import Stage
from sim.planning import trials
from sim.planning.work import How, Work
from sim.results import contrast, metrics
from sim.runs import compare as comparing
from sim.runs import leaving
from sim.scenario.schema import Scenario

REPLICATES = 64
ENDS = ("low", "high")


class Trouble:
    """Launches on one stage, with and without mishaps, under the same luck; nothing is played twice."""

    def __init__(
        self,
        scenario: Scenario,
        stage: Stage,
        goal: metrics.Goal,
        rates: Mishaps,
        **how: Unpack[How],
    ):
        self.scenario = scenario
        self.goal = goal
        self.rates = rates
        self._stage = stage
        self._how = Work(**how).how()
        self._trials: dict[str, trials.Trials] = {}

    def played(self, mishaps: Mishaps | None) -> trials.Trials:
        """The trials under MISHAPS; None: everything goes to plan."""
        key = "" if mishaps is None else mishaps.model_dump_json()
        if key not in self._trials:
            plays = self.scenario.model_copy(update={"mishaps": mishaps})
            self._trials[key] = trials.Trials(plays, self._stage, self.goal, **self._how)
        return self._trials[key]

    def told(
        self,
        plans: Sequence[Strategy],
        luck: Sequence[int],
        target: float | None = None,
        *,
        causes: bool = False,
        sweep: bool = False,
    ) -> list[dict[str, Any]]:
        """One table per plan: the goal as planned and with mishaps, what they cost, the chance of missing TARGET."""
        clean = self.played(None).score(plans, luck, "playing the plans")
        rough = self.played(self.rates).score(plans, luck, "playing the plans with mishaps")
        higher = self.goal.higher_is_better
        found: list[dict[str, Any]] = [
            {
                "planned": trials.judged(clean[:, n], self.goal, target),
                **trials.judged(rough[:, n], self.goal, target),
                "loss": _lost(clean[:, n], rough[:, n], higher),
            }
            for n in range(len(plans))
        ]
        if causes:
            for cause, meaning in CAUSES.items():
                alone = self.played(self.rates.only(cause)).score(plans, luck, f"playing: {meaning}")
                for n, row in enumerate(found):
                    touched = float(np.mean(alone[:, n] != clean[:, n]))
                    one = {"cause": cause, "meaning": meaning, "rate": getattr(self.rates, cause), "touched": touched}
                    row.setdefault("causes", []).append(one | _lost(clean[:, n], alone[:, n], higher))
        if sweep:
            for end in ENDS:
                swept = self.played(at_end(self.rates, end)).score(plans, luck, f"playing with {end} rates")
                for n, row in enumerate(found):
                    row.setdefault("sweep", []).append(
                        {
                            "rates": end,
                            **trials.judged(swept[:, n], self.goal, target),
                            "loss": _lost(clean[:, n], swept[:, n], higher),
                        }
                    )
        return found

    def hangs(self, plan: Strategy, luck: Sequence[int]) -> list[dict[str, Any]]:
        """What PLAN loses without each of its accounts, as planned, same luck; the most important first."""
        plan = schedule.followed(self.scenario, plan)
        names = leaving.accounts(plan, self.scenario.cast)
        plans = [plan, *(leaving.without(plan, self.scenario.cast, name) for name in names)]
        scores = self.played(None).score(plans, luck, "leaving one out")
        rows = [
            {"name": name, **_lost(scores[:, 0], scores[:, n], self.goal.higher_is_better)}
            for n, name in enumerate(names, 1)
        ]
        return sorted(rows, key=lambda row: -(row["mean"] if row["mean"] is not None else -np.inf))


def risk(
    scenario: Scenario,
    strategies: Sequence[str] | None = None,
    *,
    mishaps: Mishaps | None = None,
    target: float | None = None,
    replicates: int = REPLICATES,
    **how: Unpack[How],
) -> dict[str, Any]:
    """What STRATEGIES (default: all that are ranked) are worth when things go wrong; JSON-plain.

    mishaps  the rates (default: the scenario's table, else the declared ones)
    target   what the goal should reach: each launch then says its chance of missing it
    how      graph, seed, jobs, progress, cancel, book: see `work.How`

    Pure and deterministic for any JOBS.  Raises UserError and CancelledError.
    """
    if replicates < 2:
        raise UserError(f"replicates = {replicates}: an interval needs at least 2.")
    names = comparing.chosen(scenario, strategies)
    if strategies is None:
        names = tuple(name for name in names if not scenario.strategies[name].reference) or names
    rates = mishaps or scenario.mishaps or Mishaps()
    goal = metrics.goal(scenario.goal)
    work = Work(**how)
    stage = work.stage(scenario)
    trouble = Trouble(scenario, stage, goal, rates, **work.how())
    luck = range(replicates)
    plans = [scenario.strategies[name] for name in names]
    rows = trouble.told(plans, luck, target, causes=True, sweep=True)
    for row, plan in zip(rows, plans, strict=True):
        row["accounts"] = trouble.hangs(plan, luck)
    found = dict(zip(names, rows, strict=True))
    best = {
        how: _best(trouble.played(kind).score(plans, luck), names, goal)
        for how, kind in (("planned", None), ("with_mishaps", rates))
    }
    return {
        "scenario": scenario.name,
        "goal": goal.single.name if goal.single else "goal",
        "target": target,
        "rates": rates.model_dump(mode="json"),
        "strategies": found,
        "best": best,
        "sentence": _sentence(found, best, goal),
        "seed": work.seed,
        "replicates": replicates,
        "accounts": stage.accounts,
        "market_factor": stage.factor,
    }


def at_end(rates: Mishaps, end: str) -> Mishaps:
    """RATES with every doubtful value at the "low" or "high" end of its doubt."""
    changes = {}
    for name, parameter in quantities.parameters(Mishaps).items():
        doubt = parameter.doc.doubt
        if doubt is not None and parameter.default:
            value = doubt[ENDS.index(end)] * getattr(rates, name) / parameter.default
            changes[name] = value if parameter.range is None else min(value, parameter.range.high)
    return rates.model_copy(update=changes)


def _lost(before: np.ndarray, after: np.ndarray, higher_is_better: bool) -> dict[str, Any]:
    """What is lost of BEFORE (positive: worse): mean, interval, share of what was planned."""
    sign = 1.0 if higher_is_better else -1.0
    gap = contrast.difference(sign * before, sign * after)
    whole = float(np.nanmean(before)) if np.isfinite(before).any() else 0.0
    return {
        "mean": gap.mean,
        "ci95": trials.ends(gap),
        "share": None if gap.mean is None or whole == 0.0 else gap.mean / abs(whole),
    }


def _best(scores: np.ndarray, names: Sequence[str], goal: metrics.Goal) -> dict[str, Any]:
    """Who has the best mean, with its probability, and who the best bad tenth."""
    chance = contrast.probability_best(scores, goal.higher_is_better)
    tenth = [contrast.summary(scores[:, n]) for n in range(len(names))]
    low = [one.p10 if goal.higher_is_better else None if one.p90 is None else -one.p90 for one in tenth]
    safest = max(range(len(names)), key=lambda n: -np.inf if low[n] is None else float(low[n] or 0.0))
    if np.isnan(chance).all():
        return {"strategy": None, "probability": None, "safest": None}
    first = int(np.nanargmax(chance))
    return {"strategy": names[first], "probability": float(chance[first]), "safest": names[safest]}


def _sentence(found: dict[str, dict[str, Any]], best: dict[str, dict[str, Any]], goal: metrics.Goal) -> str:
    first, then = best["planned"]["strategy"], best["with_mishaps"]["strategy"]
    if first is None or then is None:
        return f"{goal.measure.label} is undefined in too many replicates."
    share = found[then]["loss"]["share"]
    cost = "" if share is None else f"; they cost it {100 * share:.0f}%"
    if first == then:
        text = f"{then} leads on {goal.measure.label} as planned and when things go wrong{cost}."
    else:
        text = f"{first} leads on {goal.measure.label} as planned, {then} when things go wrong{cost}."
    hang = found[then]["accounts"]
    if hang and hang[0]["share"]:
        text += f" {100 * hang[0]['share']:.0f}% of {then} hangs on {hang[0]['name']}."
    return text
