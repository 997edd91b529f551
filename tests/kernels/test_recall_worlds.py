"""Recall: reads of the cast's posts are drawn again, never written down, and the course is the slow twin's."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import calendar, recall, response
from sim.kernels import cascade as kernel
from sim.model import cascade
from sim.model import stage as stage_room
from sim.model.casting import label
from tests.reference import cascade as slow
from tests.reference import launches, sleepers, worlds

STORY = label("launch")
COURSE = (
    "posts",
    "comments",
    "comments_written",
    "pushes",
    "likes",
    "reads",
    "reposts",
    "follower_reads",
    "by_message",
)


@pytest.fixture(autouse=True)
def everybody_is_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_room, "RECALLED", 1)


def agree(run: cascade.Cascade, plain: dict) -> None:
    fast = slow.told_by(run)
    for what in COURSE:
        assert fast[what] == plain[what], what


@st.composite
def cast_worlds(draw):
    """A random world with one to five cast accounts behind its graph, a panel, and posts by both."""
    stage, _, seed = draw(worlds.worlds())
    graph = stage.casting.graph
    luck = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = [np.flatnonzero(luck.random(graph.base) < draw(st.floats(0.1, 1.0))) for _ in range(draw(st.integers(1, 5)))]
    graph = FollowerGraph(
        graph.indptr,
        graph.followers,
        graph.community_start,
        added_indptr=np.concatenate([[0], np.cumsum([row.size for row in rows])]).astype(np.int64),
        added_followers=np.concatenate(rows).astype(np.int32),
    )
    traits = np.concatenate([stage.readers.traits, np.zeros(len(rows), np.uint8)])
    stage = dataclasses.replace(
        stage,
        casting=dataclasses.replace(stage.casting, graph=graph),
        world=stage_room.world_of(graph),
        readers=stage.readers._replace(traits=traits),
        panel=draw(st.integers(2, 4)),
    )
    planned = st.tuples(st.integers(0, stage.hours * 3600 - 1), st.integers(graph.base, graph.accounts - 1))
    others = st.tuples(st.integers(0, stage.hours * 3600 - 1), st.integers(0, graph.base - 1))
    plan = launches.posts(
        stage,
        draw(st.lists(planned, min_size=1, max_size=8)) + draw(st.lists(others, max_size=2)),
        quality=draw(st.floats(0.1, 20.0)),
        doubt=draw(st.floats(0.0, 2.0)),
    )
    return stage, plan, seed


@settings(max_examples=200)
@given(cast_worlds())
def test_twin_agrees_in_random_worlds_with_a_cast(world) -> None:
    stage, plan, seed = world
    run = cascade.play(stage, plan, seed)
    plain = slow.run(stage, plan, seed, STORY)
    agree(run, slow.told(plain))
    woken, aside = sleepers.woken(run, plain)
    kept = run.aside.recall.posts[: run.state[calendar.RECALLED]]
    recalled = set(kept["post"].tolist())
    chance = run.posts.chance[kept["post"]]
    for found, each in (
        (run.aside.recall.chance, chance),
        (run.aside.recall.comment, chance * run.messages.comment[run.posts.message[kept["post"]]]),
    ):
        most = np.bincount(kept["place"], weights=each, minlength=recall.PLACES + 1)
        np.testing.assert_allclose(found, most[None], rtol=1e-9, atol=1e-13)
    assert set(sleepers.met(run)) == woken
    assert run.state[calendar.ASIDE] == sum(post not in recalled for post in aside)
    awake = np.unique(stage.world.added_followers[stage.readers.traits[stage.world.added_followers] & 7 > 0])
    assert (stage_room.audience_of(stage).follows.nonzero()[0] == awake).all()


@settings(max_examples=100)
@given(cast_worlds())
def test_tiny_arrays_and_few_recalled_posts_change_nothing(world) -> None:
    """Arrays that grow in mid-row, buckets that are made anew, posts beyond the room for recalled ones."""
    stage, plan, seed = world
    usual = cascade.play(stage, plan, seed)
    kept, recall.POSTS = recall.POSTS, 2
    try:
        run = cascade.Cascade(stage, plan, seed, sizes=cascade.Sizes(events=1, posts=1, table=1, comments=1, aside=1))
        run.plan(0, plan.size)
        run.advance(stage.hours)
    finally:
        recall.POSTS = kept
    assert run.aside.recall.posts.size <= 2
    agree(run, slow.told_by(usual))
    assert (run.tally.watch == usual.tally.watch).all()


def small(panel: int = 3) -> tuple[stage_room.Stage, cascade.Plan]:
    scenario = launches.scenario(6_000, response={"comment_ratio": 0.5, "peer_rate": 0.1, "repost_rate": 0.05})
    stage = dataclasses.replace(launches.set_up(scenario), panel=panel)
    return stage, launches.plan_of(scenario, stage, "everything", 3)


def test_fewer_reads_are_laid_aside() -> None:
    stage, plan = small()
    run = cascade.play(stage, plan, 3)
    plain = cascade.play(dataclasses.replace(stage, panel=1), plan, 3)
    assert run.state[calendar.RECALLED] >= 9
    assert run.post_count > 20
    assert 0 < run.state[calendar.ASIDE] < 0.5 * plain.state[calendar.ASIDE]
    assert {key: value for key, value in slow.told_by(run).items() if key in COURSE} == {
        key: value for key, value in slow.told_by(plain).items() if key in COURSE
    }


def test_an_audience_that_changes_is_written_down_again() -> None:
    """Who followed at the time cannot be recalled once somebody else follows: the course so far is played again."""
    stage, plan = small()
    other = dataclasses.replace(stage, readers=stage.readers._replace(traits=stage.readers.traits.copy()))
    runs = []
    for eager in (False, True):
        run = cascade.Cascade(stage, plan, 3, eager=eager)
        run.plan(0, plan.size)
        run.advance(3)
        assert (run.state[calendar.RECALLED] > 0) == (not eager)
        run.change(other)
        assert run.state[calendar.RECALLED] == 0
        run.advance(stage.hours)
        runs.append(slow.told_by(run))
    assert runs[0] == runs[1]
    assert len(runs[0]["posts"]) > 20


def test_a_bound_of_the_sum_holds_for_every_order_of_chances() -> None:
    luck = np.random.default_rng(5)
    for _ in range(2_000):
        chances = luck.random(luck.integers(1, 12)) ** luck.integers(1, 9)
        assert recall.bound(chances.sum()) >= sum(response.hazard_bound(float(chance)) for chance in chances)
        assert recall.bound(chances.sum()) >= sum(response.hazard(float(chance)) for chance in chances)


def test_places_go_to_the_largest() -> None:
    sizes = np.arange(40)
    place = stage_room._recalled(sizes)
    assert (place[40 - recall.PLACES :] >= 0).all()
    assert (place[: 40 - recall.PLACES] == -1).all()
    assert sorted(place[place >= 0].tolist()) == list(range(recall.PLACES))
    assert (stage_room._recalled(np.zeros(3, np.int64)) == -1).all()


@settings(max_examples=60)
@given(cast_worlds(), st.sampled_from([1, 2, 7, 200]))
def test_how_many_readers_are_looked_at_together_changes_nothing(world, together: int) -> None:
    stage, plan, seed = world
    usual = cascade.play(stage, plan, seed)
    run = cascade.Cascade(stage, plan, seed)
    run.ahead = np.empty(together, kernel.AHEAD)
    run.plan(0, plan.size)
    run.advance(stage.hours)
    agree(run, slow.told_by(usual))
    assert (run.tally.watch == usual.tally.watch).all()
