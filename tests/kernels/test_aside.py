"""Reads laid aside: chains, bits, the first reads in order, and what chances were damped by, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import aside as room
from sim.kernels import response, rows, sleeping
from tests.kernels import test_stories

N = response.READS_COUNTED


def test_room_for_so_many() -> None:
    one = room.empty_aside(1024, stories=3, recalled=5)
    assert (one.reads.size, one.buckets.size, one.touched.size) == (1024, 1024, 128)
    assert one.early.shape == (N, 2)
    assert (one.minute.shape, one.damp.shape) == ((0,), (0, 3))
    assert (one.recall.posts.size, one.recall.chance.shape[0], one.recall.comment.shape[0]) == (5, 3, 3)
    assert not one.touched.any()
    assert all(not one.buckets[name].any() for name in one.buckets.dtype.names)
    none = room.empty_aside(0)
    assert (none.reads.size, none.buckets.size, none.touched.size) == (0, 1, 1)
    assert (none.damp.shape[1], none.recall.posts.size) == (1, 0)
    assert [room.empty_touched(size).size for size in (1, 8, 16)] == [1, 1, 2]


def test_every_bucket_and_every_bit_is_met() -> None:
    """4,000 keys on 64 buckets and 512 bits; each touches one bit, by which it is known."""
    aside = room.empty_aside(64)
    keys = np.arange(1, 4_001)
    assert {room.bucket_of(key, aside) for key in keys} == set(range(64))
    places = set()
    for key in keys:
        aside.touched[:] = 0
        assert room.untouched(aside, key)
        room.touch(aside, key)
        assert not room.untouched(aside, key)
        assert sum(int(word).bit_count() for word in aside.touched) == 1
        places.add(next(64 * at + int(word).bit_length() for at, word in enumerate(aside.touched) if word))
    assert len(places) == 512
    room.touch(aside, 1)
    first = aside.touched.copy()
    room.touch(aside, 1)
    assert (aside.touched == first).all()
    room.touch(aside, 2)
    assert not room.untouched(aside, 1)


@pytest.mark.parametrize("awake", [0, 5])
def test_a_chain_leads_from_the_latest_read_to_the_first(awake: int) -> None:
    aside = room.empty_aside(8)
    bucket = aside.buckets[3]
    assert room.first(bucket) == -1
    bucket["awake"] = awake
    for at, account in ((0, 70), (5, 71), (6, 72)):
        room.lay(aside, at, bucket, account + 1, account, account + 100, 0.25, 0.5)
        assert not room.untouched(aside, account + 1)
    chain = []
    at = room.first(bucket)
    while at >= 0:
        chain.append((at, int(aside.reads["account"][at]), int(aside.reads["post"][at])))
        at = int(aside.reads["next"][at])
    assert chain == [(6, 72, 172), (5, 71, 171), (0, 70, 170)]
    assert bucket["awake"] == awake
    assert (bucket["count"], bucket["hazard"], bucket["comment_hazard"]) == (3, 0.75, 1.5)


def test_sixteen_bits_say_who_may_be_awake() -> None:
    """One bit for a key, another one for most others of its bucket."""
    aside = room.empty_aside(64)
    bits = {int(room.awake_bit(key)) for key in range(1, 30_000) if room.bucket_of(key, aside) == 5}
    assert bits == {1 << place for place in range(16)}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), unique=True, max_size=N + 4))
def test_the_first_reads_are_kept_in_order(reads: list[tuple[int, int]]) -> None:
    early, taken = np.full((N, 2), -7), 0
    for number, (second, post) in enumerate(reads):
        taken = room.insert(early, taken, second, post)
        assert taken == min(number + 1, N)
    assert [tuple(row) for row in early[:taken].tolist()] == sorted(reads)[:N]
    assert (early[taken:] == -7).all()


def test_damping_is_that_of_its_minute() -> None:
    aside = room.empty_aside(8, stories=2)
    assert room.damp_at(aside, 5, 1, 0.3) == 0.3
    noted = aside._replace(minute=np.array([10, 20, 30]), damp=np.array([[1.0, 0.9], [0.8, 0.7], [0.6, 0.5]]))
    for minute, damp in ((0, 0.9), (10, 0.9), (19, 0.9), (20, 0.7), (29, 0.7), (30, 0.5), (99, 0.5)):
        assert room.damp_at(noted, minute, 1, 0.3) == damp
    assert room.damp_at(noted, 20, 0, 0.3) == 0.8


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.data())
def test_communities_of_any_sizes(sizes: list[int], data: st.DataObject) -> None:
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    account = data.draw(st.integers(0, int(start[-1]) - 1))
    assert rows.community_of(start, account) == np.searchsorted(start, account, "right") - 1


def test_the_last_account_of_very_unequal_communities() -> None:
    start = np.concatenate([[0], np.arange(1, 40), [10_000]]).astype(np.int64)
    for account in (0, 1, 38, 39, 40, 9_999):
        assert rows.community_of(start, account) == min(account, 39)
    start = np.concatenate([[0], 10_000 + np.arange(40)]).astype(np.int64)
    for account in (0, 1, 9_999, 10_000, 10_038):
        assert rows.community_of(start, account) == max(account - 9_999, 0)


@settings(max_examples=100)
@given(test_stories.told_worlds())
def test_what_was_laid_aside_is_laid_aside_again(world) -> None:
    """Buckets made anew hold what they held: the same chains, bits of who is awake, and bounds, to a float32."""
    stage, plan, seed, about = world
    run = test_stories.play(stage, plan, seed, about)
    before, touched = run.aside.buckets.copy(), run.aside.touched.copy()
    run.aside.buckets[:] = np.zeros(1, room.BUCKET)
    run.aside.touched[:] = 0
    sleeping.settle(run._run())
    for name in ("chain", "count", "awake"):
        assert (run.aside.buckets[name] == before[name]).all()
    for name in ("hazard", "comment_hazard"):
        np.testing.assert_allclose(run.aside.buckets[name], before[name], rtol=1e-5)
    assert (run.aside.touched == touched).all()


def test_keys_tell_stories_and_accounts_apart() -> None:
    keys = {int(sleeping.story_key(story, account)) for story in (0, 1, 7) for account in (0, 1, 2**31 - 1)}
    assert len(keys) == 9
    assert min(keys) == 1
    assert sleeping.story_key(1, 0) - 1 == 2**40
