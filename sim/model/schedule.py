"""Schedule: a calendar of posts by date or weekday, laid out over the days of a launch.

A calendar is a table of the scenario (`[[calendars.NAME]]`, one row per post)
that a strategy follows (`calendar = NAME`), alone or below a campaign of its
own `posts`.  Days and hours are China's.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

import pydantic

from sim.model.launch import Action, Approval, By, Campaign, Channel, Posted, Ridden, Strategy
from sim.model.stage import CHINA
from sim.quantities import Doc, Hours, Range, Share
from sim.section import Name, Section

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "workday", "weekend", "daily"]
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Entry(Section):
    """One row of a calendar: a post on a date, or one every week on a day."""

    date: Annotated[dt.date | None, pydantic.Field(description="posted once, on this date")] = None
    day: Annotated[Day | None, pydantic.Field(description="posted every week on this day")] = None
    hour: Annotated[Annotated[float, Range(0, 24, "o'clock")], Doc("hour of the day, China time")] = 10.0
    by: By = "brand"
    content: Posted = "launch"
    channel: Channel = "open"
    topic: Ridden = None
    market: Annotated[
        Name | None, pydantic.Field(description="the market it is meant for; elsewhere it is left out")
    ] = None
    approval: Approval = "none"
    campaign: Campaign = False
    spread: Annotated[Hours, Doc("the authors post at random within so many hours")] = 0.0
    participation: Annotated[Share, Doc("share of the called accounts that take part")] = 1.0

    @pydantic.model_validator(mode="after")
    def _one_day(self) -> "Entry":
        if (self.date is None) == (self.day is None):
            raise ValueError(f"give either date (2011-03-07) or day ({', '.join(WEEK)}, workday, weekend, daily)")
        return self

    def falls_on(self, day: dt.date) -> bool:
        """Whether there is a post on DAY."""
        if self.date is not None:
            return self.date == day
        known = {"workday": WEEK[:5], "weekend": WEEK[5:], "daily": WEEK}
        return WEEK[day.weekday()] in known.get(str(self.day), (self.day,))


class Dated(Action):
    """A post of a calendar, laid out; NUMBER counts those of the same author and content."""

    number: int = 0

    @property
    def first(self) -> int:
        """The number of its occasion."""
        return self.number


class Scheduled(Protocol):
    """What laying out needs of a scenario (`sim.scenario.schema.Scenario` is one)."""

    @property
    def start(self) -> dt.datetime: ...
    @property
    def hours(self) -> int: ...
    @property
    def calendars(self) -> Mapping[str, tuple[Entry, ...]]: ...
    @property
    def headquarters(self) -> Any: ...


def followed(scenario: Scheduled, strategy: Strategy) -> Strategy:
    """STRATEGY with the posts of its calendar among its own; the very same object where it follows none."""
    if strategy.calendar is None:
        return strategy
    home = scenario.headquarters.market if scenario.headquarters is not None else None
    rows = [row for row in scenario.calendars[strategy.calendar] if row.market is None or row.market == home]
    return strategy.model_copy(
        update={"posts": (*strategy.posts, *actions(rows, scenario.start, scenario.hours)), "calendar": None}
    )


def actions(rows: Sequence[Entry], start: dt.datetime, hours: int) -> list[Dated]:
    """The posts of calendar ROWS within HOURS after START, in order of time."""
    begin = start.astimezone(CHINA)
    first = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for place, row in enumerate(rows):
        for k in range(math.ceil(hours / 24.0) + 2):
            day = first + dt.timedelta(days=k)
            at = ((day - begin) / dt.timedelta(hours=1)) + row.hour
            if 0.0 <= at < hours and row.falls_on(day.date()):
                found.append((at, place, row))
    count: dict[tuple[str, str, str], int] = {}
    laid = []
    for at, _, row in sorted(found, key=lambda one: one[:2]):
        number = count.get((row.by, row.content, row.channel), 0)
        count[row.by, row.content, row.channel] = number + 1
        laid.append(
            Dated(
                by=row.by,
                at=at,
                content=row.content,
                channel=row.channel,
                topic=row.topic,
                spread=row.spread,
                participation=row.participation,
                approval=row.approval,
                campaign=row.campaign,
                number=number,
            )
        )
    return laid


def problem(scenario: Any, row: Entry) -> tuple[str, str] | None:
    """The first key of ROW that does not fit SCENARIO, and what is wrong with it; None when all fits."""
    roles, contents = scenario.roles(), list(scenario.contents)
    first, last = days_of(scenario)
    home = scenario.headquarters
    if row.by not in roles:
        return "by", f"by = {row.by!r} is not in the cast; one of: {', '.join(roles)}"
    if row.content not in contents:
        return "content", f"content = {row.content!r} is not declared; one of: {', '.join(contents)}"
    if row.channel == "circle" and (scenario.circle is None or row.by not in ("brand", "employees")):
        return "channel", 'channel = "circle" needs the table [circle], and by = "brand" or "employees"'
    topics = [topic.name for topic in scenario.hot.topics] if scenario.hot is not None else []
    if row.topic is not None and row.topic not in topics:
        known = ", ".join(topics) or "none is declared"
        return "topic", f"topic = {row.topic!r} is not in [[hot.topics]]; one of: {known}"
    if row.date is not None and not first <= row.date <= last:
        return "date", f"date = {row.date} lies outside the launch, {first} to {last}"
    if row.approval != "none" and home is None:
        return "approval", f"approval = {row.approval!r} asks nobody: the scenario has no table [headquarters]"
    if row.market is not None and (home is None or home.market is None):
        return "market", f"market = {row.market!r}: [headquarters] does not say which market this scenario plays"
    return None


def days_of(scenario: Scheduled) -> tuple[dt.date, dt.date]:
    """The first and the last day of the launch, China time."""
    begin = scenario.start.astimezone(CHINA)
    return begin.date(), (begin + dt.timedelta(hours=scenario.hours, seconds=-1)).date()
