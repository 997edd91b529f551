"""All rooms of content at once: stepped by the hour or in one go, any number of threads, with doubts drawn."""

import pandas as pd
import pytest

import sim
from sim.model import course
from sim.runs import accounting, assumptions, compare, play
from sim.scenario import read
from sim.scenario.schema import Scenario
from tests.reference import launches

POSTS = [{"by": "kols", "at": 30.0, "spread": 3.0, "campaign": True, "approval": "each"}]
TABLES = {
    "days": 6,
    "category": "travel",
    "contents": {
        "launch": {"kind": "news", "fresh": 24.0, "story": "own"},
        "survey": {"kind": "survey", "media": "image", "comments": 4.0},
        "offer": {"kind": "discount", "media": "video", "discount": 0.5},
    },
    "calendars": {
        "plan": [
            {"day": "daily", "hour": 9.0, "approval": "each"},
            {"day": "workday", "hour": 20.0, "content": "offer"},
            {"day": "fri", "content": "survey", "approval": "cycle"},
            {"day": "daily", "hour": 12.0, "by": "employees", "participation": 0.5, "spread": 2.0},
        ]
    },
    "headquarters": {"answer": 6.0},
    "segments": {"customers": 0.1},
    "reviews": {"owners": 0.3, "stories": 0.02},
    "staff": {"share": 0.2},
    "service": {"owners": 0.3, "complaints": 0.01},
    "growth": {},
    "orders": {"buyers": 0.5, "hazard": 0.02},
    "strategies": {
        "all": {
            "calendar": "plan",
            "posts": POSTS,
            "survey": {},
            "learning": {},
            "desk": {},
            "prize": {"number": 10, "value": 50.0, "until": 60.0, "rewards": "both", "follow": True, "waves": 2},
        },
        "calendar": {"calendar": "plan"},
    },
}


@pytest.fixture(scope="module")
def scene():
    wanted = launches.scenario(**TABLES)
    return wanted, launches.set_up(wanted)


def test_mesa_steps_through_the_same_course(scene):
    wanted, stage = scene
    for name in wanted.strategies:
        model = sim.CampaignModel(wanted, name, rng=5, stage=stage, materialise=0)
        while model.running:
            model.step()
        stepped = play.measure(model.cascade, wanted, name)
        whole = play.play(wanted, stage, name, 5)
        assert whole.metrics["messages"] > 0
        assert whole.parts["customer_stories"] > 0
        assert stepped.metrics == whole.metrics, name
        assert stepped.parts == whole.parts, name


def test_the_books_balance(scene):
    from sim.model.costs import bill

    for name in scene[0].strategies:
        for seed in range(3):
            assert accounting.problems(play.play(*scene, name, seed), bill(scene[0], name)) == []


def test_threads_change_nothing(scene):
    frames = [compare.compare(scene[0], replicates=4, jobs=jobs) for jobs in (1, 3)]
    assert frames[0].outcomes["reposts"].min() > 0
    pd.testing.assert_frame_equal(frames[0].outcomes, frames[1].outcomes, check_exact=True)
    pd.testing.assert_frame_equal(frames[0].parts, frames[1].parts, check_exact=True)
    assert any(name.startswith("reviews.") for name in frames[0].drawn)
    assert any(name.startswith("segments.") for name in frames[0].drawn)


def test_it_can_be_written_and_read(scene):
    assert read.parse(read.write(scene[0]), Scenario) == scene[0]


def test_every_doubt_of_the_rooms_can_be_drawn(scene):
    wanted, stage = scene
    doubts = assumptions.doubts(wanted)
    for end in ("low", "high"):
        drawn = {doubt.name: getattr(doubt, end) for doubt in doubts}
        plays, set_up = assumptions.assume(wanted, stage, drawn)
        assert course.Course(plays, set_up, "all", 1).plan.size > 0


def test_the_plan_does_not_depend_on_who_else_plays(scene):
    """The calendar's posts keep their luck beside a campaign: the same labels for the same posts."""
    wanted, stage = scene
    alone, beside = (course.Course(wanted, stage, name, 3).plan for name in ("calendar", "all"))
    shared = set(alone.label.tolist()) & set(beside.label.tolist())
    assert len(shared) > 0.9 * alone.size
