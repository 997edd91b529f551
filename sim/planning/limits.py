"""What a plan must keep to: the scenario's [constraints], as a repair of its lines and as a check of the whole."""

import math

from sim.model import schedule
from sim.model.costs import bill
from sim.model.launch import Action, Strategy
from sim.planning import trials
from sim.scenario.constraints import Constraints
from sim.scenario.schema import Scenario

SLACK = 1e-6
# Which items of the bill each limit covers.
PARTS: dict[str, tuple[str, ...]] = {
    "kol_budget": ("kol_fees",),
    "employee_budget": ("staff", "programme"),
    "prize_budget": ("prizes",),
    "service_budget": ("service",),
    "production_budget": ("production",),
}


def of(scenario: Scenario) -> Constraints:
    """The constraints of SCENARIO; none where it declares none."""
    return scenario.constraints or Constraints()


def spent(scenario: Scenario, plan: Strategy) -> dict[str, float]:
    """The bill of PLAN by item, RMB."""
    return bill(scenario.model_copy(update={"strategies": {trials.NAME: plan}}), trials.NAME)


def broken(scenario: Scenario, plan: Strategy, budget: float) -> list[str]:
    """Everything that PLAN breaks, in words; empty when it keeps to BUDGET and to the constraints."""
    limits = of(scenario)
    items = spent(scenario, plan)
    plan = schedule.followed(scenario, plan)
    told = []
    if items["total"] > budget + SLACK:
        told.append(f"it spends {items['total']:,.0f} RMB of {budget:,.0f}")
    for name, parts in PARTS.items():
        most = getattr(limits, name)
        sum_of = sum(items.get(part, 0.0) for part in parts)
        if most is not None and sum_of > most + SLACK:
            told.append(f"{name} = {most:,.0f}, it spends {sum_of:,.0f} RMB")
    hired = kols(scenario, plan)
    if limits.max_kols is not None and len(hired) > limits.max_kols:
        told.append(f"max_kols = {limits.max_kols}, it hires {len(hired)}")
    told += [f"must_have: it does not hire {name}" for name in limits.must_have if name not in hired]
    told += [f"excluded: it hires {name}" for name in limits.excluded if name in hired]
    asked = max((line.participation for line in plan.posts if line.by == "employees"), default=0.0)
    heads = asked * scenario.cast.employees.count
    if limits.max_employees is not None and heads > limits.max_employees + SLACK:
        told.append(f"max_employees = {limits.max_employees:,}, it asks {heads:,.0f}")
    for line in plan.posts:
        told += [
            f"{line.by} posts at {hour:.1f} h, allowed are {limits.posts_from:g} to {limits.posts_until:g} h"
            for hour in hours(scenario, line)
            if not allowed(limits, hour)
        ][:1]
    return told


def kols(scenario: Scenario, plan: Strategy) -> list[str]:
    """KOLs that PLAN hires, in the order of the cast."""
    called = {line.by for line in schedule.followed(scenario, plan).posts}
    return [kol.name for kol in scenario.cast.kols if kol.name in called or "kols" in called]


def hours(scenario: Scenario, line: Action) -> list[float]:
    """Hours of the day at which LINE posts, first and last moment of each occasion within the horizon."""
    begin = scenario.start.hour + scenario.start.minute / 60.0
    found = []
    for occasion in range(line.times):
        at = line.at + occasion * line.every
        if at < scenario.hours:
            found += [(begin + at) % 24.0, *([(begin + at + line.spread) % 24.0] if line.spread > 0.0 else [])]
    return found


def allowed(limits: Constraints, hour: float) -> bool:
    """Whether something may be posted at that HOUR of the day."""
    return limits.posts_from - SLACK <= hour < limits.posts_until + (SLACK if limits.posts_until < 24.0 else 1.0)


def fitted(scenario: Scenario, line: Action) -> Action:
    """LINE moved into the allowed hours: later on the same or the next day, at one hour of the day throughout."""
    limits = of(scenario)
    if limits.posts_from <= 0.0 and limits.posts_until >= 24.0:
        return line
    width = limits.posts_until - limits.posts_from
    spread = min(line.spread, 0.5 * width)
    begin = scenario.start.hour + scenario.start.minute / 60.0
    hour = (begin + line.at) % 24.0
    last = limits.posts_until - spread - 1e-3
    wait = 0.0
    if not limits.posts_from <= hour <= last:
        wait = (limits.posts_from - hour) % 24.0
    at = line.at + wait
    if at >= scenario.hours:  # no later day is left: the last allowed moment before
        at = max(line.at - ((hour - last) % 24.0), 0.0)
    every = line.every
    fits = line.model_copy(update={"at": at, "spread": spread})
    if line.times > 1 and not all(allowed(limits, one) for one in hours(scenario, fits)):
        every = 24.0 * max(1, math.ceil(line.every / 24.0 - 0.5))
    return fits.model_copy(update={"every": every})
