"""A practice: something a brand does besides posting, in a room of its own.

A practice declares its parameters once, in a `Section` that the scenario may
include; where the table is absent nothing of it runs.  It acts on a launch
only through what is written here, so that practices can be added, and
combined, without touching the cascade.  docs/new_practice.md adds one step by
step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.kernels import following, timeline
from sim.model.launch import Intended, Strategy
from sim.model.stage import Stage

if TYPE_CHECKING:
    from sim.model.course import Course

NIGHT = 4  # o'clock, China time: followers are counted when few read


@dataclass
class People:
    """What practices tell each other about the watched accounts (every `stage.panel`-th).

    attitude  float32[watched]  towards the brand: 0 at the start, above: liking
    served    uint8[watched]    1: got a good answer
    noise     float64[classes]  reads of the desk's public replies per follower of each attention class, not yet
                                counted by anybody
    """

    attitude: np.ndarray
    served: np.ndarray
    noise: np.ndarray = field(default_factory=lambda: np.zeros(timeline.CLASSES))


def moved(attitude: np.ndarray) -> np.ndarray:
    """Rows of ATTITUDE (float32[]) that are not zero, int64[], ascending."""
    out = np.empty(attitude.size, np.int64)
    return out[: following.moved_into(np.ascontiguousarray(attitude).view(np.uint32), out)].copy()


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
        """WATCH (`ledger.WATCH` per watched account, up to HOUR), with what this practice let people read elsewhere."""
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


def nights(stage: Stage) -> set[int]:
    """The hours after the start at which it is NIGHT o'clock, and the horizon."""
    return {hour for hour in range(1, stage.hours) if (stage.start_hour + hour) % 24 == NIGHT} | {stage.hours}
