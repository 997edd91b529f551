"""What a command asks for: a scenario by name or file, on a grown graph or on one's own."""

import os
from collections.abc import Callable
from pathlib import Path

from sim.errors import UserError
from sim.graph import files
from sim.graph.follower_graph import FollowerGraph
from sim.results import metrics
from sim.runs.compare import Progress, grow_graph
from sim.scenario import read
from sim.scenario.schema import Scenario


def scenario(name: str, accounts: int | None = None, goal: str | None = None) -> Scenario:
    """The scenario NAME (a preset or a file), its market simulated with ACCOUNTS accounts."""
    wanted = read.read(name, Scenario)
    if accounts is not None:
        wanted = wanted.with_accounts(accounts)
    if goal is not None:
        wanted = wanted.changed({"goal": metrics.metric(goal).name})
    return wanted


def graph(
    wanted: Scenario,
    file: Path | None,
    direction: str | None,
    jobs: int | None,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
) -> FollowerGraph:
    """The graph in FILE, or one grown to the scenario's recipe. TELL hears what a file's reading left out.

    Raises UserError for a direction without a file.
    """
    if file is None:
        if direction is not None:
            raise UserError("--direction says what a row of --graph means; no --graph was given.")
        return grow_graph(wanted, jobs or os.cpu_count() or 1, progress)
    found, report = files.open_graph(file, direction)
    if report is not None and not report.clean and tell is not None:
        for line in report.lines():
            tell(line)
    return found


def replicates(text: str) -> int | None:
    """The number of replicates, or None for auto. Raises UserError for anything else."""
    if text == "auto":
        return None
    if not (text.isdecimal() and len(text) < 19) or not 1 <= int(text) <= 100_000:
        raise UserError(f"--replicates {text!r} is neither auto nor a whole number from 1 to 100,000.")
    return int(text)


def names(text: str | None) -> list[str] | None:
    """A comma-separated list, or None for all."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def strategy(wanted: Scenario, name: str | None) -> None:
    """Raise UserError where NAME is given and no strategy of WANTED."""
    if name is not None and name not in wanted.strategies:
        known = ", ".join(wanted.strategies)
        raise UserError(f"{name!r} is not a strategy of {wanted.name}. Known: {known}.")


def free(path: Path, overwrite: bool) -> None:
    """Raise UserError where PATH is taken and may not be replaced, or has no folder to stand in."""
    if path.is_dir():
        raise UserError(f"{path} is a folder; name a file.")
    if path.exists() and not overwrite:
        raise UserError(f"{path} exists. Name another file, or give --overwrite.")
    if not path.parent.is_dir():
        raise UserError(f"The folder {path.parent} does not exist.")
