"""What one browser tab knows: frozen values in reactives, replaced and never changed in place."""

import threading
from dataclasses import dataclass, field, replace
from typing import Any

import solara

from sim.errors import UserError
from sim.runs.compare import Comparison
from sim.scenario import read
from sim.scenario.schema import Scenario
from sim.ui.i18n import Language

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
class Found:
    """A comparison and the inputs it answers. final: at the scenario's own size; findings: the contract's JSON."""

    inputs: Inputs
    comparison: Comparison
    findings: dict[str, Any]
    final: bool


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
    return Inputs(scenario.name, scenario, scenario)


class Session:
    """The reactives of one tab. Made once in `page.Page`; components get what they need as arguments."""

    def __init__(self, inputs: Inputs | None = None, tab: str = "planner", language: Language = "en") -> None:
        self.tab = solara.reactive(tab)
        self.language: solara.Reactive[Language] = solara.reactive(language)
        self.inputs = solara.reactive(inputs if inputs is not None else first_inputs())
        self.order: solara.Reactive[Order | None] = solara.reactive(None)
        self.progress: solara.Reactive[Progress | None] = solara.reactive(None)
        self.found: solara.Reactive[Found | None] = solara.reactive(None)
        self.notice: solara.Reactive[str] = solara.reactive("")
        self.problem: solara.Reactive[str] = solara.reactive("")

    def run(self) -> None:
        """Order a run of the inputs as they are; one that is under way is stopped."""
        self.stop()
        self.problem.value = ""
        self.notice.value = ""
        self.progress.value = Progress("waiting")
        self.order.value = Order(self.inputs.value)

    def stop(self) -> None:
        """Stop the run under way. What it found so far stays."""
        order = self.order.value
        if order is not None and not order.cancel.is_set():
            order.cancel.set()
            if self.progress.value is not None:
                self.progress.value = None
                self.notice.value = "stopped"

    def change(self, scenario: Scenario) -> None:
        """Take an edited scenario; the results of the old one stay, marked as such."""
        self.problem.value = ""
        self.inputs.value = self.inputs.value.with_scenario(scenario)

    @property
    def stale(self) -> bool:
        """Whether the inputs differ from those of the results shown."""
        found = self.found.value
        return found is not None and found.inputs != self.inputs.value
