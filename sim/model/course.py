"""The course of one launch under one strategy and one luck, with every practice that the scenario declares."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from sim.model import groups, growth, incentive, launch, orders, service, staff
from sim.model.cascade import Cascade
from sim.model.costs import Prices
from sim.model.practice import People, Practice
from sim.model.stage import Launchable, Stage

# One line per practice, in the order in which they act at a pause: what people say, then who follows, then who buys.
ROOMS: tuple[type[Practice], ...] = (
    groups.Relaying,
    staff.Sharing,
    incentive.Drawing,
    service.Serving,
    growth.Growing,
    orders.Ordering,
)


class Declared(Launchable, Protocol):
    """What a course needs of a scenario (`sim.scenario.schema.Scenario` is one)."""

    @property
    def prices(self) -> Prices: ...
    @property
    def contents(self) -> dict[str, launch.Content]: ...
    @property
    def strategies(self) -> dict[str, launch.Strategy]: ...
    @property
    def groups(self) -> dict[str, groups.Group]: ...
    @property
    def staff(self) -> staff.Staff | None: ...
    @property
    def service(self) -> service.Service | None: ...
    @property
    def growth(self) -> Any: ...
    @property
    def orders(self) -> Any: ...


class Course:
    """One launch: its cascade, and the practices around it.

    `advance(hour)` runs the cascade and lets practices act at their hours; with none it is the cascade alone, bit
    for bit.
    """

    def __init__(self, scenario: Declared, stage: Stage, strategy: str | launch.Strategy, seed: int):
        self.scenario = scenario
        self.strategy = scenario.strategies[strategy] if isinstance(strategy, str) else strategy
        self.seed = np.uint64(seed)
        self.market_stage = stage
        watched = -(-stage.accounts // stage.panel)
        self.practices = [room(self) for room in ROOMS if room.on(scenario, self.strategy)]
        if self.practices:
            self.people = People(np.zeros(watched, np.float32), np.zeros(watched, np.uint8))
        for practice in self.practices:
            stage = practice.stage(stage)
        self.plan = launch.plan(
            self.strategy,
            stage.casting,
            scenario.contents,
            stage.answer,
            stage.hours,
            seed,
            [practice.relays for practice in self.practices],
        )
        self.run = Cascade(stage, self.plan, seed)
        self.run.practices = self.practices
        for practice in self.practices:
            practice.begin()
        self._stops = sorted((hour, i) for i, practice in enumerate(self.practices) for hour in practice.hours())

    @property
    def stage(self) -> Stage:
        """The stage as it is now: practices may change who follows the brand."""
        return self.run.stage

    def close(self) -> None:
        """Let the practices go when all is measured: they hold the course, and its arrays would wait."""
        self.practices.clear()
        self._stops.clear()

    def advance(self, hour: int) -> None:
        """Run everything before HOUR."""
        while self._stops and self._stops[0][0] <= hour:
            stop, i = self._stops.pop(0)
            self.run.advance(stop)
            self.practices[i].pause(stop)
        self.run.advance(hour)


def play(scenario: Declared, stage: Stage, strategy: str | launch.Strategy, seed: int) -> Course:
    """The whole course of STRATEGY (a name in SCENARIO, or a plan) under the luck of SEED."""
    course = Course(scenario, stage, strategy, seed)
    course.run.plan(0, course.plan.size)
    course.advance(stage.hours)
    return course
