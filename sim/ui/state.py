"""What one browser tab knows, as frozen values: they are replaced and never changed in place."""

import threading
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import UserError
from sim.results.verdict import Verdict
from sim.runs.compare import Comparison
from sim.scenario import read
from sim.scenario.schema import Scenario

TABS = ("planner", "watch", "kols", "sweeps", "evidence")
FIRST = "nokia_n8"
MINUTES = 2.0
"""After so long a run adds no replicates."""
QUICK = 100_000
"""Accounts of the first look."""


@dataclass(frozen=True)
class Inputs:
    """All that a run depends on.

    name      the preset or the uploaded file's name
    original  the scenario as it was read, what "reset" goes back to
    scenario  the scenario as edited
    minutes   stop adding replicates after so long
    """

    name: str
    original: Scenario
    scenario: Scenario
    seed: int = 1
    minutes: float = MINUTES

    def with_scenario(self, scenario: Scenario) -> "Inputs":
        """The same with SCENARIO edited."""
        return replace(self, scenario=scenario)


@dataclass(frozen=True, eq=False)
class Order:
    """One press of Run. Two orders are never equal, so that pressing again runs again."""

    inputs: Inputs
    cancel: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Progress:
    """Where a run stands. phase: waiting, growing, quick, full; ahead: runs before it in the queue."""

    phase: str
    ahead: int = 0
    done: int = 0
    total: int = 0
    left: float | None = None


@dataclass(frozen=True, eq=False)
class Band:
    """One curve over the replicates, float64[hours] each: its mean, and between low and high 8 of 10."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class Found:
    """A comparison and the inputs it answers, with all that takes long to work out (`rehearsal.answer` does).

    comparison  without its curves, which grow with the replicates
    findings    the contract's JSON
    final       at the scenario's own size
    verdict     who wins on the goal
    bands       by (metric, added up since the start, strategy)
    totals      the curves as the report draws them
    shipped     float64[ranked]: the chance of being best at the shipped assumptions; NaN: undefined
    doubtful    the same under doubt, or None
    """

    inputs: Inputs
    comparison: Comparison
    findings: dict[str, Any]
    final: bool
    verdict: Verdict
    bands: dict[tuple[str, bool, str], Band]
    totals: pd.DataFrame
    shipped: np.ndarray
    doubtful: np.ndarray | None


def first_inputs(name: str = FIRST) -> Inputs:
    """A preset, unchanged; another when that name is not shipped."""
    known = read.presets()
    if name not in known:
        name = FIRST if FIRST in known else next(iter(sorted(known)))
    scenario = read.read(name, Scenario)
    return Inputs(name, scenario, scenario)


def uploaded(text: str, filename: str) -> Inputs:
    """A scenario from a file the planner gave; UserError when it is none, or too large."""
    if len(text.encode("utf-8", "replace")) > read.LIMIT:
        raise UserError(f"{filename[:80]} is larger than {read.LIMIT:,} bytes. Is it the right file?")
    scenario = read.parse(text, Scenario, filename[:80] or "scenario")
    if scenario.name in read.presets():  # made from one, so it counts as one that was edited
        return first_inputs(scenario.name).with_scenario(scenario)
    return Inputs(scenario.name, scenario, scenario)
