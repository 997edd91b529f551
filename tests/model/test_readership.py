"""Who has read something since somebody asked last, against the marks one by one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import ledger
from sim.model.readership import Readership, merged


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 200), st.lists(st.sampled_from(["read", "a", "b"]), max_size=30), st.integers(0, 2**32))
def test_everybody_who_asks_hears_of_every_read(watched: int, course: list[str], seed: int) -> None:
    luck = np.random.default_rng(seed)
    tally = ledger.empty_tally(2, watched, 1)
    readership = Readership()
    due: dict[str, set[int]] = {"a": set(), "b": set()}
    read: set[int] = set()
    for asker in due:
        assert readership.fresh(tally, asker).size == 0
    for what in course:
        if what == "read":
            row = int(luck.integers(watched))
            tally.fresh[row // 64] |= np.uint64(1 << row % 64)
            tally.reads[0, 0] += 1
            read.add(row)
            for waiting in due.values():
                waiting.add(row)
        else:
            assert readership.fresh(tally, what).tolist() == sorted(due[what])
            due[what].clear()
    assert readership.everybody(tally).tolist() == sorted(read)
    readership.begin()
    assert readership.everybody(ledger.empty_tally(2, watched, 1)).size == 0


def test_merged_is_the_sorted_union() -> None:
    parts = [np.array([3, 1, 3]), np.array([], np.int64), np.array([0, 3, 9])]
    assert merged(parts).tolist() == [0, 1, 3, 9]
