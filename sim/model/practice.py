"""A practice: something a brand does besides posting, in a room of its own.

A practice declares its parameters once, in a `Section` that the scenario may
include; where the table is absent nothing of it runs.  It acts on a launch
only through what is written here, so that practices can be added, and
combined, without touching the cascade.  docs/new_practice.md adds one step by
step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.kernels import timeline
from sim.model.launch import Intended, Strategy
from sim.model.readership import merged
from sim.model.stage import Stage

if TYPE_CHECKING:
    from sim.model.course import Course

NIGHT = 4  # o'clock, China time: followers are counted when few read


class People:
    """What practices tell each other about the watched accounts (every `stage.panel`-th).

    attitude  float32[watched]  towards the brand: 0 at the start, above: liking; read-only, `feel` moves it
    served    uint8[watched]    1: got a good answer
    noise     float64[classes]  reads of the desk's public replies per follower of each attention class, not yet
                                counted by anybody
    """

    def __init__(self, watched: int):
        self._attitude = np.zeros(watched, np.float32)
        self.attitude = self._attitude.view()
        self.attitude.flags.writeable = False
        self.served = np.zeros(watched, np.uint8)
        self.noise = np.zeros(timeline.CLASSES)
        self._moved = np.empty(0, np.int64)
        self._new: list[np.ndarray] = []

    def feel(self, rows: np.ndarray, shift: np.ndarray | float) -> None:
        """Add SHIFT (one for all, or float32[n]) to the attitude of ROWS (int64[n]); a row that stands twice, twice."""
        if rows.size:
            np.add.at(self._attitude, rows, np.asarray(shift, np.float32))
            self._new.append(rows)

    @property
    def moved(self) -> np.ndarray:
        """Rows whose attitude was ever moved, int64[], ascending."""
        if self._new:
            self._moved = merged([self._moved, *self._new])
            self._new.clear()
        return self._moved


class Practice:
    """What a practice may do. Every method does nothing until it is overridden.

    course  the launch it belongs to: scenario, strategy, seed, stage, run (the cascade) and people
    """

    def __init__(self, course: Course):
        self.course = course

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Whether SCENARIO and STRATEGY ask for it."""
        return False

    def moved(self, posts: list[Intended]) -> list[Intended]:
        """The planned posts as they will go out: later, of another worth, or not at all; before others pass them on."""
        return posts

    def relays(self, posts: Sequence[Intended]) -> list[Intended]:  # noqa: ARG002
        """Posts with which other accounts pass on what is planned, before the run. Draw by label, never by strategy."""
        return []

    def stage(self, stage: Stage) -> Stage:
        """The stage under this practice: another response, another audience."""
        return stage

    def begin(self) -> None:
        """The cascade stands and has not begun."""

    def hours(self) -> set[int]:
        """Hours after the start at which the cascade stops for `pause`."""
        return set()

    def pause(self, hour: int) -> None:
        """Everything before HOUR has happened."""

    def met(self, watch: np.ndarray, hour: int) -> np.ndarray:  # noqa: ARG002
        """WATCH[people] (`ledger`, up to HOUR) with what this practice let people read elsewhere."""
        return watch

    def metrics(self, found: dict[str, float | None]) -> dict[str, float | None]:  # noqa: ARG002
        """Metrics of the contract that this practice fills or changes, given those FOUND so far."""
        return {}

    def parts(self) -> dict[str, float]:
        """Further numbers."""
        return {}

    def curves(self) -> dict[str, np.ndarray]:
        """Further numbers per hour, float64[hours]."""
        return {}

    def close(self) -> None:
        """All is measured: leave the memory of a cascade of one's own (`Cascade.close`)."""


def acting(practices: Sequence[Practice], name: str) -> list[Any]:
    """The method NAME of those PRACTICES that do something there: to ask the others would cost, and change nothing."""
    own = [practice for practice in practices if getattr(type(practice), name) is not getattr(Practice, name)]
    return [getattr(practice, name) for practice in own]


def nights(stage: Stage) -> set[int]:
    """The hours after the start at which it is NIGHT o'clock, and the horizon."""
    first = (NIGHT - stage.start_hour) % 24 or 24
    return {*range(first, stage.hours, 24), stage.hours}
