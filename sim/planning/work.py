"""Work: how a question is played, declared once for all of them.

found = risk.risk(scenario, seed=1, jobs=2, progress=print)    every keyword of `How`
"""

import threading
from dataclasses import dataclass, field
from typing import TypedDict

from sim.graph.follower_graph import FollowerGraph
from sim.model import stage as stage_room
from sim.model.stage import Stage
from sim.planning import steps
from sim.planning.book import Book
from sim.runs import compare as comparing
from sim.scenario.schema import Scenario


class How(TypedDict, total=False):
    """What every planning function may be told besides its question.

    graph     the world (None: the scenario's own recipe is grown)
    seed      of the luck
    jobs      threads over plays; any number gives the same bits
    progress  told of (what, done, all)
    cancel    stops the work when set: CancelledError
    book      plays that are known, and where new ones are kept (None: forgotten at the end)
    """

    graph: FollowerGraph | None
    seed: int
    jobs: int
    progress: comparing.Progress | None
    cancel: threading.Event | None
    book: Book | None


@dataclass(frozen=True)
class Work:
    """`How` with its defaults; `plays` is its book, or one for this work alone."""

    graph: FollowerGraph | None = None
    seed: int = 1
    jobs: int = 1
    progress: comparing.Progress | None = None
    cancel: threading.Event | None = None
    book: Book | None = None
    plays: Book = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plays", Book() if self.book is None else self.book)

    def how(self, quiet: bool = False) -> How:
        """The same work, with a book for all that is done in it; QUIET: nobody is told."""
        return How(
            seed=self.seed,
            jobs=self.jobs,
            progress=None if quiet else self.progress,
            cancel=self.cancel,
            book=self.plays,
        )

    def world(self, scenario: Scenario) -> FollowerGraph:
        """The graph that SCENARIO is played on."""
        steps.heed(self.cancel)
        if self.graph is not None:
            return self.graph
        return comparing.grow_graph(scenario, self.jobs, steps.ticker(self.progress, self.cancel))

    def stage(self, scenario: Scenario) -> Stage:
        """SCENARIO cast on its graph."""
        world = self.world(scenario)
        steps.heed(self.cancel)
        return stage_room.set_stage(scenario, world)
