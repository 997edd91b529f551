"""Calendars as spreadsheets: out as CSV, in as checked rows, back into a scenario file with its comments.

text = calendars.write(scenario)                      every calendar of the scenario
text = calendars.write(scenario, strategy="baseline") what one strategy posts, by date
found = calendars.read_rows(path, scenario)           {name: rows}
text = calendars.merged(text, found)                  the scenario's text with these calendars
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pydantic

from sim.errors import UserError
from sim.model import schedule
from sim.model.schedule import Entry
from sim.model.stage import CHINA
from sim.scenario import complaints, read, tables
from sim.scenario.schema import Scenario
from sim.section import Name

ROWS = 50_000  # of one file of calendars
BOM = "\ufeff"  # without it a spreadsheet takes UTF-8 for something else


class Row(Entry):
    """One line of the CSV file: the calendar it belongs to, then the entry."""

    calendar: Name

    @pydantic.field_validator("date", mode="before")
    @classmethod
    def _spreadsheet_date(cls, value: Any) -> Any:
        """2011/3/7, as spreadsheets like to write dates."""
        found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", value) if isinstance(value, str) else None
        return "{}-{:0>2}-{:0>2}".format(*found.groups()) if found else value

    @pydantic.field_validator("hour", mode="before")
    @classmethod
    def _clock(cls, value: Any) -> Any:
        """9:30, as people write times."""
        found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::00)?", value) if isinstance(value, str) else None
        return int(found[1]) + int(found[2]) / 60.0 if found else value

    def entry(self) -> Entry:
        """The row without the name of its calendar."""
        return Entry(**{name: getattr(self, name) for name in Entry.model_fields})


COLUMNS = ("calendar", *Entry.model_fields)


def write(scenario: Scenario, strategy: str | None = None) -> str:
    """CSV with a byte order mark: all calendars of SCENARIO, or every post of STRATEGY on its date.

    Raises UserError where there is no calendar, and for an unknown strategy.
    """
    if strategy is not None:
        found: Mapping[str, Sequence[Entry]] = {strategy: dated(scenario, strategy)}
    elif scenario.calendars:
        found = scenario.calendars
    else:
        raise UserError(
            f"{scenario.name} has no [[calendars.NAME]]. With --strategy the posts of a strategy are written by date; "
            f"one of: {', '.join(scenario.strategies)}."
        )
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for name, rows in found.items():
        table.writerows([name, *(_cell(getattr(row, column)) for column in COLUMNS[1:])] for row in rows)
    return BOM + out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def dated(scenario: Scenario, strategy: str) -> list[Entry]:
    """Every post that STRATEGY plans as a row with its date, those of its calendar too.

    Raises UserError for an unknown strategy.
    """
    if strategy not in scenario.strategies:
        near = complaints.did_you_mean(strategy, scenario.strategies)
        known = ", ".join(scenario.strategies)
        raise UserError(f"{strategy!r} is not a strategy of {scenario.name}.{near}\nKnown: {known}.")
    begin = scenario.start.astimezone(CHINA)
    found = []
    for action in schedule.followed(scenario, scenario.strategies[strategy]).posts:
        for occasion in range(action.times):
            hours = action.at + occasion * action.every
            if hours >= scenario.hours:
                continue
            when = begin + dt.timedelta(hours=hours)
            midnight = when.replace(hour=0, minute=0, second=0, microsecond=0)
            row = Entry(
                date=when.date(),
                hour=round((when - midnight) / dt.timedelta(hours=1), 6),
                by=action.by,
                content=action.content,
                channel=action.channel,
                topic=action.topic,
                approval=action.approval,
                campaign=action.campaign,
                spread=action.spread,
                participation=action.participation,
            )
            found.append((hours, row))
    return [row for _, row in sorted(found, key=lambda one: one[0])]


def read_rows(path: Path, scenario: Scenario) -> dict[str, list[Entry]]:
    """The calendars in the CSV file PATH; a UserError naming line, column, what was found and what is allowed."""
    lines = []
    for line, record in tables.records(path, ROWS):
        lines.append(line)
        if "calendar" not in record:
            raise UserError(f"{path}: line 1: the column calendar is missing. Known: {', '.join(COLUMNS)}.")
        if bool(record.get("date")) == bool(record.get("day")):
            said = "both are given" if record.get("date") else "both are empty"
            raise UserError(
                f"{path}: line {line}: columns date and day: {said}; allowed is one of them: a date such as "
                f"2011-03-07, or {', '.join((*schedule.WEEK, 'workday', 'weekend', 'daily'))}."
            )
    found: dict[str, list[Entry]] = {}
    for line, row in zip(lines, tables.rows(path, Row, ROWS), strict=True):
        wrong = schedule.problem(scenario, row)
        if wrong is not None:
            raise UserError(f"{path}: line {line}: column {wrong[0]}: {wrong[1]}.")
        found.setdefault(row.calendar, []).append(row.entry())
    return found


def merged(text: str, calendars: Mapping[str, Sequence[Entry]], strategy: str | None = None, where: str = "") -> str:
    """The scenario TEXT with these CALENDARS in place of those of the same name; comments stay.

    strategy  follows the calendar from now on (there must be one only, else UserError)
    """
    changes: dict[str, Any] = {f"calendars.{name}": [_short(row) for row in rows] for name, rows in calendars.items()}
    if strategy is not None:
        if len(calendars) != 1:
            raise UserError(
                f"--strategy {strategy}: a strategy follows one calendar; the file has {len(calendars)}: "
                f"{', '.join(calendars)}."
            )
        changes[f"strategies.{strategy}.calendar"] = next(iter(calendars))
    return read.edit(text, changes, where)


def _short(row: Entry) -> dict[str, Any]:
    """ROW as TOML, keys at their defaults left out."""
    return {
        name: getattr(row, name) for name, field in Entry.model_fields.items() if getattr(row, name) != field.default
    }
