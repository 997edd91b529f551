"""Passes over the watch, against the same told account by account."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import ledger, watching

HOURS = 5


def watch_of(luck: np.random.Generator, size: int) -> np.ndarray:
    """Some who never read, some who did once or often, some after the horizon."""
    watch = np.zeros(size, ledger.WATCH)
    watch["times"] = luck.choice([0, 0, 1, 2, 3, 4, 9, 40_000, 65_535], size)
    read = watch["times"] > 0
    watch["first"] = np.where(read, luck.integers(0, (HOURS + 1) * 3600, size), ledger.NEVER)
    watch["last"] = np.where(read, luck.integers(0, 3, size) + watch["first"] % 1_000_000, 0)
    watch["first_by"], watch["last_by"] = luck.integers(0, 7, size), luck.integers(0, 7, size)
    return watch


@given(st.integers(1, 300), st.sets(st.integers(0, 299), max_size=80))
def test_marks_are_taken_once(size: int, rows: set[int]) -> None:
    some = sorted(row for row in rows if row < size)
    marks = ledger.empty_marks(size)
    for row in some:
        marks[row // 64] |= np.uint64(1 << row % 64)
    found = np.empty(watching.marked(marks), np.int64)
    watching.take_marked(marks, found)
    assert found.tolist() == some
    assert watching.marked(marks) == 0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60))
def test_who_was_reached_when_and_how_often(seed: int, size: int) -> None:
    watch = watch_of(np.random.default_rng(seed), size)
    new, often, rows = np.full(HOURS, 7), np.full(4, 7), np.empty(size, np.int32)
    read = [row for row in range(size) if watch["times"][row]]
    for some in (np.arange(size), np.array(read, np.int64)):
        assert watching.count_into(watch, some, new, often) == len(read)
    hours = [int(watch["first"][row]) // 3600 for row in read]
    assert new.tolist() == [hours.count(hour) for hour in range(HOURS)]
    times = [min(int(watch["times"][row]), 4) for row in read]
    assert often.tolist() == [times.count(n) for n in (1, 2, 3, 4)]
    assert rows[: watching.readers_into(watch, rows)].tolist() == read


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 20))
def test_what_people_read_in_two_places(seed: int, there: int, more: int) -> None:
    luck = np.random.default_rng(seed)
    one, other = watch_of(luck, there + more), watch_of(luck, there)
    same = luck.random(there) < 0.6
    out = np.empty(there + more + there, ledger.WATCH)
    count = watching.joined_into(one, other, same, out)
    expected = [row.copy() for row in one]
    for i in range(there):
        if not same[i]:
            expected.append(other[i])
        elif other["times"][i]:
            if other["first"][i] < expected[i]["first"]:
                expected[i]["first"], expected[i]["first_by"] = other["first"][i], other["first_by"][i]
            if other["last"][i] >= expected[i]["last"]:
                expected[i]["last"], expected[i]["last_by"] = other["last"][i], other["last_by"][i]
            expected[i]["times"] = min(int(one["times"][i]) + int(other["times"][i]), 65_535)
    assert out[:count].tolist() == [tuple(row.tolist()) for row in expected]


def test_of_two_last_reads_at_one_second_the_one_elsewhere_counts():
    here, there, out = np.zeros(1, ledger.WATCH), np.zeros(1, ledger.WATCH), np.zeros(1, ledger.WATCH)
    for watch, messenger in ((here, 1), (there, 2)):
        watch["first"], watch["last"], watch["times"] = 60, 90, 1
        watch["first_by"] = watch["last_by"] = messenger
    assert watching.joined_into(here, there, np.ones(1, bool), out) == 1
    assert (out["first_by"][0], out["last_by"][0], out["times"][0]) == (1, 2, 2)
