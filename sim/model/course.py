"""The course of one launch under one strategy and one luck, with every practice that the scenario declares."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from sim.model import (
    circle,
    editorial,
    gathering,
    groups,
    growth,
    headquarters,
    hot,
    incentive,
    inflation,
    launch,
    mention,
    mishap,
    orders,
    press,
    reviews,
    rivals,
    schedule,
    search,
    segments,
    service,
    staff,
    votes,
)
from sim.model.cascade import Cascade
from sim.model.casting import label
from sim.model.costs import Prices
from sim.model.practice import People, Practice, acting
from sim.model.stage import Launchable, Stage
from sim.model.subjects import Subjects, alike

# One line per practice, in the order in which they act at a pause: what people say, then who follows, then who buys.
ROOMS: tuple[type[Practice], ...] = (
    circle.Circling,
    mishap.Failing,
    segments.Segmenting,
    headquarters.Approving,
    editorial.Editing,
    groups.Relaying,
    staff.Sharing,
    press.Reporting,
    incentive.Drawing,
    inflation.Inflating,
    hot.Trending,
    search.Finding,
    mention.Mentioning,
    votes.Asking,
    reviews.Telling,
    service.Serving,
    gathering.Gathering,
    rivals.Competing,
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
    @property
    def mishaps(self) -> mishap.Mishaps | None: ...
    @property
    def calendars(self) -> dict[str, tuple[schedule.Entry, ...]]: ...
    @property
    def editorial(self) -> editorial.Editorial: ...
    @property
    def category(self) -> launch.Category | None: ...
    @property
    def headquarters(self) -> headquarters.Headquarters | None: ...
    @property
    def segments(self) -> segments.Segments | None: ...
    @property
    def reviews(self) -> reviews.Reviews | None: ...
    @property
    def press(self) -> press.Press | None: ...
    @property
    def hot(self) -> hot.Hot | None: ...
    @property
    def search(self) -> search.Search | None: ...
    @property
    def mentions(self) -> mention.Mentions | None: ...
    @property
    def circle(self) -> circle.Circle | None: ...
    @property
    def rivals(self) -> rivals.Rivals | None: ...


class Course:
    """One launch: its cascade, and the practices around it.

    `advance(hour)` runs the cascade and lets practices act at their hours; with none it is the cascade alone, bit
    for bit.
    """

    def __init__(self, scenario: Declared, stage: Stage, strategy: str | launch.Strategy, seed: int):
        self.scenario = scenario
        named = scenario.strategies[strategy] if isinstance(strategy, str) else strategy
        self.strategy = schedule.followed(scenario, named)
        self.contents = editorial.resolved(scenario)
        self.seed = np.uint64(seed)
        self.market_stage = stage
        self.public = stage.casting.graph.base  # people who may buy: a practice may bring more
        watched = -(-stage.accounts // stage.panel)
        self.practices = [room(self) for room in ROOMS if room.on(scenario, self.strategy)]
        if self.practices:
            self.people = People(watched)
        for practice in self.practices:
            stage = practice.stage(stage)
        self.plan = launch.plan(
            self.strategy,
            stage.casting,
            self.contents,
            stage.answer,
            stage.hours,
            seed,
            acting(self.practices, "relays"),
            moves=acting(self.practices, "moved"),
        )
        self.run = Cascade(stage, self.plan, seed, subjects=subjects(self.plan, stage), market=self.market_stage)
        self.run.practices = self.practices
        for practice in self.practices:
            practice.begin()
        self._stops = sorted((hour, i) for i, practice in enumerate(self.practices) for hour in practice.hours())

    @property
    def stage(self) -> Stage:
        """The stage as it is now: practices may change who follows the brand."""
        return self.run.stage

    def subjects(self, plan: launch.Plan, stage: Stage) -> Subjects | None:
        """What the posts of PLAN are about, where that is not one launch."""
        return subjects(plan, stage)

    def watched(self, hour: int) -> tuple[np.ndarray, np.ndarray]:
        """What people read up to HOUR, here and elsewhere (WATCH[people]), and their attitude (float32[people])."""
        watch, attitude = self.run.tally.watch, self.people.attitude
        for practice in reversed(self.practices):  # the first room brings people of another channel behind these
            watch = practice.met(watch, hour)
        base = self.market_stage.casting.graph.base
        if self.public > base:
            attitude = np.concatenate([attitude[:base], np.zeros(self.public - base, np.float32)])
        return watch, attitude

    def close(self) -> None:
        """Let the practices go when all is measured: they hold the course, and its arrays would wait."""
        for practice in self.practices:
            practice.close()
        self.practices.clear()
        self._stops.clear()
        self.run.close()

    def advance(self, hour: int) -> None:
        """Run everything before HOUR."""
        while self._stops and self._stops[0][0] <= hour:
            stop, i = self._stops.pop(0)
            self.run.advance(stop)
            self.practices[i].pause(stop)
        self.run.advance(hour)


def subjects(plan: launch.Plan, stage: Stage) -> Subjects | None:
    """The launch and the stories that posts of PLAN have of their own; None where all is about the launch."""
    name = np.uint64(label(launch.STORY))
    others = plan.story != name
    if not others.any():
        return None
    own = np.unique(plan.story[others])
    names = np.concatenate([np.array([name], np.uint64), own])
    place = np.where(plan.story == name, 0, 1 + np.searchsorted(own, plan.story)).astype(np.int32)
    return alike(place, names, stage.interest)


def play(scenario: Declared, stage: Stage, strategy: str | launch.Strategy, seed: int) -> Course:
    """The whole course of STRATEGY (a name in SCENARIO, or a plan) under the luck of SEED."""
    course = Course(scenario, stage, strategy, seed)
    course.run.plan(0, course.plan.size)
    course.advance(stage.hours)
    return course
