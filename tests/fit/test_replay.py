"""Replaying roots: inside the window, the same for any number of threads, the audience the law asks for."""

import numpy as np
import pandas as pd
import pytest

from sim.fit import read, replay, shape
from sim.graph import grow
from sim.kernels import calendar, cascade, draws, links, measure, response, timeline
from sim.kernels import replay as kernels
from tests.fit import rooms
from tests.reference import luck

LAWS = replay.Laws(
    attention=timeline.Attention(delay_shape=0.82, delay_scale=2300.0),
    answer=response.Response(repost_rate=0.001, quality_spread=2.8, peer_rate=0.2, saturation=400.0),
)


@pytest.fixture(scope="module")
def graph():
    return grow.grow(links.Growth(accounts=20_000, community_size=2_000), threads=1)


@pytest.fixture(scope="module")
def stage(graph):
    return replay.Stage(graph, LAWS, horizon=10 * 86_400.0)


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    folder = rooms.write(tmp_path_factory.mktemp("roots"), *rooms.tables(25))
    return read.cascades(folder).roots


def test_cascades_are_trees_inside_the_window(stage, roots):
    found = replay.replay(stage, roots, seed=1, per_root=2, threads=1)
    made = found.cascades
    sizes = np.diff(made.offsets)
    assert len(made) > 30
    assert sizes.min() >= 100
    assert sizes.max() <= 999
    np.testing.assert_array_equal(made.roots["reposts"], sizes)
    start = np.repeat(made.offsets[:-1], sizes)
    events = np.arange(made.offsets[-1]) - start
    assert (made.parent < events).all()
    above = np.where(made.parent >= 0, made.depth[start + np.maximum(made.parent, 0)], 0)
    np.testing.assert_array_equal(made.depth, above + 1)
    waits = made.delay - np.where(made.parent >= 0, made.delay[start + np.maximum(made.parent, 0)], 0.0)
    assert waits.min() >= 1.0
    assert (np.diff(made.delay)[np.diff(start) == 0] >= 0).all()
    assert made.delay.max() <= stage.horizon + 60
    assert 0.2 < made.commented.mean() < 0.9
    assert (made.depth > 2).any()
    placed = set(made.roots["root"])
    assert placed.isdisjoint(found.unplaced)
    assert placed | set(found.unplaced) == set(roots["root"])
    weights = made.roots.groupby("root")["weight"].sum()
    np.testing.assert_allclose(weights, 1.0)


def test_threads_and_company_change_nothing(stage, roots):
    alone = replay.replay(stage, roots, seed=2, per_root=2, threads=1)
    several = replay.replay(stage, roots, seed=2, per_root=2, threads=3)
    assert len(alone.cascades) > 0
    pd.testing.assert_frame_equal(alone.cascades.roots, several.cascades.roots)
    for part in ("offsets", "parent", "depth", "delay", "commented"):
        np.testing.assert_array_equal(getattr(alone.cascades, part), getattr(several.cascades, part))
    few = replay.replay(stage, roots.iloc[[4]], seed=2, per_root=2, threads=1)
    mine = alone.cascades.only((alone.cascades.roots["root"] == roots["root"].iloc[4]).to_numpy())
    np.testing.assert_array_equal(few.cascades.delay, mine.delay)
    other = replay.replay(stage, roots, seed=3, per_root=2, threads=1)
    assert other.cascades.delay.size != alone.cascades.delay.size


def test_small_arrays_grow_to_the_same_cascade(stage, roots):
    label = replay.label_of(1, 7, 0)
    usual, tight = replay.Workspace(stage), replay.Workspace(stage)
    tight.room_for_posts(16)
    tight.room_for_events(1 << 11)
    tight.room_for_met(1 << 11)
    first = replay.search(usual, label, 50_000, 200_000.0, 200, 100, 999, 1)
    second = replay.search(tight, label, 50_000, 200_000.0, 200, 100, 999, 1)
    assert first == second
    assert first[0] == kernels.ACCEPTED
    size = int(usual.state[calendar.POSTS])
    assert tight.posts.second.size >= size
    np.testing.assert_array_equal(usual.posts.second[:size], tight.posts.second[:size])
    np.testing.assert_array_equal(usual.posts.parent[:size], tight.posts.parent[:size])


def test_a_try_forgets_what_the_arrays_held(graph):
    """Nothing of an earlier try may stay: neither its community's gates nor its marks."""
    answer = LAWS.answer._replace(interest_off=0.02, peer_rate=0.6, second_read=4.0)
    stage = replay.Stage(graph, replay.Laws(LAWS.attention, answer), horizon=86_400.0)
    used = replay.Workspace(stage)
    sizes = []
    for number in range(12):
        label = replay.label_of(1, number, 0)
        replay.search(used, replay.label_of(2, number, 0), 9_000, 50_000.0, 3, 1, 999, 1)
        fresh = replay.Workspace(stage)
        assert replay.search(used, label, 50_000, 100_000.0, 30, 50, 999, 1) == replay.search(
            fresh, label, 50_000, 100_000.0, 30, 50, 999, 1
        )
        size = int(fresh.state[calendar.POSTS])
        assert int(used.state[calendar.POSTS]) == size
        np.testing.assert_array_equal(used.posts.second[:size], fresh.posts.second[:size])
        sizes.append(size)
    assert max(sizes) > 50


def test_direct_reposts_follow_the_law_of_a_listed_audience(stage):
    """Expected direct reposts against a plain sum over the graph's own links."""
    answer, readers = stage.laws.answer, stage.readers
    hour, chance, followers = 20, 0.004, 50_000.0
    seen = stage.rhythm.seen[hour]
    found = kernels.expected_direct(answer, followers, chance, stage.audience, seen, readers.propensity)
    counts = np.bincount(stage.world.followers, minlength=stage.world.base)  # links per reader
    sees = seen[readers.traits & 7] / 2**32
    willing = readers.propensity[(readers.traits >> 3) & 7]
    home, off = 0.5, answer.interest_off
    acts = home * np.minimum(chance * willing, 0.9) + (1 - home) * np.minimum(chance * willing * off, 0.9)
    plain = followers * np.average(sees * acts, weights=counts)
    assert found == pytest.approx(plain, rel=0.1)  # 20,000 accounts: propensity and followees are not quite independent


def test_more_followers_more_direct_reposts_and_none_without(stage):
    args = stage.laws.answer, 0.004, stage.audience, stage.rhythm.seen[12], stage.readers.propensity
    means = [kernels.expected_direct(args[0], f, *args[1:]) for f in (0.0, 100.0, 1e4, 1e6)]
    assert means[0] == 0.0
    assert means[3] == pytest.approx(100 * means[2])
    assert np.all(np.diff(means) > 0)


@pytest.mark.luck
@pytest.mark.parametrize("mean", [0.0, 0.3, 7.0, 900.0, 6_000.0])
def test_poisson_has_its_mean_and_variance(mean):
    key = np.uint64(draws.key(np.uint64(luck.seed(1)), draws.DIRECT, np.uint64(3)))
    drawn = np.array([kernels.poisson(mean, np.uint64(draws.bits(key, i))) for i in range(4_000)])
    assert abs(drawn.mean() - mean) <= 5 * np.sqrt(mean / drawn.size)
    assert abs(drawn.var() - mean) <= 5 * np.sqrt((2 * mean**2 + mean) / drawn.size)


def test_accounts_are_drawn_by_weight():
    weight = np.array([0.0, 1.0, 1.0, 4.0, 9.0, 10.0])
    audience = kernels.Audience(weight, np.ones(8) / 8, 0.5)
    key = np.uint64(draws.key(np.uint64(1), draws.DIRECT, np.uint64(4)))
    drawn = np.array([kernels.draw_account(audience, 1, 5, np.uint64(draws.bits(key, i))) for i in range(20_000)])
    found = np.bincount(drawn, minlength=5) / drawn.size
    np.testing.assert_allclose(found, [0.0, 0.0, 3 / 9, 5 / 9, 1 / 9], atol=0.015)


def test_unknown_followers_come_from_roots_of_the_same_kind(roots):
    followers = replay.followers_of(roots, seed=1)
    unknown = roots["followers"].isna().to_numpy()
    assert unknown.any()
    assert not np.isnan(followers).any()
    np.testing.assert_array_equal(followers[~unknown], roots["followers"][~unknown])
    for place in np.flatnonzero(unknown):
        alike = roots[(roots["rumour"] == roots["rumour"].iloc[place]) & ~unknown]
        same_type = alike[alike["verified_type"] == roots["verified_type"].iloc[place]]
        pool = same_type if len(same_type) else alike
        assert followers[place] in set(pool["followers"])


def test_a_root_nobody_reads_is_unplaced(stage, roots):
    nobody = roots.head(3).assign(followers=0.0)
    found = replay.replay(stage, nobody, seed=1, per_root=1, tries=20, threads=1)
    assert found.unplaced.tolist() == nobody["root"].tolist()
    assert len(found.cascades) == 0
    assert shape.shapes(found.cascades).frame.columns.isin(measure.COLUMNS).sum() == len(measure.COLUMNS)


def test_uncapped_sizes_grow_with_followers_on_any_number_of_threads(stage):
    followers = np.repeat([30.0, 3e3, 3e5], 60)
    sizes = replay.sizes(stage, followers, seed=1, threads=1)
    np.testing.assert_array_equal(sizes, replay.sizes(stage, followers, seed=1, threads=2))
    means = np.log1p(sizes).reshape(3, 60).mean(axis=1)
    assert np.all(np.diff(means) > 0.5)


def test_a_limit_counts_reposts(stage):
    """A cascade of as many reposts as are allowed is whole, one more is refused, whatever else is on the calendar."""
    space = replay.Workspace(stage)
    second = 50_000
    until = int((second + stage.horizon) // 60) + 1

    def tried(number: int, limit: int) -> tuple[int, int]:
        space.put(second, 100_000.0)
        name = replay.label_of(1, 3, number)
        status, reposts, _ = kernels.attempt(name, until, limit, 5_000, space.run(1), stage.audience, space.doubt)
        return int(status), int(reposts)

    sizes = []
    for number in range(40):
        status, size = tried(number, 4_000)
        if status != cascade.DONE or size < 2:
            continue
        sizes.append(size)
        assert tried(number, size) == (cascade.DONE, size)
        status, reposts = tried(number, size - 1)  # the last repost of all may leave nothing to stop at
        assert status == cascade.STOPPED or reposts > size - 1
    assert len(sizes) > 10
    assert max(sizes) > 100
