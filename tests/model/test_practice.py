"""Practices: off is as if they were not there, on they leave the launch's luck alone, stepped or in one go."""

import numpy as np
import pytest

import sim
from sim.model import cascade, course, launch, practice
from sim.runs import play
from tests.reference import launches

ROOMS = {
    "staff": {"share": 0.1},
    "service": {"complaints": 0.02, "owners": 0.3, "outrage": 20.0},
    "growth": {},
    "orders": {"buyers": 0.5, "hazard": 0.02},
}
POSTS = launches.EVERYTHING


def scenario(**tables):
    strategies = {
        "plain": {"posts": POSTS},
        "daily": {"posts": [{"by": "brand", "times": 6, "every": 12}]},
        "desk": {"posts": POSTS, "desk": {}},
        "prize": {"posts": POSTS, "prize": {"number": 10, "value": 100.0, "until": 20.0, "follow": True}},
    }
    if "service" not in tables:
        del strategies["desk"]
    return launches.scenario(strategies=strategies, days=3, **tables)


@pytest.fixture(scope="module")
def bare():
    wanted = scenario()
    return wanted, launches.set_up(wanted)


def same(one: dict, other: dict, names) -> None:
    assert one["reads"] > 0
    for name in names:
        assert one[name] == other[name], name


def test_who_was_ever_moved_is_known_and_nobody_moves_an_attitude_behind_the_back():
    people = practice.People(6)
    assert people.moved.size == 0
    people.feel(np.array([4, 1, 4]), np.array([0.5, 1.0, 0.25], np.float32))
    people.feel(np.array([1]), -1.0)
    people.feel(np.empty(0, np.int64), 3.0)
    assert people.attitude.tolist() == [0.0, 0.0, 0.0, 0.0, 0.75, 0.0]
    assert people.moved.tolist() == [1, 4]  # also who came back to where it was
    with pytest.raises(ValueError, match="read-only"):
        people.attitude[0] = 1.0


def test_without_practices_a_course_is_the_cascade_alone(bare):
    wanted, stage = bare
    plan = launch.plan(wanted.strategies["plain"], stage.casting, wanted.contents, stage.answer, stage.hours, 5)
    alone = cascade.play(stage, plan, 5)
    whole = course.play(wanted, stage, "plain", 5)
    assert whole.practices == []
    assert alone.post_count > plan.size
    assert whole.run.post_count == alone.post_count
    for name in ("pushes", "reads", "reposts", "comments", "likes", "watch"):
        assert (getattr(whole.run.tally, name) == getattr(alone.tally, name)).all(), name
    assert whole.run.stage is stage


@pytest.mark.parametrize("room", ["service", "orders"])
def test_service_and_orders_leave_every_bit_of_the_launch(bare, room):
    """They only look at the launch; what they fill is theirs."""
    wanted = scenario(**{room: ROOMS[room]})
    off = play.play(*bare, "plain", 5)
    on = play.play(wanted, bare[1], "plain", 5)
    theirs = {"complaints", "praise", "sentiment"} if room == "service" else set()
    same(
        off.metrics,
        on.metrics,
        [name for name, value in off.metrics.items() if value is not None and name not in theirs],
    )
    for name, curve in off.curves.items():
        assert (curve == on.curves[name]).all(), name
    filled = {name for name, value in on.metrics.items() if value is not None and off.metrics[name] is None}
    assert filled  # the practice ran


def test_a_practice_without_effect_changes_nothing(bare):
    """Switched on with rates of zero, growth and staff give the launch without them, bit for bit."""
    wanted = scenario(growth={"follow": 0.0, "organic": 0.0, "unfollow": 0.0}, staff={"share": 0.0})
    off = play.play(*bare, "plain", 5)
    on = play.play(wanted, bare[1], "plain", 5)
    assert on.metrics["new_followers"] == on.metrics["lost_followers"] == 0
    same(off.metrics, on.metrics, [name for name, value in off.metrics.items() if value is not None])


def test_mechanisms_do_something(bare):
    off = play.play(*bare, "daily", 5).metrics
    for room, rules in (("growth", {"unfollow": 0.5}), ("staff", {"share": 0.5})):
        on = play.play(scenario(**{room: rules}), bare[1], "daily", 5).metrics
        assert on["reads"] != off["reads"], room


@pytest.mark.parametrize("strategy", ["plain", "desk", "prize"])
def test_mesa_steps_through_the_same_course(strategy):
    wanted = scenario(**ROOMS)
    stage = launches.set_up(wanted)
    model = sim.CampaignModel(wanted, strategy, rng=5, stage=stage, materialise=0)
    while model.running:
        model.step()
    stepped = play.measure(model.cascade, wanted, strategy)
    whole = play.play(wanted, stage, strategy, 5)
    assert whole.metrics["orders"] > 0
    assert stepped.metrics == whole.metrics
    for name, curve in whole.curves.items():
        assert (stepped.curves[name] == curve).all(), name
    for name, value in whole.parts.items():
        assert stepped.parts[name] == value or np.isnan(value), name


def test_playing_twice_gives_the_same_bits_and_leaves_the_stage(bare):
    wanted = scenario(**ROOMS)
    stage = bare[1]
    traits = stage.readers.traits.copy()
    one, other = (play.play(wanted, stage, "desk", 7) for _ in range(2))
    assert one.metrics == other.metrics
    assert (stage.readers.traits == traits).all()


def test_a_practice_by_default_does_nothing():
    plain = practice.Practice(None)
    assert not practice.Practice.on(None, None)
    assert plain.relays([]) == []
    assert plain.hours() == set()
    assert plain.metrics({}) == plain.parts() == plain.curves() == {}
    assert plain.stage("stage") == "stage"


def test_nights_are_at_four_in_china(bare):
    """The launch begins at 20 h."""
    assert practice.nights(bare[1]) == {8, 32, 56, 72}


def test_service_parts_are_there():
    """Private questions, and questions that customers answer: rare, so on many questions."""
    wanted = scenario(service=ROOMS["service"], contents={"launch": {"question": 0.8, "comments": 5.0}})
    stage = launches.set_up(wanted)
    parts = [play.play(wanted, stage, "plain", seed) for seed in range(4)]
    asked = sum(one.metrics["questions"] for one in parts)
    private = sum(one.parts["private_questions"] for one in parts)
    helped = sum(one.parts["questions_answered_by_customers"] for one in parts)
    assert asked > 0
    assert 0.05 < private / asked < 0.3
    assert 0.03 < helped / asked < 0.2


def test_praise_outweighs_complaint_by_default(bare):
    metrics = [play.play(*bare, "plain", seed).metrics for seed in range(5)]
    assert sum(one["praise"] for one in metrics) > 2 * sum(one["complaints"] for one in metrics)
