"""Spread kernels: bit for bit against the slow twin, and against exact enumeration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UserError
from sim.graph import follower_graph
from sim.kernels import coins as tables
from sim.kernels import draws, lanes
from sim.kernels.compiled import kernel
from sim.planning import spread
from tests.reference import luck
from tests.reference import spread as slow


def arrays(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(slow.starts(rows), np.int64), np.array([v for row in rows for v in row], np.int32)


def random_rows(accounts: int, links: int, seed: int, hub: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    rows = []
    for u in range(accounts):
        size = min(accounts - 1, hub if hub and u == 0 else rng.poisson(links / accounts))
        others = np.delete(np.arange(accounts), u)
        rows.append(sorted(rng.choice(others, size, replace=False).tolist()))
    return rows


def reached(cascades: spread.Cascades, seeds: list[int], seed: int, world: int) -> list[int]:
    return cascades.worlds(seeds, seed, world, np.zeros((1, 3), np.int64)).tolist()


ROWS = random_rows(300, 1800, seed=4, hub=250)  # rows shorter than a block, and one of four blocks
SMALL = [[1, 2], [2, 3], [3, 4], [4, 0], [5], [0]]
SEEDS = [0, 7, 7, 42]


@kernel
def lane_answers(ends, limits, start, stream, limit):
    return (
        lanes.passed(ends, np.uint32(1000)),
        lanes.coins_within(limits, start, stream),
        lanes.coins_within(limit, start, stream),
        lanes.ones(np.uint64(0xF0F)),
        lanes.lowest(np.uint64(0xF00)),
        lanes.lowest(np.uint64(0)),
    )


def test_lanes_say_what_one_by_one_says():
    rng = np.random.default_rng(1)
    ends = np.sort(rng.integers(0, 2000, 64)).astype(np.uint32)
    limits = rng.integers(0, 256, 200).astype(np.uint8)
    stream = draws.key(np.uint64(9), draws.SPREAD, np.uint64(3))
    passed, within, below, ones, lowest, nothing = lane_answers(
        ends, limits, np.uint64(70), np.uint64(stream), np.uint8(33)
    )
    coins = [slow.bits(int(stream), 70 + k // 8).to_bytes(8, "little")[k % 8] for k in range(64)]
    assert passed == (ends <= 1000).sum()
    assert within == sum(1 << k for k in range(64) if coins[k] <= limits[70 + k])
    assert below == sum(1 << k for k in range(64) if coins[k] <= 33)
    assert (ones, lowest, nothing) == (8, 8, 64)


@pytest.mark.parametrize("p", [0.0005, 0.03, 0.4, 1.0])
def test_gaps_equal_their_slow_twin(p):
    cascades = spread.Cascades(arrays(ROWS), p)
    table = [int(entry) for entry in tables.gap_table(p, 1024 if p >= spread.FINE_GAP_CHANCE else 8192)]
    sizes = set()
    for world in range(40):
        expected = slow.by_gaps(ROWS, SEEDS, table, 5, world)
        assert reached(cascades, SEEDS, 5, world) == expected
        sizes.add(len(expected))
    assert max(sizes) > 3


@pytest.mark.parametrize("p", [0.0, 0.003, 0.03, 0.4, 1.0])
def test_coins_and_level_equal_their_slow_twin(p):
    """One chance for all links gives the same bits from the links alone and from per-link limits."""
    indptr, followers = arrays(ROWS)
    level = spread.Cascades((indptr, followers), p, same_worlds=True)
    coins = spread.Cascades((indptr, followers), np.full(followers.size, p))
    assert (level.sampler, coins.sampler) == ("level", "coins")
    limit, rest = tables.split_chance(p)
    sizes = set()
    for world in range(40):
        expected = slow.by_coins(ROWS, SEEDS, [(int(limit), int(rest))] * followers.size, 5, world)
        assert reached(level, SEEDS, 5, world) == expected
        assert reached(coins, SEEDS, 5, world) == expected
        sizes.add(len(expected))
    assert (max(sizes) == 3) == (p == 0.0)


def test_mixed_chances_equal_their_slow_twin():
    indptr, followers = arrays(ROWS)
    p = np.random.default_rng(3).random(followers.size) ** 3
    p[::17], p[5::29] = 0.0, 1.0
    split = [tuple(map(int, tables.split_chance(q))) for q in p]
    cascades = spread.Cascades((indptr, followers), p)
    for world in range(20):
        expected = slow.by_coins(ROWS, [3], split, 11, world)
        assert reached(cascades, [3], 11, world) == expected
    assert len(expected) > 1


def test_thresholds_equal_their_slow_twin():
    indptr, followers = arrays(ROWS)
    cascades = spread.Cascades((indptr, followers), "weighted_cascade", model="linear_threshold")
    count = np.bincount(followers, minlength=300)
    weights = [int(2**31 * (1 / count[v])) for v in followers]
    sizes = []
    for world in range(40):
        expected = slow.by_thresholds(ROWS, SEEDS, weights, 5, world)
        assert reached(cascades, SEEDS, 5, world) == expected
        sizes.append(len(expected))
    assert max(sizes) > 3


def near(found: spread.Spread, exact: float) -> bool:
    """Within 5 standard errors."""
    return abs(found.mean - exact) < 5 * found.error + 1e-12


@pytest.mark.luck
@pytest.mark.parametrize("same_worlds", [False, True])
@pytest.mark.parametrize("p", [0.001, 0.2, 0.7])
def test_uniform_cascade_is_exact_on_a_small_graph(p, same_worlds):
    exact = slow.exact_cascade(SMALL, [0, 4], [p] * 10)
    found = spread.spread(arrays(SMALL), [0, 4], p, 40_000, seed=luck.seed(8), same_worlds=same_worlds)
    assert found.sizes.max() > 2
    assert near(found, exact)


@pytest.mark.luck
def test_weighted_cascade_is_exact_on_a_small_graph():
    indptr, followers = arrays(SMALL)
    count = np.bincount(followers, minlength=6)
    exact = slow.exact_cascade(SMALL, [1], [1 / count[v] for v in followers])
    assert near(spread.spread((indptr, followers), [1], "weighted_cascade", 40_000, seed=luck.seed(2)), exact)


@pytest.mark.luck
def test_per_link_cascade_is_exact_on_a_small_graph():
    p = [0.9, 0.01, 0.5, 0.25, 0.0, 1.0, 0.003, 0.6, 0.1, 0.35]
    found = spread.spread(arrays(SMALL), [0], np.array(p), 40_000, seed=luck.seed(3))
    assert near(found, slow.exact_cascade(SMALL, [0], p))


@pytest.mark.luck
def test_linear_threshold_is_exact_on_a_small_graph():
    weights = [0.4, 0.1, 0.5, 0.25, 0.7, 0.3, 0.6, 0.2, 1.0, 0.5]
    found = spread.spread(arrays(SMALL), [0], np.array(weights), 40_000, seed=luck.seed(3), model="linear_threshold")
    assert near(found, slow.exact_threshold(SMALL, [0], weights))


def test_gap_table_is_the_geometric_law():
    for p, size in ((0.01, 1024), (1e-4, 8192), (0.5, 1024)):
        table = tables.gap_table(p, size)
        keep = (table >> np.uint64(16)).astype(np.float64) / 2.0**48
        law = np.bincount((table & np.uint64(0xFFFF)).astype(int), weights=1 - keep, minlength=size) + keep
        geometric = p * (1 - p) ** np.arange(size)
        geometric[-1] = (1 - p) ** (size - 1)
        np.testing.assert_allclose(law / size, geometric, atol=1e-14)


@given(st.floats(0.0, 1.0))
def test_split_chance_multiplies_back(p):
    limit, rest = map(int, tables.split_chance(p))
    settled = (rest + 1) // 2 / 2**31  # the share of odd words that pass
    assert abs((limit + 1) / 256 * settled - p) <= (limit + 1) / 256 * 2.0**-31


@pytest.mark.luck
def test_worlds_are_independent_of_each_other():
    """The trap of near-copies: with one link live or dead, pairs of worlds must agree half of the time only."""
    star = [[1 + k for k in range(64)], *[[] for _ in range(64)]]
    level = spread.Cascades(arrays(star), 0.5, same_worlds=True)
    live = np.zeros((4000, 65))
    for world in range(4000):
        live[world, reached(level, [0], luck.seed(1), world)] = 1
    pairs = np.corrcoef(live[:, 1:].T)
    np.fill_diagonal(pairs, 0)
    assert np.abs(pairs).max() < 6 / np.sqrt(4000)  # of 2,016 pairs
    assert abs(live[:, 1:].mean() - 0.5) < 5 * 0.5 / np.sqrt(4000 * 64)
    assert abs(live.sum(1).var() - 64 / 4) < 5 * 16 * np.sqrt(2 / 4000)


@pytest.mark.parametrize("model", ["independent_cascade", "linear_threshold"])
def test_same_worlds_are_nested_in_the_seeds(model):
    """With identical live links more seeds reach a superset, world by world."""
    few = spread.Cascades(arrays(ROWS), "weighted_cascade", model=model)
    for world in range(30):
        small, large = (set(reached(few, seeds, 4, world)) for seeds in ([5], [5, 9, 100]))
        assert small <= large
        joint = set(reached(few, [9], 4, world)) | small | set(reached(few, [100], 4, world))
        assert model == "linear_threshold" or joint == large


MIXED = np.random.default_rng(8).random(sum(map(len, ROWS))) ** 4


@pytest.mark.parametrize("probability", [0.06, "weighted_cascade", MIXED], ids=["uniform", "weighted", "per link"])
@given(first=st.sets(st.integers(0, 299), min_size=1, max_size=6), second=st.sets(st.integers(0, 299), max_size=6))
def test_same_worlds_are_the_same_live_links_for_every_seed_set(probability, first, second):
    """What two sets reach together is what each reaches alone: only so if no set moves another's coins."""
    cascades = spread.Cascades(arrays(ROWS), probability, same_worlds=True)
    for world in (0, 7):
        alone = [set(reached(cascades, sorted(seeds), 4, world)) for seeds in (first, second)]
        assert set(reached(cascades, sorted(first | second), 4, world)) == alone[0] | alone[1]


def test_gaps_meet_other_luck_and_say_so():
    """The fast sampler's stream is consumed in the order of the cascade; the answer must not claim pairing."""
    graph = arrays(ROWS)
    assert not spread.spread(graph, [5], 0.06, 10, seed=1).paired
    assert spread.spread(graph, [5], 0.06, 10, seed=1, same_worlds=True).paired
    cascades = spread.Cascades(graph, 0.06)
    worlds = [[set(reached(cascades, seeds, 4, world)) for seeds in ([5], [0, 5])] for world in range(30)]
    assert not all(small <= large for small, large in worlds)


HONEST = {
    "gaps": (0.3, False, "independent_cascade"),
    "level": (0.3, True, "independent_cascade"),
    "coins": (np.array([0.9, 0.01, 0.5, 0.25, 0.0, 1.0, 0.003, 0.6, 0.1, 0.35]), True, "independent_cascade"),
    "thresholds": (np.array([0.4, 0.1, 0.5, 0.25, 0.7, 0.3, 0.6, 0.2, 1.0, 0.5]), True, "linear_threshold"),
}


@pytest.mark.luck
@pytest.mark.parametrize("sampler", HONEST)
def test_the_standard_error_is_honest(sampler):
    """Over 600 seeds the exact value lies within 1, 2, 3 standard errors as often as a normal mean's."""
    probability, same, model = HONEST[sampler]
    p = np.broadcast_to(probability, 10).tolist()
    exact = slow.exact_cascade(SMALL, [0], p) if model[0] == "i" else slow.exact_threshold(SMALL, [0], p)
    cascades = spread.Cascades(arrays(SMALL), probability, same, model)
    assert cascades.sampler == sampler
    found = [cascades.spread([0], 400, luck.seed(seed)) for seed in range(600)]
    z = np.array([(one.mean - exact) / one.error for one in found])
    assert abs(z.mean()) < 5 / np.sqrt(600) + 0.05  # a mean of 400 is not quite normal
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / 600) + 0.05
    for far, share in ((1, 0.683), (2, 0.954)):
        assert abs((np.abs(z) < far).mean() - share) < 5 * np.sqrt(share * (1 - share) / 600) + 0.01


def test_spread_is_public():
    import sim

    found = sim.spread(arrays(SMALL), [0, 4], 0.2, 40_000, 8)
    assert near(found, slow.exact_cascade(SMALL, [0, 4], [0.2] * 10))
    assert found.error == pytest.approx(found.sizes.std(ddof=1) / 200)


@pytest.mark.parametrize("probability", [0.03, "weighted_cascade"])
def test_threads_and_batches_change_nothing(probability):
    cascades = spread.Cascades(arrays(ROWS), probability)
    alone = cascades.spread([1, 2], 101, seed=6)
    together = cascades.spread([1, 2], 101, seed=6, threads=3)
    np.testing.assert_array_equal(alone.sizes, together.sizes)
    assert alone.sizes.std() > 0
    late = np.zeros((1, 3), np.int64)
    cascades.worlds([1, 2], 6, 77, late)
    assert late[0, 0] == alone.sizes[77]


def test_a_follower_graph_spreads_with_its_added_accounts():
    """Accounts behind the base have rows of their own; the base alone gives the same as its arrays."""
    indptr, followers = arrays(ROWS)
    base = follower_graph.FollowerGraph(indptr, followers, np.array([0, 300]))
    grown = base.with_accounts([np.arange(0, 300, 2, dtype=np.int32)])
    same = spread.spread(base, [1], 0.1, 50, seed=3)
    np.testing.assert_array_equal(same.sizes, spread.spread((indptr, followers), [1], 0.1, 50, seed=3).sizes)
    found = np.zeros((1, 3), np.int64)
    spread.Cascades(grown, 1.0).worlds([300], 1, 0, found)
    assert found[0, 0] > 150


def test_counts_say_what_was_examined():
    cascades = spread.Cascades(arrays(ROWS), 1.0)
    found = np.zeros((1, 3), np.int64)
    queue = cascades.worlds([0], 1, 0, found)
    links = sum(len(ROWS[u]) for u in queue)
    assert found[0].tolist() == [len(queue), links, links]


def test_a_full_batch_of_huge_rows_loses_nothing():
    """64 rows of 2,000 links, all live: more live links than one batch of places holds."""
    accounts = 2_064
    rows = [list(range(64, accounts)) if u < 64 else [] for u in range(accounts)]
    for sampler in (spread.Cascades(arrays(rows), 1.0), spread.Cascades(arrays(rows), 1.0, same_worlds=True)):
        found = np.zeros((2, 3), np.int64)
        sampler.worlds(list(range(64)), 1, 0, found)
        assert found.tolist() == [[accounts, 128_000, 128_000]] * 2


def test_links_behind_four_billion_are_walked(tmp_path):
    """A sparse file of 17 GB: row 0 is never read, row 1 stands behind it."""
    many = 2**32 + 1_000

    class Stored:
        indptr = np.array([0, many, *[many + 3] * 7])
        followers = np.memmap(tmp_path / "followers", np.int32, "w+", shape=(many + 3,))

    Stored.followers[many:] = [3, 5, 7]
    for same in (False, True):
        found = np.zeros((2, 3), np.int64)
        queue = spread.Cascades(Stored, 1.0, same).worlds([1], 1, 0, found)
        assert sorted(queue.tolist()) == [1, 3, 5, 7]
        assert found.tolist() == [[4, 3, 3]] * 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"probability": 1.5}, "from 0 to 1"),
        ({"probability": float("nan")}, "from 0 to 1"),
        ({"probability": "wc"}, "weighted_cascade"),
        ({"probability": np.full(3, 0.1)}, "one per link"),
        ({"seeds": [6]}, "0 to 5"),
        ({"seeds": [-1]}, "0 to 5"),
        ({"seeds": [0.5]}, "integers"),
        ({"worlds": 1}, "at least 2"),
        ({"model": "sir"}, "linear_threshold"),
        ({"probability": 0.9, "model": "linear_threshold"}, "sum to"),
        ({"graph": (np.array([0, 2]), np.zeros(3, np.int32))}, "indptr"),
        ({"graph": (np.array([0, 2, 1]), np.zeros(1, np.int32))}, "descends"),
        ({"graph": (np.array([0, 1]), np.array([1]))}, "0 to 0"),
        ({"graph": (np.array([0, 1]), np.array([-1]))}, "-1 to -1"),
        ({"graph": (np.array([0, 1]), np.array([2**32]))}, "4294967296"),
        ({"graph": (np.array([0, 1]), np.array([0.5]))}, "integers"),
    ],
)
def test_wrong_input_is_told(wrong, message):
    asked = {"graph": arrays(SMALL), "seeds": [0], "probability": 0.1, "worlds": 10, "seed": 1} | wrong
    with pytest.raises(UserError, match=message):
        spread.spread(**asked)
