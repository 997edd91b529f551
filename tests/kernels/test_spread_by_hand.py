"""Spread on graphs small enough to be followed by hand, also as plain Python (tests.mutation): twins, rows, counts."""

import numpy as np
import pytest

from sim.kernels import coins as tables
from sim.kernels import draws
from sim.planning import spread
from tests.reference import spread as slow

SMALL = [[1, 2], [2, 3], [3, 4], [4, 0], [5], [0]]


def wide(accounts: int = 150) -> list[list[int]]:
    """A ring with a hub of more than two blocks of links, one row of exactly a block, and an account without links."""
    rows = [[(u + 1) % accounts] for u in range(accounts)]
    rows[0] = list(range(1, accounts))
    rows[5] = list(range(10, 74))
    rows[9] = []
    return rows


def arrays(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(slow.starts(rows), np.int64), np.array([v for row in rows for v in row], np.int32)


def agrees(cascades: spread.Cascades, rows: list[list[int]], seeds: list[int], twin, worlds: range) -> list[int]:
    """Two worlds a call, so that the second must find nothing left of the first; sizes of all."""
    sizes = []
    for world in worlds:
        found = np.zeros((2, 3), np.int64)
        queue = cascades.worlds(seeds, 5, world, found).tolist()
        expected = [twin(world), twin(world + 1)]
        assert queue == expected[1]
        for one, reached in zip(found.tolist(), expected, strict=True):
            assert (one[0], one[2]) == (len(reached), sum(len(rows[u]) for u in reached))
            assert one[1] <= one[2]
        sizes.append(len(expected[1]))
    return sizes


@pytest.mark.parametrize("rows", [SMALL, wide()], ids=["small", "wide"])
@pytest.mark.parametrize("p", [0.002, 0.05, 0.4, 1.0])
def test_gaps(rows: list[list[int]], p: float) -> None:
    table = [int(entry) for entry in tables.gap_table(p, 1024 if p >= spread.FINE_GAP_CHANCE else 8192)]
    cascades = spread.Cascades(arrays(rows), p)
    agrees(cascades, rows, [0, 4, 4], lambda world: slow.by_gaps(rows, [0, 4, 4], table, 5, world), range(0, 6, 2))


def test_gaps_longer_than_the_table() -> None:
    """One link in 5,000 of 20,000: after one live link in five the table says only that it ends (0.9998^8191)."""
    rows = [list(range(1, 20_001)), *[[] for _ in range(20_000)]]
    table = [int(entry) for entry in tables.gap_table(2e-4, 8192)]
    cascades = spread.Cascades(arrays(rows), 2e-4)
    sizes = agrees(cascades, rows, [0], lambda world: slow.by_gaps(rows, [0], table, 5, world), range(0, 12, 2))
    assert sum(sizes) > 10


@pytest.mark.parametrize("rows", [SMALL, wide()], ids=["small", "wide"])
@pytest.mark.parametrize("p", [0.0, 0.003, 0.05, 0.4, 1.0])
def test_coins_and_level(rows: list[list[int]], p: float) -> None:
    links = sum(map(len, rows))
    split = [tuple(map(int, tables.split_chance(p)))] * links
    for cascades in (
        spread.Cascades(arrays(rows), p, same_worlds=True),
        spread.Cascades(arrays(rows), np.full(links, p)),
    ):
        agrees(cascades, rows, [0, 4, 4], lambda world: slow.by_coins(rows, [0, 4, 4], split, 5, world), range(0, 4, 2))


def test_mixed_chances() -> None:
    rows = wide()
    p = np.random.default_rng(3).random(sum(map(len, rows))) ** 3
    p[::17], p[5::29] = 0.0, 1.0
    split = [tuple(map(int, tables.split_chance(q))) for q in p]
    cascades = spread.Cascades(arrays(rows), p)
    agrees(cascades, rows, [0], lambda world: slow.by_coins(rows, [0], split, 5, world), range(0, 6, 2))


@pytest.mark.parametrize("rows", [SMALL, wide()], ids=["small", "wide"])
def test_thresholds(rows: list[list[int]]) -> None:
    indptr, followers = arrays(rows)
    count = np.bincount(followers, minlength=len(rows))
    weights = [int(2**31 * (1 / count[v])) for v in followers]
    cascades = spread.Cascades((indptr, followers), "weighted_cascade", model="linear_threshold")
    sizes = agrees(
        cascades, rows, [0, 4, 4], lambda world: slow.by_thresholds(rows, [0, 4, 4], weights, 5, world), range(0, 16, 2)
    )
    assert max(sizes) > 2


@pytest.mark.parametrize("world", range(4))
def test_a_threshold_is_met_exactly(world: int) -> None:
    """Pressure of the threshold activates, one unit of 2^-31 less does not."""
    stream = np.uint64(draws.key(np.uint64(5), draws.SPREAD, np.uint64(2 * world)))
    threshold = (int(draws.bits(stream, np.uint64(1))) >> 33) + 1
    for units, size in ((threshold - 1, 1), (threshold, 2)):
        cascades = spread.Cascades(arrays([[1], []]), np.array([units / 2**31]), model="linear_threshold")
        found = np.zeros((1, 3), np.int64)
        cascades.worlds([0], 5, world, found)
        assert found[0, 0] == size


def test_links_without_weight_touch_nobody() -> None:
    """More of them than accounts: what was touched is noted once an account."""
    rows = [[v for v in range(5) if v != u] for u in range(5)]
    cascades = spread.Cascades(arrays(rows), np.zeros(20), model="linear_threshold")
    found = np.zeros((2, 3), np.int64)
    cascades.worlds([0, 1, 2, 3], 5, 0, found)
    assert found.tolist() == [[4, 16, 16]] * 2


@pytest.mark.parametrize("sampler", ["gaps", "level", "coins"])
def test_certain_links_are_all_read(sampler: str) -> None:
    """Every link is live: the targets read are the links examined, also beyond one batch of rows and of places."""
    rows = [list(range(70, 90)) if u < 70 else [u + 1] if u < 89 else list(range(70)) for u in range(90)]
    p = np.ones(sum(map(len, rows))) if sampler == "coins" else 1.0
    cascades = spread.Cascades(arrays(rows), p, same_worlds=sampler == "level")
    assert cascades.sampler == sampler
    for seeds in ([0], list(range(70)), list(range(90))):
        found = np.zeros((1, 3), np.int64)
        cascades.worlds(seeds, 1, 0, found)
        assert found.tolist() == [[90, 70 * 20 + 19 + 70, 1_489]]
