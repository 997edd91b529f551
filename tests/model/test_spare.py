"""Memory that closed runs leave: used again, never by two, and what comes of it is the same."""

import threading

import numpy as np
import pytest

from sim.model import cascade, desk, spare, subjects
from tests.reference import cascade as slow
from tests.reference import launches

MANY = spare.SMALLEST // 8  # float64 in the smallest array that is kept


@pytest.fixture(autouse=True)
def nothing_left():
    spare._BLOCKS.free.clear()
    yield
    spare._BLOCKS.free.clear()


def test_what_was_left_is_used_again_and_cleared() -> None:
    first = spare.array(MANY, np.float64)
    first[:] = 7.0
    place = first.ctypes.data
    assert place % spare.PAGE == 0
    spare.leave(first[: MANY // 2])  # any part of it stands for the whole
    again = spare.cleared(MANY, np.int64)
    assert again.ctypes.data == place
    assert not again.any()


def test_two_never_hold_the_same_memory() -> None:
    one = spare.array(MANY, np.float64)
    spare.leave(one, one, one[1:])
    first, second = spare.array(MANY, np.float64), spare.array(MANY, np.float64)
    assert not np.shares_memory(first, second)


def test_small_arrays_are_numpys_and_no_others_memory_is_kept() -> None:
    small = spare.array(3, np.int32)
    spare.leave(small, np.zeros(2 * MANY), np.frombuffer(bytes(8 * MANY), np.uint8))
    assert all(isinstance(block.base, memoryview) for block in spare._BLOCKS.free)
    assert small.size == 3


def test_a_block_much_too_large_is_no_use() -> None:
    spare.leave(spare.array(64 * MANY, np.float64))
    spare.array(MANY, np.float64)
    assert len(spare._BLOCKS.free) == 1


def test_no_more_than_so_many_blocks_are_kept() -> None:
    spare.leave(*[spare.array(MANY, np.float64) for _ in range(spare.KEPT + 3)])
    assert len(spare._BLOCKS.free) == spare.KEPT


def test_threads_keep_their_own() -> None:
    found = []
    worker = threading.Thread(target=lambda: found.append(spare._BLOCKS.free))
    spare.leave(spare.array(MANY, np.float64))
    worker.start()
    worker.join()
    assert found == [[]]


def test_no_memory_is_a_memory_error() -> None:
    with pytest.raises(MemoryError):
        spare.array(2**60, np.uint8)


def test_doubled_keeps_what_stood_there() -> None:
    column = spare.array(MANY, np.int64)
    column[:] = np.arange(MANY)
    larger = spare.doubled(column)
    assert larger.size == 2 * MANY
    assert (larger[:MANY] == np.arange(MANY)).all()


def test_a_run_in_left_memory_is_the_same(monkeypatch) -> None:
    monkeypatch.setattr(spare, "SMALLEST", 1)  # every array, however small
    monkeypatch.setattr(spare, "KEPT", 200)
    stage, plan = _lively()
    told = []
    for seed in (4, 5, 4, 5):
        run = cascade.play(stage, plan, seed)
        told.append(slow.told_by(run))
        run.close()
        assert run.tally.watch.size == 0  # nobody may look
        for block in spare._BLOCKS.free:
            block[:] = 0xA5
    assert told[:2] == told[2:]
    assert told[0] != told[1]
    assert len(told[0]["posts"]) > 20


def test_stories_that_share_a_mood_are_those_with_rows_of_their_own() -> None:
    stage, plan = _lively()
    n, communities = plan.size, stage.interest.size
    story, names = np.arange(n, dtype=np.int32), np.arange(1, n + 1).astype(np.uint64)
    home = np.arange(n) % communities
    own = np.tile(stage.interest, (n, 1))
    own[np.arange(n), home] = 1.0
    told = [
        slow.told_by(_played(stage, plan, about))
        for about in (
            subjects.Subjects(story, names, own, np.ones(n)),
            subjects.alike(story, names, stage.interest, home),
        )
    ]
    assert told[0] == told[1]
    assert told[0] != slow.told_by(_played(stage, plan, subjects.alike(story, names, stage.interest)))


def _lively():
    scenario = launches.scenario(response={"comment_ratio": 1.0, "peer_rate": 0.2})
    stage = launches.set_up(scenario)
    return stage, launches.plan_of(scenario, stage, "everything", 5)


def _played(stage, plan, about) -> cascade.Cascade:
    run = cascade.Cascade(stage, plan, 6, subjects=about)
    run.plan(0, plan.size)
    run.advance(stage.hours)
    return run


def test_the_desk_adds_rows_behind_rows() -> None:
    column, whole = np.empty(0, np.int64), []
    luck = np.random.default_rng(3)
    for _ in range(40):
        before, more = column, luck.integers(0, 9, luck.integers(0, 30))
        column = desk._longer(column, more)
        whole.extend(more.tolist())
        assert column.tolist() == whole
        assert before.tolist() == whole[: before.size]
