"""Segments: shares are met where they belong, keen people read more, and what is read adds up."""

import numpy as np
import pytest

from sim.kernels import draws, readers, response, timeline
from sim.kernels import segments as kernel
from sim.model import membership, segments
from sim.model.segments import NAMES, Segments
from sim.runs import audiences, compare, play
from tests.reference import launches, luck

TABLE = {"customers": 0.1, "fans": 0.05, "media": 0.02, "prospects": 0.1}
POSTS = [{"by": "brand", "times": 4, "every": 8.0}, {"by": "kols", "at": 1.0}]


def scenario(table=None, **tables):
    return launches.scenario(
        accounts=6_000, strategies={"posts": {"posts": POSTS}}, segments=TABLE if table is None else table, **tables
    )


@pytest.fixture(scope="module")
def scene():
    wanted = scenario(graph={"seed": luck.seed(1)})
    return wanted, launches.set_up(wanted)


@pytest.fixture(scope="module")
def found(scene):
    wanted, stage = scene
    return segments.of_accounts(wanted.segments, stage.casting, stage.readers.traits)


@pytest.mark.luck
def test_shares_are_as_declared(scene, found):
    count = np.bincount(found, minlength=len(NAMES) + 1) / found.size
    for s, name in enumerate(NAMES, 1):
        share = getattr(scene[0].segments, name)
        assert count[s] == pytest.approx(share, abs=5 * np.sqrt(share / found.size) + 0.0015), name


def test_they_stand_inside_and_among_followers(scene, found):
    _, stage = scene
    cares = np.repeat(stage.casting.interested, np.diff(stage.casting.graph.community_start))
    follows = (stage.readers.traits[: found.size] & readers.FOLLOWS_BRAND) > 0
    customers = found == 1
    assert customers[cares].mean() > 2 * customers[~cares].mean()
    assert customers[follows].mean() > 3 * customers[~follows].mean()


@pytest.mark.parametrize("inside", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("follow", [1.0, 10.0, 50.0])
def test_the_odds_keep_the_shares(inside, follow):
    rules = Segments(inside=inside, follow=follow)
    weight = np.outer([0.7, 0.3], [0.95, 0.05])
    odds = rules.odds(weight)
    shares = np.diff((odds * weight[:, :, None]).sum(axis=(0, 1)), prepend=0.0)
    assert shares == pytest.approx([getattr(rules, name) for name in NAMES])
    assert odds.max() <= 1.0


def test_too_many_for_the_market_fill_it_and_no_more():
    odds = Segments(prospects=0.9, customers=0.9).odds(np.outer([0.7, 0.3], [0.95, 0.05]))
    assert odds[:, :, -1] == pytest.approx(np.ones((2, 2)))
    nobody = Segments(**dict.fromkeys(NAMES, 0.0)).odds(np.full((2, 2), 0.25))
    assert nobody.max() == 0.0


def test_keen_classes_have_the_mean_that_was_asked_for():
    """Sessions times a: the odds to see a post times a, on average over the classes that stand for it."""
    n = 40_000
    chance, propensity = timeline.class_chances(), np.empty(response.PROPENSITIES)
    response.propensities(0.6, propensity)
    for start, lift in ((1, 1.5), (3, 2.0), (2, 3.0)):
        traits = np.full(n, start + 8 * 2, np.uint8)
        kernel.enliven(
            np.uint64(5), np.ones(n, np.uint8), np.zeros(2), np.array([1.0, lift]), np.array([1.0, 2.0]), chance,
            propensity, np.arange(8) / 7.0, traits,
        )  # fmt: skip
        wanted = lift * chance[start] / (lift * chance[start] + 1.0 - chance[start])
        assert chance[traits & 7].mean() == pytest.approx(wanted, rel=0.02)
        assert propensity[(traits >> 3) & 7].mean() == pytest.approx(2.0 * propensity[2], rel=0.02)


def test_some_of_the_sleeping_wake_and_nobody_else_changes():
    n = 20_000
    traits = np.zeros(n, np.uint8)
    traits[::3] = 3 + 64
    before, segment = traits.copy(), (np.arange(n) % 2).astype(np.uint8)
    mix = np.cumsum([0, 0.5, 0.5, 0, 0, 0, 0, 0])
    kernel.enliven(
        np.uint64(1), segment, np.array([0.0, 0.25]), np.ones(2), np.ones(2), timeline.class_chances(), np.ones(8),
        mix, traits,
    )  # fmt: skip
    assert (traits[segment == 0] == before[segment == 0]).all()
    assert (traits[before > 0] == before[before > 0]).all()
    woken = traits[(before == 0) & (segment == 1)] & 7
    assert (woken > 0).mean() == pytest.approx(0.25, abs=0.02)
    assert set(woken.tolist()) == {0, 1, 2}


def test_customers_media_and_fans_are_the_most_active(scene):
    """Row 26: more reads per head than the others; fans pass on most (row 69)."""
    parts = [play.play(*scene, "posts", seed).parts for seed in range(6)]
    total = {name: sum(one[name] for one in parts) for name in parts[0]}
    per_head = {
        name: total[f"reads_{name}"] / total[f"people_{name}"] for name in ("others", *NAMES[:2], "media", "fans")
    }
    for name in ("customers", "media", "fans"):
        assert per_head[name] > per_head["prospects"] > per_head["others"]
    passed = {name: total[f"reposts_{name}"] / total[f"reads_{name}"] for name in ("customers", "fans")}
    assert passed["fans"] > passed["customers"]


def test_readers_by_segment_add_up(scene):
    outcome = play.play(*scene, "posts", 3)
    every = ("others", *NAMES)
    assert sum(outcome.parts[f"reach_{name}"] for name in every) == pytest.approx(outcome.metrics["reach"])
    assert sum(outcome.parts[f"reads_{name}"] for name in every) == pytest.approx(outcome.metrics["reads"])
    assert sum(outcome.parts[f"reposts_{name}"] for name in every) == pytest.approx(outcome.metrics["reposts"])


def test_without_effect_it_only_counts(scene):
    """Nobody keener, nobody woken, nobody fonder: the launch without segments, bit for bit."""
    plain = scenario({"keen": 1.0, "awake": 0.0, "loyal": 1.0, "fondness": 0.0})
    off = play.play(plain.model_copy(update={"segments": None}), scene[1], "posts", 7)
    on = play.play(plain, scene[1], "posts", 7)
    assert off.metrics["reads"] > 0
    assert on.metrics == off.metrics
    assert on.parts["people_others"] > 0
    assert play.play(*scene, "posts", 7).metrics["reads"] > off.metrics["reads"]


def test_the_stage_is_left_alone(scene):
    before = scene[1].readers.traits.copy()
    play.play(*scene, "posts", 1)
    assert (scene[1].readers.traits == before).all()


def test_audiences_by_segment_and_their_overlap():
    wanted = scenario()
    found = audiences.audiences(wanted, compare.grow_graph(wanted, jobs=1))
    brand, anna = found["roles"][0], found["roles"][1]
    assert (brand["name"], anna["name"]) == ("brand", "anna")
    assert brand["followers"] == pytest.approx(0.1 * wanted.market, rel=0.02)
    assert sum(brand["segments"].values()) == pytest.approx(1.0)
    assert brand["segments"]["customers"] > 2 * anna["segments"]["customers"]
    pair = next(one for one in found["overlap"] if (one["a"], one["b"]) == ("brand", "anna"))
    assert pair["shared"] == pytest.approx(pair["of_a"] * brand["followers"])
    assert pair["shared"] == pytest.approx(pair["of_b"] * anna["followers"])
    assert pair["of_a"] > 0.2  # KOLs draw on the same heavy readers
    stage = launches.set_up(wanted)
    graph = stage.casting.graph
    rows = [set(graph.row(int(stage.casting.roles[name].accounts[0])).tolist()) for name in ("brand", "anna")]
    assert pair["shared"] == pytest.approx(len(rows[0] & rows[1]) * stage.factor)


def test_segments_are_people_not_luck(scene, found):
    again = segments.of_accounts(scene[0].segments, scene[1].casting, scene[1].readers.traits)
    assert (again == found).all()
    assert int(draws.key(np.uint64(0), draws.TRAIT, np.uint64(1))) != int(membership.WHO)
