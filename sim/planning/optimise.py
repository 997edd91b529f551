"""The plan that does most for the money: who gets how much of the budget, how often they post, and when.

    found = optimise.optimise(scenario, "messages", 500_000, seed=1)
    found["front"]    plans of which none is better in result, cost and risk at once

Plans keep to the scenario's [constraints] (`limits`), and meet their mishaps
(`sim.model.mishap`): risk is the bad tenth of what a plan brings with them.

Optuna's NSGA-II (Deb et al. 2002, IEEE Trans. Evol. Comp. 6:182-197) turns the
planner's knobs; every plan meets the same replicates.  A search that has looked
at many plans under one luck picks those that this luck favoured, so every
plan on its front, and every strategy of the scenario, is sorted again on more
luck, and what is reported is played on luck that neither saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Unpack

import numpy as np

from sim.errors import UserError
from sim.model import schedule
from sim.model.launch import Action, Strategy
from sim.model.mishap import Mishaps
from sim.planning import limits, trials
from sim.planning import risk as risk_room
from sim.planning.work import How, Work
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
PRIZES = 0.5  # most of the budget that the search gives away in prizes
AGENTS = 3  # times as many as declared, at most


class Space:
    """The knobs of a scenario: what its cast can do, with the lines of its strategies as models."""

    def __init__(self, scenario: Scenario, budget: float):
        self.scenario = scenario
        self.budget = budget
        self.limits = limits.of(scenario)
        cast = scenario.cast
        words = {"kols", *(kol.name for kol in cast.kols)}
        self.brand = self._model(scenario, {"brand"}, Action(by="brand"))
        self.kol = self._model(scenario, words, None) if cast.kols else None
        self.staff = self._model(scenario, {"employees"}, None) if cast.employees.count else None
        fees = [scenario.prices.fee(kol, scenario.market) for kol in cast.kols]
        rate = [fee / max(kol.heads(scenario.market), 1.0) for fee, kol in zip(fees, cast.kols, strict=True)]
        self.fees = fees
        musts, never = set(self.limits.must_have), set(self.limits.excluded)
        able = [i for i, kol in enumerate(cast.kols) if kol.name not in never]
        self.order = sorted(
            able, key=lambda i: (cast.kols[i].name not in musts, rate[i], -cast.kols[i].heads(scenario.market))
        )
        # The practices that strategies declare: a desk and prizes, of which the search says how much.
        named = scenario.strategies.items()
        self.desks = [NONE, *(name for name, one in named if one.desk is not None)]
        self.prizes = [NONE, *(name for name, one in named if one.prize is not None)]
        declared = [one.desk.agents for _, one in named if one.desk is not None]
        self.agents = AGENTS * max(declared, default=1)
        caps = [1.0]
        if self.limits.max_employees is not None and cast.employees.count:
            caps.append(self.limits.max_employees / cast.employees.count)
        self.cap = min(caps)

    @staticmethod
    def _model(scenario: Scenario, words: set[str], otherwise: Action | None) -> Action | None:
        followed = (schedule.followed(scenario, one) for one in scenario.strategies.values())
        lines = [line for one in followed for line in one.posts if line.by in words]
        return lines[0] if lines else otherwise

    def ask(self, trial: Any) -> dict[str, Any]:
        """One setting of the knobs."""
        last = max(min(self.scenario.hours - 1.0, 48.0), 0.0)
        asked: dict[str, Any] = {
            "brand_posts": trial.suggest_int("brand_posts", 0, 8),
            "brand_at": trial.suggest_float("brand_at", 0.0, last),
            "brand_every": trial.suggest_float("brand_every", 1.0, 24.0),
        }
        if self.kol is not None:
            asked["kol_share"] = trial.suggest_float("kol_share", 0.0, 1.0)
            asked["kol_posts"] = trial.suggest_int("kol_posts", 1, 4)
            asked["kol_at"] = trial.suggest_float("kol_at", 0.0, last)
            asked["kol_waves"] = trial.suggest_float("kol_waves", 0.0, 24.0)
            asked["kol_every"] = trial.suggest_float("kol_every", 2.0, 48.0)
        if self.staff is not None:
            asked["employee_participation"] = trial.suggest_float("employee_participation", 0.0, self.cap)
            asked["employee_posts"] = trial.suggest_int("employee_posts", 1, 6)
            asked["employee_at"] = trial.suggest_float("employee_at", 0.0, last)
        if len(self.desks) > 1:
            asked["desk"] = trial.suggest_categorical("desk", self.desks)
            asked["agents"] = trial.suggest_int("agents", 1, self.agents)
        if len(self.prizes) > 1:
            asked["prize"] = trial.suggest_categorical("prize", self.prizes)
            asked["prize_share"] = trial.suggest_float("prize_share", 0.0, PRIZES)
        return asked

    def plan(self, knobs: dict[str, Any]) -> Strategy:
        """The launch of one setting: KOLs are hired in order of followers per RMB with their share of what is left.

        Must-haves come first; what a constraint caps is cut to the cap, what goes out at a forbidden hour waits.
        """
        posts: list[Action] = []
        times = self._produced(knobs["brand_posts"])
        if times and self.brand is not None:
            change = {"at": knobs["brand_at"], "times": times, "every": knobs["brand_every"]}
            posts.append(self._line(self.brand, change))
        if self.staff is not None and knobs["employee_participation"] >= 0.005:
            change = {
                "participation": knobs["employee_participation"],
                "times": knobs["employee_posts"],
                "at": knobs["employee_at"],
            }
            posts.append(self._paid_staff(self._line(self.staff, change)))
        extra: dict[str, Any] = {"title": "Optimised", "posts": tuple(posts), **self._practices(knobs)}
        plan = Strategy().model_copy(update=extra)
        if self.kol is None:
            return plan
        money = knobs["kol_share"] * max(self.budget - self.cost(plan), 0.0)
        if self.limits.kol_budget is not None:
            money = min(money, self.limits.kol_budget)
        hired = 0
        for i in self.order:
            name = self.scenario.cast.kols[i].name
            price = self.fees[i] * knobs["kol_posts"]
            full = self.limits.max_kols is not None and hired >= self.limits.max_kols
            if (price <= money and not full) or name in self.limits.must_have:
                money -= price
                hired += 1
                change = {
                    "by": name,
                    "participation": 1.0,
                    "times": knobs["kol_posts"],
                    "at": knobs["kol_at"],
                    "spread": knobs["kol_waves"],
                    "every": knobs["kol_every"],
                }
                posts.append(self._line(self.kol, change))
        return plan.model_copy(update={"posts": tuple(posts)})

    def _line(self, model: Action, change: dict[str, Any]) -> Action:
        return limits.fitted(self.scenario, model.model_copy(update=change))

    def _produced(self, times: int) -> int:
        """Posts of the brand that the production budget pays for."""
        most, prices = self.limits.production_budget, self.scenario.prices
        each = prices.post_minutes * prices.staff_minute
        return times if most is None or each <= 0.0 else min(times, int(most / each + limits.SLACK))

    def _paid_staff(self, line: Action) -> Action:
        """LINE with as many employees as their budget pays for."""
        most = self.limits.employee_budget
        cost = self.cost(Strategy(posts=(line,)))
        if most is None or cost <= most:
            return line
        return line.model_copy(update={"participation": line.participation * most / cost})

    def _practices(self, knobs: dict[str, Any]) -> dict[str, Any]:
        """The desk and the prizes of one setting, within their budgets."""
        found: dict[str, Any] = {}
        desk = self.scenario.strategies[knobs["desk"]].desk if knobs.get("desk", NONE) != NONE else None
        if desk is not None:
            asked, most = desk.model_copy(update={"agents": knobs["agents"]}), self.limits.service_budget
            each = asked.staff_minutes(self.scenario.hours) * self.scenario.prices.staff_minute / asked.agents
            agents = asked.agents if most is None or each <= 0.0 else min(asked.agents, int(most / each + limits.SLACK))
            if agents:
                found["desk"] = asked.model_copy(update={"agents": agents})
        prize = self.scenario.strategies[knobs["prize"]].prize if knobs.get("prize", NONE) != NONE else None
        if prize is not None and knobs["prize_share"] >= 0.001:
            most = self.limits.prize_budget
            money = knobs["prize_share"] * self.budget
            money = money if most is None else min(money, most)
            found["prize"] = prize.model_copy(update={"value": money / prize.number})
        return found

    def by_hand(self) -> list[dict[str, Any]]:
        """The scenario's own strategies as settings, as nearly as the knobs can say: where the search begins."""
        found = []
        last = max(min(self.scenario.hours - 1.0, 48.0), 0.0)
        words = {"kols", *(kol.name for kol in self.scenario.cast.kols)}
        for name, planned in self.scenario.strategies.items():
            strategy = schedule.followed(self.scenario, planned)
            brand = [line for line in strategy.posts if line.by == "brand"]
            staff = [line for line in strategy.posts if line.by == "employees"]
            stars = [line for line in strategy.posts if line.by in words]
            knobs: dict[str, Any] = {
                "brand_posts": min(sum(line.times for line in brand), 8),
                "brand_at": min(brand[0].at, last) if brand else 0.0,
                "brand_every": min(max(brand[0].every, 1.0), 24.0) if brand else 12.0,
            }
            if self.staff is not None:
                line = staff[0] if staff else self.staff
                knobs["employee_participation"] = min(line.participation, self.cap) if staff else 0.0
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
                knobs["kol_every"] = min(max(line.every, 2.0), 48.0)
            if len(self.desks) > 1:
                knobs["desk"] = name if name in self.desks else NONE
                knobs["agents"] = strategy.desk.agents if strategy.desk is not None else 1
            if len(self.prizes) > 1:
                knobs["prize"] = name if name in self.prizes else NONE
                money = strategy.prize.cost if strategy.prize is not None else 0.0
                knobs["prize_share"] = min(money / self.budget, PRIZES)
            found.append(knobs)
        return found

    def cost(self, plan: Strategy) -> float:
        """What PLAN spends, RMB."""
        return limits.spent(self.scenario, plan)["total"]


def optimise(
    scenario: Scenario,
    goal: str | None,
    budget: float,
    *,
    target: float | None = None,
    mishaps: Mishaps | None = None,
    risky: bool = True,
    plans: int = PLANS,
    replicates: int = REPLICATES,
    **how: Unpack[How],
) -> dict[str, Any]:
    """Plans on the front of result, cost and risk within BUDGET and the scenario's constraints; JSON-plain.

    goal     a metric, or None for the scenario's
    target   what the goal should reach: the chance of missing it is then a fourth side of the front
    mishaps  rates of what goes wrong (default: the scenario's, else the declared ones); RISKY False: not played
    plans    how many the search plays, on SEARCHED replicates each
    how      graph, seed, jobs, progress, cancel, book: see `work.How`

    Risk is the bad tenth (P10; P90 where less is better) with mishaps.  Deterministic for any JOBS.  Raises UserError
    and CancelledError.
    """
    if plans < 1 or replicates < 2:
        raise UserError(f"plans = {plans}, replicates = {replicates}: at least 1 plan and 2 replicates.")
    if not budget > 0.0:
        raise UserError(f"budget = {budget:g}: a positive sum in RMB.")
    wanted = metrics.goal(scenario.goal if goal is None else goal)
    work = Work(**how)
    stage = work.stage(scenario)
    space = Space(scenario, budget)
    sign = 1.0 if wanted.higher_is_better else -1.0
    rates = mishaps or scenario.mishaps or Mishaps()
    quiet = risk_room.Trouble(scenario, stage, wanted, rates, **work.how(quiet=True))
    plays = quiet.played(rates if risky else scenario.mishaps)
    aim = None if target is None else sign * target
    found = _search(space, plays, plans, work.seed, aim, work.progress)
    if not found:
        raise UserError(
            f"None of {plans} plans keeps to {budget:,.0f} RMB and the constraints with a defined goal: "
            f"{_reason(space)}."
        )
    own = {name: one for name, one in scenario.strategies.items() if not limits.broken(scenario, one, budget)}
    kept = [found[n] for n in _front([_values(one.score, one.cost, aim) for one in found])]
    plays.progress = work.progress
    sorting = range(trials.UNSEEN + SEARCHED, trials.UNSEEN + SEARCHED + SORTED)
    scores = sign * plays.score([one.plan for one in kept], sorting, "sorting the front on more luck")
    again = [_values(scores[:, n], one.cost, aim) for n, one in enumerate(kept)]
    front = sorted(_front(again), key=lambda n: -again[n][0])
    if len(front) > FRONT:
        front = [front[round(n)] for n in np.linspace(0, len(front) - 1, FRONT)]
    asked = [*(kept[n].plan for n in front), *own.values()]
    luck = range(replicates)
    trouble = risk_room.Trouble(scenario, stage, wanted, rates, **work.how())
    reported = trouble.played(None if risky else scenario.mishaps).score(asked, luck, "playing the best on unseen luck")
    rough: Sequence[dict[str, Any] | None] = [None] * len(asked)
    if risky:
        rough = [
            told | {"accounts": trouble.hangs(plan, luck)}
            for told, plan in zip(trouble.told(asked, luck, target, causes=True, sweep=True), asked, strict=True)
        ]
    rows = [
        trials.judged(reported[:, n], wanted, target) | {"cost": space.cost(plan), "risk": rough[n]}
        for n, plan in enumerate(asked)
    ]
    told = [
        {
            "knobs": kept[n].knobs,
            "plan": kept[n].plan.model_dump(mode="json", exclude_none=True),
            "searched_mean": sign * float(kept[n].score.mean()),
            **row,
        }
        for n, row in zip(front, rows[: len(front)], strict=True)
    ]
    rivals = dict(zip(own, rows[len(front) :], strict=True))
    lead = None
    ranked = [name for name in own if rivals[name]["mean"] is not None]
    if ranked:
        best = max(ranked, key=lambda name: sign * rivals[name]["mean"])
        gap = contrast.difference(
            reported[:, 0], reported[:, len(front) + list(own).index(best)], wanted.higher_is_better
        )
        lead = {"over": best, "mean": gap.mean, "ci95": trials.ends(gap)}
    return {
        "scenario": scenario.name,
        "goal": wanted.single.name if wanted.single else "goal",
        "budget": budget,
        "constraints": limits.of(scenario).model_dump(mode="json", exclude_none=True),
        "target": target,
        "rates": rates.model_dump(mode="json") if risky else None,
        "front": told,
        "best": told[0],
        "strategies": rivals,
        "lead": lead,
        "plans": plans,
        "within_budget": len(found),
        "replicates": replicates,
        "seed": work.seed,
        "accounts": stage.accounts,
        "market_factor": stage.factor,
    }


@dataclass(frozen=True)
class Found:
    """A plan that the search played: its knobs, its cost in RMB, its score float64[SEARCHED] (better when higher)."""

    knobs: dict[str, Any]
    plan: Strategy
    cost: float
    score: np.ndarray


def _search(
    space: Space,
    plays: trials.Trials,
    plans: int,
    seed: int,
    aim: float | None,
    progress: comparing.Progress | None,
) -> list[Found]:
    """Every different plan that keeps to the limits, in the order in which NSGA-II asked for it."""
    import optuna

    sign = 1.0 if plays.goal.higher_is_better else -1.0
    luck = range(trials.UNSEEN, trials.UNSEEN + SEARCHED)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.NSGAIISampler(seed=seed % 2**32, population_size=min(POPULATION, plans))
    sides: list[Literal["minimize", "maximize"]] = ["maximize", "minimize", "maximize"]
    sides += ["maximize"] if aim is not None else []
    study = optuna.create_study(directions=sides, sampler=sampler)
    for knobs in space.by_hand():
        study.enqueue_trial(knobs)
    found: dict[str, Found] = {}
    for number in range(plans):
        trial = study.ask()
        knobs = space.ask(trial)
        plan = space.plan(knobs)
        cost = space.cost(plan)
        broken = limits.broken(space.scenario, plan, space.budget)
        trial.set_constraint("budget", cost - space.budget)
        trial.set_constraint("limits", float(len(broken)))
        score = np.full(SEARCHED, np.nan)
        if not broken:
            score = sign * plays.score([plan], luck)[:, 0]
        study.tell(trial, _values(score, cost, aim))
        if np.isfinite(score).all():
            found[plan.model_dump_json()] = Found(knobs, plan, cost, score)
        if progress is not None:
            progress("searching plans", number + 1, plans)
    return list(found.values())


def _reason(space: Space) -> str:
    """Why no plan was possible, as far as the scenario's own first setting tells."""
    told = limits.broken(space.scenario, space.plan(space.by_hand()[0]), space.budget)
    return "; ".join(told) if told else "raise the budget or take another goal"


def _values(score: np.ndarray, cost: float, aim: float | None) -> tuple[float, ...]:
    """What the search compares: mean, cost, the bad tenth, with an AIM the chance of reaching it.

    SCORE float64[replicates] is better when higher.
    """
    if not np.isfinite(score).all():
        return (-1e300, cost, -1e300) if aim is None else (-1e300, cost, -1e300, 0.0)
    sides = float(score.mean()), cost, float(np.quantile(score, 0.1))
    return sides if aim is None else (*sides, float(np.mean(score >= aim)))


def _front(values: Sequence[tuple[float, ...]]) -> list[int]:
    """Indices that no other beats on one side (all up but the second, cost) and equals or beats on the rest."""
    points = np.array(values)
    points[:, 1] *= -1.0
    found = []
    for n, point in enumerate(points):
        beaten = (points >= point).all(axis=1) & (points > point).any(axis=1)
        if not beaten.any():
            found.append(n)
    return found
