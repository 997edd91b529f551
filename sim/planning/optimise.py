"""The plan that does most for the money: who gets how much of the budget, how often they post, and when.

    found = optimise.optimise(scenario, "messages", 500_000, seed=1)
    found["front"]    plans of which none is better in result, cost and bad luck at once

Optuna's NSGA-II (Deb et al. 2002, IEEE Trans. Evol. Comp. 6:182-197) turns the
planner's knobs; every plan meets the same replicates.  A search that has looked
at many plans under one luck picks those that this luck favoured, so every
plan on its front, and every strategy of the scenario, is sorted again on more
luck, and what is reported is played on luck that neither saw.
"""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.errors import UserError
from sim.graph.follower_graph import FollowerGraph
from sim.model import stage as stage_room
from sim.model.costs import bill
from sim.model.launch import Action, Strategy
from sim.planning import trials
from sim.results import contrast, metrics
from sim.runs import compare as comparing
from sim.scenario.schema import Scenario

PLANS = 80  # plans that the search plays
SEARCHED = 12  # replicates of each in the search
SORTED = 32  # replicates on which the search's front and the scenario's own plans are sorted again
REPLICATES = 32  # replicates of what is reported
FRONT = 8  # plans reported at most
POPULATION = 16
NONE = "none"


class Space:
    """The knobs of a scenario: what its cast can do, with the lines of its strategies as models."""

    def __init__(self, scenario: Scenario, budget: float):
        self.scenario = scenario
        self.budget = budget
        cast = scenario.cast
        words = {"kols", *(kol.name for kol in cast.kols)}
        self.brand = self._model(scenario, {"brand"}, Action(by="brand"))
        self.kol = self._model(scenario, words, None) if cast.kols else None
        self.staff = self._model(scenario, {"employees"}, None) if cast.employees.count else None
        fees = [scenario.prices.fee(kol, scenario.market) for kol in cast.kols]
        rate = [fee / max(kol.heads(scenario.market), 1.0) for fee, kol in zip(fees, cast.kols, strict=True)]
        self.fees = fees
        self.order = sorted(range(len(fees)), key=lambda i: (rate[i], -cast.kols[i].heads(scenario.market)))
        # The practices that strategies declare: a desk, a prize, a group of relays, taken whole.
        named = scenario.strategies.items()
        self.desks = [NONE, *(name for name, one in named if one.desk is not None)]
        self.prizes = [NONE, *(name for name, one in named if one.prize is not None)]

    @staticmethod
    def _model(scenario: Scenario, words: set[str], otherwise: Action | None) -> Action | None:
        lines = [line for one in scenario.strategies.values() for line in one.posts if line.by in words]
        return lines[0] if lines else otherwise

    def ask(self, trial: Any) -> dict[str, Any]:
        """One setting of the knobs."""
        last = max(min(self.scenario.hours - 1.0, 48.0), 0.0)
        asked: dict[str, Any] = {
            "brand_posts": trial.suggest_int("brand_posts", 0, 8),
            "brand_every": trial.suggest_float("brand_every", 1.0, 24.0),
        }
        if self.kol is not None:
            asked["kol_share"] = trial.suggest_float("kol_share", 0.0, 1.0)
            asked["kol_posts"] = trial.suggest_int("kol_posts", 1, 4)
            asked["kol_at"] = trial.suggest_float("kol_at", 0.0, last)
            asked["kol_waves"] = trial.suggest_float("kol_waves", 0.0, 24.0)
        if self.staff is not None:
            asked["employee_participation"] = trial.suggest_float("employee_participation", 0.0, 1.0)
            asked["employee_posts"] = trial.suggest_int("employee_posts", 1, 6)
            asked["employee_at"] = trial.suggest_float("employee_at", 0.0, last)
        if len(self.desks) > 1:
            asked["desk"] = trial.suggest_categorical("desk", self.desks)
        if len(self.prizes) > 1:
            asked["prize"] = trial.suggest_categorical("prize", self.prizes)
        return asked

    def plan(self, knobs: dict[str, Any]) -> Strategy:
        """The launch of one setting: KOLs are hired in order of followers per RMB with their share of what is left."""
        posts: list[Action] = []
        if knobs["brand_posts"] and self.brand is not None:
            change = {"at": 0.0, "times": knobs["brand_posts"], "every": knobs["brand_every"]}
            posts.append(self.brand.model_copy(update=change))
        if self.staff is not None and knobs["employee_participation"] >= 0.005:
            change = {
                "participation": knobs["employee_participation"],
                "times": knobs["employee_posts"],
                "at": knobs["employee_at"],
            }
            posts.append(self.staff.model_copy(update=change))
        extra: dict[str, Any] = {"title": "Optimised", "posts": tuple(posts)}
        for practice in ("desk", "prize"):
            name = knobs.get(practice, NONE)
            if name != NONE:
                extra[practice] = getattr(self.scenario.strategies[name], practice)
        plan = Strategy().model_copy(update=extra)
        if self.kol is None:
            return plan
        money = knobs["kol_share"] * max(self.budget - self.cost(plan), 0.0)
        for i in self.order:
            price = self.fees[i] * knobs["kol_posts"]
            if price <= money:
                money -= price
                change = {
                    "by": self.scenario.cast.kols[i].name,
                    "participation": 1.0,
                    "times": knobs["kol_posts"],
                    "at": knobs["kol_at"],
                    "spread": knobs["kol_waves"],
                }
                posts.append(self.kol.model_copy(update=change))
        return plan.model_copy(update={"posts": tuple(posts)})

    def by_hand(self) -> list[dict[str, Any]]:
        """The scenario's own strategies as settings, as nearly as the knobs can say: where the search begins."""
        found = []
        last = max(min(self.scenario.hours - 1.0, 48.0), 0.0)
        words = {"kols", *(kol.name for kol in self.scenario.cast.kols)}
        for name, strategy in self.scenario.strategies.items():
            brand = [line for line in strategy.posts if line.by == "brand"]
            staff = [line for line in strategy.posts if line.by == "employees"]
            stars = [line for line in strategy.posts if line.by in words]
            knobs: dict[str, Any] = {
                "brand_posts": min(sum(line.times for line in brand), 8),
                "brand_every": min(max(brand[0].every, 1.0), 24.0) if brand else 12.0,
            }
            if self.staff is not None:
                line = staff[0] if staff else self.staff
                knobs["employee_participation"] = line.participation if staff else 0.0
                knobs["employee_posts"] = min(line.times, 6)
                knobs["employee_at"] = min(line.at, last)
            if self.kol is not None:
                line = stars[0] if stars else self.kol
                others = strategy.model_copy(update={"posts": tuple(one for one in strategy.posts if one not in stars)})
                left = self.budget - self.cost(others)
                fees = self.cost(strategy) - self.cost(others)
                knobs["kol_share"] = min(max(fees / left, 0.0), 1.0) if left > 0.0 else 0.0
                knobs["kol_posts"] = min(line.times, 4)
                knobs["kol_at"] = min(line.at, last)
                knobs["kol_waves"] = min(line.spread, 24.0)
            if len(self.desks) > 1:
                knobs["desk"] = name if name in self.desks else NONE
            if len(self.prizes) > 1:
                knobs["prize"] = name if name in self.prizes else NONE
            found.append(knobs)
        return found

    def cost(self, plan: Strategy) -> float:
        """What PLAN spends, RMB."""
        return bill(self.scenario.model_copy(update={"strategies": {trials.NAME: plan}}), trials.NAME)["total"]


def optimise(
    scenario: Scenario,
    goal: str | None,
    budget: float,
    *,
    graph: FollowerGraph | None = None,
    target: float | None = None,
    plans: int = PLANS,
    replicates: int = REPLICATES,
    seed: int = 1,
    jobs: int = 1,
    progress: comparing.Progress | None = None,
    cancel: threading.Event | None = None,
) -> dict[str, Any]:
    """Plans on the front of result, cost and bad luck (P10; P90 where less is better) within BUDGET; JSON-plain.

    goal    a metric, or None for the scenario's
    target  what the goal should reach: each plan then says its chance of missing it
    plans   how many the search plays, on SEARCHED replicates each

    Deterministic for any JOBS.  Raises UserError and CancelledError.
    """
    import optuna

    if plans < 1 or replicates < 2:
        raise UserError(f"plans = {plans}, replicates = {replicates}: at least 1 plan and 2 replicates.")
    if not budget > 0.0:
        raise UserError(f"budget = {budget:g}: a positive sum in RMB.")
    wanted = metrics.goal(scenario.goal if goal is None else goal)
    world = comparing.grow_graph(scenario, jobs, progress) if graph is None else graph
    stage = stage_room.set_stage(scenario, world)
    plays = trials.Trials(scenario, stage, wanted, seed=seed, jobs=jobs, progress=None, cancel=cancel)
    space = Space(scenario, budget)
    sign = 1.0 if wanted.higher_is_better else -1.0
    luck = range(trials.UNSEEN, trials.UNSEEN + SEARCHED)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.NSGAIISampler(
        seed=seed % 2**32,
        population_size=min(POPULATION, plans),
    )
    study = optuna.create_study(directions=["maximize", "minimize", "maximize"], sampler=sampler)
    for knobs in space.by_hand():
        study.enqueue_trial(knobs)
    found: dict[str, tuple[dict[str, Any], Strategy, float, np.ndarray]] = {}
    for number in range(plans):
        trial = study.ask()
        knobs = space.ask(trial)
        plan = space.plan(knobs)
        cost = space.cost(plan)
        trial.set_constraint("budget", cost - budget)
        score = np.full(SEARCHED, np.nan)
        if cost <= budget:
            score = sign * plays.score([plan], luck)[:, 0]
        values = _values(score, cost)
        study.tell(trial, values)
        if cost <= budget and np.isfinite(score).all():
            found[plan.model_dump_json()] = (knobs, plan, cost, score)
        if progress is not None:
            progress("searching plans", number + 1, plans)
    if not found:
        raise UserError(f"None of {plans} plans stays within {budget:,.0f} RMB with a defined goal: raise the budget.")
    own = {name: one for name, one in scenario.strategies.items() if space.cost(one) <= budget}
    kept = list(found.values())
    kept = [kept[n] for n in _front([_values(score, cost) for _, _, cost, score in kept])]
    plays.progress = progress
    asked = [plan for _, plan, _, _ in kept]
    sorting = range(trials.UNSEEN + SEARCHED, trials.UNSEEN + SEARCHED + SORTED)
    scores = sign * plays.score(asked, sorting, "sorting the front on more luck")
    again = [_values(scores[:, n], kept[n][2]) for n in range(len(kept))]
    front = sorted(_front(again), key=lambda n: -again[n][0])
    if len(front) > FRONT:
        front = [front[round(n)] for n in np.linspace(0, len(front) - 1, FRONT)]
    reported = plays.score(
        [*(kept[n][1] for n in front), *own.values()], range(replicates), "playing the best on unseen luck"
    )
    told = []
    for column, n in enumerate(front):
        knobs, plan, cost, score = kept[n]
        told.append(
            {
                "knobs": knobs,
                "plan": plan.model_dump(mode="json", exclude_none=True),
                "searched_mean": sign * float(score.mean()),
                **_told(reported[:, column], cost, wanted, target),
            }
        )
    rivals = {
        name: _told(reported[:, len(front) + n], space.cost(one), wanted, target)
        for n, (name, one) in enumerate(own.items())
    }
    lead = None
    ranked = [name for name in own if rivals[name]["mean"] is not None]
    if ranked:
        best = max(ranked, key=lambda name: sign * rivals[name]["mean"])
        gap = contrast.difference(
            reported[:, 0], reported[:, len(front) + list(own).index(best)], wanted.higher_is_better
        )
        lead = {"over": best, "mean": gap.mean, "ci95": None if gap.low is None else [gap.low, gap.high]}
    return {
        "scenario": scenario.name,
        "goal": wanted.single.name if wanted.single else "goal",
        "budget": budget,
        "target": target,
        "front": told,
        "best": told[0],
        "strategies": rivals,
        "lead": lead,
        "plans": plans,
        "within_budget": len(found),
        "replicates": replicates,
        "seed": seed,
        "accounts": stage.accounts,
        "market_factor": stage.factor,
    }


def _values(score: np.ndarray, cost: float) -> tuple[float, float, float]:
    """What the search compares: mean, cost, the bad tenth; SCORE float64[replicates] is better when higher."""
    if not np.isfinite(score).all():
        return -1e300, cost, -1e300
    return float(score.mean()), cost, float(np.quantile(score, 0.1))


def _front(values: Sequence[tuple[float, float, float]]) -> list[int]:
    """Indices that no other beats in one of (mean up, cost down, P10 up) and equals or beats in the rest."""
    points = np.array([(mean, -cost, low) for mean, cost, low in values])
    found = []
    for n, point in enumerate(points):
        beaten = (points >= point).all(axis=1) & (points > point).any(axis=1)
        if not beaten.any():
            found.append(n)
    return found


def _told(score: np.ndarray, cost: float, goal: metrics.Goal, target: float | None) -> dict[str, Any]:
    one = contrast.summary(score)
    missed = None
    if target is not None:
        ahead = score >= target if goal.higher_is_better else score <= target
        missed = float(1.0 - ahead.mean())
    return {
        "mean": one.mean,
        "ci95": None if one.low is None else [one.low, one.high],
        "p10": one.p10,
        "p90": one.p90,
        "cost": cost,
        "chance_of_missing": missed,
    }
