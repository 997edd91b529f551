"""Costs: one price list for all strategies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Protocol

from sim.model import schedule
from sim.model.casting import Cast, Kol
from sim.model.groups import Group
from sim.model.launch import Strategy
from sim.quantities import Doc, Minutes, Money
from sim.section import Section


class Prices(Section):
    """One price list for all strategies, RMB."""

    kol_fixed: Annotated[
        Money, Doc("fee of a KOL's post, fixed part", "assumed", "within Leung et al. 2022: $200 to $100,000 a post")
    ] = 500.0
    kol_per_follower: Annotated[
        Money, Doc("fee of a KOL's post per follower", "assumed", "within Leung et al. 2022", doubt=(0.01, 0.04))
    ] = 0.02
    staff_minute: Annotated[Money, Doc("one minute of staff time")] = 1.0
    post_minutes: Annotated[Minutes, Doc("staff time to make a brand's or leader's post")] = 240.0
    share_minutes: Annotated[Minutes, Doc("staff time of an employee's post")] = 2.0
    programme: Annotated[Money, Doc("training and thanks per employee who takes part")] = 50.0

    def fee(self, kol: Kol, market: int) -> float:
        """What one post of KOL costs, RMB: its own fee, or the law of the list at MARKET's size."""
        if kol.fee is not None:
            return kol.fee
        return self.kol_fixed + self.kol_per_follower * kol.heads(market)


class Priced(Protocol):
    """What a bill needs of a scenario (`sim.scenario.schema.Scenario` is one)."""

    @property
    def market(self) -> int: ...
    @property
    def cast(self) -> Cast: ...
    @property
    def prices(self) -> Prices: ...
    @property
    def strategies(self) -> Mapping[str, Strategy]: ...
    @property
    def groups(self) -> Mapping[str, Group]: ...
    @property
    def hours(self) -> int: ...
    @property
    def start(self) -> datetime: ...
    @property
    def calendars(self) -> Mapping[str, tuple[schedule.Entry, ...]]: ...
    @property
    def headquarters(self) -> Any: ...


def bill(scenario: Priced, name: str) -> dict[str, float]:
    """Expected spend of the strategy NAME in RMB by item: that of its posts, its desk, its prizes, its relays."""
    strategy = schedule.followed(scenario, scenario.strategies[name])
    items = spend(strategy, scenario.cast, scenario.prices, scenario.market)
    minute = scenario.prices.staff_minute
    if strategy.desk is not None:
        items["service"] = strategy.desk.staff_minutes(scenario.hours) * minute
    if strategy.prize is not None:
        items["prizes"] = strategy.prize.cost
    if strategy.group is not None:
        relays = scenario.groups[strategy.group].expected(strategy, scenario.cast)
        items["staff"] += relays * scenario.prices.share_minutes * minute
    if scenario.headquarters is not None:
        asked = sum(action.times for action in strategy.posts if action.approval == "each")
        items["approval"] = asked * scenario.headquarters.minutes * minute
    if strategy.learning is not None:
        own = sum(action.times for action in strategy.posts if action.by == "brand")
        items["learning"] = own * strategy.learning.minutes * minute
    if strategy.bots is not None:
        items["bots"] = strategy.bots.cost(sum(action.times for action in strategy.posts if action.by == "brand"))
    if strategy.dialogue is not None:
        items["dialogue"] = strategy.dialogue.staff_minutes(scenario.hours) * minute
    items["total"] = sum(amount for item, amount in items.items() if item != "total")
    return items


def spend(strategy: Strategy, cast: Cast, prices: Prices, market: int) -> dict[str, float]:
    """Expected spend of the posts of STRATEGY in RMB by item: kol_fees, production, staff, programme, total.

    Deterministic: participation counts as its expected number of heads.
    """
    items = {"kol_fees": 0.0, "production": 0.0, "staff": 0.0, "programme": 0.0}
    fees = {kol.name: prices.fee(kol, market) for kol in cast.kols}
    taking_part = 0.0
    for action in strategy.posts:
        if action.by == "employees":
            heads = cast.employees.count * action.participation
            items["staff"] += heads * action.times * prices.share_minutes * prices.staff_minute
            taking_part = max(taking_part, heads)
        elif action.by not in fees and action.by != "kols":
            number = len(cast.branches) if action.by == "branches" else 1
            posts = number * action.times * action.participation
            items["production"] += posts * prices.post_minutes * prices.staff_minute
        else:
            called = fees.values() if action.by == "kols" else [fees[action.by]]
            items["kol_fees"] += sum(called) * action.times * action.participation
    items["programme"] = taking_part * prices.programme
    items["total"] = sum(items.values())
    return items
