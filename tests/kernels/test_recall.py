"""Reads that are drawn again instead of written down: the course of a run in which nobody sleeps, and the twin's."""

import dataclasses

import numpy as np
import pytest

from sim.kernels import calendar
from sim.model import cascade
from sim.model import stage as stage_room
from sim.model.casting import label
from tests.kernels.test_cascade import CASES
from tests.reference import cascade as slow
from tests.reference import launches

STORY = label("launch")
PANEL = 3  # only where not everybody is watched are the cast's readers listed
USUAL, TINY = cascade.Sizes(), cascade.Sizes(events=1, posts=1, table=1, comments=1, aside=1)


@pytest.fixture(autouse=True)
def every_account_of_the_cast(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few follow it."""
    monkeypatch.setattr(stage_room, "RECALLED", 1)


def set_up(**changes):
    scenario = launches.scenario(**changes)
    return scenario, dataclasses.replace(launches.set_up(scenario), panel=PANEL)


def told(run: cascade.Cascade) -> dict:
    return slow.told_by(run)


def played(stage, plan, seed: int, eager: bool, sizes: cascade.Sizes = USUAL) -> cascade.Cascade:
    run = cascade.Cascade(stage, plan, seed, sizes, eager=eager)
    run.plan(0, plan.size)
    run.advance(stage.hours)
    return run


@pytest.mark.parametrize("case", CASES)
def test_the_course_is_that_of_nobody_asleep_and_of_the_twin(case: str) -> None:
    changes, strategy = CASES[case]
    scenario, stage = set_up(**changes)
    for seed in range(3):
        plan = launches.plan_of(scenario, stage, strategy, seed)
        run = played(stage, plan, seed, eager=False)
        assert run.state[calendar.RECALLED] > 0
        assert told(run) == told(played(stage, plan, seed, eager=True))
        plain = slow.told(slow.run(stage, plan, seed, STORY))
        for what in ("posts", "comments", "reads", "likes", "pushes", "reposts"):
            assert told(run)[what] == plain[what], what


@pytest.mark.parametrize("seed", range(3))
def test_damping_and_tiny_arrays(seed: int) -> None:
    scenario, stage = set_up(response={"second_read": 2.0, "later_reads": 2.0, "peer_rate": 0.2})
    plan = launches.plan_of(scenario, stage, "everything", seed)
    found = []
    for eager, sizes in ((False, USUAL), (False, TINY), (True, TINY)):
        run = cascade.Cascade(stage, plan, seed, sizes, eager=eager)
        run.plan(0, plan.size)
        for hour, damp in ((3, 0.3), (7, 0.5), (12, 0.2)):
            run.advance(hour)
            run.change(damp=damp)
        run.advance(stage.hours)
        found.append(told(run))
    assert found[0] == found[1] == found[2]


def test_posts_that_are_added_later() -> None:
    """Gates open, the course is played again: what was recalled is recalled anew."""
    scenario, stage = set_up()
    plan = launches.plan_of(scenario, stage, "everything", 1)
    plan = dataclasses.replace(plan, quality=np.where(plan.second < 6 * 3600, 0.2, 8.0))
    known = np.flatnonzero(plan.second < 6 * 3600)
    later = np.flatnonzero(plan.second >= 6 * 3600)
    parts = [
        dataclasses.replace(plan, **{name: column[rows] for name, column in dataclasses.asdict(plan).items()})
        for rows in (known, later)
    ]
    for seed in range(3):
        run = cascade.Cascade(stage, parts[0], seed)
        run.plan(0, known.size)
        run.advance(5)
        first = run.extend(parts[1])
        run.plan(first, plan.size)
        run.advance(stage.hours)
        assert told(run) == told(played(stage, plan, seed, eager=True))
