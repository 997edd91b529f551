"""Calendars out of and into a scenario."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.commands.options import ScenarioName

Overwrite = Annotated[bool, typer.Option(help="Replace a file of that name.")]


def calendar_export(
    scenario: ScenarioName,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="CSV file; without it: to stdout.")] = None,
    strategy: Annotated[
        str | None, typer.Option(help="Write every post of this strategy by its date instead of the calendars.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the content calendars of SCENARIO as a CSV file that spreadsheets open."""
    from sim import console
    from sim.results import disk
    from sim.runs import request
    from sim.scenario import calendars

    text = calendars.write(request.scenario(scenario), strategy)
    if output is None:
        sys.stdout.write(text.removeprefix(calendars.BOM))
        return
    request.free(output, overwrite)
    disk.write_whole(output, text.encode("utf-8"))
    console.tell(f"{output}: {text.count(chr(10)) - 1} rows")


def calendar_import(
    scenario: ScenarioName,
    calendar: Annotated[Path, typer.Argument(metavar="CSV", help="A calendar, as `calendar export` writes it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Scenario file (TOML) to write.")],
    strategy: Annotated[str | None, typer.Option(help="This strategy follows the calendar from now on.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Put the calendars of a CSV file into a copy of SCENARIO, in place of those of the same name."""
    from sim import console
    from sim.results import disk
    from sim.runs import request
    from sim.scenario import calendars, read
    from sim.scenario.schema import Scenario

    source = read.locate(scenario)
    text = read.text_of(source)
    was = read.parse(text, Scenario, str(source))
    request.strategy(was, strategy)
    found = calendars.read_rows(calendar, was)
    text = calendars.merged(text, found, strategy, str(source))
    made = read.parse(text, Scenario, str(output))
    request.free(output, overwrite)
    disk.write_whole(output, text.encode("utf-8"))
    rows = ", ".join(f"{name} ({len(rows)} rows)" for name, rows in found.items())
    console.out.print(f"{output}: {rows}", markup=False)
    unused = [name for name in found if not any(one.calendar == name for one in made.strategies.values())]
    if unused:
        console.tell(f"No strategy follows {', '.join(unused)} yet: give --strategy NAME, or calendar = in the file.")
