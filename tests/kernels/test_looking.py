"""Who looks, sixteen at a time; whom a post is shown to outside the feed; what people read in two places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import draws, lanes, ledger, met, reading, watching
from sim.kernels.compiled import kernel


@kernel
def choose(items, at, kinds, below, stream, out):
    return lanes.chosen(items, at, kinds, np.int64(1), below, stream, out, np.int64(2))


@given(st.integers(0, 2**64 - 1), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_sixteen_lanes_are_sixteen_hashes(stream: int, at: int, limit: int) -> None:
    luck = np.random.default_rng(at)
    items = luck.integers(0, 2**31 - 1, 22).astype(np.int32)
    kinds = luck.integers(0, 256, 17).astype(np.uint8)
    below = luck.integers(0, 2**32, 8).astype(np.uint32)
    below[3] = limit
    out = np.zeros(18, np.uint64)
    found = int(choose(items, at, kinds, below, np.uint64(stream), out))
    for k in range(16):
        random = int(draws.bits(np.uint64(stream), np.int64(items[at + k])))
        assert int(out[2 + k]) == random
        assert found >> k & 1 == (random >> 32 < int(below[kinds[1 + k] & 7]))
    assert found < 2**16
    assert not out[:2].any()


@given(st.one_of(st.sampled_from([0.0, 1.0, 2.0**-33, 2.0**-32, 0.5, 1.0 - 2.0**-33]), st.floats(0.0, 1.0)))
def test_below_is_how_many_draws_lie_below(chance: float) -> None:
    limit = int(draws.below(chance))
    assert 0 <= limit <= 2**32
    if limit > 0:
        assert draws.high(np.uint64((limit - 1) << 32)) < chance
    if limit < 2**32:
        assert not draws.high(np.uint64(limit << 32)) < chance


@pytest.mark.parametrize(
    ("accounts", "starts", "found"),
    [
        ([], [0, 0], -1),
        ([3], [0, 1], -1),
        ([3, 4, 9], [0, 3], -1),
        ([3, 4, 4], [0, 3], 2),
        ([3, 4, 1, 2], [0, 2, 4], -1),
        ([3, 4, 1, 1], [0, 2, 4], 3),
        ([3, 2, 1, 5], [0, 2, 4], 1),
    ],
)
def test_accounts_ascend_within_their_part(accounts: list[int], starts: list[int], found: int) -> None:
    assert reading.descends(np.array(accounts, np.int32), np.array(starts, np.int64)) == found


@given(st.floats(0.0, 40.0), st.integers(0, 2**32 - 1))
def test_reached_is_the_logarithm(hazard: float, low: int) -> None:
    u = draws.low(np.uint64(low))
    assert draws.reached(hazard, u) == (hazard >= -draws.ln(u))
    threshold = -draws.ln(u)
    for near in (np.nextafter(threshold, 0.0), threshold, np.nextafter(threshold, 99.0)):
        assert draws.reached(near, u) == (near >= threshold)


def _watch(luck: np.random.Generator, n: int) -> np.ndarray:
    found = np.zeros(n, ledger.WATCH)
    watching.unread_into(found)
    assert (found["first"] == ledger.NEVER).all()
    for i in np.flatnonzero(luck.random(n) < 0.5):
        first = luck.integers(0, 9)
        found[i] = (first, first + luck.integers(0, 9), luck.integers(1, 65_536), luck.integers(9), luck.integers(9))
    return found


def test_rows_joined_by_themselves_are_those_of_all() -> None:
    luck = np.random.default_rng(8)
    here, there = _watch(luck, 300), _watch(luck, 300)
    every, some = np.zeros(300, ledger.WATCH), np.zeros(300, ledger.WATCH)
    watching.joined_into(here, there, np.ones(300, bool), every)
    rows = np.flatnonzero(luck.random(300) < 0.4)
    watching.join_rows(here, there, rows, some)
    assert (some[rows] == every[rows]).all()
    assert (some["times"][np.setdiff1d(np.arange(300), rows)] == 0).all()


def test_a_larger_table_holds_the_same_people() -> None:
    old = met.empty_met(64)
    for key in range(1, 39):
        at = met.slot(np.int64(key * 977), old)
        old[at]["key"], old[at]["reads"] = key * 977, key
    new = met.empty_met(128)
    met.move_met(old, new)
    assert sorted(new["key"][new["key"] != 0].tolist()) == sorted(key * 977 for key in range(1, 39))
    for key in range(1, 39):
        assert new[met.slot(np.int64(key * 977), new)]["reads"] == key
