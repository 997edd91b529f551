"""Customers' stories: born by luck, more for a present, worth more than the brand's, and they move their readers."""

import numpy as np
import pytest

from sim.kernels import ledger, response
from sim.model import course, owners, reviews
from sim.model.prize import Prize
from sim.runs import accounting, play
from tests.reference import launches, luck

POSTS = [{"by": "brand", "times": 3, "every": 24.0}]
TABLE = {"owners": 0.4, "stories": 0.02, "resale": 0.01, "sold": 0.1}
STRATEGIES = {
    "silent": {},
    "posts": {"posts": POSTS},
    "present": {"posts": POSTS, "prize": {"number": 100, "value": 100.0, "until": 48.0, "rewards": "stories"}},
}


def scenario(table=None, strategies=None, **tables):
    return launches.scenario(
        accounts=4_000,
        strategies=STRATEGIES if strategies is None else strategies,
        days=5,
        reviews=TABLE if table is None else table,
        response={"repost_rate": 0.02, "peer_rate": 0.05},
        **tables,
    )


@pytest.fixture(scope="module")
def scene():
    wanted = scenario(orders={"buyers": 0.5, "hazard": 0.01}, growth={})
    return wanted, launches.set_up(wanted)


@pytest.fixture(scope="module")
def played(scene):
    return {name: [play.play(*scene, name, seed) for seed in range(6)] for name in STRATEGIES}


def part(outcomes, name):
    return float(np.mean([one.parts[name] for one in outcomes]))


@pytest.mark.luck
def test_stories_come_at_their_rate(scene, played):
    stage = scene[1]
    people = owners.owners_of(stage, 0.4).size
    days = stage.rhythm.clock[stage.hours] / 86_400
    for name, hazard in (("customer_stories", 0.02), ("resale_offers", 0.01)):
        count = sum(one.parts[name] for one in played["silent"]) / stage.factor
        assert luck.counted(round(count), 1.0 - np.exp(-hazard * days), people * len(played["silent"]))
    assert 0 < part(played["silent"], "resales") <= part(played["silent"], "resale_offers")


def test_they_are_told_whatever_the_brand_posts(played):
    for silent, posts in zip(played["silent"], played["posts"], strict=True):
        for name in ("customer_stories", "story_reads", "story_reposts", "resales"):
            assert silent.parts[name] == posts.parts[name] > 0, name


def test_a_present_brings_more_of_them_and_worse_ones(scene):
    wanted, stage = scene
    free, paid = (course.Course(wanted, stage, name, 3).practices[0] for name in ("posts", "present"))
    assert isinstance(paid, reviews.Telling)
    assert paid.lift > 2
    assert free.lift == 1
    assert paid.stories.account.size > free.stories.account.size
    assert set(free.stories.account.tolist()) <= set(paid.stories.account.tolist())  # matched: a present only adds
    assert not free.stories.paid.any()
    assert stage.readers.factor > 1 == free.run.stage.readers.factor  # each story is as large as a real one
    assert paid.stories.paid.any()
    worth = paid.run.messages.quality
    tells = paid.stories.kind != reviews.OFFER
    assert np.median(worth[tells & paid.stories.paid]) < np.median(worth[tells & ~paid.stories.paid])
    assert paid.stories.second[paid.stories.paid].min() >= 0


def test_a_story_is_passed_on_more_than_the_brands_post(played):
    """Row 33."""
    posts = played["posts"]
    own = sum(one.metrics["reposts"] for one in posts) / sum(one.metrics["reads"] for one in posts)
    told = sum(one.parts["story_reposts"] for one in posts) / sum(one.parts["story_reads"] for one in posts)
    assert told > 1.5 * own


def test_good_and_bad_stories_are_praise_and_complaints(played, scene):
    one = played["silent"][0]
    assert one.metrics["reads"] == 0  # reads are the launch's
    assert one.metrics["praise"] > one.metrics["complaints"] > 0
    assert one.metrics["sentiment"] == pytest.approx(
        (one.metrics["praise"] - one.metrics["complaints"]) / (one.metrics["praise"] + one.metrics["complaints"])
    )
    from sim.model.costs import bill

    assert accounting.problems(one, bill(scene[0], "silent")) == []


def test_readers_of_good_stories_order_more(scene):
    """Peers' stories are read, and what they say counts (row 97)."""
    orders = {}
    for name, table in {
        "none": TABLE | {"stories": 0.0, "resale": 0.0},
        "good": TABLE | {"satisfied": 1.0, "good": 0.5},
        "bad": TABLE | {"satisfied": 0.0, "bad": -0.5},
    }.items():
        wanted = scenario(table, orders={"buyers": 0.5, "hazard": 0.01})
        orders[name] = sum(play.play(wanted, scene[1], "silent", seed).metrics["orders"] for seed in range(6))
    assert orders["good"] > orders["none"]
    assert orders["good"] > orders["bad"]


def test_what_was_read_elsewhere_is_met(scene):
    found = course.play(*scene, "posts", 2)
    room = next(one for one in found.practices if isinstance(one, reviews.Telling))
    own, other = found.run.tally.watch, room.run.tally.watch
    both = room.met(own, 120)
    assert both is not own
    assert (both["times"] == own["times"].astype(int) + other["times"]).all()
    assert (both["first"] == np.minimum(own["first"], other["first"])).all()
    assert both["last"].max() == max(own["last"].max(), other["last"].max())
    late = (other["times"] > 0) & (other["last"] > own["last"])
    assert late.any()
    assert (both["last_by"][late] == response.PEER).all()
    assert (both["first"][both["times"] == 0] == ledger.NEVER).all()


def test_a_rate_of_nothing_leaves_every_bit(scene):
    empty = scenario({"owners": 0.0})
    off = play.play(empty.model_copy(update={"reviews": None}), scene[1], "posts", 5)
    on = play.play(empty, scene[1], "posts", 5)
    assert off.metrics["messages"] > 0
    assert on.metrics == off.metrics
    assert on.parts["customer_stories"] == 0


def test_a_prize_for_stories_does_not_lift_the_posts(scene):
    plain, present = (play.play(*scene, name, 5).metrics for name in ("posts", "present"))
    assert plain["messages"] == present["messages"] > 0
    with pytest.raises(ValueError, match="no table"):
        scenario().changed({"reviews": None})


def test_two_draws_last_twice_as_long_and_weigh_half():
    one, two = Prize(number=10, value=100.0, until=24.0), Prize(number=10, value=100.0, until=24.0, waves=2)
    assert (one.end(100), two.end(100), two.end(30)) == (24, 48, 30)
    assert one.cost == two.cost
    assert two.effect(1_000) < one.effect(1_000)
    half = Prize(number=5, value=100.0)
    assert two.effect(1_000) == half.effect(1_000)


def test_no_story_at_all_and_silence_of_everybody():
    wanted = scenario({"owners": 0.4, "stories": 0.0, "resale": 0.0})
    parts = play.play(wanted, launches.set_up(wanted), "silent", 1).parts
    assert parts["customer_stories"] == parts["story_reads"] == parts["resales"] == 0
