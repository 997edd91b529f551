"""The scenario: everything a planner may say about a launch, declared once.

Audiences are shares of the market (or heads at the market's size) and follow
the simulated number of accounts; head counts and prices do not.  Times are
hours after `start`.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import pydantic

from sim import quantities
from sim.errors import UserError
from sim.kernels import links, response, timeline
from sim.model import schedule
from sim.model.casting import Cast
from sim.model.circle import Circle
from sim.model.costs import Prices
from sim.model.editorial import Editorial
from sim.model.groups import Group
from sim.model.growth import GrowthTable
from sim.model.headquarters import Headquarters
from sim.model.hot import Hot
from sim.model.launch import Category, Content, Strategy
from sim.model.mention import Mentions
from sim.model.mishap import Mishaps
from sim.model.orders import OrdersTable
from sim.model.press import Press
from sim.model.reviews import Reviews
from sim.model.rivals import Rivals
from sim.model.schedule import Entry
from sim.model.search import Search
from sim.model.segments import Segments
from sim.model.service import Service
from sim.model.staff import Staff
from sim.model.stage import Topic
from sim.quantities import Doc, Money, Range, Share
from sim.results import metrics
from sim.scenario.constraints import Constraints
from sim.section import Name, Section, Text, Title, table_of

if TYPE_CHECKING:  # made from declarations at run time: a type checker cannot see into them
    Graph: TypeAlias = Any
    AttentionTable: TypeAlias = Any
    ResponseTable: TypeAlias = Any
else:
    Graph = table_of(links.Growth, "Graph", __name__)
    AttentionTable = table_of(timeline.Attention, "AttentionTable", __name__)
    ResponseTable = table_of(response.Response, "ResponseTable", __name__)


# Tables whose parameters "under assumptions" may draw (`sim.runs.assumptions`).
IN_DOUBT = ("response.", "attention.", "topic.", "staff.", "service.", "growth.", "orders.", "mishaps.", "contents.",
            "editorial.", "headquarters.", "segments.", "reviews.", "press.", "hot.", "search.", "mentions.",
            "circle.", "rivals.")  # fmt: skip


class Known(Section):
    """What is known of one parameter here: the range that "under assumptions" draws from, and how it is known.

    A range of one point holds the parameter at its value.
    """

    low: float
    high: float
    source: Title = ""

    @pydantic.model_validator(mode="after")
    def _ordered(self) -> "Known":
        if self.low > self.high:
            raise ValueError(f"low = {self.low:g} lies above high = {self.high:g}")
        return self


class Scenario(Section):
    """A market, a cast, a price list, a goal, and rival strategies."""

    schema_version: Literal[1] = 1
    name: Name
    title: Title = ""
    about: Text = ""
    goal: Annotated[str | dict[str, float], pydantic.Field()] = "reach"
    start: datetime
    days: Annotated[Annotated[float, Range(0.05, 120.0, "days")], Doc("how long the launch is watched", "assumed")] = (
        7.0
    )
    market: Annotated[
        Annotated[int, Range(100, 2**31 - 1, "accounts", whole=True)],
        Doc("accounts on the platform at the time", "assumed"),
    ]
    budget: Annotated[Money, Doc("what each strategy may spend", "assumed")] = 1e12
    width: Annotated[Share, Doc("wanted half-width of an interval, as a share of the leader's mean", "assumed")] = 0.05
    graph: Graph = Graph()
    attention: AttentionTable = AttentionTable()
    response: ResponseTable = ResponseTable()
    topic: Topic = Topic()
    cast: Cast = Cast()
    prices: Prices = Prices()
    contents: dict[Name, Content] = pydantic.Field(default_factory=lambda: {"launch": Content()})
    strategies: dict[Name, Strategy]
    groups: dict[Name, Group] = pydantic.Field(default_factory=dict)
    staff: Staff | None = None
    service: Service | None = None
    growth: GrowthTable | None = None
    orders: OrdersTable | None = None
    mishaps: Mishaps | None = None
    constraints: Constraints | None = None
    category: Category | None = None
    editorial: Editorial = Editorial()
    calendars: dict[Name, tuple[Entry, ...]] = pydantic.Field(default_factory=dict)
    headquarters: Headquarters | None = None
    segments: Segments | None = None
    reviews: Reviews | None = None
    press: Press | None = None
    hot: Hot | None = None
    search: Search | None = None
    mentions: Mentions | None = None
    circle: Circle | None = None
    rivals: Rivals | None = None
    doubt: dict[str, Known] = pydantic.Field(default_factory=dict)

    @pydantic.field_validator("start")
    @classmethod
    def _has_zone(cls, start: datetime) -> datetime:
        if start.tzinfo is None:
            raise ValueError("needs a time zone, as in 2010-08-17T20:00:00+08:00")
        return start

    @pydantic.field_validator("goal")
    @classmethod
    def _goal_known(cls, goal: str | dict[str, float]) -> str | dict[str, float]:
        try:
            metrics.goal(goal)
        except UserError as problem:
            raise ValueError(str(problem)) from None
        return goal

    @pydantic.model_validator(mode="after")
    def _names_known(self) -> "Scenario":
        if not self.strategies:
            raise ValueError("[strategies] is empty: at least one strategy is needed")
        topics = [topic.name for topic in self.hot.topics] if self.hot is not None else []
        for name, content in self.contents.items():
            if content.topic is not None and content.topic not in topics:
                known = ", ".join(topics) or "none is declared"
                raise ValueError(
                    f"contents.{name}: topic = {content.topic!r} is not in [[hot.topics]]; one of: {known}"
                )
        roles = self.roles()
        for name, strategy in self.strategies.items():
            for number, action in enumerate(strategy.posts):
                where = f"strategies.{name}.posts[{number}]"
                if action.by not in roles:
                    raise ValueError(f"{where}: by = {action.by!r} is not in the cast; one of: {', '.join(roles)}")
                if action.content not in self.contents:
                    known = ", ".join(self.contents)
                    raise ValueError(f"{where}: content = {action.content!r} is not declared; one of: {known}")
                if action.at >= self.hours:
                    raise ValueError(f"{where}: at = {action.at:g} h lies beyond the horizon of {self.hours} h")
                if action.topic is not None and action.topic not in topics:
                    known = ", ".join(topics) or "none is declared"
                    raise ValueError(f"{where}: topic = {action.topic!r} is not in [[hot.topics]]; one of: {known}")
                if action.channel == "circle" and (self.circle is None or action.by not in ("brand", "employees")):
                    raise ValueError(
                        f'{where}: channel = "circle" needs the table [circle], and by = "brand" or "employees"'
                    )
                if action.approval != "none" and self.headquarters is None:
                    raise ValueError(f"{where}: approval asks nobody: the scenario has no table [headquarters]")
            self._practices_known(name, strategy)
        for name, calendar in self.calendars.items():
            for number, row in enumerate(calendar):
                wrong = schedule.problem(self, row)
                if wrong is not None:
                    raise ValueError(f"calendars.{name}[{number}]: {wrong[1]}")
        told = [kol.name for kol in self.cast.kols if kol.segments]
        if told and self.segments is None:
            raise ValueError(f"cast.kols: {told[0]} declares segments: the scenario has no table [segments]")
        kols = [kol.name for kol in self.cast.kols]
        for key in ("must_have", "excluded") if self.constraints is not None else ():
            for name in getattr(self.constraints, key):
                if name not in kols:
                    raise ValueError(f"constraints.{key}: {name!r} is no KOL of the cast; one of: {', '.join(kols)}")
        return self

    def _practices_known(self, name: str, strategy: Strategy) -> None:
        if strategy.calendar is not None and strategy.calendar not in self.calendars:
            known = ", ".join(self.calendars) or "none is declared"
            found = strategy.calendar
            raise ValueError(f"strategies.{name}: calendar = {found!r} is not in [calendars]; one of: {known}")
        if strategy.survey is not None and strategy.survey.content not in self.contents:
            known = ", ".join(self.contents)
            raise ValueError(
                f"strategies.{name}.survey: content = {strategy.survey.content!r} is not declared; one of: {known}"
            )
        if strategy.prize is not None and strategy.prize.mention and self.mentions is None:
            raise ValueError(f"strategies.{name}.prize asks for mentions: the scenario has no table [mentions]")
        if strategy.prize is not None and strategy.prize.rewards != "posts" and self.reviews is None:
            raise ValueError(f"strategies.{name}.prize rewards stories: the scenario has no table [reviews]")
        if strategy.desk is not None and self.service is None:
            raise ValueError(f"strategies.{name}.desk answers nobody: the scenario has no table [service]")
        if strategy.group is not None and strategy.group not in self.groups:
            known = ", ".join(self.groups) or "none is declared"
            raise ValueError(f"strategies.{name}: group = {strategy.group!r} is not in [groups]; one of: {known}")

    @pydantic.model_validator(mode="after")
    def _doubts_known(self) -> "Scenario":
        for name, known in self.doubt.items():
            parameter = self.parameter(name)
            if parameter is None or parameter.range is None or not name.startswith(IN_DOUBT):
                raise ValueError(
                    f"doubt: {name!r} is no number that can be in doubt; allowed are keys of the tables "
                    f'{", ".join(table.strip(".") for table in IN_DOUBT)}, as in "contents.launch.quality"'
                )
            allowed = parameter.range
            if not allowed.low <= known.low <= known.high <= allowed.high:
                raise ValueError(
                    f"doubt.{name!r}: {known.low:g} to {known.high:g} is outside {allowed.low:g} to {allowed.high:g}"
                )
        return self

    def parameter(self, name: str) -> quantities.Parameter | None:
        """The declared parameter with this dotted name (response.repost_rate, contents.launch.quality), or None."""
        *tables, key = name.split(".")
        place: Any = self
        for table in tables:
            place = place.get(table) if isinstance(place, dict) else getattr(place, table, None)
        return quantities.parameters(type(place)).get(key) if isinstance(place, Section) else None

    @property
    def hours(self) -> int:
        """The horizon in hours."""
        return max(1, round(self.days * 24))

    def roles(self) -> list[str]:
        """Words that `by` may be."""
        words = ["brand"]
        if self.cast.kols:
            words += ["kols", *(kol.name for kol in self.cast.kols)]
        if self.cast.branches:
            words += ["branches", *(branch.name for branch in self.cast.branches)]
        if self.cast.employees.count:
            words.append("employees")
        if self.cast.leader is not None:
            words.append("leader")
        return words

    def with_accounts(self, accounts: int) -> "Scenario":
        """The same launch on a market simulated with ACCOUNTS accounts."""
        return self.changed({"graph": {"accounts": accounts}})

    def changed(self, changes: dict[str, Any]) -> "Scenario":
        """A checked copy in which CHANGES (nested tables) replace values."""
        return type(self).model_validate(_merged(self.model_dump(), changes))


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    joined = dict(old)
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(joined.get(key), dict):
            joined[key] = _merged(joined[key], value)
        else:
            joined[key] = value
    return joined
