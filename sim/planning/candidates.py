"""Candidates: the accounts a planner could hire, from the cast or from a CSV, and the launch that calls them.

    found = candidates.read(Path("kols.csv"))
    table = candidates.seat(scenario, found, budget=500_000)
    table.strategy({"anna", "ben"})

The launch around them is a strategy of the scenario: its lines by KOLs become
the lines of every hired candidate, all its other lines stay.
"""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pydantic

from sim.errors import UserError
from sim.model import casting, schedule
from sim.model.casting import Kol, label
from sim.model.costs import bill
from sim.model.launch import Action, Content, Strategy
from sim.planning import limits
from sim.quantities import Count, Doc, Money, Share
from sim.scenario import complaints, tables
from sim.scenario.constraints import Constraints
from sim.scenario.schema import Scenario
from sim.section import Section

MOST = 500
ROWS = 5_000  # that are read, so that who brings too many is told how many
NAME = "roster"  # of the strategy that hires


class Candidate(Section):
    """One row of the table of candidates."""

    name: Annotated[str, pydantic.Field(min_length=1, max_length=200)]
    followers: Annotated[Count, Doc("followers, as heads at the market's size")]
    fee: Annotated[Money | None, Doc("fee per post; without one, the price list's law")] = None
    engagement: Annotated[
        Share | None, Doc("reposts, comments and likes per post and follower, if known; lifts or lowers the response")
    ] = None
    fit: Annotated[Share, Doc("share of the followers who care for the topic")] = 0.4
    must_have: bool = False
    excluded: bool = False
    never_with: Annotated[str, pydantic.Field(max_length=4_000)] = ""
    overlap: Annotated[str, pydantic.Field(max_length=4_000)] = ""
    segments: Annotated[str, pydantic.Field(max_length=1_000)] = ""

    @property
    def shared(self) -> dict[str, float]:
        """Shares of its followers who also follow others: name:share after `overlap`, separated by semicolons.

        Raises ValueError for what is no share.
        """
        return _shares(self.overlap)

    @property
    def composition(self) -> dict[str, float]:
        """Shares of its followers in segments of the scenario, written likewise. Raises ValueError."""
        return _shares(self.segments)

    @property
    def rivals(self) -> list[str]:
        """Names after `never_with`, separated by semicolons."""
        return [name.strip() for name in self.never_with.split(";") if name.strip()]


def _shares(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, colon, share = part.rpartition(":")
        if not colon or not 0.0 <= float(share) <= 1.0 or name.strip() in found:
            raise ValueError(part)
        found[name.strip()] = float(share)
    return found


@dataclass(frozen=True)
class Table:
    """Candidates cast into a scenario, what each costs, and what may stand together.

    scenario  the launch with the candidates as its KOLs and no strategy but the one around them
    roles     the candidates' names in the cast; `names` as people know them
    lines     what each hired candidate posts; `rest` is everybody else's part
    cost      float64[candidates], fee x posts, RMB; fee float64[candidates] per post; posts: expected number of each
    fixed     what the rest of the launch spends, RMB
    money     what is left for fees
    must, open  indices that have to be in, and that may be
    never     pairs of indices that must not stand together
    most      how many may be hired at most (None: as many as the money buys)
    """

    scenario: Scenario
    given: tuple[Candidate, ...]
    roles: tuple[str, ...]
    lines: tuple[Action, ...]
    rest: Strategy
    fee: np.ndarray
    cost: np.ndarray
    posts: float
    fixed: float
    money: float
    must: tuple[int, ...]
    open: tuple[int, ...]
    never: frozenset[tuple[int, int]]
    most: int | None = None

    @property
    def names(self) -> list[str]:
        """The candidates as people know them."""
        return [one.name for one in self.given]

    @property
    def free(self) -> bool:
        """Whether nothing but money limits the choice."""
        return not self.must and not self.never and self.most is None

    def joins(self, roster: Collection[int], one: int) -> bool:
        """Whether ONE may stand in ROSTER, money aside."""
        if one in roster or (self.most is not None and len(roster) >= self.most):
            return False
        return all((min(one, i), max(one, i)) not in self.never for i in roster)

    def spent(self, roster: Collection[int]) -> float:
        """Fees of ROSTER, RMB."""
        return float(sum(self.cost[i] for i in sorted(roster)))

    def strategy(self, roster: Collection[int], again: Collection[int] = ()) -> Strategy:
        """The launch with ROSTER hired; those of AGAIN post every line once more, an `every` later."""
        posts = list(self.rest.posts)
        for i in sorted(roster):
            for line in self.lines:
                change: dict[str, Any] = {"by": self.roles[i]}
                if self.given[i].engagement is not None:
                    change["content"] = _own_content(line.content, self.roles[i])
                if i in again:
                    change["times"] = line.times + 1
                posts.append(line.model_copy(update=change))
        return self.rest.model_copy(update={"posts": tuple(posts), "title": "Roster"})

    def plan(self, roster: Collection[int]) -> dict[str, Any]:
        """The launch with ROSTER as tables of a scenario file: strategy, kols, contents of their own."""
        strategy = self.strategy(roster)
        kols = [self.scenario.cast.kols[i] for i in sorted(roster)]
        used = {line.content for line in strategy.posts}
        return {
            "strategy": strategy.model_dump(mode="json", exclude_none=True),
            "kols": [kol.model_dump(mode="json", exclude_none=True) for kol in kols],
            "contents": {
                name: content.model_dump(mode="json", exclude_none=True)
                for name, content in self.scenario.contents.items()
                if name in used
            },
        }


def read(path: Path) -> list[Candidate]:
    """Candidates from a CSV with the columns of `Candidate`. Raises UserError naming file, line and column."""
    found = tables.rows(path, Candidate, ROWS)
    lines = [line for line, _ in tables.records(path)]
    first: dict[str, int] = {}
    for line, one in zip(lines, found, strict=True):
        if one.name in first:
            raise UserError(f"{path}: line {line}: the name {one.name!r} stands in line {first[one.name]} too.")
        first[one.name] = line
    for line, one in zip(lines, found, strict=True):
        for rival in one.rivals:
            if rival not in first or rival == one.name:
                raise UserError(
                    f"{path}: line {line}: never_with names {rival!r}, which is no other candidate.\n"
                    "Allowed are names of the column name, separated by semicolons."
                )
        pairs = _pairs(path, line, one, "overlap", "anna:0.3; ben:0.1")
        for other in pairs:
            if other not in first or other == one.name:
                raise UserError(
                    f"{path}: line {line}: overlap names {other!r}, which is no other candidate.\n"
                    "Allowed are names of the column name."
                )
        for name in (pairs := _pairs(path, line, one, "segments", "fans:0.1; media:0.02")):
            if name not in casting.SEGMENTS:
                near = complaints.did_you_mean(name, casting.SEGMENTS)
                raise UserError(
                    f"{path}: line {line}: segments names {name!r}, which is no segment.{near}\n"
                    f"Allowed are {', '.join(casting.SEGMENTS)}."
                )
        if sum(pairs.values()) > 1.0 + 1e-9:
            raise UserError(
                f"{path}: line {line}: segments: the shares of {one.name!r} add up to {sum(pairs.values()):g}; at most "
                "1 is allowed, who belongs to no segment is the rest."
            )
        if one.must_have and one.excluded:
            raise UserError(
                f"{path}: line {line}: {one.name!r} is both must_have and excluded; at most one may be true."
            )
    return found


def _pairs(path: Path, line: int, one: Candidate, column: str, example: str) -> dict[str, float]:
    """The pairs name:share in COLUMN of ONE, or a UserError."""
    text = getattr(one, column)
    try:
        return _shares(text)
    except ValueError:
        raise UserError(
            f"{path}: line {line}: {column} = {text!r} is not name:share; allowed are pairs such as {example}, each "
            "name once, with shares of this candidate's followers from 0 to 1."
        ) from None


def of_cast(scenario: Scenario) -> list[Candidate]:
    """The scenario's own KOLs as candidates."""
    market = scenario.market
    return [
        Candidate(
            name=kol.name,
            followers=round(kol.heads(market)),
            fee=kol.fee,
            fit=kol.fit,
            overlap="; ".join(f"{other}:{share:g}" for other, share in kol.overlap.items()),
            segments="; ".join(f"{name}:{share:g}" for name, share in kol.segments.items()),
        )
        for kol in scenario.cast.kols
    ]


def seat(scenario: Scenario, given: Sequence[Candidate], budget: float, strategy: str | None = None) -> Table:
    """GIVEN as the KOLs of SCENARIO's launch STRATEGY (default: its first that has KOLs), under BUDGET for all of it.

    Raises UserError when the money buys nobody, must-haves cost too much or exclude each other.
    """
    bounds = limits.of(scenario)
    given = [_bound(one, bounds) for one in given]
    if not given:
        raise UserError(f"{scenario.name} has no KOLs ([[cast.kols]]) and no table of candidates was given.")
    if len(given) > MOST:
        raise UserError(f"{len(given):,} candidates; at most {MOST} are allowed: leave out the hopeless ones.")
    market = scenario.market
    for one in given:
        if one.followers > market:
            raise UserError(
                f"{one.name!r} has {one.followers:,} followers, the market of {scenario.name} {market:,} accounts.\n"
                "Give the followers that this market has, or enlarge market."
            )
    told = next((one.name for one in given if one.composition), None)
    if told is not None and scenario.segments is None:
        raise UserError(
            f"{told!r} names shares of segments, but {scenario.name} has no table [segments].\n"
            "Add an empty [segments] (its defaults hold), or leave the column segments out."
        )
    around = schedule.followed(scenario, scenario.strategies[_around(scenario, strategy)])
    words = {"kols", *(kol.name for kol in scenario.cast.kols)}
    called = [line for line in around.posts if line.by in words]
    lines = [line for line in called if line.by == "kols"] or [line for line in called if line.by == called[0].by]
    lines = lines or [Action(by="kols", content=next(iter(scenario.contents)))]
    lines = [limits.fitted(scenario, line) for line in lines]
    rest = around.model_copy(update={"posts": tuple(line for line in around.posts if line.by not in words)})
    roles = [_role(one.name) for one in given]
    role_of = {one.name: role for role, one in zip(roles, given, strict=True)}
    kols = tuple(
        Kol(
            name=role,
            followers=one.followers,
            fit=one.fit,
            fee=one.fee,
            overlap={role_of[other]: share for other, share in one.shared.items() if other in role_of},
            segments=one.composition,
        )
        for role, one in zip(roles, given, strict=True)
    )
    contents = dict(scenario.contents) | _engaged(scenario, given, roles, lines)
    cast = scenario.cast.model_copy(update={"kols": kols})
    asked = scenario.model_copy(
        update={"constraints": None, "cast": cast, "contents": contents, "strategies": {NAME: rest}, "budget": budget}
    )
    posts = float(sum(line.times * line.participation for line in lines))
    fee = np.array([scenario.prices.fee(kol, market) for kol in kols])
    fixed = bill(asked, NAME)["total"]
    number = {one.name: i for i, one in enumerate(given)}
    never = frozenset(
        (min(i, number[rival]), max(i, number[rival])) for i, one in enumerate(given) for rival in one.rivals
    )
    found = Table(
        scenario=asked,
        given=tuple(given),
        roles=tuple(roles),
        lines=tuple(lines),
        rest=rest,
        fee=fee,
        cost=fee * posts,
        posts=posts,
        fixed=fixed,
        money=budget - fixed if bounds.kol_budget is None else min(budget - fixed, bounds.kol_budget),
        must=tuple(i for i, one in enumerate(given) if one.must_have),
        open=tuple(i for i, one in enumerate(given) if not one.excluded),
        never=never,
        most=bounds.max_kols,
    )
    _check(found, budget)
    return found


def _bound(one: Candidate, bounds: Constraints) -> Candidate:
    """ONE with what the scenario's constraints say of it."""
    must, never = one.must_have or one.name in bounds.must_have, one.excluded or one.name in bounds.excluded
    if must and never:
        raise UserError(
            f"{one.name!r} is wanted and excluded, once by the table of candidates and once by [constraints]: mend one."
        )
    return one.model_copy(update={"must_have": must, "excluded": never})


def _around(scenario: Scenario, strategy: str | None) -> str:
    if strategy is not None:
        if strategy not in scenario.strategies:
            known = ", ".join(scenario.strategies)
            raise UserError(f"{strategy!r} is not a strategy of {scenario.name}. Known: {known}.")
        return strategy
    words = {"kols", *(kol.name for kol in scenario.cast.kols)}
    planned = {name: schedule.followed(scenario, one).posts for name, one in scenario.strategies.items()}
    for name, posts in planned.items():
        if any(line.by in words for line in posts):
            return name
    return next((name for name, posts in planned.items() if posts), next(iter(planned)))


def _role(name: str) -> str:
    """A name the cast allows; the same candidate keeps it, and with it the audience, in every table."""
    plain = name[:1].islower() and name.isascii() and name.replace("_", "a").isalnum() and name == name.lower()
    if plain and len(name) < 40 and name not in ("brand", "kols", "employees", "leader", "branches"):
        return name
    return f"kol_{label('candidate', name):016x}"


def _engaged(
    scenario: Scenario, given: Sequence[Candidate], roles: Sequence[str], lines: Sequence[Action]
) -> dict[str, Content]:
    """Contents of those whose engagement is known: worth more or less than the median one's, audience allowed for."""
    tier = scenario.response.tier
    known = {
        role: one.engagement * max(one.followers, 150) ** tier
        for role, one in zip(roles, given, strict=True)
        if one.engagement is not None
    }
    middle = float(np.median(list(known.values()))) if known else 0.0
    if middle <= 0.0:
        middle = 1.0
    return {
        _own_content(line.content, role): scenario.contents[line.content].model_copy(
            update={"quality": scenario.contents[line.content].quality * value / middle}
        )
        for role, value in known.items()
        for line in lines
    }


def _own_content(content: str, role: str) -> str:
    """The name of CONTENT as ROLE tells it."""
    return f"content_{label('own', content, role):016x}"


def _check(table: Table, budget: float) -> None:
    if table.money <= 0.0:
        raise UserError(
            f"budget = {budget:,.0f} RMB: the launch without any KOL spends {table.fixed:,.0f} RMB already."
        )
    if table.most is not None and len(table.must) > table.most:
        raise UserError(f"{len(table.must)} candidates are must_have, [constraints] max_kols = {table.most}.")
    for i, j in itertools.combinations(table.must, 2):
        if (i, j) in table.never:
            raise UserError(f"{table.names[i]!r} and {table.names[j]!r} are must_have and must never stand together.")
    if table.spent(table.must) > table.money:
        raise UserError(
            f"The must-haves cost {table.spent(table.must):,.0f} RMB, {table.money:,.0f} RMB of the budget "
            f"are left for fees."
        )
    if not table.open:
        raise UserError("Every candidate is excluded.")
    cheapest = min(table.open, key=lambda i: table.cost[i])
    if table.cost[cheapest] > table.money:
        raise UserError(
            f"budget = {budget:,.0f} RMB buys nobody: {table.money:,.0f} RMB are left for fees, the cheapest candidate "
            f"{table.names[cheapest]!r} costs {table.cost[cheapest]:,.0f} RMB."
        )
