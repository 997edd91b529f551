"""Single steps of a read by hand: who is watched, what is noted, who is surely not moved by what is recalled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import draws, lanes, ledger, reading, recall, response, rows
from sim.kernels import met as met_room


def test_every_so_many_th_account_is_watched() -> None:
    assert [reading._watched(1, account) for account in (0, 5, 2**31 - 1)] == [0, 5, 2**31 - 1]
    assert [reading._watched(3, account) for account in range(7)] == [0, -1, -1, 1, -1, -1, 2]


def test_reads_are_noted_with_the_first_and_the_last() -> None:
    """Of two in the same second the first stays the first, the second is the last; 65,535 reads are all it counts."""
    tally = ledger.empty_tally(3, 2, 1)

    def note(account: int, trait: int, moment: int, messenger: int, author: int) -> None:
        reading._note(tally, 2, np.int64(account), np.uint8(trait), np.int64(moment), messenger, author)

    note(2, 7, 3_600, 4, 1)
    assert tally.reads.nonzero()[0].tolist() == [1]
    assert (tally.reads[1, 4], tally.follower_reads.sum()) == (1, 0)
    assert tally.watch[1].tolist() == (3_600, 3_600, 1, 1, 1)
    assert tally.fresh.tolist() == [0b10]
    note(2, 64, 3_600, 2, 2)
    assert tally.watch[1].tolist() == (3_600, 3_600, 2, 1, 2)
    note(2, 71, 3_599, 2, 3)
    assert tally.watch[1].tolist() == (3_599, 3_600, 3, 3, 2)
    note(2, 127, 7_200, 0, 0)
    assert tally.watch[1].tolist() == (3_599, 7_200, 4, 3, 0)
    note(1, 0, 10_799, 5, 5)  # nobody watches it
    assert tally.watch["times"].tolist() == [0, 4]
    assert tally.reads[[0, 1, 1, 2, 2], [2, 4, 2, 0, 5]].tolist() == [1, 1, 1, 1, 1]
    assert tally.follower_reads.tolist() == [1, 1, 1]
    tally.watch["times"][1] = 65_534
    for _ in range(3):
        note(2, 0, 7_201, 0, 0)
    assert tally.watch["times"][1] == 65_535


@given(st.one_of(st.floats(0.0, 1.0), st.floats(0.0, 2.0**-30)))
def test_so_many_words_are_below_a_chance(chance: float) -> None:
    limit = int(draws.below(chance))
    assert 0 <= limit <= 2**32
    assert limit == 0 or draws.high(np.uint64(limit - 1) << np.uint64(32)) < chance
    assert limit == 2**32 or draws.high(np.uint64(limit) << np.uint64(32)) >= chance


@pytest.mark.parametrize(
    ("accounts", "starts", "place"),
    [
        ([], [0], -1),
        ([3, 5, 5], [0, 3], 2),
        ([3, 5, 4], [0, 3], 2),
        ([3, 2, 9], [0, 3], 1),
        ([3, 2, 9], [0, 1, 3], -1),
        ([3, 4, 2, 2], [0, 2, 4], 3),
    ],
)
def test_where_accounts_do_not_ascend(accounts: list[int], starts: list[int], place: int) -> None:
    assert reading.descends(np.array(accounts, np.int32), np.array(starts)) == place


def audience(place: list[int], follows: list[int]) -> rows.Audience:
    blank = rows.Audience(*(np.zeros(1, np.int64) for _ in rows.Audience._fields))
    return blank._replace(place=np.array(place, np.int16), follows=np.array(follows, np.uint16))


def test_places_of_the_cast() -> None:
    some = audience([3, -1, 15], [0, 9, 65_535])
    assert [recall.place_of(some, 10, account) for account in (9, 10, 11, 12, 13)] == [-1, 3, -1, 15, -1]
    assert [recall.follows(some, account) for account in (0, 1, 2, 3, 99)] == [0, 9, 65_535, 0, 0]


def test_room_for_what_is_recalled() -> None:
    one = recall.empty_recall(5, 2)
    assert (one.posts.size, one.chance.shape, one.comment.shape) == (5, (2, 17), (2, 17))
    assert one.chance.sum() == one.comment.sum() == 0.0
    assert recall.KEPT.isalignedstruct
    assert recall.KEPT.itemsize == 64  # a line of memory


def test_the_most_is_the_sum_over_those_followed() -> None:
    one = recall.empty_recall(1, 2)
    one.chance[1] = 2.0 ** np.arange(17)
    one.comment[1] = 3.0 * 2.0 ** np.arange(17)
    for mask in (0, 1, 0b1000_0000_0000_0101, 65_535):
        with_public = 65_536 + mask
        assert recall.most(one, 1, mask) == (with_public, 3.0 * with_public)
        assert recall.most(one, 0, mask) == (0.0, 0.0)


@given(st.floats(0.0, 1.0))
def test_a_bound_is_one(chance: float) -> None:
    if chance > 0.5:
        assert recall.bound(chance) == np.inf
    else:
        assert response.hazard_bound(chance) < recall.bound(chance) <= response.hazard_bound(chance) + 2e-12


def test_entries_move_to_a_larger_table() -> None:
    """From a full table of 16 to one of 64; whoever is looked for is found, everybody else has a free place."""
    old, new = met_room.empty_met(64), met_room.empty_met(256)
    keys = [7 * n + 1 for n in range(60)]
    for n, key in enumerate(keys):
        entry = old[met_room.slot(key, old)]
        assert entry["key"] == 0
        entry["key"], entry["hazard"], entry["reads"] = key, n / 8, n % 5
    met_room.move_met(old, new)
    assert (new["key"] > 0).sum() == 60
    for n, key in enumerate(keys):
        entry = new[met_room.slot(key, new)]
        assert (entry["key"], entry["hazard"], entry["reads"]) == (key, n / 8, n % 5)
        assert met_room.home(key, new) == draws.mix(np.uint64(key)) % np.uint64(256)
    assert new[met_room.slot(10_000, new)]["key"] == 0
    assert met_room.ENTRY.isalignedstruct


def test_whoever_meets_a_taken_place_gets_the_next() -> None:
    """Three of one home stand side by side, round the end of the table."""
    met = met_room.empty_met(16)
    last = [key for key in range(1, 2_000) if met_room.home(key, met) == 15][:3]
    for key, place in zip(last, (15, 0, 1), strict=True):
        assert met_room.slot(key, met) == place
        met["key"][place] = key


def test_the_new_place_of_an_entry_is_asked_for_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python, where asking can be seen: for every entry but the first ones, in order, and for nothing else."""
    old, new = met_room.empty_met(128), met_room.empty_met(256)
    for key in range(1, 70):
        old["key"][met_room.slot(key, old)] = key
    keys = [int(key) for key in old["key"][met_room.AHEAD :] if key]
    assert len(keys) > 20
    asked: list[int] = []
    monkeypatch.setattr(lanes, "prefetch", lambda array, item: asked.append(int(item) if array is new else -1))
    compiled = hasattr(met_room.move_met, "py_func")
    move = met_room.move_met.py_func if compiled else met_room.move_met
    move(old.view(np.recarray) if compiled else old, new)
    assert asked == [int(met_room.home(key, new)) for key in keys]
    assert sorted(new["key"][new["key"] > 0].tolist()) == list(range(1, 70))
