"""Rows behind more than 2^32 links, accounts up to the last id, and what the cast's readers are without the dormant."""

import dataclasses

import numpy as np
import pytest

from sim.kernels import aside, calendar, links, rows
from sim.model import cascade
from sim.model import stage as stage_room
from tests.reference import cascade as slow
from tests.reference import launches

MANY = 2**32 + 1_000  # links: a sparse file of 17 GB that holds a few pages


def test_rows_behind_four_billion_links(tmp_path) -> None:
    followers = np.memmap(tmp_path / "followers", np.int32, "w+", shape=(MANY + 3,))
    followers[MANY : MANY + 3] = [5, 7, 2_000_000_000]
    indptr = np.array([0, MANY, MANY + 3], np.int64)
    law = links.Law(np.uint64(0), np.int64(2), np.int64(1), 1.0, 1.0, 0.0, 0.5)
    nothing = np.zeros(1, np.int64), np.zeros(1, np.int32), np.array([0, 2], np.int64)
    tables = np.zeros(2), np.zeros(1, np.int32), np.zeros((1, 4))
    world = rows.World(2, indptr, np.asarray(followers), *nothing, law, *tables)
    assert rows.size(world, 0) == MANY
    row, first, last = rows.read(world, 1, np.zeros(1, np.int32), links.NO_MEMORY)
    assert (first, last) == (MANY, MANY + 3)
    assert row[first:last].tolist() == [5, 7, 2_000_000_000]


def test_the_last_account_ids_keep_their_order() -> None:
    """The order of events packs second, account and post into one int64: nothing may run over."""
    queue, state = calendar.empty_queue(8, 2), calendar.empty_state()
    largest = 2**31 - 1
    events = [(59, largest, 3), (59, largest, 2), (58, largest, cascade.LARGEST_POSTS), (59, 0, cascade.LARGEST_POSTS)]
    for second, account, post in events:
        calendar.schedule(queue, state, second, account, post)
    calendar.open_minute(queue, state)
    found = [queue.events[calendar.pop(queue, state)] for _ in events]
    assert [(int(e["second"]), int(e["account"]), int(e["post"])) for e in found] == sorted(events)


def test_more_accounts_than_ids_are_refused() -> None:
    with pytest.raises(ValueError, match="accounts"):
        launches.scenario(accounts=2**31)


def test_chains_hold_the_last_read() -> None:
    """A chain's head is 1 + the row of a read: the largest array of reads fits, whoever is awake."""
    bucket = np.zeros(1, aside.BUCKET)
    bucket["chain"], bucket["awake"] = np.int32(cascade.LARGEST_ASIDE), 0xFFFF
    assert aside.first(bucket[0]) == cascade.LARGEST_ASIDE - 1


def test_the_casts_readers_without_the_dormant_change_nothing() -> None:
    """Where a panel is watched, pushes of the cast go to a list without the dormant: the same course."""
    scenario = launches.scenario(response={"comment_ratio": 1.0, "peer_rate": 0.2})
    stage = dataclasses.replace(launches.set_up(scenario), panel=3)
    listed = stage_room.audience_of(stage)
    assert 0 < listed.followers.size == listed.indptr[-1] < stage.world.added_followers.size
    assert (stage.readers.traits[listed.followers] == listed.traits).all()
    assert (listed.traits & 7 > 0).all()
    plan = launches.plan_of(scenario, stage, "everything", 3)
    panel, every = cascade.play(stage, plan, 3), cascade.play(dataclasses.replace(stage, panel=1), plan, 3)
    one, other = slow.told_by(panel), slow.told_by(every)
    assert panel.post_count > 30
    for what in one:
        if what not in ("first", "last", "times"):
            assert one[what] == other[what], what
    assert (panel.tally.watch == every.tally.watch[::3]).all()


def test_rows_of_a_huge_stored_graph_are_computed_to_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a row lies on a page of its own, computing it is quicker; a read graph has nothing but its rows."""
    scenario = launches.scenario(response={"peer_rate": 0.2})
    read = launches.set_up(scenario)
    assert read.world.indptr.size == read.world.base + 1
    monkeypatch.setattr(stage_room, "READ_UP_TO", 0)
    computed = launches.set_up(scenario)
    assert computed.casting.graph.stored
    assert computed.world.indptr.size == 1
    plan = launches.plan_of(scenario, read, "everything", 3)
    runs = [cascade.play(stage, plan, 3) for stage in (read, computed)]
    assert runs[0].post_count > 30
    assert slow.told_by(runs[0]) == slow.told_by(runs[1])
    assert not stage_room.quicker_computed(launches.graph_of([[1], [0]]))
